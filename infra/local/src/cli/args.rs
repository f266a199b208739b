//! What the command line takes. Values stay text here: what they mean is checked where they are
//! used, so that a wrong zone or date is told in the same words everywhere and ends with the same
//! exit code.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::text_hours::Preset;
use domain::texts::Language;

use super::calendar_args::CalendarCommand;
use super::exit;
use super::experiment::ExperimentCommand;
use super::keys::KeyCommand;
use super::metrics::MetricsArgs;
use super::prompt::PromptCommand;
use super::ratings::RatingsCommand;
use super::sandbox::SandboxArgs;
use super::shells::{CompletionsArgs, ManArgs};

/// Texts people shortly before the events on their calendars.
///
/// Without a command it starts the whole system in this process, as `up` does.
#[derive(Debug, Parser)]
#[command(name = "beforehand", version, after_help = exit::HELP, max_term_width = 100)]
pub(super) struct CommandLine {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(super) struct Global {
    /// Answer in JSON
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(super) json: bool,
    /// The configuration; otherwise beforehand.toml in the data folder, if it is there
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(super) config: Option<PathBuf>,
    /// The data folder of the local system [default: data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(super) data: Option<PathBuf>,
    /// The address of the running system [default: the one that runs on the data folder]
    #[arg(long, global = true, value_name = "URL", help_heading = "Everywhere")]
    pub(super) url: Option<String>,
    /// The running system by its name in your profiles, with its token
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        conflicts_with = "url",
        help_heading = "Everywhere"
    )]
    pub(super) profile: Option<String>,
    /// The bearer token of the running system [default: the one in the data folder]
    #[arg(long, global = true, value_name = "TOKEN", help_heading = "Everywhere")]
    pub(super) token: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start the whole system in this process
    Up(UpArgs),
    /// Show every text that somebody with a calendar would get, offline
    ///
    /// Without --quiet there are no quiet hours, unlike for users of the system, who have
    /// 22:00-08:00 unless they choose others. Oddities of the file go to standard error, each with
    /// its line.
    Try(TryArgs),
    /// Show every text that a user of the running system will get on a day
    Simulate(UserDayArgs),
    /// Explain what became of a reminder, or of all reminders of a user's day, and why
    Why(WhyArgs),
    /// Show a local day: when it begins, when it ends, how long it is
    Day(DayArgs),
    /// Count the segments of a text, and name the characters that make it costly
    Segments(SegmentsArgs),
    /// Add, change and list users
    #[command(subcommand)]
    Users(UsersCommand),
    /// Put or remove the calendar of a user
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Cancel a reminder
    Cancel(CancelArgs),
    /// Put a reminder off; one that was texted is followed by another
    Snooze(super::links::SnoozeArgs),
    /// Make a link to a user's own page (24 hours), or to one reminder
    Link(super::links::LinkArgs),
    /// Show or turn the switch that decides whether anybody gets reminders
    Rollout(RolloutArgs),
    /// Make, list and revoke the keys of machines
    #[command(subcommand)]
    Key(KeyCommand),
    /// Show what is wrong, or say that you look after it
    Alerts(AlertsArgs),
    /// Show figures: what was sent, what arrived, how fast, for how much
    ///
    /// Where nothing happened a rate says "no data".
    Metrics(MetricsArgs),
    /// Try lead times, words and prompts on some users, and see which do better
    #[command(subcommand)]
    Experiment(ExperimentCommand),
    /// Show, test and change what a language model is asked with
    #[command(subcommand)]
    Prompt(PromptCommand),
    /// Show what people think of their texts
    #[command(subcommand)]
    Ratings(RatingsCommand),
    /// Recount what is stored: every planned reminder has one end, none was texted twice
    Verify,
    /// Run the SMS sandbox alone, in the place of Twilio, for scripts and trials
    Sandbox(SandboxArgs),
    /// Look for what is wrong with configuration, data folder, zones and the running system
    Doctor(DoctorArgs),
    /// Print what a shell reads to complete commands
    ///
    /// For bash, write it to ~/.local/share/bash-completion/completions/beforehand.
    Completions(CompletionsArgs),
    /// Print a page of the manual; `beforehand man | man -l -` shows it
    Man(ManArgs),
}

#[derive(Debug, Default, Args)]
pub(super) struct UpArgs {
    /// Where to serve HTTP [default: 127.0.0.1:8730]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// Users to add who are not there yet: TOML, lines of JSON, or a table (.csv)
    #[arg(long, value_name = "FILE")]
    pub(super) users: Option<PathBuf>,
    /// Start without the two demo users that an empty sandbox gets
    #[arg(long)]
    pub(super) no_demo: bool,
}

