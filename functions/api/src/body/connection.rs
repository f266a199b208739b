//! Connections of calendars.

use app::ports::{Access, Connection, Hidden};
use app::sync::NewConnection;
use domain::calendar_address::CalendarAddress;
use domain::ids::{CalendarId, UserId};
use domain::limits;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::FieldError;

/// A calendar to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionBody {
    /// The address at which the calendar is published (iCalendar), https or webcal; or, with
    /// `caldav`, that of a CalDAV server, of an account there or of a calendar. It often is a
    /// secret: it is stored encrypted and never shown again.
    #[schema(example = "webcal://calendar.example.org/ada.ics")]
    address: String,
    /// How often it is looked at, in minutes: 5 to 1440; 15 if nothing is said.
    #[serde(default)]
    #[schema(example = 15, minimum = 5, maximum = 1_440)]
    every_minutes: Option<u32>,
    /// What opens the account, if the address is that of a CalDAV server.
    #[serde(default)]
    caldav: Option<CalDavBody>,
}

/// An account at a CalDAV server. It is stored encrypted and never shown again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalDavBody {
    /// The name of the account.
    #[schema(example = "ada", min_length = 1, max_length = 500)]
    user: String,
    /// Its password; best one that was made for this only (an app password).
    #[schema(min_length = 1, max_length = 500)]
    password: String,
    /// The name of the calendar, where the account has several.
    #[serde(default)]
    #[schema(example = "Work")]
    calendar: Option<String>,
}

impl ConnectionBody {
    /// A calendar at an address, or of a CalDAV account there: its name, its password, and the
    /// calendar's name.
    pub(crate) fn of(address: String, account: Option<(String, String, Option<String>)>) -> Self {
        let caldav =
            account.map(|(user, password, calendar)| CalDavBody { user, password, calendar });
        Self { address, every_minutes: None, caldav }
    }

    /// What it says, or what is wrong with it.
    pub(crate) fn read(
        &self,
        user: UserId,
        calendar: CalendarId,
    ) -> Result<NewConnection, Vec<FieldError>> {
        let mut errors = Vec::new();
        let address = CalendarAddress::parse(&self.address)
            .inspect_err(|bad| errors.push(FieldError::new("address", bad)));
        let every = looked_at_every(self.every_minutes, &mut errors);
        if let Some(caldav) = &self.caldav {
            caldav.judge(&mut errors);
        }
        match address {
            Ok(address) if errors.is_empty() => {
                let access = match &self.caldav {
                    None => Access::IcsAddress { address },
                    Some(caldav) => Access::CalDav {
                        address,
                        user: Hidden::new(&caldav.user),
                        password: Hidden::new(&caldav.password),
                        calendar: caldav.calendar.clone(),
                    },
                };
                Ok(NewConnection { user, calendar, access, every })
            }
            _ => Err(errors),
        }
    }
}

/// How often a calendar shall be looked at.
pub(super) fn looked_at_every(
    minutes: Option<u32>,
    errors: &mut Vec<FieldError>,
) -> SignedDuration {
    let every =
        minutes.map_or(limits::SYNC_EVERY, |minutes| SignedDuration::from_mins(minutes.into()));
    let (min, max) = (limits::SYNC_EVERY_MIN, limits::SYNC_EVERY_MAX);
    if every < min || every > max {
        let what = format!("must be {} to {}", min.as_mins(), max.as_mins());
        errors.push(FieldError::new("every_minutes", what));
    }
    every
}

impl CalDavBody {
    fn judge(&self, errors: &mut Vec<FieldError>) {
        let max = limits::ACCOUNT_CHARS_MAX;
        let calendar = self.calendar.as_deref().unwrap_or("any");
        let fields = [
            ("caldav.user", &*self.user),
            ("caldav.password", &*self.password),
            ("caldav.calendar", calendar),
        ];
        for (name, value) in fields {
            if value.is_empty()
                || value.chars().count() > max
                || value.chars().any(char::is_control)
            {
                let what = format!("must have 1 to {max} characters, and no control characters");
                errors.push(FieldError::new(name, what));
            }
        }
        // Both are sent as one text, with a colon between them (RFC 7617).
        if self.user.contains(':') {
            errors.push(FieldError::new("caldav.user", "must not hold a colon"));
        }
    }
}

/// How a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConnectionHealth {
    /// It was not looked at yet.
    New,
    /// The last look went well.
    Ok,
    /// The last look failed; it is tried again by itself, and what was known stays.
    Failing,
    /// It will not go better before somebody does something: see the problem.
    NeedsPerson,
}

/// A connected calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConnectionView {
    /// The calendar it fills.
    #[schema(example = "work")]
    calendar: String,
    /// The host it lives on; the address itself is not shown.
    #[schema(example = "calendar.example.org")]
    host: String,
    /// How it does.
    health: ConnectionHealth,
    /// What is wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Since when looks fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// How often it is looked at, in minutes.
    every_minutes: i64,
    /// When it was connected.
    #[schema(value_type = String, format = DateTime)]
    connected_at: Timestamp,
    /// When it was last looked at.
    #[schema(value_type = Option<String>, format = DateTime)]
    checked_at: Option<Timestamp>,
    /// When a look last went well.
    #[schema(value_type = Option<String>, format = DateTime)]
    ok_at: Option<Timestamp>,
    /// When it is next looked at.
    #[schema(value_type = String, format = DateTime)]
    next_at: Timestamp,
}

/// The connected calendars of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConnectionsView {
    /// In order of their names.
    pub(crate) connections: Vec<ConnectionView>,
}

impl From<&Connection> for ConnectionView {
    fn from(connection: &Connection) -> Self {
        let health = &connection.health;
        let problem = health.problem.as_ref();
        Self {
            calendar: connection.calendar.as_str().to_owned(),
            host: connection.host.clone(),
            health: match problem {
                Some(problem) if problem.needs_person => ConnectionHealth::NeedsPerson,
                Some(_) => ConnectionHealth::Failing,
                None if health.ok_at.is_some() => ConnectionHealth::Ok,
                None => ConnectionHealth::New,
            },
            problem: problem.map(|problem| problem.what.clone()),
            failing_since: problem.map(|problem| problem.since),
            every_minutes: connection.every.as_mins(),
            connected_at: connection.connected_at,
            checked_at: health.checked_at,
            ok_at: health.ok_at,
            next_at: connection.next_sync_at,
        }
    }
}
