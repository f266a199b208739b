//! What shells and `man` know of this program: made from the command line itself, so that it cannot
//! fall behind.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args::CommandLine;
use super::{Ended, Exit, Failure, Session};

/// Which shell.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Which page.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// A command, as it is typed; without one, the page of the program
    command: Vec<String>,
}

/// Prints what a shell reads to complete commands.
pub(super) fn completions(session: &mut Session<'_>, args: &CompletionsArgs) -> Ended {
    let mut command = CommandLine::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print(session, &script)
}

/// Prints a page of the manual.
pub(super) fn man(session: &mut Session<'_>, args: &ManArgs) -> Ended {
    let mut command = CommandLine::command();
    // Names each command by its whole line, and gives it what is for everybody.
    command.build();
    for name in &args.command {
        let found = command.find_subcommand(name).cloned();
        command = found.ok_or_else(|| {
            Failure::input(format!("there is no command {name:?}: see `beforehand --help`"))
        })?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(session, &page)
}

fn print(session: &mut Session<'_>, text: &[u8]) -> Ended {
    session.out.as_is(&String::from_utf8_lossy(text))?;
    Ok(Exit::Ok)
}
