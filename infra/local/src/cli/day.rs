//! `day`: a local day, or many.

use std::io::BufRead as _;

use domain::time::{LocalDay, ZoneName, Zones};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::args::DayArgs;
use super::input;
use super::{Ended, Exit, Failure, Session};

/// A local day as programs read it.
#[derive(Debug, Serialize)]
struct DayAnswer {
    zone: String,
    date: Date,
    start: jiff::Timestamp,
    end: jiff::Timestamp,
    hours: serde_json::Number,
}

pub(super) fn run(session: &mut Session<'_>, args: &DayArgs) -> Ended {
    let zones = Zones::bundled();
    if args.stdin {
        return answer_lines(session, &zones);
    }
    let zone = args.zone.as_deref().unwrap_or_default();
    let date = args.date.as_deref().unwrap_or_default();
    let (name, rules, date) = look_up(zone, date, &zones).map_err(Failure::input)?;
    let day = LocalDay::of(date, &rules);
    if session.out.is_json() {
        session.out.json(&answer(&name, day))?;
    } else {
        session.out.line(&words(&name, &rules, day))?;
    }
    Ok(Exit::Ok)
}

/// One line of JSON for each line of input, whatever it holds.
fn answer_lines(session: &mut Session<'_>, zones: &Zones) -> Ended {
    let mut exit = Exit::Ok;
    let mut line = Vec::new();
    loop {
        line.clear();
        if session.stdin.read_until(b'\n', &mut line).map_err(input::stdin_failure)? == 0 {
            return Ok(exit);
        }
        let text = String::from_utf8_lossy(&line);
        let mut words = text.split_whitespace();
        let found = match (words.next(), words.next(), words.next()) {
            (Some(zone), Some(date), None) => look_up(zone, date, zones),
            _ => Err("write ZONE DATE, like Europe/Berlin 2026-10-25".to_owned()),
        };
        match found {
            Ok((name, rules, date)) => {
                session.out.json_line(&answer(&name, LocalDay::of(date, &rules)))?;
            }
            Err(error) => {
                session.out.json_line(&serde_json::json!({ "error": error }))?;
                exit = Exit::BadInput;
            }
        }
    }
}

fn look_up(zone: &str, date: &str, zones: &Zones) -> Result<(ZoneName, TimeZone, Date), String> {
    let name = zones.parse(zone).map_err(|error| error.to_string())?;
    let rules = zones.rules(&name).map_err(|error| error.to_string())?;
    Ok((name, rules, input::date(date)?))
}

fn answer(zone: &ZoneName, day: LocalDay) -> DayAnswer {
    DayAnswer {
        zone: zone.to_string(),
        date: day.date,
        start: day.start,
        end: day.end,
        hours: hours(day),
    }
}

/// 23, 24, 25; or with a fraction where clocks change by less than an hour.
fn hours(day: LocalDay) -> serde_json::Number {
    let seconds = day.end.duration_since(day.start).as_secs();
    let fraction = || serde_json::Number::from_f64(day.hours());
    if seconds % 3600 == 0 { (seconds / 3600).into() } else { fraction().unwrap_or(0.into()) }
}

fn words(zone: &ZoneName, rules: &TimeZone, day: LocalDay) -> String {
    if day.start == day.end {
        return format!("{} does not exist in {zone}: clocks jump over the whole day", day.date);
    }
    let wall = |at: jiff::Timestamp| {
        at.to_zoned_datetime(rules.clone()).strftime("%F %H:%M:%S %:z").to_string()
    };
    format!(
        "{} in {zone} has {} hours\n  from  {}  ({})\n  to    {}  ({})",
        day.date,
        hours(day),
        wall(day.start),
        day.start,
        wall(day.end),
        day.end
    )
}
