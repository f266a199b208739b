//! Google's events as an iCalendar document, the form in which every calendar is kept. Nobody's
//! address is in it: who the calendar belongs to is called by a name of ours.

use std::fmt::Write as _;

use super::wire::{Item, Moment};

/// Who the calendar belongs to; `.invalid` is nobody's (RFC 2606).
const OWNER: &str = "owner@calendar.invalid";

/// The items as a document, in one order. What is cancelled, or says no time, is not in it.
pub(super) fn document(mut items: Vec<Item>) -> String {
    items.sort_by(|a, b| a.id.cmp(&b.id));
    // A page that came while events moved may repeat what another one said; the later one holds.
    items.dedup_by(|later, earlier| {
        let is_same = later.id == earlier.id;
        if is_same {
            std::mem::swap(later, earlier);
        }
        is_same
    });
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Beforehand\r\n");
    line(&mut text, "X-WR-CALNAME", OWNER);
    for item in &items {
        event(&mut text, item);
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn event(text: &mut String, item: &Item) {
    let Some(start) = item.start.and_then(written) else { return };
    if item.status.as_deref() == Some("cancelled") {
        return;
    }
    text.push_str("BEGIN:VEVENT\r\n");
    // A UID is compared as it stands, so nothing in it is escaped.
    let uid = item.ical_uid.as_deref().unwrap_or(&item.id).replace(char::is_control, "");
    let _ = write!(text, "UID:{uid}\r\n");
    if item.recurring_event_id.is_some()
        && let Some(original) = item.original_start_time.and_then(written)
    {
        let _ = write!(text, "RECURRENCE-ID{original}\r\n");
    }
    let _ = write!(text, "DTSTART{start}\r\n");
    if let Some(end) = item.end.and_then(written) {
        let _ = write!(text, "DTEND{end}\r\n");
    }
    if let Some(title) = &item.summary {
        line(text, "SUMMARY", title);
    }
    if item.status.as_deref() == Some("tentative") {
        line(text, "STATUS", "TENTATIVE");
    }
    if item.transparency.as_deref() == Some("transparent") {
        line(text, "TRANSP", "TRANSPARENT");
    }
    place(text, item);
    kind(text, item);
    answer(text, item);
    text.push_str("END:VEVENT\r\n");
}

fn place(text: &mut String, item: &Item) {
    if let Some(location) = &item.location {
        line(text, "LOCATION", location);
    }
    let points = item.conference_data.iter().flat_map(|conference| &conference.entry_points);
    let video = points.filter(|point| point.entry_point_type.as_deref() == Some("video"));
    let link = video.filter_map(|point| point.uri.as_ref()).next().or(item.hangout_link.as_ref());
    if let Some(link) = link {
        line(text, "X-GOOGLE-CONFERENCE", link);
    } else if let Some(description) = item.description.as_ref().filter(|it| it.contains("https:")) {
        // Only for the link in it, by the rules that hold for every calendar.
        line(text, "DESCRIPTION", description);
    }
}

fn kind(text: &mut String, item: &Item) {
    match item.event_type.as_deref() {
        Some("outOfOffice") => line(text, "X-MICROSOFT-CDO-BUSYSTATUS", "OOF"),
        Some("workingLocation") => line(text, "X-MICROSOFT-CDO-BUSYSTATUS", "WORKINGELSEWHERE"),
        Some("focusTime") => line(text, "X-BEFOREHAND-KIND", "FOCUS"),
        _ => {}
    }
}

fn answer(text: &mut String, item: &Item) {
    let organizer = item.organizer.as_ref();
    if organizer.is_some_and(|organizer| organizer.is_self) {
        let _ = write!(text, "ORGANIZER:mailto:{OWNER}\r\n");
    }
    let own = item.attendees.iter().find(|attendee| attendee.is_self);
    let stat = match own.and_then(|own| own.response_status.as_deref()) {
        Some("accepted") => "ACCEPTED",
        Some("declined") => "DECLINED",
        Some("tentative") => "TENTATIVE",
        Some("needsAction") => "NEEDS-ACTION",
        _ => return,
    };
    let _ = write!(text, "ATTENDEE;PARTSTAT={stat}:mailto:{OWNER}\r\n");
}

/// What stands behind the name of a property with a time.
fn written(moment: Moment) -> Option<String> {
    match (moment.date_time, moment.date) {
        (Some(at), _) => Some(format!(":{}", at.strftime("%Y%m%dT%H%M%SZ"))),
        (None, Some(date)) => Some(format!(";VALUE=DATE:{}", date.strftime("%Y%m%d"))),
        (None, None) => None,
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