/// What somebody wants, as `try` and `users` take it.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct WishArgs {
    /// How long before events, up to five: 15m,1h,2d [default: 15m]
    #[arg(long, value_name = "TIMES", value_delimiter = ',')]
    pub(super) lead: Vec<String>,
    /// Find one of these lead times by what they think of their texts: 5m,15m,1h; none for off
    #[arg(long, value_name = "TIMES", value_delimiter = ',')]
    pub(super) lead_choice: Vec<String>,
    /// When not to text: 22:00-08:00, or "mon-fri 12:00-13:00"; may be repeated
    #[arg(long, value_name = "WINDOW")]
    pub(super) quiet: Vec<String>,
    /// What becomes of texts due then: wait, go out before, or not at all [default: defer]
    #[arg(long, value_name = "POLICY")]
    pub(super) quiet_policy: Option<PolicyArg>,
    /// A text that waited for quiet hours to end may go out after the event has begun
    #[arg(long, value_name = "true|false", require_equals = true, num_args = 0..=1,
          default_missing_value = "true", hide_possible_values = true)]
    pub(super) allow_after_start: Option<bool>,
    /// Hours that hold beside quiet hours: none, or us-tcpa, which texts from 8:00 to 21:00 only
    /// [default: as the system is set]
    #[arg(long, value_name = "PRESET")]
    pub(super) quiet_preset: Option<Preset>,
    /// Texts a day, 0 to 50 [default: 10]
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<String>,
    /// Also all-day entries, at this time so many days before [default: 1@18:00]
    #[arg(long, value_name = "[DAYS@]TIME", require_equals = true, num_args = 0..=1,
          default_missing_value = "1@18:00")]
    pub(super) all_day: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PolicyArg {
    Defer,
    Advance,
    Skip,
}

#[derive(Debug, Args)]
pub(super) struct TryArgs {
    /// The calendar (iCalendar); - reads standard input
    #[arg(value_name = "FILE.ics")]
    pub(super) file: PathBuf,
    /// The zone the person lives in, like America/New_York
    #[arg(long, value_name = "ZONE")]
    pub(super) zone: String,
    /// The first local date [default: today]
    #[arg(long, value_name = "DATE")]
    pub(super) from: Option<String>,
    /// The last local date, at most 400 days later [default: the first]
    #[arg(long, value_name = "DATE")]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) wishes: WishArgs,
    /// The person's address, by which declined invitations are found; may be repeated
    #[arg(long, value_name = "EMAIL")]
    pub(super) me: Vec<String>,
    /// Tell the time as 14:00 instead of 2:00 PM
    #[arg(long = "24h")]
    pub(super) is_24h: bool,
    /// The language of the texts
    #[arg(long, value_name = "en|de|es|fr|pt|ja", value_parser = Language::parse)]
    pub(super) language: Option<Language>,
}

