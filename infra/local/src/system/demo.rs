//! Two people and their day, for whoever starts the system for the first time.

use domain::ids::{CalendarId, UserId};
use domain::phone::PhoneNumber;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{ZoneName, Zones};
use domain::user::Preferences;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use app::users::NewUser;

/// When the first demo event begins: its text, 15 minutes before, is seconds away.
const FIRST_EVENT: SignedDuration = SignedDuration::from_secs(15 * 60 + 20);

/// Zones a demo user may live in: some of them are in the middle of their day at any instant.
const ZONES: [&str; 9] = [
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
];

/// One demo user with a calendar.
pub(super) struct Demo {
    /// Who.
    pub(super) user: NewUser,
    /// The name of the calendar.
    pub(super) calendar: CalendarId,
    /// The calendar, as an iCalendar document.
    pub(super) ics: String,
}

/// The two demo users as of `now`, each in a zone where it is day.
pub(super) fn demo(zones: &Zones, country: &str, now: Timestamp) -> Vec<Demo> {
    let by_daylight = |wished: Time| {
        let distance = |name: &&&str| {
            let zone = zones.parse(name).and_then(|name| zones.rules(&name));
            zone.map_or(i64::MAX, |zone| {
                let time = zone.to_datetime(now).time();
                time.duration_until(wished).as_secs().abs()
            })
        };
        ZONES.iter().min_by_key(|name| distance(name)).copied().unwrap_or("Etc/UTC")
    };
    let people = [
        ("ada", "+12025550143", by_daylight(Time::constant(10, 0, 0, 0))),
        ("grace", "+12025550167", by_daylight(Time::constant(16, 0, 0, 0))),
    ];
    let build = |(id, phone, zone)| one(zones, country, id, phone, zone, now);
    people.into_iter().filter_map(build).collect()
}

fn one(
    zones: &Zones,
    country: &str,
    id: &str,
    phone: &str,
    zone: &str,
    now: Timestamp,
) -> Option<Demo> {
    let name: ZoneName = zones.parse(zone).ok()?;
    let rules = zones.rules(&name).ok()?;
    let hours = if zone.starts_with("America/") { HourCycle::H12 } else { HourCycle::H24 };
    let user = NewUser {
        id: UserId::parse(id).ok()?,
        phone: PhoneNumber::parse(phone, Some(country)).ok()?,
        is_phone_verified: true,
        zone: name,
        locale: Locale { language: Language::En, hours },
        preferences: Preferences::default(),
    };
    let calendar = CalendarId::parse("demo").ok()?;
    let events = if id == "ada" { day_of_ada(now, &rules) } else { day_of_grace(now, &rules) };
    let ics = document(zone, &rules, &events);
    Some(Demo { user, calendar, ics })
}

/// One event of a demo calendar.
struct DemoEvent {
    title: &'static str,
    start: Timestamp,
    place: &'static str,
    extra: &'static str,
}

fn day_of_ada(now: Timestamp, zone: &TimeZone) -> Vec<DemoEvent> {
    vec![
        event("Coffee with Sam", now + FIRST_EVENT, "Blue Door Cafe", ""),
        event("Design review", later(now, 50), "Room 4", ""),
        event("Focus: write the proposal", later(now, 110), "", "TRANSP:TRANSPARENT"),
        event("1:1 with Priya", later(now, 150), "", "URL:https://meet.example/priya"),
        event("Budget meeting", later(now, 195), "Room 2", "STATUS:CANCELLED"),
        event("Dentist", later(now, 280), "12 Mill Lane", ""),
        event("Night train to Vienna", at(now, zone, 23, 10), "Platform 7", ""),
    ]
}

fn day_of_grace(now: Timestamp, zone: &TimeZone) -> Vec<DemoEvent> {
    let first = now + FIRST_EVENT + SignedDuration::from_secs(15);
    vec![
        event("Stand-up", first, "", "URL:https://meet.example/stand-up"),
        event("Pick up Leo from school", later(now, 75), "North gate", ""),
        event("Call with the bank", later(now, 130), "", ""),
        event("Choir rehearsal", later(now, 240), "St. Anne's Hall", ""),
        event(
            "Early flight",
            at(now + SignedDuration::from_hours(24), zone, 7, 30),
            "Gate B12",
            "",
        ),
    ]
}

fn event(
    title: &'static str,
    start: Timestamp,
    place: &'static str,
    extra: &'static str,
) -> DemoEvent {
    DemoEvent { title, start, place, extra }
}

/// About so many minutes from now, at a time that calendars have.
fn later(now: Timestamp, minutes: i64) -> Timestamp {
    domain::time::aligned(now + SignedDuration::from_mins(minutes), SignedDuration::from_mins(5))
}

fn at(now: Timestamp, zone: &TimeZone, hour: i8, minute: i8) -> Timestamp {
    let wall = zone.to_datetime(now).date().at(hour, minute, 0, 0);
    domain::time::instant_of(wall, zone)
}

fn document(zone: &str, rules: &TimeZone, events: &[DemoEvent]) -> String {
    let mut text =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Beforehand//demo//EN\r\n".to_owned();
    for (number, event) in events.iter().enumerate() {
        let start = rules.to_datetime(event.start).strftime("%Y%m%dT%H%M%S");
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:demo-{number}@beforehand\r\nDTSTAMP:20260101T000000Z\r\n\
             SUMMARY:{}\r\nDTSTART;TZID={zone}:{start}\r\nDURATION:PT30M\r\n",
            event.title
        ));
        if !event.place.is_empty() {
            text.push_str(&format!("LOCATION:{}\r\n", event.place));
        }
        if !event.extra.is_empty() {
            text.push_str(&format!("{}\r\n", event.extra));
        }
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}
