//! `calendar`: put, connect and remove the calendars of users.

use adapters_http::ics;
use domain::time::Zones;
use http::Method;
use serde_json::{Value, json};

use super::calendar_args::CalendarCommand;
use super::client::{Client, Payload};
use super::input::{self, CalendarFile};
use super::users_view::text;
use super::{Ended, Exit, Failure, Session, connection};
use crate::output::printable;

/// The calendar of a user who has only one.
pub(super) const MAIN: &str = "main";

pub(super) fn run(session: &mut Session<'_>, command: &CalendarCommand) -> Ended {
    match command {
        CalendarCommand::Put { user, file, name, trial } => {
            let file = input::calendar(session, file)?;
            if trial.dry_run {
                return would_put(session, user, name, &file);
            }
            let client = Client::of(session)?;
            put(session, &client, user, name, file)?;
        }
        CalendarCommand::Connect { user, address, caldav, calendar, name, every, trial } => {
            let place = connection::Place {
                address,
                caldav: caldav.as_deref(),
                calendar: calendar.as_deref(),
                every: *every,
            };
            return connection::connect(session, (user, name), &place, trial);
        }
        CalendarCommand::List { user } => return connection::list(session, user),
        CalendarCommand::Sync { user, name, trial } => {
            return connection::sync(session, (user, name), trial);
        }
        CalendarCommand::Remove { user, name, trial } => {
            let client = Client::of(session)?;
            if trial.dry_run {
                return would_remove(session, &client, user, name);
            }
            let path = ["users", user, "calendars", name];
            client.call::<Value>(Method::DELETE, &path, &[], Payload::Empty)?;
            if session.out.is_json() {
                session.out.json(&json!({ "id": name, "removed": true }))?;
            } else {
                session.out.line(&format!("removed calendar {name} of {user}"))?;
            }
        }
    }
    Ok(Exit::Ok)
}

/// Replaces the content of a calendar, and tells what was odd about it.
pub(super) fn put(
    session: &mut Session<'_>,
    client: &Client<'_>,
    user: &str,
    name: &str,
    file: CalendarFile,
) -> Result<(), Failure> {
    let path = ["users", user, "calendars", name];
    let stored: Value = client.call(Method::PUT, &path, &[], Payload::Calendar(file.bytes))?;
    for oddity in stored.get("oddities").and_then(Value::as_array).into_iter().flatten() {
        let line = format!("{}:{}: {}", file.name, text(oddity, "line"), text(oddity, "what"));
        session.out.note(&printable(&line))?;
    }
    if session.out.is_json() {
        session.out.json(&stored)?;
        return Ok(());
    }
    let did = if stored.get("changed") == Some(&Value::Bool(true)) { "put" } else { "unchanged:" };
    let events = text(&stored, "events");
    let what = "events from two days back to ten ahead";
    session.out.line(&format!("{did} calendar {name} of {user}: {events} {what}"))?;
    Ok(())
}

fn would_put(session: &mut Session<'_>, user: &str, name: &str, file: &CalendarFile) -> Ended {
    let client = Client::of(session)?;
    client.get::<Value>(&["users", user], &[])?;
    let feed = ics::read(&file.bytes, &Zones::bundled());
    for oddity in feed.oddities() {
        let line = format!("{}:{}: {}", file.name, oddity.line, oddity.what);
        session.out.note(&printable(&line))?;
    }
    let entries = feed.series_count();
    if session.out.is_json() {
        session.out.json(&json!({ "dry_run": true, "id": name, "entries": entries }))?;
    } else {
        let what = format!("would put calendar {name} of {user}: {entries} events and series");
        session.out.line(&what)?;
    }
    Ok(Exit::Ok)
}

fn would_remove(session: &mut Session<'_>, client: &Client<'_>, user: &str, name: &str) -> Ended {
    let found: Value = client.get(&["users", user], &[])?;
    let calendars = found.get("calendars").and_then(Value::as_array);
    let is_there = calendars.into_iter().flatten().any(|calendar| text(calendar, "id") == name);
    if !is_there {
        return Err(Failure::input(format!("the user has no calendar {name:?}")));
    }
    if session.out.is_json() {
        session.out.json(&json!({ "dry_run": true, "id": name, "removed": true }))?;
    } else {
        session.out.line(&format!("would remove calendar {name} of {user}"))?;
    }
    Ok(Exit::Ok)
}
