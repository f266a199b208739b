//! `up`: the whole system in this process.

use super::args::UpArgs;
use super::{Ended, Failure, Session, input};
use crate::config::{self, Config, FileUser, UserKeys, read_users};

pub(super) fn run(session: &mut Session<'_>, args: &UpArgs) -> Ended {
    let config = configured(session.config()?, args)?;
    let users = users(session, &config)?;
    let _ = (users, !args.no_demo);
    Err(Failure::environment("the system is not wired up yet"))
}

/// The configuration with what the command line says.
fn configured(mut config: Config, args: &UpArgs) -> Result<Config, Failure> {
    if let Some(listen) = &args.listen {
        config.listen = config::listen_address(listen)
            .map_err(|error| Failure::input(format!("--listen {error}")))?;
    }
    config.users_file = args.users.clone().or(config.users_file);
    Ok(config)
}

/// The users of the users file with their calendars.
fn users(
    session: &mut Session<'_>,
    config: &Config,
) -> Result<Vec<(FileUser, Option<String>)>, Failure> {
    let Some(path) = &config.users_file else { return Ok(Vec::new()) };
    let zones = config.zones()?;
    let keys = UserKeys { zones: &zones, country: &config.default_country };
    let mut users = Vec::new();
    for user in read_users(path, &keys)? {
        let file = match &user.ics {
            Some(path) => Some(input::calendar(session, path)?),
            None => None,
        };
        let ics = file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
        users.push((user, ics));
    }
    Ok(users)
}
