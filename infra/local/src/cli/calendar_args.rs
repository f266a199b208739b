//! What `calendar` takes.

use std::path::PathBuf;

use clap::Subcommand;

use super::args::Trial;

#[derive(Debug, Subcommand)]
pub(super) enum CalendarCommand {
    /// Replace the content of a user's calendar
    Put {
        /// The user
        user: String,
        /// The calendar (iCalendar); - reads standard input
        #[arg(value_name = "FILE.ics")]
        file: PathBuf,
        /// Which of the user's calendars
        #[arg(long, value_name = "CALENDAR", default_value = "main")]
        name: String,
        #[command(flatten)]
        trial: Trial,
    },
    /// Connect a user's calendar to the address at which it is published, and follow it
    Connect {
        /// The user
        user: String,
        /// The address (https or webcal); - reads it from standard input, for it often is a
        /// secret. With --caldav, that of the CalDAV server. The word google or microsoft
        /// prints the page at which the user allows us to read their calendar there
        #[arg(value_name = "ADDRESS")]
        address: String,
        /// The name of the account at a CalDAV server; its password is read from standard input
        #[arg(long, value_name = "ACCOUNT")]
        caldav: Option<String>,
        /// The name that the calendar has there, where the account has several
        #[arg(long, value_name = "NAME")]
        calendar: Option<String>,
        /// Which of the user's calendars
        #[arg(long, value_name = "CALENDAR", default_value = "main")]
        name: String,
        /// How often it is looked at, in minutes: 5 to 1440 [default: 15]
        #[arg(long, value_name = "MINUTES")]
        every: Option<u32>,
        #[command(flatten)]
        trial: Trial,
    },
    /// List a user's connected calendars, and how they do
    List {
        /// The user
        user: String,
    },
    /// Look at a connected calendar now
    Sync {
        /// The user
        user: String,
        /// Which of the user's calendars
        #[arg(long, value_name = "CALENDAR", default_value = "main")]
        name: String,
        #[command(flatten)]
        trial: Trial,
    },
    /// Remove a user's calendar, connected or not, and the reminders that are still ahead
    #[command(visible_alias = "disconnect")]
    Remove {
        /// The user
        user: String,
        /// Which of the user's calendars
        #[arg(long, value_name = "CALENDAR", default_value = "main")]
        name: String,
        #[command(flatten)]
        trial: Trial,
    },
}
