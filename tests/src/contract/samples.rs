//! Small values for the suites.

use app::ports::{
    Calendar, CalendarSource, Claim, Connection, MirrorWindow, PhoneKey, PhoneKeys, PlanWrite,
    PlanWriteResult, RunRecord, SyncHealth,
};
use app::seals::Sealed;
use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::difference::RowWrite;
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::lead_time::{LeadSlot, LeadTime};
use domain::phone::PhoneNumber;
use domain::reminder::{Circumstances, Reminder, State, TextSource};
use domain::states::{Change, apply};
use domain::texts::{Body, EventFacts, HourCycle, Language, Locale};
use domain::time::{ZoneName, Zones, ahead};
use domain::trail::Trail;
use domain::user::{Planned, Preferences, User};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::StorePorts;

/// An instant.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A date.
pub fn on(text: &str) -> Date {
    text.parse().unwrap()
}

/// A user's id.
pub fn id(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// A zone.
pub fn zone(name: &str) -> ZoneName {
    Zones::bundled().parse(name).unwrap()
}

/// A number that follows from a name.
pub fn number(name: &str) -> PhoneNumber {
    let hash = name.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(byte));
    PhoneNumber::try_from(format!("+1202555{:04}", hash % 10_000)).unwrap()
}

/// What names of numbers are made with.
pub const CONTRACT_SECRET: &[u8] = b"a secret of the contract";

/// The key of the number that follows from a name.
pub fn key(name: &str) -> PhoneKey {
    PhoneKeys::new(CONTRACT_SECRET).key(&number(name))
}

/// A user who was never planned, with inputs of version 1.
pub fn user(name: &str) -> User {
    user_in(name, "Europe/Berlin")
}

/// As [`user`], in a zone.
pub fn user_in(name: &str, zone_name: &str) -> User {
    User {
        id: id(name),
        phone: number(name),
        is_phone_verified: true,
        zone: zone(zone_name),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences: Preferences::default(),
        created_at: at("2026-01-01T00:00:00Z"),
        inputs_version: 1,
        planned: None,
    }
}

/// Adds users with numbers of their own.
pub async fn add(ports: &StorePorts, names: &[&str]) {
    for name in names {
        assert!(ports.users.add_user(&user(name), &key(name)).await.unwrap(), "{name} is new");
    }
}

/// The stored user.
pub async fn stored(ports: &StorePorts, name: &str) -> User {
    ports.users.user(&id(name)).await.unwrap().expect("the user is stored")
}

/// A calendar of a user.
pub fn calendar(name: &str, calendar: &str) -> Calendar {
    Calendar {
        user: id(name),
        id: CalendarId::parse(calendar).unwrap(),
        source: CalendarSource::Ics { text: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned() },
        mirrored: Some(MirrorWindow {
            from: at("2026-03-01T00:00:00Z"),
            until: at("2026-03-12T00:00:00Z"),
        }),
        changed_at: at("2026-03-01T00:00:00Z"),
    }
}

/// The connection of a calendar, never looked at.
pub fn connection(user: &str, name: &str, next_sync_at: &str) -> Connection {
    Connection {
        user: id(user),
        calendar: CalendarId::parse(name).unwrap(),
        access: Sealed::from_store("key.c2VhbGVk".to_owned()),
        host: "calendar.example".to_owned(),
        every: SignedDuration::from_mins(15),
        cursor: None,
        health: SyncHealth::default(),
        next_sync_at: at(next_sync_at),
        channel: None,
        wanted_at: None,
        connected_at: at("2026-03-01T08:00:00Z"),
        revision: 1,
    }
}

/// An event of half an hour.
pub fn event(calendar: &str, uid: &str, start: &str) -> CalendarEvent {
    let start = at(start);
    let end = ahead(start, SignedDuration::from_mins(30));
    event_at(calendar, uid, EventTime::Timed { start, end })
}

/// An event.
pub fn event_at(calendar: &str, uid: &str, when: EventTime) -> CalendarEvent {
    CalendarEvent {
        calendar: CalendarId::parse(calendar).unwrap(),
        uid: EventUid::parse(uid).unwrap(),
        occurrence: Occurrence::single(),
        title: format!("Title of {uid}"),
        when,
        location: None,
        meeting_link: None,
        status: EventStatus::Confirmed,
        is_transparent: false,
        response: Response::None,
        kind: EventKind::Meeting,
        first_seen_at: at("2026-03-01T00:00:00Z"),
    }
}

