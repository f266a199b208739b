//! Stored calendar events.

use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::ids::{CalendarId, EventUid, Occurrence};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// A calendar event, version 1. Whose it is stands in its key.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventV1 {
    /// The version.
    pub v: u32,
    /// See [`CalendarEvent`], as for all that follow.
    pub calendar: CalendarId,
    /// The UID.
    pub uid: EventUid,
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// What it is called.
    pub title: String,
    /// When it happens.
    pub when: EventTime,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The link that joins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_link: Option<String>,
    /// Whether it takes place.
    #[serde(default)]
    pub status: EventStatus,
    /// Whether it is marked as free time.
    #[serde(default)]
    pub is_transparent: bool,
    /// The user's answer.
    #[serde(default)]
    pub response: Response,
    /// What sort of entry it is.
    #[serde(default)]
    pub kind: EventKind,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
}

impl Record for EventV1 {
    type Value = CalendarEvent;
    const WHAT: &'static str = "calendar event";

    fn of(event: &CalendarEvent) -> Self {
        Self {
            v: VERSION,
            calendar: event.calendar.clone(),
            uid: event.uid.clone(),
            occurrence: event.occurrence.clone(),
            title: event.title.clone(),
            when: event.when,
            location: event.location.clone(),
            meeting_link: event.meeting_link.clone(),
            status: event.status,
            is_transparent: event.is_transparent,
            response: event.response,
            kind: event.kind,
            first_seen_at: event.first_seen_at,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<CalendarEvent, BadRecord> {
        Ok(CalendarEvent {
            calendar: self.calendar,
            uid: self.uid,
            occurrence: self.occurrence,
            title: self.title,
            when: self.when,
            location: self.location,
            meeting_link: self.meeting_link,
            status: self.status,
            is_transparent: self.is_transparent,
            response: self.response,
            kind: self.kind,
            first_seen_at: self.first_seen_at,
        })
    }
}
