//! Calendars and the mirror of their events.

use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::StoreError;

/// One calendar of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Whose.
    pub user: UserId,
    /// Its name.
    pub id: CalendarId,
    /// Where its events come from.
    pub source: CalendarSource,
    /// The window its mirror covers, once it was read.
    pub mirrored: Option<MirrorWindow>,
    /// When its content last changed.
    pub changed_at: Timestamp,
}

/// Where the events of a calendar come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarSource {
    /// An iCalendar document that somebody handed to us. It is kept, because its recurring rules
    /// are expanded anew as the mirror rolls on.
    Ics {
        /// The document.
        text: String,
    },
}

/// The window of instants that a mirror covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MirrorWindow {
    /// Events that begin from here on...
    pub from: Timestamp,
    /// ...and before here are in the mirror.
    pub until: Timestamp,
}

/// Something odd in a calendar that did not stop the rest from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oddity {
    /// The line, counted from 1.
    pub line: usize,
    /// What is odd, and what was made of it.
    pub what: String,
}

/// What a calendar says about a window.
#[derive(Debug, Clone, Default)]
pub struct ReadEvents {
    /// The occurrences that begin in the window.
    pub events: Vec<CalendarEvent>,
    /// What was odd.
    pub oddities: Vec<Oddity>,
}

/// Reads calendars. No waiting: what must be fetched was fetched before.
pub trait CalendarReader: Send + Sync {
    /// The occurrences of `calendar` that begin within `window`, for a user in `zone`; `now` is
    /// when they were first seen.
    fn read(
        &self,
        calendar: &Calendar,
        window: MirrorWindow,
        zone: &TimeZone,
        now: Timestamp,
    ) -> ReadEvents;
}

/// Reads and writes the calendars of users.
#[async_trait]
pub trait Calendars: Send + Sync {
    /// All calendars of a user, in order of their ids.
    async fn calendars(&self, user: &UserId) -> Result<Vec<Calendar>, StoreError>;

    /// Writes a calendar and the change of its mirror, and raises the user's `inputs_version`, if
    /// it still is `expected`. The version it is raised to, or none if it was not `expected`.
    ///
    /// A store may take several steps for a large change. Then the calendar has no window until
    /// all is written, and the version rises at the first step and at the last, so that no plan
    /// made from a half-written mirror is written or stays fresh; a crash between leaves what the
    /// next roll of the mirror completes.
    async fn write_mirror(
        &self,
        calendar: &Calendar,
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
        expected: u64,
    ) -> Result<Option<u64>, StoreError>;

    /// As [`Self::write_mirror`] with all its events removed, and the calendar with them. False if
    /// the version was not `expected`.
    async fn remove_calendar(
        &self,
        user: &UserId,
        id: &CalendarId,
        expected: u64,
    ) -> Result<bool, StoreError>;
}

/// Reads the mirror.
#[async_trait]
pub trait Events: Send + Sync {
    /// The events of all calendars of a user that may begin within the window, in order of
    /// calendar, start, UID and occurrence.
    async fn events_between(
        &self,
        user: &UserId,
        window: MirrorWindow,
    ) -> Result<Vec<CalendarEvent>, StoreError>;

    /// All events of one calendar.
    async fn events_of(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Vec<CalendarEvent>, StoreError>;

    /// The copies of one occurrence in the user's calendars.
    async fn event_copies(
        &self,
        user: &UserId,
        uid: &EventUid,
        occurrence: &Occurrence,
    ) -> Result<Vec<CalendarEvent>, StoreError>;
}
