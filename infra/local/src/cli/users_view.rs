//! Users as people read them.

use std::io;

use serde_json::{Value, json};

use super::{Ended, Exit};
use crate::output::{Output, Rows, Tone};

/// Settings in the order in which they are shown, with their names in the API.
const SETTINGS: [(&str, &str); 14] = [
    ("phone", "phone"),
    ("verified", "verified"),
    ("consent", "consent"),
    ("zone", "zone"),
    ("clock", "clock"),
    ("language", "language"),
    ("reminders", "reminders"),
    ("lead", "lead times"),
    ("lead_choice", "one found among"),
    ("quiet", "quiet hours"),
    ("quiet_policy", "quiet policy"),
    ("allow_after_start", "allow after start"),
    ("quiet_preset", "hours beside them"),
    ("limit", "texts a day"),
];

/// A field of an answer as text; empty where it is missing.
pub(super) fn text(value: &Value, key: &str) -> String {
    value.get(key).map(words).unwrap_or_default()
}

/// A table of users.
pub(super) fn list(out: &mut Output<'_>, users: &[Value]) -> io::Result<()> {
    if users.is_empty() {
        return out.line("no users; add one with `beforehand users add`");
    }
    let mut rows = Rows::new(&["user", "phone", "verified", "zone", "lead", "quiet", "a day "]);
    for user in users {
        let is_verified = user.get("verified").and_then(Value::as_bool).unwrap_or(false);
        let verified = if is_verified { Tone::Good } else { Tone::Caution };
        rows.add(vec![
            (Tone::Plain, text(user, "id")),
            (Tone::Plain, text(user, "phone")),
            (verified, text(user, "verified")),
            (Tone::Plain, text(user, "zone")),
            (Tone::Plain, text(user, "lead")),
            (Tone::Plain, text(user, "quiet")),
            (Tone::Plain, text(user, "limit")),
        ]);
    }
    out.table(&rows)
}

/// One user with everything that is told of them.
pub(super) fn one(out: &mut Output<'_>, user: &Value) -> io::Result<()> {
    let mut rows = Rows::new(&["user", "value"]);
    rows.add(vec![(Tone::Plain, "id".to_owned()), (Tone::Plain, text(user, "id"))]);
    for (key, name) in SETTINGS {
        if user.get(key).is_some() {
            rows.add(vec![(Tone::Plain, name.to_owned()), (Tone::Plain, text(user, key))]);
        }
    }
    let counting = user.get("counting").cloned().unwrap_or_default();
    rows.add(vec![(Tone::Plain, "also counts".to_owned()), (Tone::Plain, counts(&counting))]);
    for calendar in user.get("calendars").and_then(Value::as_array).into_iter().flatten() {
        let what = format!("{}, changed {}", text(calendar, "id"), text(calendar, "changed_at"));
        rows.add(vec![(Tone::Plain, "calendar".to_owned()), (Tone::Plain, what)]);
    }
    out.table(&rows)
}

/// What became, or would become, of users that were handed over.
pub(super) fn imported(out: &mut Output<'_>, lines: &[Value]) -> io::Result<()> {
    let mut rows = Rows::new(&["user", "outcome", "why"]);
    for line in lines {
        let tone = match text(line, "outcome").as_str() {
            "added" => Tone::Good,
            "taken" => Tone::Faint,
            _ => Tone::Bad,
        };
        rows.add(vec![
            (Tone::Plain, text(line, "id")),
            (tone, text(line, "outcome")),
            (Tone::Plain, text(line, "detail")),
        ]);
    }
    out.table(&rows)
}

/// What a change would change.
pub(super) fn would_change(out: &mut Output<'_>, before: &Value, change: &Value) -> Ended {
    if out.is_json() {
        out.json(&json!({ "dry_run": true, "before": before, "change": change }))?;
        return Ok(Exit::Ok);
    }
    for (key, value) in change.as_object().into_iter().flatten() {
        out.line(&format!("{key}: {} -> {}", text(before, key), words(value)))?;
    }
    Ok(Exit::Ok)
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn counts(counting: &Value) -> String {
    let mut kinds: Vec<String> = counting
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, counts)| counts.as_bool() == Some(true))
        .map(|(kind, _)| kind.replace('_', " "))
        .collect();
    if let Some(all_day) = counting.get("all_day").filter(|wish| wish.is_object()) {
        let (days, at) = (text(all_day, "days_before"), text(all_day, "at"));
        kinds.push(format!("all-day entries ({days} days before, at {at})"));
    }
    if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
}
