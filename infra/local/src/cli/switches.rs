//! `rollout` and `verify`: what holds for everybody.

use http::Method;
use serde_json::{Value, json};

use super::args::{RolloutArgs, RolloutTo};
use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Session};
use crate::output::{Rows, Tone};

/// Shows or turns the switch.
pub(super) fn rollout(session: &mut Session<'_>, args: &RolloutArgs) -> Ended {
    let client = Client::of(session)?;
    let wanted = match args.to {
        RolloutTo::On => Some(true),
        RolloutTo::Off => Some(false),
        RolloutTo::Show => None,
    };
    let before: Value = client.get(&["rollout"], &[])?;
    let after = match wanted {
        Some(on) if !args.trial.dry_run => {
            let payload = Payload::Json(json!({ "on": on }));
            client.call(Method::PUT, &["rollout"], &[], payload)?
        }
        _ => before.clone(),
    };
    if session.out.is_json() {
        session.out.json(&after)?;
        return Ok(Exit::Ok);
    }
    let is_on = |switch: &Value| switch.get("on") == Some(&Value::Bool(true));
    let line = match wanted.filter(|_| args.trial.dry_run) {
        Some(on) if on == is_on(&before) => format!("would change nothing: it is {}", word(on)),
        Some(on) => format!("would turn reminders {}", word(on)),
        None => format!("reminders are {}", word(is_on(&after))),
    };
    session.out.line(&line)?;
    Ok(Exit::Ok)
}

fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Recounts what is stored.
pub(super) fn verify(session: &mut Session<'_>) -> Ended {
    let report: Value = Client::of(session)?.get(&["verify"], &[])?;
    let is_sound = report.get("sound") == Some(&Value::Bool(true));
    let exit = if is_sound { Exit::Ok } else { Exit::Problems };
    if session.out.is_json() {
        session.out.json(&report)?;
        return Ok(exit);
    }
    let count = |key: &str| text(&report, key);
    session.out.line(&format!(
        "{} users, {} reminders planned, {} texts taken by the provider",
        count("users"),
        count("planned"),
        count("texts")
    ))?;
    let mut rows = Rows::new(&["state", "reminders "]);
    for (state, reminders) in
        report.get("by_state").and_then(Value::as_object).into_iter().flatten()
    {
        rows.add(vec![(Tone::Plain, state.clone()), (Tone::Plain, reminders.to_string())]);
    }
    if !rows.is_empty() {
        session.out.table(&rows)?;
    }
    session.out.line(&format!("counters: {}", count("counters").replace('_', " ")))?;
    for problem in report.get("problems").and_then(Value::as_array).into_iter().flatten() {
        let whose = [text(problem, "user"), text(problem, "reminder")];
        let whose = whose.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>();
        let line =
            format!("{} {}: {}", text(problem, "code"), whose.join(" "), text(problem, "what"));
        session.out.toned(Tone::Bad, &line)?;
    }
    if is_sound {
        session.out.toned(Tone::Good, "everything adds up")?;
    } else {
        let line = format!("{} things do not hold", count("problem_count"));
        session.out.toned(Tone::Bad, &line)?;
    }
    Ok(exit)
}