#[derive(Debug, Args)]
pub(super) struct UserDayArgs {
    /// The user
    pub(super) user: String,
    /// The user's local date [default: today]
    #[arg(long, value_name = "DATE")]
    pub(super) date: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// A reminder (32 hexadecimal digits) or a user
    #[arg(value_name = "REMINDER|USER")]
    pub(super) whom: String,
    /// The user's local date [default: today]
    #[arg(long, value_name = "DATE")]
    pub(super) date: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct DayArgs {
    /// The zone, like America/New_York
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
    pub(super) zone: Option<String>,
    /// The date, like 2026-11-01
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
    pub(super) date: Option<String>,
    /// Read lines of "ZONE DATE", and answer each with a line of JSON
    #[arg(long)]
    pub(super) stdin: bool,
}

#[derive(Debug, Args)]
pub(super) struct SegmentsArgs {
    /// The text
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin", allow_hyphen_values = true)]
    pub(super) text: Option<String>,
    /// Read lines of one JSON string each, and answer each with a line of JSON
    #[arg(long)]
    pub(super) stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum UsersCommand {
    /// Add a user
    Add(AddUserArgs),
    /// List all users
    List,
    /// Add the users of a file who are not there yet: TOML, lines of JSON, or a table (.csv)
    Import(ImportArgs),
    /// Show a user
    Show {
        /// The user
        user: String,
    },
    /// Change a user's settings; what is not named stays
    Set(SetUserArgs),
    /// Send a user a code to prove that their number is theirs, or check the one they entered
    Code {
        /// The user
        user: String,
        /// The code that they read on their phone; without it one is sent
        #[arg(value_name = "DIGITS")]
        code: Option<String>,
        #[command(flatten)]
        trial: Trial,
    },
    /// Print everything that is kept of a user, as JSON
    Export {
        /// The user
        user: String,
        /// Only what is ahead of them, as a calendar (.ics)
        #[arg(long)]
        ics: bool,
    },
    /// Erase a user and everything that is kept of them; nothing is texted to them any more
    Erase {
        /// The user
        user: String,
        /// Erase them without asking
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(Debug, Args)]
pub(super) struct AddUserArgs {
    /// A name for the user, unique in the system
    #[arg(value_name = "USER")]
    pub(super) id: String,
    /// Where texts go, like +12025550123
    #[arg(long)]
    pub(super) phone: String,
    /// Where they live, like America/New_York
    #[arg(long)]
    pub(super) zone: String,
    /// Vouch that the number is theirs; without it nothing is texted
    #[arg(long)]
    pub(super) verified: bool,
    #[command(flatten)]
    pub(super) wishes: WishArgs,
    #[command(flatten)]
    pub(super) clock: ClockArgs,
    /// No quiet hours, in place of 22:00-08:00
    #[arg(long, conflicts_with = "quiet")]
    pub(super) no_quiet: bool,
    /// Their calendar (iCalendar)
    #[arg(long, value_name = "FILE.ics")]
    pub(super) ics: Option<PathBuf>,
    #[command(flatten)]
    pub(super) trial: Trial,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct ClockArgs {
    /// How they read the clock [default: as their country does]
    #[arg(long, value_name = "12h|24h")]
    pub(super) clock: Option<ClockArg>,
    /// The language of their texts [default: en]
    #[arg(long, value_name = "en|de|es|fr|pt|ja", value_parser = Language::parse)]
    pub(super) language: Option<Language>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ClockArg {
    #[value(name = "12h")]
    H12,
    #[value(name = "24h")]
    H24,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}

#[derive(Debug, Args)]
pub(super) struct SetUserArgs {
    /// The user
    pub(super) user: String,
    /// Where texts go; a new number must be verified again
    #[arg(long)]
    pub(super) phone: Option<String>,
    /// Where they live
    #[arg(long)]
    pub(super) zone: Option<String>,
    /// Vouch that the number is theirs
    #[arg(long)]
    pub(super) verified: bool,
    /// Whether they get reminders at all
    #[arg(long)]
    pub(super) reminders: Option<Switch>,
    #[command(flatten)]
    pub(super) wishes: WishArgs,
    #[command(flatten)]
    pub(super) clock: ClockArgs,
    /// No quiet hours
    #[arg(long, conflicts_with = "quiet")]
    pub(super) no_quiet: bool,
    /// No longer all-day entries
    #[arg(long, conflicts_with = "all_day")]
    pub(super) no_all_day: bool,
    #[command(flatten)]
    pub(super) trial: Trial,
}

/// For commands that change something.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Trial {
    /// Check everything and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The users
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) trial: Trial,
}

#[derive(Debug, Args)]
pub(super) struct CancelArgs {
    /// The reminder (32 hexadecimal digits)
    pub(super) reminder: String,
    #[command(flatten)]
    pub(super) trial: Trial,
}

#[derive(Debug, Args)]
pub(super) struct AlertsArgs {
    #[command(subcommand)]
    pub(super) command: Option<AlertsCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum AlertsCommand {
    /// Say that you look after a rule's open incidents; nobody else is woken for them
    Ack(AckArgs),
}

#[derive(Debug, Args)]
pub(super) struct AckArgs {
    /// The rule, like delivery_rate_low
    pub(super) rule: String,
    /// Your name, which is kept with the incident
    #[arg(long, default_value = "operator")]
    pub(super) by: String,
    #[command(flatten)]
    pub(super) trial: Trial,
}

#[derive(Debug, Args)]
pub(super) struct RolloutArgs {
    /// What to do
    #[arg(value_enum, default_value = "show")]
    pub(super) to: RolloutTo,
    /// Your name, which is kept with the decision
    #[arg(long)]
    pub(super) by: Option<String>,
    /// Why, which is kept with the decision
    #[arg(long)]
    pub(super) reason: Option<String>,
    /// With rollback: to which stage, in place of the one before
    #[arg(long)]
    pub(super) stage: Option<String>,
    /// With close: which bug
    #[arg(long)]
    pub(super) number: Option<u64>,
    /// With name: the users of stage internal
    #[arg(long, value_name = "USERS", value_delimiter = ',')]
    pub(super) internal: Vec<String>,
    /// With name: the users whom stage beta adds
    #[arg(long, value_name = "USERS", value_delimiter = ',')]
    pub(super) beta: Vec<String>,
    /// With name: any word that draws the shares of later stages; taken once
    #[arg(long)]
    pub(super) salt: Option<String>,
    #[command(flatten)]
    pub(super) trial: Trial,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RolloutTo {
    /// Switch reminders on for everybody at this stage
    On,
    /// Switch reminders off for everybody, at once
    Off,
    /// Show the switch and the stage
    Show,
    /// Show the gate, and what it still needs
    Status,
    /// Show what was decided, by whom and why
    Decisions,
    /// Show the bugs that block the rollout
    Bugs,
    /// File a bug: no gate passes until it is closed
    Bug,
    /// Close the bug of --number
    Close,
    /// Go on to the next stage, if the gate has passed
    Advance,
    /// Go on although it has not
    Force,
    /// Go back to the stage before
    Rollback,
    /// Go on where reminders were switched off
    Resume,
    /// Name the users of the first two stages
    Name,
}

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Compare the zone databases for all zones, not only for those in use
    #[arg(long)]
    pub(super) all_zones: bool,
    /// Ask Twilio whether it takes the credentials, and whether the public address is reachable
    #[arg(long)]
    pub(super) online: bool,
}
