//! Stored calendars.

use domain::ids::{CalendarId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::ports::{Calendar, CalendarSource, MirrorWindow};

/// A calendar, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct CalendarV1 {
    /// The version.
    pub v: u32,
    /// See [`Calendar`], as for all that follow.
    pub user: UserId,
    /// Its name.
    pub calendar: CalendarId,
    /// Where its events come from.
    pub source: CalendarSourceV1,
    /// The window its mirror covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirrored: Option<MirrorWindowV1>,
    /// When its content last changed.
    pub changed_at: Timestamp,
}

/// Where events come from, version 1.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CalendarSourceV1 {
    /// A document.
    Ics {
        /// The document.
        text: String,
    },
}

/// The window a mirror covers, version 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MirrorWindowV1 {
    /// Its first instant.
    pub from: Timestamp,
    /// The instant after its last.
    pub until: Timestamp,
}

impl Record for CalendarV1 {
    type Value = Calendar;
    const WHAT: &'static str = "calendar";

    fn of(calendar: &Calendar) -> Self {
        let source = match &calendar.source {
            CalendarSource::Ics { text } => CalendarSourceV1::Ics { text: text.clone() },
        };
        Self {
            v: VERSION,
            user: calendar.user.clone(),
            calendar: calendar.id.clone(),
            source,
            mirrored: calendar
                .mirrored
                .map(|window| MirrorWindowV1 { from: window.from, until: window.until }),
            changed_at: calendar.changed_at,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Calendar, BadRecord> {
        let source = match self.source {
            CalendarSourceV1::Ics { text } => CalendarSource::Ics { text },
        };
        Ok(Calendar {
            user: self.user,
            id: self.calendar,
            source,
            mirrored: self
                .mirrored
                .map(|window| MirrorWindow { from: window.from, until: window.until }),
            changed_at: self.changed_at,
        })
    }
}
