//! What the tables are called.

/// The names of the tables of one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The table of users.
    pub users: String,
    /// The table of phones.
    pub phones: String,
    /// The table of calendars.
    pub calendars: String,
    /// The table of events.
    pub events: String,
    /// The table of reminders.
    pub reminders: String,
    /// The table of days.
    pub days: String,
    /// The table of metrics.
    pub metrics: String,
    /// The table of control.
    pub control: String,
}

impl Tables {
    /// The tables whose names begin with a prefix: `beforehand` makes `beforehand-users`, ...
    pub fn with_prefix(prefix: &str) -> Self {
        let name = |table: &str| format!("{prefix}-{table}");
        Self {
            users: name("users"),
            phones: name("phones"),
            calendars: name("calendars"),
            events: name("events"),
            reminders: name("reminders"),
            days: name("days"),
            metrics: name("metrics"),
            control: name("control"),
        }
    }
}
