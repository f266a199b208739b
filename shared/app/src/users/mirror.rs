//! The mirror of calendars: what reminders need to know of the days around today.

use std::collections::HashMap;
use std::sync::Arc;

use domain::calendar_event::CalendarEvent;
use domain::ids::{EventUid, Occurrence, UserId};
use domain::limits;
use domain::time::{ahead, local_date, start_of_day};
use domain::user::User;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use tracing::info;

use crate::ports::{Calendar, CalendarReader, Calendars, Events, MirrorWindow, StoreError};

/// How many days back a mirror reaches at most for days that went by unplanned: the planner looks
/// at a week of them, and a day beyond.
const MISSED_DAYS_MAX: i64 = 9;

/// What reading and rolling the mirror needs.
#[derive(Clone)]
pub struct MirrorPorts {
    /// The calendars.
    pub calendars: Arc<dyn Calendars>,
    /// Their mirror.
    pub events: Arc<dyn Events>,
    /// Reads calendars.
    pub reader: Arc<dyn CalendarReader>,
}

/// Brings the mirror of all of a user's calendars up to the window that today asks for, and says
/// whether the user's inputs changed: then `user` is out of date and must be read again.
///
/// A mirror that covers the window already is left alone, so it rolls once per local day.
pub async fn roll_mirror(
    ports: &MirrorPorts,
    user: &User,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let window = window_of(user, now, zone);
    let mut expected = user.inputs_version;
    for calendar in ports.calendars.calendars(&user.id).await? {
        if is_up_to_date(calendar.mirrored, window) {
            continue;
        }
        let roll = reread(ports, calendar, window, zone, now).await?;
        let Reread { calendar, upserts, removals, .. } = &roll;
        let write = ports.calendars.write_mirror(calendar, upserts, removals, expected).await?;
        let Some(raised) = write else {
            // Somebody else changed the inputs meanwhile; the caller reads the user anew.
            return Ok(true);
        };
        let (user_id, id) = (&calendar.user, &calendar.id);
        info!(user.id = %user_id, calendar.id = %id, "Rolled calendar {id} of user {user_id}");
        expected = raised;
    }
    Ok(expected != user.inputs_version)
}

