//! Microsoft's events, as every calendar's are kept.

use super::wire::{Event, Moment};
use crate::entries::{self, Answer, Entry, EntryKind, When};

/// What the names begin with that Exchange makes for events, in hex; the date of the occurrence
/// stands in the eight digits behind it ([MS-OXOCAL] 2.2.1.27).
const EXCHANGE: &str = "040000008200E00074C5B7101A82E008";

/// The events as an iCalendar document.
pub(super) fn document(events: Vec<Event>) -> String {
    let is_one = |event: &Event| event.kind.as_deref() != Some("seriesMaster");
    entries::document(events.into_iter().filter(is_one).map(entry).collect())
}

fn entry(event: Event) -> Entry {
    let is_of_series = matches!(event.kind.as_deref(), Some("occurrence" | "exception"));
    let original = event.original_start.as_ref().filter(|_| is_of_series);
    let original = original.and_then(|original| original.parse().ok());
    let uid = event.ical_uid.unwrap_or_else(|| event.id.clone());
    let link = event.online_meeting.and_then(|meeting| meeting.join_url);
    let link = link.or(event.online_meeting_url).filter(|link| !link.is_empty());
    let is_all_day = event.is_all_day;
    let when = |moment: Moment| when(moment, is_all_day);
    let answer = event.response_status.and_then(|status| status.response);
    let shown = event.show_as.as_deref();
    Entry {
        // Where it is not said which occurrence this is, its own name says it.
        uid: if original.is_some() { name_of_series(&uid) } else { uid },
        id: event.id,
        original: original.map(When::At),
        start: event.start.map(when),
        end: event.end.map(when),
        title: event.subject.filter(|title| !title.is_empty()),
        is_cancelled: event.is_cancelled,
        is_tentative: shown == Some("tentative"),
        is_free: shown == Some("free"),
        location: event.location.and_then(|it| it.display_name).filter(|name| !name.is_empty()),
        link,
        description: event.body.and_then(|body| body.content),
        kind: match shown {
            Some("oof") => Some(EntryKind::OutOfOffice),
            Some("workingElsewhere") => Some(EntryKind::WorkingLocation),
            _ => None,
        },
        is_organizer: event.is_organizer,
        answer: match answer.as_deref() {
            Some("accepted" | "organizer") => Some(Answer::Accepted),
            Some("declined") => Some(Answer::Declined),
            Some("tentativelyAccepted") => Some(Answer::Tentative),
            Some("notResponded") => Some(Answer::None),
            _ => None,
        },
    }
}

/// The name of the series whose occurrence has this name.
fn name_of_series(uid: &str) -> String {
    let date = EXCHANGE.len()..EXCHANGE.len() + 8;
    let is_exchange = uid.get(..EXCHANGE.len()).is_some_and(|it| it.eq_ignore_ascii_case(EXCHANGE));
    let mut name = uid.to_owned();
    if is_exchange && uid.get(date.clone()).is_some() {
        name.replace_range(date, "00000000");
    }
    name
}

fn when(moment: Moment, is_all_day: bool) -> When {
    let at = moment.date_time;
    match moment.time_zone {
        _ if is_all_day => When::On(at.date()),
        None => When::In(at, "UTC".to_owned()),
        Some(zone) => When::In(at, zone),
    }
}
