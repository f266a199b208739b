//! The exit codes of the command line, and the failures that lead to them.

use std::fmt;
use std::io;

use crate::config::{BadConfig, BadFolder, BadUsersFile, BadZonesFolder};

/// How a command ended. Scripts may rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Done, and what was asked about has problems (`verify`, `doctor`).
    Problems = 1,
    /// The command line itself is wrong.
    Usage = 2,
    /// What was given is wrong: a file, zone, date, quiet hours, phone number, or a name that the
    /// system does not know.
    BadInput = 3,
    /// The running system cannot be reached, or could not answer.
    Unreachable = 4,
    /// The configuration is wrong, or the token is not the system's.
    Configuration = 5,
    /// The machine stands in the way: port in use, folder not writable, disk full, database of a
    /// newer version.
    Environment = 6,
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// What `--help` says of exit codes.
pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  done, and what was asked about has problems (verify, doctor)
  2  the command line is wrong
  3  what was given is wrong: file, zone, date, quiet hours, phone number, unknown name
  4  the running system cannot be reached, or could not answer
  5  the configuration is wrong, or the token is not the system's
  6  the machine stands in the way: port in use, folder not writable, disk full, newer database

Environment:
  BEFOREHAND_DATA   the data folder, where --data is not given
  BEFOREHAND_URL    the running system's address, where --url is not given
  BEFOREHAND_TOKEN  its bearer token, where --token is not given
  BEFOREHAND_PROFILE   the profile, where neither --profile nor --url is given
  BEFOREHAND_PROFILES  the file with the profiles [default: beforehand/profiles.toml among your
                    configuration, ~/.config]: [name], url = \"...\", token_file = \"...\"
  BEFOREHAND_TWILIO_AUTH_TOKEN  the secret of the Twilio account
  BEFOREHAND_LOG    what `up` logs, like info or beforehand=debug,warn
  NO_COLOR          no colours";

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What is wrong and what to do about it; each line stands for itself.
    pub message: String,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }

    /// What was given is wrong.
    pub fn input(message: impl fmt::Display) -> Self {
        Self::new(Exit::BadInput, message)
    }

    /// The machine stands in the way.
    pub fn environment(message: impl fmt::Display) -> Self {
        Self::new(Exit::Environment, message)
    }
}

/// Writing an answer failed: the disk is full, or nobody reads any more.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // `beforehand ... | head` is no failure: whoever read has read enough.
        let exit = match error.kind() {
            io::ErrorKind::BrokenPipe => Exit::Ok,
            _ => Exit::Environment,
        };
        Self::new(exit, format!("cannot write the answer: {error}"))
    }
}

impl From<BadConfig> for Failure {
    fn from(error: BadConfig) -> Self {
        Self::new(Exit::Configuration, error)
    }
}

impl From<BadZonesFolder> for Failure {
    fn from(error: BadZonesFolder) -> Self {
        Self::new(Exit::Configuration, error)
    }
}

impl From<BadFolder> for Failure {
    fn from(error: BadFolder) -> Self {
        match error {
            BadFolder::EmptySecret { .. } => Self::new(Exit::Configuration, error),
            _ => Self::new(Exit::Environment, error),
        }
    }
}

impl From<BadUsersFile> for Failure {
    fn from(error: BadUsersFile) -> Self {
        Self::new(Exit::BadInput, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_stands_in_the_help() {
        let all = [
            Exit::Ok,
            Exit::Problems,
            Exit::Usage,
            Exit::BadInput,
            Exit::Unreachable,
            Exit::Configuration,
            Exit::Environment,
        ];
        for exit in all {
            assert!(HELP.contains(&format!("\n  {}  ", exit.code())), "{exit:?}");
        }
    }
}
