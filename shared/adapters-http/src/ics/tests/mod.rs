//! Whole files, read and expanded.

mod identity;
mod kinds;
mod limits;
mod malformed;
mod recurrence;
mod rfc_rules;
mod second_opinion;
mod zones;

use domain::calendar_event::{CalendarEvent, EventTime};
use domain::ids::CalendarId;
use domain::time::Zones;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Expanded, Expansion, Feed, Oddity, read};

/// A VCALENDAR around the given lines.
fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{}\nEND:VCALENDAR\n",
        lines.trim_end()
    )
}

/// A VEVENT with UID `u` around the given lines.
fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:u\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT\n")
}

fn feed(text: &str) -> Feed {
    read(text.as_bytes(), &Zones::bundled())
}

/// What begins from one date to the day before another, for somebody in a zone.
fn window(feed: &Feed, from: &str, to: &str, zone: &str) -> Expanded {
    let zones = Zones::bundled();
    let user_zone = zones.rules(&zones.parse(zone).unwrap()).unwrap();
    let start = |date: &str| domain::time::start_of_day(date.parse::<Date>().unwrap(), &user_zone);
    feed.occurrences(&Expansion {
        calendar: &CalendarId::parse("c").unwrap(),
        from: start(from),
        to: start(to),
        user_zone: &user_zone,
        own_addresses: &[],
        first_seen_at: Timestamp::UNIX_EPOCH,
    })
}

/// The events of 2026 and 2027 for somebody in New York, without any oddity.
fn events(text: &str) -> Vec<CalendarEvent> {
    let feed = feed(text);
    let expanded = window(&feed, "2026-01-01", "2028-01-01", "America/New_York");
    assert_eq!(feed.oddities(), [], "{text}");
    assert_eq!(expanded.oddities, [], "{text}");
    expanded.events
}

/// When an event begins, as it is written: an instant, a wall-clock time or a date.
fn start_of(event: &CalendarEvent) -> String {
    match event.when {
        EventTime::Timed { start, .. } => start.to_string(),
        EventTime::Floating { start, .. } => start.to_string(),
        EventTime::AllDay { from, .. } => from.to_string(),
    }
}

fn starts(events: &[CalendarEvent]) -> Vec<String> {
    events.iter().map(start_of).collect()
}

/// The starts of 2026 and 2027 for somebody in New York, without any oddity.
fn check_starts(lines: &str, expected: &[&str]) {
    assert_eq!(starts(&events(&calendar(&event(lines)))), expected, "{lines}");
}

/// Names and starts of the occurrences of 2026 and 2027 for somebody in New York.
fn names(text: &str) -> Vec<(String, String)> {
    let named = |event: &CalendarEvent| (event.occurrence.to_string(), start_of(event));
    events(text).iter().map(named).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, start)| ((*name).to_owned(), (*start).to_owned())).collect()
}

/// Whether the oddities are those of these lines, each holding this text.
fn check_oddities(found: &[Oddity], expected: &[(usize, &str)]) {
    let is_as_expected = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(f, (line, part))| f.line == *line && f.what.contains(part));
    assert!(is_as_expected, "{found:#?}\ninstead of\n{expected:#?}");
}
