//! `rollout`: who gets reminders, and how that goes.

use http::Method;
use serde_json::{Value, json};

use super::args::{RolloutArgs, RolloutTo};
use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Failure, Session};
use crate::output::{Output, Rows, Tone};

/// Shows or changes the rollout.
pub(super) fn rollout(session: &mut Session<'_>, args: &RolloutArgs) -> Ended {
    match args.to {
        RolloutTo::On => switch(session, Some(true), args.trial.dry_run),
        RolloutTo::Off => switch(session, Some(false), args.trial.dry_run),
        RolloutTo::Show => switch(session, None, false),
        RolloutTo::Status => course(session),
        RolloutTo::Decisions => decisions(session),
        RolloutTo::Advance => decide(session, args, "advance", json!({})),
        RolloutTo::Force => decide(session, args, "advance", json!({ "force": true })),
        RolloutTo::Rollback => decide(session, args, "rollback", json!({ "to": args.stage })),
        RolloutTo::Resume => decide(session, args, "resume", json!({})),
        RolloutTo::Name => name(session, args),
        RolloutTo::Bugs => bugs(session),
        RolloutTo::Bug => bug(session, args, &["rollout", "bugs"]),
        RolloutTo::Close => {
            let Some(number) = args.number else {
                return Err(Failure::input("say which bug with --number"));
            };
            bug(session, args, &["rollout", "bugs", &number.to_string(), "close"])
        }
    }
}

/// Shows or turns the switch.
fn switch(session: &mut Session<'_>, wanted: Option<bool>, is_trial: bool) -> Ended {
    let client = Client::of(session)?;
    let before: Value = client.get(&["rollout"], &[])?;
    let after = match wanted {
        Some(on) if !is_trial => {
            let payload = Payload::Json(json!({ "on": on }));
            client.call(Method::PUT, &["rollout"], &[], payload)?
        }
        _ => before.clone(),
    };
    if session.out.is_json() {
        session.out.json(&after)?;
        return Ok(Exit::Ok);
    }
    let line = match wanted.filter(|_| is_trial) {
        Some(on) if on == is_on(&before) => format!("would change nothing: it is {}", word(on)),
        Some(on) => format!("would turn reminders {}", word(on)),
        None => as_it_stands(&after),
    };
    session.out.line(&line)?;
    Ok(Exit::Ok)
}

fn is_on(rollout: &Value) -> bool {
    rollout.get("on") == Some(&Value::Bool(true))
}

fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn as_it_stands(rollout: &Value) -> String {
    let stage = text(rollout, "stage");
    format!("reminders are {}, at stage {stage}", word(is_on(rollout)))
}

/// Goes forward, back, or on again.
fn decide(session: &mut Session<'_>, args: &RolloutArgs, what: &str, more: Value) -> Ended {
    let client = Client::of(session)?;
    if args.trial.dry_run {
        let now: Value = client.get(&["rollout"], &[])?;
        session.out.line(&format!("would {what}: now {}", as_it_stands(&now)))?;
        return Ok(Exit::Ok);
    }
    let (Some(by), Some(reason)) = (&args.by, &args.reason) else {
        return Err(Failure::input("name yourself with --by and say why with --reason"));
    };
    let mut body = json!({ "by": by, "reason": reason });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    told(session, client.call(Method::POST, &["rollout", what], &[], Payload::Json(body))?)
}

/// Names the users of the first two stages.
fn name(session: &mut Session<'_>, args: &RolloutArgs) -> Ended {
    let client = Client::of(session)?;
    if args.trial.dry_run {
        let (internal, beta) = (args.internal.len(), args.beta.len());
        session.out.line(&format!("would name {internal} users for internal, {beta} for beta"))?;
        return Ok(Exit::Ok);
    }
    let salt = args.salt.clone().unwrap_or_default();
    let body = json!({ "internal": args.internal, "beta": args.beta, "salt": salt });
    told(session, client.call(Method::PUT, &["rollout", "names"], &[], Payload::Json(body))?)
}

fn told(session: &mut Session<'_>, after: Value) -> Ended {
    if session.out.is_json() {
        session.out.json(&after)?;
    } else {
        session.out.line(&as_it_stands(&after))?;
    }
    Ok(Exit::Ok)
}

/// Shows the course: the stage, the gate and what it still needs.
fn course(session: &mut Session<'_>) -> Ended {
    let course: Value = Client::of(session)?.get(&["rollout", "course"], &[])?;
    if session.out.is_json() {
        session.out.json(&course)?;
        return Ok(Exit::Ok);
    }
    session.out.line(&as_it_stands(&course["rollout"]))?;
    if course["pending"] == true {
        session.out.toned(Tone::Caution, "the last decision is still being carried out")?;
    }
    match &course["gate"] {
        Value::Null => session.out.line("the gate has not been looked at: no day has passed")?,
        gate => show_gate(&mut session.out, gate)?,
    }
    Ok(Exit::Ok)
}

