//! `simulate`, `why` and `cancel`: what becomes of reminders.

use domain::ids::ReminderId;
use domain::time::ZoneName;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::args::{CancelArgs, UserDayArgs, WhyArgs};
use super::client::{Client, Payload};
use super::outlook_table::{self, Row};
use super::users_view::text;
use super::{Ended, Exit, Failure, Session, input};
use crate::output::Tone;

/// An outlook as the API tells it.
#[derive(Debug, Deserialize)]
struct OutlookAnswer {
    date: String,
    rows: Vec<Row>,
    left_out: Vec<Value>,
    over_rows: usize,
}

/// Shows what a stored user will get on a day: `try` for somebody who is there.
pub(super) fn simulate(session: &mut Session<'_>, args: &UserDayArgs) -> Ended {
    let date = checked_date(args.date.as_deref())?;
    let client = Client::of(session)?;
    let query = date.map(|date| ("date", date));
    let outlook: OutlookAnswer = client.get(&["users", &args.user, "outlook"], query.as_slice())?;
    let notes = left_out(&outlook);
    if session.out.is_json() {
        session.out.json_array(&outlook.rows)?;
        for note in notes {
            session.out.note(&note)?;
        }
        return Ok(Exit::Ok);
    }
    let user: Value = client.get(&["users", &args.user], &[])?;
    let zone = session.config()?.zones()?.rules(&ZoneName::from_store(text(&user, "zone")));
    let zone = zone.map_err(Failure::input)?;
    outlook_table::show(&mut session.out, &outlook.rows, &zone)?;
    session.out.line(&format!("{} of {} in {}", outlook.date, args.user, text(&user, "zone")))?;
    for note in notes {
        session.out.line(&note)?;
    }
    Ok(Exit::Ok)
}

/// Explains a reminder, or a user's day.
pub(super) fn why(session: &mut Session<'_>, args: &WhyArgs) -> Ended {
    let date = checked_date(args.date.as_deref())?;
    let client = Client::of(session)?;
    let may_be_reminder =
        date.is_none() && ReminderId::parse(&args.whom.to_ascii_lowercase()).is_ok();
    if may_be_reminder {
        let path = ["reminders", args.whom.as_str(), "why"];
        let answer = client.answer(Method::GET, &path, &[], Payload::Empty)?;
        // What looks like a reminder may be the name of a user.
        if answer.status() != StatusCode::NOT_FOUND {
            let told: Value = client.read(&answer)?;
            if session.out.is_json() {
                session.out.json(&told)?;
            } else {
                explain(session, &told, true)?;
            }
            return Ok(Exit::Ok);
        }
    }
    let query = date.map(|date| ("date", date));
    let path = ["users", args.whom.as_str(), "why"];
    let answer = client.answer(Method::GET, &path, query.as_slice(), Payload::Empty)?;
    if may_be_reminder && answer.status() == StatusCode::NOT_FOUND {
        let what = format!("there is neither a reminder nor a user {:?}", args.whom);
        return Err(Failure::input(what));
    }
    let day: Value = client.read(&answer)?;
    if session.out.is_json() {
        session.out.json(&day)?;
        return Ok(Exit::Ok);
    }
    explain_day(session, &day)?;
    Ok(Exit::Ok)
}

/// A reminder's id as the system spells it.
pub(super) fn reminder_id(given: &str) -> Result<String, Failure> {
    let id = given.to_ascii_lowercase();
    let what = || {
        format!(
            "{given:?} is no reminder: an id has 32 hexadecimal digits, as `beforehand why USER` \
             shows"
        )
    };
    ReminderId::parse(&id).map_err(|_| Failure::input(what()))?;
    Ok(id)
}

