//! What calendars of accounts hold, as an iCalendar document: the form in which every calendar is
//! kept. Nobody's address is in it: who the calendar belongs to is called by a name of ours.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// Who the calendar belongs to; `.invalid` is nobody's (RFC 2606).
const OWNER: &str = "owner@calendar.invalid";

/// An event, or one occurrence of a series.
#[derive(Default)]
pub(crate) struct Entry {
    /// What it is called there; of two of that name the later one holds.
    pub(crate) id: String,
    /// The name of the event, or of the series, across calendars.
    pub(crate) uid: String,
    /// When the occurrence of a series was to begin.
    pub(crate) original: Option<When>,
    pub(crate) start: Option<When>,
    pub(crate) end: Option<When>,
    pub(crate) title: Option<String>,
    pub(crate) is_cancelled: bool,
    pub(crate) is_tentative: bool,
    pub(crate) is_free: bool,
    pub(crate) location: Option<String>,
    /// Where one meets.
    pub(crate) link: Option<String>,
    /// Only for the link in it, where none is given.
    pub(crate) description: Option<String>,
    pub(crate) kind: Option<EntryKind>,
    /// Whether the calendar's owner invited to it.
    pub(crate) is_organizer: bool,
    /// What the calendar's owner answered.
    pub(crate) answer: Option<Answer>,
}

/// A time.
#[derive(Clone)]
pub(crate) enum When {
    /// An instant.
    At(Timestamp),
    /// A day as a whole.
    On(Date),
    /// A civil time in a zone, whose name may be one of Windows'.
    In(DateTime, String),
}

/// Kinds of events that need no reminder.
#[derive(Clone, Copy)]
pub(crate) enum EntryKind {
    OutOfOffice,
    WorkingLocation,
    Focus,
}

/// What somebody answered to an invitation.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Accepted,
    Declined,
    Tentative,
    None,
}

/// The entries as a document, in one order. What is cancelled, or says no time, is not in it.
pub(crate) fn document(mut entries: Vec<Entry>) -> String {
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    // A page that came while events moved may repeat what another one said; the later one holds.
    entries.dedup_by(|later, earlier| {
        let is_same = later.id == earlier.id;
        if is_same {
            std::mem::swap(later, earlier);
        }
        is_same
    });
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Beforehand\r\n");
    line(&mut text, "X-WR-CALNAME", OWNER);
    for entry in &entries {
        event(&mut text, entry);
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn event(text: &mut String, entry: &Entry) {
    let Some(start) = entry.start.as_ref().filter(|_| !entry.is_cancelled) else { return };
    text.push_str("BEGIN:VEVENT\r\n");
    // A UID is compared as it stands, so nothing in it is escaped.
    let _ = write!(text, "UID:{}\r\n", entry.uid.replace(char::is_control, ""));
    if let Some(original) = &entry.original {
        let _ = write!(text, "RECURRENCE-ID{}\r\n", written(original));
    }
    let _ = write!(text, "DTSTART{}\r\n", written(start));
    if let Some(end) = &entry.end {
        let _ = write!(text, "DTEND{}\r\n", written(end));
    }
    if let Some(title) = &entry.title {
        line(text, "SUMMARY", title);
    }
    if entry.is_tentative {
        line(text, "STATUS", "TENTATIVE");
    }
    if entry.is_free {
        line(text, "TRANSP", "TRANSPARENT");
    }
    place(text, entry);
    match entry.kind {
        Some(EntryKind::OutOfOffice) => line(text, "X-MICROSOFT-CDO-BUSYSTATUS", "OOF"),
        Some(EntryKind::WorkingLocation) => {
            line(text, "X-MICROSOFT-CDO-BUSYSTATUS", "WORKINGELSEWHERE");
        }
        Some(EntryKind::Focus) => line(text, "X-BEFOREHAND-KIND", "FOCUS"),
        None => {}
    }
    if entry.is_organizer {
        let _ = write!(text, "ORGANIZER:mailto:{OWNER}\r\n");
    }
    if let Some(answer) = entry.answer {
        let stat = match answer {
            Answer::Accepted => "ACCEPTED",
            Answer::Declined => "DECLINED",
            Answer::Tentative => "TENTATIVE",
            Answer::None => "NEEDS-ACTION",
        };
        let _ = write!(text, "ATTENDEE;PARTSTAT={stat}:mailto:{OWNER}\r\n");
    }
    text.push_str("END:VEVENT\r\n");
}

fn place(text: &mut String, entry: &Entry) {
    if let Some(location) = &entry.location {
        line(text, "LOCATION", location);
    }
    if let Some(link) = &entry.link {
        line(text, "X-GOOGLE-CONFERENCE", link);
    } else if let Some(description) = entry.description.as_ref().filter(|it| it.contains("https:"))
    {
        // Only for the link in it, by the rules that hold for every calendar.
        line(text, "DESCRIPTION", description);
    }
}

/// What stands behind the name of a property with a time.
fn written(when: &When) -> String {
    match when {
        When::At(at) => format!(":{}", at.strftime("%Y%m%dT%H%M%SZ")),
        When::On(date) => format!(";VALUE=DATE:{}", date.strftime("%Y%m%d")),
        When::In(at, zone) => {
            let zone = zone.replace(|letter: char| letter.is_control() || letter == '"', "");
            format!(";TZID=\"{zone}\":{}", at.strftime("%Y%m%dT%H%M%S"))
        }
    }
}

/// A property with a text as its value, which may hold anything (RFC 5545, 3.3.11).
fn line(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    text.push(':');
    for letter in value.chars() {
        match letter {
            '\\' | ';' | ',' => text.extend(['\\', letter]),
            '\n' => text.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => text.push(letter),
        }
    }
    text.push_str("\r\n");
}