fn show_gate(out: &mut Output<'_>, gate: &Value) -> std::io::Result<()> {
    let verdict = text(gate, "verdict");
    let tone = tone(&verdict);
    let line = format!("the gate on day {}: {}", text(gate, "day"), verdict.replace('_', " "));
    out.toned(tone, &line)?;
    let mut rows = Rows::new(&["figure", "is", "of", "interval", "bound", "verdict", "needs "]);
    for finding in gate["findings"].as_array().into_iter().flatten() {
        let verdict = text(finding, "verdict");
        let interval = match finding["interval"].as_array().map(Vec::as_slice) {
            Some([low, high]) => format!("{}-{}", figure(low), figure(high)),
            _ => String::new(),
        };
        let bound = format!("{} {}", text(finding, "side"), figure(&finding["bound"]));
        rows.add(vec![
            (Tone::Plain, text(finding, "metric")),
            (Tone::Plain, figure(&finding["value"])),
            (Tone::Plain, text(finding, "sample")),
            (Tone::Plain, interval),
            (Tone::Plain, bound.replace('_', " ")),
            (self::tone(&verdict), verdict.replace('_', " ")),
            (Tone::Plain, text(finding, "still_needed")),
        ]);
    }
    out.table(&rows)
}

fn tone(verdict: &str) -> Tone {
    match verdict {
        "pass" => Tone::Good,
        "fail" => Tone::Bad,
        _ => Tone::Caution,
    }
}

/// A figure to three places; nobody measures more of it.
fn figure(value: &Value) -> String {
    value.as_f64().map_or_else(|| "not measured".to_owned(), |value| format!("{value:.3}"))
}

/// Shows what was decided.
fn decisions(session: &mut Session<'_>) -> Ended {
    let answer: Value = Client::of(session)?.get(&["rollout", "decisions"], &[])?;
    if session.out.is_json() {
        session.out.json(&answer)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(&["when", "what", "from", "to", "by", "reason "]);
    for decision in answer["decisions"].as_array().into_iter().flatten() {
        let to = if is_on(decision) { text(decision, "to") } else { "off".to_owned() };
        let kind = text(decision, "kind").replace('_', " ");
        let cells = [text(decision, "at"), kind, text(decision, "from"), to];
        let words = [text(decision, "by"), text(decision, "reason")];
        rows.add(cells.into_iter().chain(words).map(|cell| (Tone::Plain, cell)).collect());
    }
    if rows.is_empty() {
        session.out.line("nothing was decided yet")?;
    } else {
        session.out.table(&rows)?;
    }
    Ok(Exit::Ok)
}

/// Files a bug or closes one.
fn bug(session: &mut Session<'_>, args: &RolloutArgs, path: &[&str]) -> Ended {
    let client = Client::of(session)?;
    let (Some(by), Some(reason)) = (&args.by, &args.reason) else {
        return Err(Failure::input("name yourself with --by and say what it is with --reason"));
    };
    if args.trial.dry_run {
        session.out.line("would do it: nothing was filed or closed")?;
        return Ok(Exit::Ok);
    }
    let body = json!({ "by": by, "reason": reason });
    let bug: Value = client.call(Method::POST, path, &[], Payload::Json(body))?;
    if session.out.is_json() {
        session.out.json(&bug)?;
    } else {
        let state = if bug["closed"].is_null() { "open: no gate passes" } else { "closed" };
        session.out.line(&format!("bug {} is {state}", text(&bug, "number")))?;
    }
    Ok(Exit::Ok)
}

/// Shows the bugs.
fn bugs(session: &mut Session<'_>) -> Ended {
    let answer: Value = Client::of(session)?.get(&["rollout", "bugs"], &[])?;
    if session.out.is_json() {
        session.out.json(&answer)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(&["bug", "is", "since", "by", "reason "]);
    for bug in answer["bugs"].as_array().into_iter().flatten() {
        let (is, word) = match &bug["closed"] {
            Value::Null => ("open", &bug["filed"]),
            closed => ("closed", closed),
        };
        let cells = [text(bug, "number"), is.to_owned(), text(word, "at")];
        let words = [text(word, "by"), text(word, "reason")];
        rows.add(cells.into_iter().chain(words).map(|cell| (Tone::Plain, cell)).collect());
    }
    if rows.is_empty() {
        session.out.line("no bug was filed")?;
    } else {
        session.out.table(&rows)?;
    }
    Ok(Exit::Ok)
}
