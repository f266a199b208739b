//! One occurrence on a calendar, as far as reminders need to know it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{CalendarId, EventUid, Occurrence};
use crate::time;

/// One occurrence of an event on a calendar (an RFC 5545 VEVENT instance).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarEvent {
    /// The calendar it stands on.
    pub calendar: CalendarId,
    /// The UID, shared by all occurrences of a series.
    pub uid: EventUid,
    /// Which occurrence of the series.
    pub occurrence: Occurrence,
    /// What it is called; empty when the calendar gives no title. Written by strangers.
    pub title: String,
    /// When it happens.
    pub when: EventTime,
    /// Where, as written on the calendar.
    pub location: Option<String>,
    /// The link that joins the meeting, if the calendar names one.
    pub meeting_link: Option<String>,
    /// Whether it takes place (RFC 5545 STATUS).
    pub status: EventStatus,
    /// Whether it takes up the person's time (RFC 5545 TRANSP:TRANSPARENT is "free").
    pub is_transparent: bool,
    /// The user's own answer to the invitation.
    pub response: Response,
    /// What sort of entry it is.
    pub kind: EventKind,
    /// When this occurrence first stood in our mirror.
    pub first_seen_at: Timestamp,
}

impl CalendarEvent {
    /// The first and the last instant of the event for somebody in `zone`.
    pub fn span(&self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        self.when.span(zone)
    }

    /// The instant it begins for somebody in `zone`.
    pub fn start(&self, zone: &TimeZone) -> Timestamp {
        self.when.span(zone).0
    }
}

/// When an event happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventTime {
    /// From one instant to another.
    Timed {
        /// The first instant.
        start: Timestamp,
        /// The instant it is over; never before the start.
        end: Timestamp,
    },
    /// At a wall-clock time, wherever the user is (RFC 5545 "floating").
    Floating {
        /// The wall-clock start.
        start: DateTime,
        /// The wall-clock end; never before the start.
        end: DateTime,
    },
    /// On whole days.
    AllDay {
        /// The first day.
        from: Date,
        /// The day after the last day.
        until: Date,
    },
}

impl EventTime {
    /// The instants it begins and ends for somebody in `zone`.
    pub fn span(&self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        match *self {
            Self::Timed { start, end } => (start, end),
            Self::Floating { start, end } => {
                (time::instant_of(start, zone), time::instant_of(end, zone))
            }
            Self::AllDay { from, until } => {
                (time::start_of_day(from, zone), time::start_of_day(until, zone))
            }
        }
    }

    /// A window of instants that surely holds the start, in whatever zone the user is. Stores sort
    /// and search by it, because the user may move while the calendar does not change.
    pub fn start_bounds(&self) -> (Timestamp, Timestamp) {
        // No zone is further from UTC than this (RFC 9557 and the database's own range).
        const OFFSET_MAX: SignedDuration = SignedDuration::from_hours(26);
        let wall = match *self {
            Self::Timed { start, .. } => return (start, start),
            Self::Floating { start, .. } => start,
            Self::AllDay { from, .. } => from.to_datetime(jiff::civil::Time::midnight()),
        };
        let middle = time::instant_of(wall, &TimeZone::UTC);
        (time::back(middle, OFFSET_MAX), time::ahead(middle, OFFSET_MAX))
    }

    /// Whether it is written as whole days.
    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::AllDay { .. })
    }
}

/// Whether an event takes place (RFC 5545, 3.8.1.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// It does; also where the calendar says nothing.
    #[default]
    Confirmed,
    /// It may.
    Tentative,
    /// It does not.
    Cancelled,
}

/// The user's own answer to an invitation (RFC 5545, 3.2.12 PARTSTAT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The user organises it, or nobody asked.
    #[default]
    None,
    /// Asked, not yet answered.
    NeedsAction,
    /// Said yes.
    Accepted,
    /// Said maybe.
    Tentative,
    /// Said no.
    Declined,
}

/// What sort of entry a calendar holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Something that happens.
    #[default]
    Meeting,
    /// The person is away.
    OutOfOffice,
    /// The person wants to work undisturbed.
    FocusTime,
    /// Where the person works that day.
    WorkingLocation,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixtures::{at, zone};

    #[test]
    fn the_start_lies_within_its_bounds_in_every_zone() {
        let noon = date(2026, 3, 8).at(12, 0, 0, 0);
        let floating = EventTime::Floating { start: noon, end: noon };
        let bounds = (at("2026-03-07T10:00:00Z"), at("2026-03-09T14:00:00Z"));
        assert_eq!(floating.start_bounds(), bounds);
        let whole = EventTime::AllDay { from: date(2026, 3, 8), until: date(2026, 3, 9) };
        let bounds = (at("2026-03-06T22:00:00Z"), at("2026-03-09T02:00:00Z"));
        assert_eq!(whole.start_bounds(), bounds);
        for name in ["Pacific/Kiritimati", "America/New_York", "Etc/GMT+12"] {
            for when in [floating, whole] {
                let (from, until) = when.start_bounds();
                assert!((from..=until).contains(&when.span(&zone(name)).0), "{name}");
            }
        }
    }
}
