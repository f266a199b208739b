//! `verify`: whether what is stored adds up.

use serde_json::Value;

use super::client::Client;
use super::users_view::text;
use super::{Ended, Exit, Session};
use crate::output::{Rows, Tone};

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
