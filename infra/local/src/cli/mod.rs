//! The operator's command line.
//!
//! [`run`] is the whole program as a function: arguments, streams and the time go in, the exit
//! code comes out, so that tests call it in process.

mod alerts;
mod args;
mod calendar;
mod calendar_args;
mod client;
mod connection;
mod day;
mod doctor;
mod exit;
mod experiment;
mod input;
mod keys;
mod links;
mod metrics;
mod outlook_table;
mod people;
mod prompt;
mod ratings;
mod recount;
mod reminders;
mod rollout;
mod sandbox;
mod segments;
mod shells;
mod try_calendar;
mod up;
mod users;
mod users_view;
mod wishes;

use std::ffi::OsString;
use std::io::{BufReader, Read, Write};

use clap::Parser as _;
use jiff::Timestamp;
use transport::Transport;

use crate::config::{Config, Places, Variables};
use crate::output::{Output, Screen};

pub use self::exit::{Exit, Failure};

use self::args::{Command, CommandLine, Global, UpArgs};

/// Everything a command may look at besides its arguments.
pub struct Surroundings<'a> {
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// Where answers go.
    pub stdout: &'a mut dyn Write,
    /// Where messages go.
    pub stderr: &'a mut dyn Write,
    /// The time.
    pub now: Timestamp,
    /// What answers are read on.
    pub screen: Screen,
    /// Environment variables.
    pub variables: &'a Variables<'a>,
    /// What carries requests to a running system; none for the network.
    pub transport: Option<&'a dyn Transport>,
}

/// Runs one command line (the first argument is the program's name) without a terminal and
/// without environment variables; gives the exit code.
pub fn run<A>(
    args: A,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    now: Timestamp,
) -> u8
where
    A: IntoIterator,
    A::Item: Into<OsString> + Clone,
{
    let screen = Screen::default();
    run_in(
        args,
        Surroundings { stdin, stdout, stderr, now, screen, variables: &|_| None, transport: None },
    )
}

/// As [`run`], with a terminal and environment variables.
pub fn run_in<A>(args: A, around: Surroundings<'_>) -> u8
where
    A: IntoIterator,
    A::Item: Into<OsString> + Clone,
{
    let Surroundings { stdin, stdout, stderr, now, screen, variables, transport } = around;
    let line = match CommandLine::try_parse_from(args) {
        Ok(line) => line,
        Err(stop) => return not_run(&stop, stdout, stderr, screen),
    };
    let mut session = Session {
        stdin: BufReader::new(stdin),
        out: Output::new(stdout, stderr, screen, line.global.json),
        now,
        variables,
        transport,
        global: line.global,
    };
    let command = line.command.unwrap_or(Command::Up(UpArgs::default()));
    let ended = session.carry_out(command).and_then(|exit| {
        session.out.flush()?;
        Ok(exit)
    });
    session.end(ended).code()
}

/// Prints the help or version that was asked for, or what is wrong with the command line.
fn not_run<'a>(
    stop: &clap::Error,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    screen: Screen,
) -> u8 {
    let (stream, has_colours, exit): (&mut dyn Write, _, _) = if stop.use_stderr() {
        (stderr, screen.has_message_colours, Exit::Usage)
    } else {
        (stdout, screen.has_colours, Exit::Ok)
    };
    let text = stop.render();
    let text = if has_colours { text.ansi().to_string() } else { text.to_string() };
    // Where even this cannot be written, the exit code is all there is to say.
    let _ = write!(stream, "{text}").and_then(|()| stream.flush());
    exit.code()
}

/// One command under way.
struct Session<'a> {
    stdin: BufReader<&'a mut dyn Read>,
    out: Output<'a>,
    now: Timestamp,
    variables: &'a Variables<'a>,
    transport: Option<&'a dyn Transport>,
    global: Global,
}

/// How a command ends: its exit, or what kept it from its work.
type Ended = Result<Exit, Failure>;

impl Session<'_> {
    fn carry_out(&mut self, command: Command) -> Ended {
        match command {
            Command::Up(args) => up::run(self, &args),
            Command::Try(args) => try_calendar::run(self, &args),
            Command::Simulate(args) => reminders::simulate(self, &args),
            Command::Why(args) => reminders::why(self, &args),
            Command::Day(args) => day::run(self, &args),
            Command::Segments(args) => segments::run(self, &args),
            Command::Users(command) => users::run(self, &command),
            Command::Calendar(command) => calendar::run(self, &command),
            Command::Cancel(args) => reminders::cancel(self, &args),
            Command::Snooze(args) => links::snooze(self, &args),
            Command::Link(args) => links::link(self, &args),
            Command::Rollout(args) => rollout::rollout(self, &args),
            Command::Key(command) => keys::run(self, &command),
            Command::Alerts(args) => alerts::alerts(self, &args),
            Command::Metrics(args) => metrics::run(self, &args),
            Command::Experiment(command) => experiment::run(self, &command),
            Command::Prompt(command) => prompt::run(self, &command),
            Command::Ratings(command) => ratings::run(self, &command),
            Command::Verify => recount::verify(self),
            Command::Sandbox(args) => sandbox::run(self, &args),
            Command::Doctor(args) => doctor::run(self, &args),
            Command::Completions(args) => shells::completions(self, &args),
            Command::Man(args) => shells::man(self, &args),
        }
    }

    /// The configuration of the local system.
    fn config(&self) -> Result<Config, Failure> {
        let Global { config, data, .. } = &self.global;
        let places = Places { config: config.clone(), data: data.clone() };
        Ok(Config::load(&places, self.variables)?)
    }

    /// Tells what went wrong, if something did.
    fn end(&mut self, ended: Ended) -> Exit {
        let failure = match ended {
            Ok(exit) => return exit,
            Err(failure) => failure,
        };
        if failure.exit == Exit::Ok {
            return Exit::Ok;
        }
        let told = failure.message.lines().try_for_each(|line| self.out.error(line));
        // Where nobody listens the exit code is all there is to say.
        let _ = told.and_then(|()| self.out.flush());
        failure.exit
    }
}