/// Cancels one reminder.
pub(super) fn cancel(session: &mut Session<'_>, args: &CancelArgs) -> Ended {
    let given = reminder_id(&args.reminder)?;
    let client = Client::of(session)?;
    if args.trial.dry_run {
        let reminder: Value = client.get(&["reminders", &given], &[])?;
        let state = text(&reminder, "state");
        let is_open = state == "scheduled";
        if session.out.is_json() {
            session.out.json(&json!({ "dry_run": true, "id": given, "state": state,
                                      "can_be_cancelled": is_open }))?;
        } else if is_open {
            session.out.line(&format!("would cancel {given}, which is {state}"))?;
        }
        if !is_open {
            let what = format!("it is {state}: only what waits to be sent can be cancelled");
            return Err(Failure::input(what));
        }
        return Ok(Exit::Ok);
    }
    let path = ["reminders", given.as_str(), "cancel"];
    let reminder: Value = client.call(Method::POST, &path, &[], Payload::Empty)?;
    if session.out.is_json() {
        session.out.json(&reminder)?;
    } else {
        session.out.line(&format!("cancelled {given}: {}", text(&reminder, "title")))?;
    }
    Ok(Exit::Ok)
}

fn checked_date(given: Option<&str>) -> Result<Option<&str>, Failure> {
    given.map(|date| input::date(date).map(|_| date)).transpose().map_err(Failure::input)
}

fn left_out(outlook: &OutlookAnswer) -> Vec<String> {
    let reasons: Vec<String> = outlook.left_out.iter().map(|row| text(row, "reason")).collect();
    outlook_table::left_out(reasons.iter().map(String::as_str), outlook.over_rows)
}

fn explain_day(session: &mut Session<'_>, day: &Value) -> Result<(), Failure> {
    let list = |key: &str| day.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (reminders, left_out) = (list("reminders"), list("left_out"));
    let head = format!("{} of {} in {}", text(day, "date"), text(day, "user"), text(day, "zone"));
    session.out.line(&head)?;
    match text(day, "planned_at") {
        planned if planned.is_empty() => session.out.line("the day has not been planned")?,
        planned => session.out.line(&format!("planned at {planned}"))?,
    }
    for reminder in &reminders {
        session.out.line("")?;
        explain(session, reminder, false)?;
    }
    if !left_out.is_empty() {
        session.out.line("\nevents without a reminder:")?;
    }
    for event in &left_out {
        session.out.line(&format!("  {}: {}", text(event, "start"), text(event, "words")))?;
    }
    match day.get("over_rows").and_then(Value::as_u64) {
        Some(over) if over > 0 => {
            session.out.line(&format!("{over} more reminders than a day may have"))?;
        }
        _ => {}
    }
    Ok(())
}

fn explain(session: &mut Session<'_>, told: &Value, with_user: bool) -> Result<(), Failure> {
    let title = match text(told, "title") {
        title if title.is_empty() => "(no title)".to_owned(),
        title => crate::output::printable(&title),
    };
    let of = if with_user { format!(" ({})", text(told, "user")) } else { String::new() };
    session.out.line(&format!("{title}, {}{of}", text(told, "starts")))?;
    let tone = match text(told, "state").as_str() {
        "delivered" | "sent" | "accepted" => Tone::Good,
        "failed" | "undelivered" | "unknown" => Tone::Bad,
        "scheduled" | "claimed" => Tone::Plain,
        _ => Tone::Caution,
    };
    session.out.toned(tone, &format!("{}: {}", text(told, "state"), text(told, "words")))?;
    for step in told.get("steps").and_then(Value::as_array).into_iter().flatten() {
        let times = match step.get("times").and_then(Value::as_u64) {
            Some(times) if times > 1 => format!(" ({times} times)"),
            _ => String::new(),
        };
        let line = format!("  {}  {}{times}", text(step, "on_the_wall"), text(step, "words"));
        session.out.line(&line)?;
    }
    session.out.line(&format!("  {}", text(told, "written_by")))?;
    session.out.toned(Tone::Faint, &format!("  id {}", text(told, "id")))?;
    Ok(())
}
