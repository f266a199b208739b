//! `calendar connect`, `list` and `sync`: calendars that are published at an address.

use app::ports::Keeper;
use domain::calendar_address::CalendarAddress;
use http::Method;
use serde_json::{Value, json};

use super::args::Trial;
use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Failure, Session, input};
use crate::output::{Rows, Tone, printable};

/// Where a calendar is, as it was given.
pub(super) struct Place<'a> {
    pub(super) address: &'a str,
    pub(super) caldav: Option<&'a str>,
    pub(super) calendar: Option<&'a str>,
    pub(super) every: Option<u32>,
}

/// Connects a calendar to an address.
pub(super) fn connect(
    session: &mut Session<'_>,
    (user, name): (&str, &str),
    place: &Place<'_>,
    trial: &Trial,
) -> Ended {
    let keeper = Keeper::ALL.into_iter().find(|keeper| place.address == keeper.as_str());
    if let Some(keeper) = keeper {
        return ask_consent(session, (user, name), keeper, place, trial);
    }
    if place.calendar.is_some() && place.caldav.is_none() {
        return Err(Failure::input(
            "--calendar names one of several calendars of an account: give it with --caldav, \
             google or microsoft",
        ));
    }
    if place.caldav.is_some() && place.address == input::STDIN {
        return Err(Failure::input(
            "with --caldav, standard input holds the password: give the address as an argument",
        ));
    }
    let address = input::argument(session, place.address)?;
    let host = CalendarAddress::parse(&address)
        .map_err(|bad| Failure::input(format!("the calendar's address {bad}")))?;
    let client = Client::of(session)?;
    if trial.dry_run {
        client.get::<Value>(&["users", user], &[])?;
        return told(
            session,
            &json!({ "dry_run": true, "calendar": name, "host": host.host() }),
            &format!("would connect calendar {name} of {user} to {}", host.host()),
        );
    }
    let mut body = json!({ "address": address });
    if let Some(minutes) = place.every {
        body["every_minutes"] = json!(minutes);
    }
    if let Some(account) = place.caldav {
        let password = input::password(session, account)?;
        body["caldav"] = json!({ "user": account, "password": password });
        if let Some(calendar) = place.calendar {
            body["caldav"]["calendar"] = json!(calendar);
        }
    }
    let path = ["users", user, "calendars", name, "connection"];
    let made: Value = client.call(Method::PUT, &path, &[], Payload::Json(body))?;
    let words = format!(
        "connected calendar {name} of {user} to {}; see `beforehand calendar list {user}` for how \
         it does",
        text(&made, "host")
    );
    told(session, &made, &words)
}

/// Prints the page at which somebody allows us to read their calendar.
fn ask_consent(
    session: &mut Session<'_>,
    (user, name): (&str, &str),
    keeper: Keeper,
    place: &Place<'_>,
    trial: &Trial,
) -> Ended {
    if place.caldav.is_some() {
        return Err(Failure::input(format!(
            "{} and --caldav exclude each other: give one of them",
            keeper.as_str()
        )));
    }
    let client = Client::of(session)?;
    if trial.dry_run {
        client.get::<Value>(&["users", user], &[])?;
        return told(
            session,
            &json!({ "dry_run": true, "calendar": name, "host": keeper.title() }),
            &format!("would ask {user} to allow calendar {name} of {}", keeper.title()),
        );
    }
    let mut body = json!({});
    if let Some(minutes) = place.every {
        body["every_minutes"] = json!(minutes);
    }
    if let Some(calendar) = place.calendar {
        body["calendar"] = json!(calendar);
    }
    let path = ["users", user, "calendars", name, keeper.as_str()];
    let made: Value = client.call(Method::POST, &path, &[], Payload::Json(body))?;
    if !session.out.is_json() {
        session.out.note(&format!(
            "let {user}, and nobody else, open this page until {} and allow it:",
            text(&made, "good_until")
        ))?;
    }
    told(session, &made, &text(&made, "address"))
}

/// Lists connections.
pub(super) fn list(session: &mut Session<'_>, user: &str) -> Ended {
    let client = Client::of(session)?;
    let found: Value = client.get(&["users", user, "connections"], &[])?;
    let all = found.get("connections").and_then(Value::as_array).cloned().unwrap_or_default();
    if session.out.is_json() {
        session.out.json(&all)?;
        return Ok(Exit::Ok);
    }
    if all.is_empty() {
        session.out.line(&format!("no calendar of {user} is connected"))?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(&["calendar", "host", "health", "last good look", "next", "problem"]);
    for one in &all {
        let tone = match text(one, "health").as_str() {
            "ok" => Tone::Good,
            "needs_person" => Tone::Bad,
            "failing" => Tone::Caution,
            _ => Tone::Faint,
        };
        rows.add(vec![
            (Tone::Plain, text(one, "calendar")),
            (Tone::Plain, text(one, "host")),
            (tone, text(one, "health").replace('_', " ")),
            (Tone::Plain, text(one, "ok_at")),
            (Tone::Faint, text(one, "next_at")),
            (Tone::Plain, printable(&text(one, "problem"))),
        ]);
    }
    session.out.table(&rows)?;
    Ok(Exit::Ok)
}

/// Asks for a look at a calendar.
pub(super) fn sync(session: &mut Session<'_>, (user, name): (&str, &str), trial: &Trial) -> Ended {
    let client = Client::of(session)?;
    if trial.dry_run {
        let found: Value = client.get(&["users", user, "connections"], &[])?;
        let all = found.get("connections").and_then(Value::as_array);
        if !all.into_iter().flatten().any(|one| text(one, "calendar") == name) {
            return Err(Failure::input(format!("the user has no connected calendar {name:?}")));
        }
        return told(
            session,
            &json!({ "dry_run": true, "calendar": name }),
            &format!("would look at calendar {name} of {user}"),
        );
    }
    let path = ["users", user, "calendars", name, "sync"];
    let asked: Value = client.call(Method::POST, &path, &[], Payload::Empty)?;
    told(session, &asked, &format!("asked for a look at calendar {name} of {user}"))
}

fn told(session: &mut Session<'_>, value: &Value, words: &str) -> Ended {
    if session.out.is_json() {
        session.out.json(value)?;
    } else {
        session.out.line(words)?;
    }
    Ok(Exit::Ok)
}
