//! A calendar of 10,000 events and 500 recurring series in 2027, for `beforehand try`:
//!
//! `cargo run -p tests --example big_calendar > big.ics`, then
//! `beforehand try big.ics --zone Europe/Berlin --from 2027-01-01 --to 2027-12-31 --json`
//!
//! The same calendar every time. The series are of six kinds, a fifth of them with an exception and
//! an occurrence that was moved; a tenth of the events are all-day, the zones are four.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "it prints a calendar")]

use std::fmt::{self, Write};

use jiff::Span;
use jiff::civil::{Date, DateTime, date};

const EVENTS: usize = 10_000;
const SERIES: usize = 500;
const YEAR: i16 = 2027;
const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney"];

/// Rules of the series, each with the first weekday or date it fits, as days after 1 January 2027,
/// which is a Friday, and the days to the next occurrence but one.
const RULES: [(&str, i64, i64); 6] = [
    ("FREQ=WEEKLY", 3, 14),
    ("FREQ=WEEKLY;BYDAY=MO,WE,FR", 3, 4),
    ("FREQ=DAILY;COUNT=120", 0, 2),
    ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", 11, 67),
    ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20271001T000000Z", 4, 28),
    ("FREQ=MONTHLY;BYMONTHDAY=15", 14, 73),
];

fn main() {
    let mut text = String::new();
    write_calendar(&mut text).expect("text takes everything");
    print!("{text}");
}

fn write_calendar(text: &mut String) -> fmt::Result {
    text.push_str("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Beforehand//big//EN\r\n");
    for index in 0..EVENTS {
        write_event(text, index)?;
    }
    for index in 0..SERIES {
        write_series(text, index)?;
    }
    text.push_str("END:VCALENDAR\r\n");
    Ok(())
}

fn write_event(text: &mut String, index: usize) -> fmt::Result {
    let on = day_of_year(index % 365);
    begin(text, &format!("single-{index}"), &format!("Review {index} with the platform team"))?;
    if index.is_multiple_of(10) {
        write!(text, "DTSTART;VALUE=DATE:{}\r\n", on.strftime("%Y%m%d"))?;
    } else {
        let start = at(on, index);
        write!(text, "DTSTART;TZID={}:{}\r\nDURATION:PT30M\r\n", zone(index), local(start))?;
        write!(text, "LOCATION:Room {}\\, second floor\r\n", index % 40)?;
    }
    end(text);
    Ok(())
}

fn write_series(text: &mut String, index: usize) -> fmt::Result {
    let (rule, first, third) = RULES[index % RULES.len()];
    let uid = format!("series-{index}");
    let day = |days: i64| date(YEAR, 1, 1).saturating_add(Span::new().days(days));
    let start = at(day(first), index);
    begin(text, &uid, &format!("Standing meeting {index}"))?;
    write!(text, "DTSTART;TZID={}:{}\r\nDURATION:PT45M\r\n", zone(index), local(start))?;
    write!(text, "RRULE:{rule}\r\n")?;
    let has_exceptions = index.is_multiple_of(5);
    let skipped = at(day(first + third), index);
    if has_exceptions {
        write!(text, "EXDATE;TZID={}:{}\r\n", zone(index), local(skipped))?;
    }
    end(text);
    if has_exceptions {
        let moved = start.saturating_add(Span::new().hours(2));
        begin(text, &uid, &format!("Standing meeting {index}, later than usual"))?;
        write!(text, "RECURRENCE-ID;TZID={}:{}\r\n", zone(index), local(start))?;
        write!(text, "DTSTART;TZID={}:{}\r\nDURATION:PT45M\r\n", zone(index), local(moved))?;
        end(text);
    }
    Ok(())
}

fn begin(text: &mut String, uid: &str, title: &str) -> fmt::Result {
    write!(text, "BEGIN:VEVENT\r\nUID:{uid}@big.example.org\r\nDTSTAMP:20261101T000000Z\r\n")?;
    write!(text, "SUMMARY:{title}\r\n")
}

fn end(text: &mut String) {
    text.push_str("END:VEVENT\r\n");
}

fn day_of_year(day: usize) -> Date {
    let days = i64::try_from(day).unwrap_or(0);
    date(YEAR, 1, 1).saturating_add(Span::new().days(days))
}

/// A time of day that differs from event to event, in quarters of an hour from 08:00 to 19:45.
fn at(on: Date, index: usize) -> DateTime {
    let quarter = i8::try_from(index * 7 % 48).unwrap_or(0);
    on.at(8 + quarter / 4, quarter % 4 * 15, 0, 0)
}

fn zone(index: usize) -> &'static str {
    ZONES[index / 3 % ZONES.len()]
}

fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}