/// A scheduled reminder that is due at an instant and counts in the UTC date of it.
pub fn reminder(name: &str, uid: &str, send_at: &str) -> Reminder {
    let send_at = at(send_at);
    let start = ahead(send_at, SignedDuration::from_mins(15));
    let end = ahead(start, SignedDuration::from_mins(30));
    let (user, calendar) = (id(name), CalendarId::parse("work").unwrap());
    let (uid, occurrence) = (EventUid::parse(uid).unwrap(), Occurrence::single());
    let slot = LeadSlot::new(0);
    Reminder {
        id: ReminderId::of(&user, &calendar, &uid, &occurrence, slot, 0),
        user,
        calendar,
        occurrence,
        slot,
        round: 0,
        lead: Some(LeadTime::from_minutes(15).unwrap()),
        when: EventTime::Timed { start, end },
        facts: EventFacts {
            title: format!("Title of {uid}"),
            start,
            end,
            all_day_on: None,
            location: None,
            meeting_link: None,
            first_of: None,
        },
        uid,
        state: State::Scheduled,
        revision: 1,
        nominal_at: send_at,
        wanted_at: send_at,
        send_at,
        last_at: start,
        day_on: TimeZone::UTC.to_datetime(send_at).date(),
        retry_at: None,
        body: Body { before: "Sync ".to_owned(), after: ", 10:00 AM".to_owned() },
        source: TextSource::Template { id: "reminder.en.1".to_owned() },
        attempts: Vec::new(),
        planned_at: at("2026-03-01T00:00:00Z"),
        rating: None,
        trial: domain::experiment::board::Trial::default(),
        acknowledged_at: None,
        snoozes: Vec::new(),
        trail: Trail::default(),
    }
}

/// Ten minutes past nothing in particular.
pub const NOW: &str = "2026-03-02T09:00:00Z";

/// A reminder after a change.
pub fn after(row: &Reminder, change: Change) -> Reminder {
    apply(row, change, at(NOW)).expect("the change is allowed")
}

/// A reminder after a sender took it.
pub fn claimed(row: &Reminder) -> Reminder {
    let to = number(row.user.as_str());
    let change = Change::Claim {
        to,
        text: "Sync in 15 minutes".to_owned(),
        day_on: row.day_on,
        waited_since: None,
        circumstances: Circumstances::default(),
    };
    after(row, change)
}

/// The claim of a row whose user and phone are as they were added, with a limit.
pub fn claim_of<'a>(row: &'a Reminder, phone: &'a PhoneKey, limit: u32) -> Claim<'a> {
    Claim { row, expected: row.revision - 1, inputs_version: 1, phone, phone_version: 1, limit }
}

/// A record of a plan.
pub fn run_record(date: &str, written: usize) -> RunRecord {
    RunRecord {
        on: on(date),
        at: at(NOW),
        scheduled: written,
        written,
        over_rows: 0,
        left_out: Vec::new(),
    }
}

/// Rows that must not exist yet.
pub fn new_rows(rows: &[Reminder]) -> Vec<RowWrite> {
    rows.iter().map(|row| RowWrite { row: row.clone(), expected: None }).collect()
}

/// Writes rows by a plan made from inputs of a version.
pub async fn plan(
    ports: &StorePorts,
    name: &str,
    inputs_version: u64,
    rows: &[RowWrite],
) -> PlanWriteResult {
    let user = id(name);
    let planned = Planned { on: on("2026-03-02"), inputs_version };
    let records = [run_record("2026-03-02", rows.len())];
    let write = PlanWrite { user: &user, inputs_version, planned, rows, records: &records };
    ports.reminders.write_plan(&write).await.unwrap()
}

/// Adds a user with these reminders.
pub async fn add_with(ports: &StorePorts, name: &str, rows: &[Reminder]) {
    add(ports, &[name]).await;
    assert_eq!(plan(ports, name, 1, &new_rows(rows)).await, PlanWriteResult::Written);
}
