//! Calendars.

use app::ports::{Calendar, MirrorWindow, Oddity};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An iCalendar document.
#[derive(ToSchema)]
#[schema(pattern = "^BEGIN:VCALENDAR\r?\n([A-Z-]+:[ -~]*\r?\n)*END:VCALENDAR\r?\n$")]
#[expect(dead_code, reason = "only describes a body in the document of the API")]
pub(crate) struct IcsDocument(String);

/// A calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CalendarView {
    /// Its name, unique within the user.
    #[schema(example = "work")]
    id: String,
    /// When its content last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// From when on its events are known; null before it was first read.
    #[schema(value_type = Option<String>, format = DateTime)]
    known_from: Option<Timestamp>,
    /// Until when; further ahead it is read as the days go by.
    #[schema(value_type = Option<String>, format = DateTime)]
    known_until: Option<Timestamp>,
}

impl From<&Calendar> for CalendarView {
    fn from(calendar: &Calendar) -> Self {
        let window = calendar.mirrored;
        Self {
            id: calendar.id.as_str().to_owned(),
            changed_at: calendar.changed_at,
            known_from: window.map(|window: MirrorWindow| window.from),
            known_until: window.map(|window| window.until),
        }
    }
}

/// What became of a calendar that was handed over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StoredCalendarView {
    /// Its name.
    pub(crate) id: String,
    /// Whether anything changed.
    pub(crate) changed: bool,
    /// How many events lie between two days back and ten days ahead.
    pub(crate) events: usize,
    /// What was odd in the document, and what was made of it.
    pub(crate) oddities: Vec<OddityView>,
}

/// Something odd in a calendar that did not stop the rest from being read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OddityView {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// What is odd, and what was made of it.
    pub(crate) what: String,
}

impl From<Oddity> for OddityView {
    fn from(oddity: Oddity) -> Self {
        Self { line: oddity.line, what: oddity.what }
    }
}
