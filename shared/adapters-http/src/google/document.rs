//! Google's events, as every calendar's are kept.

use super::wire::{Item, Moment};
use crate::entries::{self, Answer, Entry, EntryKind, When};

/// The items as an iCalendar document.
pub(super) fn document(items: Vec<Item>) -> String {
    entries::document(items.into_iter().map(entry).collect())
}

fn entry(item: Item) -> Entry {
    let is_of_series = item.recurring_event_id.is_some();
    let points = item.conference_data.iter().flat_map(|conference| &conference.entry_points);
    let mut video = points.filter(|point| point.entry_point_type.as_deref() == Some("video"));
    let link = video.find_map(|point| point.uri.clone());
    let own = item.attendees.iter().find(|attendee| attendee.is_self);
    let answer = match own.and_then(|own| own.response_status.as_deref()) {
        Some("accepted") => Some(Answer::Accepted),
        Some("declined") => Some(Answer::Declined),
        Some("tentative") => Some(Answer::Tentative),
        Some("needsAction") => Some(Answer::None),
        _ => None,
    };
    let kind = match item.event_type.as_deref() {
        Some("outOfOffice") => Some(EntryKind::OutOfOffice),
        Some("workingLocation") => Some(EntryKind::WorkingLocation),
        Some("focusTime") => Some(EntryKind::Focus),
        _ => None,
    };
    Entry {
        uid: item.ical_uid.unwrap_or_else(|| item.id.clone()),
        id: item.id,
        original: item.original_start_time.filter(|_| is_of_series).and_then(when),
        start: item.start.and_then(when),
        end: item.end.and_then(when),
        title: item.summary,
        is_cancelled: item.status.as_deref() == Some("cancelled"),
        is_tentative: item.status.as_deref() == Some("tentative"),
        is_free: item.transparency.as_deref() == Some("transparent"),
        location: item.location,
        link: link.or(item.hangout_link),
        description: item.description,
        kind,
        is_organizer: item.organizer.is_some_and(|organizer| organizer.is_self),
        answer,
    }
}

fn when(moment: Moment) -> Option<When> {
    match (moment.date_time, moment.date) {
        (Some(at), _) => Some(When::At(at)),
        (None, Some(date)) => Some(When::On(date)),
        (None, None) => None,
    }
}
