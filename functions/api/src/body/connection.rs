//! Connections of calendars.

use app::ports::{Access, Connection};
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
    /// The address at which the calendar is published (iCalendar), https or webcal. It often is a
    /// secret: it is stored encrypted and never shown again.
    #[schema(example = "webcal://calendar.example.org/ada.ics")]
    address: String,
    /// How often it is looked at, in minutes: 5 to 1440; 15 if nothing is said.
    #[serde(default)]
    #[schema(example = 15)]
    every_minutes: Option<u32>,
}

impl ConnectionBody {
    /// What it says, or what is wrong with it.
    pub(crate) fn read(
        &self,
        user: UserId,
        calendar: CalendarId,
    ) -> Result<NewConnection, Vec<FieldError>> {
        let mut errors = Vec::new();
        let address = CalendarAddress::parse(&self.address)
            .inspect_err(|bad| errors.push(FieldError::new("address", bad)));
        let every = self
            .every_minutes
            .map_or(limits::SYNC_EVERY, |minutes| SignedDuration::from_mins(i64::from(minutes)));
        let (min, max) = (limits::SYNC_EVERY_MIN, limits::SYNC_EVERY_MAX);
        if every < min || every > max {
            let what = format!("must be {} to {}", min.as_mins(), max.as_mins());
            errors.push(FieldError::new("every_minutes", what));
        }
        match address {
            Ok(address) if errors.is_empty() => {
                Ok(NewConnection { user, calendar, access: Access::IcsAddress { address }, every })
            }
            _ => Err(errors),
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