/// The events of a user that may begin within `window`: from the mirror where it covers that,
/// else from the calendars themselves, without writing anything.
pub async fn events_for(
    ports: &MirrorPorts,
    user: &UserId,
    window: MirrorWindow,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Vec<CalendarEvent>, StoreError> {
    let mut events = ports.events.events_between(user, window).await?;
    for calendar in ports.calendars.calendars(user).await? {
        if covers(calendar.mirrored, window) {
            continue;
        }
        let known: Vec<_> = events.extract_if(.., |e| e.calendar == calendar.id).collect();
        let mut read = ports.reader.read(&calendar, window, zone, now).events;
        keep_first_seen(&mut read, &known);
        events.append(&mut read);
    }
    Ok(events)
}

/// The window that the mirror covers on the local day of `now`: whole days, so that it rolls once
/// a day. Where days went by unplanned it reaches back to them, so that what was missed is told.
pub(super) fn window_of(user: &User, now: Timestamp, zone: &TimeZone) -> MirrorWindow {
    let today = local_date(now, zone);
    let on = |date: Date, days: i64| date.saturating_add(Span::new().days(days));
    let usual = on(today, -limits::MIRROR_DAYS_BACK);
    let missed = user.planned.map_or(usual, |planned| on(planned.on, -1));
    let from = missed.clamp(on(today, -MISSED_DAYS_MAX), usual);
    let until = on(today, limits::MIRROR_DAYS_AHEAD + 1);
    MirrorWindow { from: start_of_day(from, zone), until: start_of_day(until, zone) }
}

/// What a fresh look at a calendar changes.
pub(super) struct Reread {
    /// The calendar as it should be stored.
    pub(super) calendar: Calendar,
    /// Events that are new or changed.
    pub(super) upserts: Vec<CalendarEvent>,
    /// Events that are gone.
    pub(super) removals: Vec<(EventUid, Occurrence)>,
    /// How many events the window holds.
    pub(super) events: usize,
    /// What was odd.
    pub(super) oddities: Vec<crate::ports::Oddity>,
}

/// Reads a calendar for a window and compares it with its mirror.
pub(super) async fn reread(
    ports: &MirrorPorts,
    calendar: Calendar,
    window: MirrorWindow,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Reread, StoreError> {
    let mirrored = ports.events.events_of(&calendar.user, &calendar.id).await?;
    let read = ports.reader.read(&calendar, window, zone, now);
    let mut events = read.events;
    keep_first_seen(&mut events, &mirrored);
    let count = events.len();
    let (upserts, removals) = changes(&mirrored, events);
    Ok(Reread {
        calendar: Calendar { mirrored: Some(window), ..calendar },
        upserts,
        removals,
        events: count,
        oddities: read.oddities,
    })
}

/// Whether a mirror needs no roll. A day more or less at its back end does not matter: nobody looks
/// there, and two clocks around midnight must not roll it to and fro.
fn is_up_to_date(mirrored: Option<MirrorWindow>, window: MirrorWindow) -> bool {
    let from = ahead(window.from, SignedDuration::from_hours(24));
    covers(mirrored, MirrorWindow { from, ..window })
}

fn covers(mirrored: Option<MirrorWindow>, window: MirrorWindow) -> bool {
    mirrored.is_some_and(|have| have.from <= window.from && window.until <= have.until)
}

/// An event that stood in the mirror before was first seen then, whatever changed about it.
fn keep_first_seen(read: &mut [CalendarEvent], mirrored: &[CalendarEvent]) {
    let known: HashMap<_, _> =
        mirrored.iter().map(|event| ((&event.uid, &event.occurrence), event)).collect();
    for event in read {
        if let Some(before) = known.get(&(&event.uid, &event.occurrence)) {
            event.first_seen_at = before.first_seen_at;
        }
    }
}

/// What turns the mirror into what was read; of several entries for one occurrence the last holds.
fn changes(
    mirrored: &[CalendarEvent],
    read: Vec<CalendarEvent>,
) -> (Vec<CalendarEvent>, Vec<(EventUid, Occurrence)>) {
    let mut before: HashMap<_, _> = mirrored
        .iter()
        .map(|event| ((event.uid.clone(), event.occurrence.clone()), event))
        .collect();
    let mut wanted: HashMap<_, _> = HashMap::with_capacity(read.len());
    for event in read {
        wanted.insert((event.uid.clone(), event.occurrence.clone()), event);
    }
    let mut upserts = Vec::new();
    for (name, event) in wanted {
        if before.remove(&name) != Some(&event) {
            upserts.push(event);
        }
    }
    let mut removals: Vec<_> = before.into_keys().collect();
    // In one order whatever the hashes, so that the same change is the same write.
    upserts.sort_by(|a, b| (&a.uid, &a.occurrence).cmp(&(&b.uid, &b.occurrence)));
    removals.sort();
    (upserts, removals)
}

#[cfg(test)]
mod tests {
    use domain::calendar_event::{EventKind, EventStatus, EventTime, Response};
    use domain::ids::CalendarId;
    use domain::phone::PhoneNumber;
    use domain::texts::{HourCycle, Language, Locale};
    use domain::time::Zones;
    use domain::user::{Planned, Preferences};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone() -> TimeZone {
        let zones = Zones::bundled();
        zones.rules(&zones.parse("America/New_York").unwrap()).unwrap()
    }

    fn user(planned_on: Option<Date>) -> User {
        User {
            id: UserId::parse("ada").unwrap(),
            phone: PhoneNumber::parse("+12025550123", None).unwrap(),
            is_phone_verified: true,
            zone: Zones::bundled().parse("America/New_York").unwrap(),
            locale: Locale { language: Language::En, hours: HourCycle::H12 },
            preferences: Preferences::default(),
            created_at: Timestamp::UNIX_EPOCH,
            inputs_version: 1,
            planned: planned_on.map(|on| Planned { on, inputs_version: 1 }),
        }
    }

    fn event(uid: &str, title: &str, seen: i64) -> CalendarEvent {
        let start = Timestamp::from_second(1_000_000).unwrap();
        CalendarEvent {
            calendar: CalendarId::parse("home").unwrap(),
            uid: EventUid::parse(uid).unwrap(),
            occurrence: Occurrence::single(),
            title: title.to_owned(),
            when: EventTime::Timed { start, end: start },
            location: None,
            meeting_link: None,
            status: EventStatus::Confirmed,
            is_transparent: false,
            response: Response::None,
            kind: EventKind::Meeting,
            first_seen_at: Timestamp::from_second(seen).unwrap(),
        }
    }

    #[test]
    fn only_what_differs_is_written_and_first_seen_is_kept() {
        let mirrored = [event("a", "A", 1), event("b", "B", 1), event("gone", "G", 1)];
        let mut read = vec![event("a", "A", 9), event("b", "B2", 9), event("new", "N", 9)];
        keep_first_seen(&mut read, &mirrored);
        let (upserts, removals) = changes(&mirrored, read);
        assert_eq!(upserts, [event("b", "B2", 1), event("new", "N", 9)]);
        let gone: Vec<_> = removals.iter().map(|(uid, _)| uid.as_str()).collect();
        assert_eq!(gone, ["gone"]);
    }

    #[test]
    fn the_window_is_of_whole_days_and_stays_for_the_day() {
        let zone = zone();
        let user = user(None);
        let window = window_of(&user, at("2026-11-01T12:00:00Z"), &zone);
        assert_eq!(window.from, at("2026-10-30T04:00:00Z"));
        assert_eq!(window.until, at("2026-11-12T05:00:00Z"));
        assert_eq!(window_of(&user, at("2026-11-02T04:59:59Z"), &zone), window);
        assert!(is_up_to_date(Some(window), window));
        let next = window_of(&user, at("2026-11-02T05:00:00Z"), &zone);
        assert!(!is_up_to_date(Some(window), next) && !is_up_to_date(None, next));
        // A clock that is behind does not roll back what a better one rolled on.
        assert!(is_up_to_date(Some(next), window));
    }

    #[test]
    fn the_window_reaches_back_to_days_that_were_not_planned() {
        let check = |planned: Option<&str>, from: &str| {
            let user = user(planned.map(|on| on.parse().unwrap()));
            let window = window_of(&user, at("2026-11-20T12:00:00Z"), &zone());
            assert_eq!(window.from, at(from), "{planned:?}");
        };
        check(None, "2026-11-18T05:00:00Z");
        check(Some("2026-11-20"), "2026-11-18T05:00:00Z");
        check(Some("2026-11-15"), "2026-11-14T05:00:00Z");
        check(Some("2026-06-01"), "2026-11-11T05:00:00Z");
    }
}
