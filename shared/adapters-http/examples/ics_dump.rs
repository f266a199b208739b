//! Prints what begins within a window of a calendar file, one JSON line each: first the oddities
//! of the file, then the occurrences. It exists to compare this reader with others.
//!
//! `cargo run -p adapters-http --example ics_dump -- FILE ZONE FROM TO`, with dates for FROM and
//! TO, which no longer belongs to the window. Exit code 2 where the arguments or the file cannot
//! be read.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line")]

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::civil::Date;

use adapters_http::ics::{self, Expansion};
use domain::calendar_event::{CalendarEvent, EventTime};
use domain::ids::CalendarId;
use domain::time::{self, Zones};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.as_slice() {
        [file, zone, from, to] => dump(file, zone, from, to),
        _ => Err("usage: ics_dump FILE ZONE FROM TO".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn dump(file: &str, zone: &str, from: &str, to: &str) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::read(file)?;
    let zones = Zones::bundled();
    let user_zone = zones.rules(&zones.parse(zone)?)?;
    let feed = ics::read(&bytes, &zones);
    let expanded = feed.occurrences(&Expansion {
        calendar: &CalendarId::parse("file")?,
        from: time::start_of_day(from.parse::<Date>()?, &user_zone),
        to: time::start_of_day(to.parse::<Date>()?, &user_zone),
        user_zone: &user_zone,
        own_addresses: &[],
        first_seen_at: Timestamp::UNIX_EPOCH,
    });
    for oddity in feed.oddities().iter().chain(&expanded.oddities) {
        println!("{}", serde_json::json!({ "line": oddity.line, "oddity": oddity.what }));
    }
    for event in &expanded.events {
        println!("{}", as_json(event));
    }
    Ok(())
}

fn as_json(event: &CalendarEvent) -> serde_json::Value {
    let (start, end) = match event.when {
        EventTime::Timed { start, end } => (start.to_string(), end.to_string()),
        EventTime::Floating { start, end } => (start.to_string(), end.to_string()),
        EventTime::AllDay { from, until } => (from.to_string(), until.to_string()),
    };
    serde_json::json!({
        "uid": event.uid,
        "occurrence": event.occurrence,
        "title": event.title,
        "start": start,
        "end": end,
        "status": event.status,
    })
}
