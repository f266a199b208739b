//! `alerts`: what is wrong, and who looks after it.

use http::Method;
use serde_json::{Value, json};

use super::args::{AckArgs, AlertsArgs, AlertsCommand};
use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Session};
use crate::output::{Rows, Tone};

/// Shows the alerts, or says that somebody looks after one.
pub(super) fn alerts(session: &mut Session<'_>, args: &AlertsArgs) -> Ended {
    match &args.command {
        None => show(session),
        Some(AlertsCommand::Ack(args)) => acknowledge(session, args),
    }
}

fn show(session: &mut Session<'_>) -> Ended {
    let answer: Value = Client::of(session)?.get(&["alerts"], &[])?;
    told(session, &answer)
}

fn acknowledge(session: &mut Session<'_>, args: &AckArgs) -> Ended {
    let client = Client::of(session)?;
    let AckArgs { rule, by, .. } = args;
    if args.trial.dry_run {
        session.out.line(&format!("would say that {by} looks after {rule}"))?;
        return Ok(Exit::Ok);
    }
    let payload = Payload::Json(json!({ "by": by }));
    let path = ["alerts", rule.as_str(), "acknowledge"];
    let after: Value = client.call(Method::POST, &path, &[], payload)?;
    if session.out.is_json() {
        session.out.json(&after)?;
    } else {
        session.out.line(&format!("{by} looks after {rule}"))?;
    }
    Ok(Exit::Ok)
}

/// Incidents that are open are problems, and so is a monitor that does not look.
/// An instant, as precisely as anybody wants to read it in a table.
fn to_the_minute(instant: &str) -> String {
    let instant = instant.parse::<jiff::Timestamp>();
    instant.map_or_else(|_| String::new(), |at| at.strftime("%F %H:%MZ").to_string())
}

fn told(session: &mut Session<'_>, answer: &Value) -> Ended {
    let is_stale = answer["is_stale"] == true;
    let is_well = answer["open"] == 0 && !is_stale;
    let exit = if is_well { Exit::Ok } else { Exit::Problems };
    if session.out.is_json() {
        session.out.json(answer)?;
        return Ok(exit);
    }
    let mut rows = Rows::new(&["alert", "severity", "state", "since", "measured", "looked after "]);
    for alert in answer["alerts"].as_array().into_iter().flatten() {
        let (name, key) = (text(alert, "rule"), text(alert, "key"));
        let name = if key.is_empty() { name } else { format!("{name} ({key})") };
        let incident = &alert["incident"];
        let (tone, state) = match (incident.is_null(), text(alert, "state")) {
            (false, _) => (Tone::Bad, "open".to_owned()),
            (true, state) if state == "ok" => (Tone::Good, state),
            (true, state) => (Tone::Caution, state.replace('_', " ")),
        };
        let is_open = !incident.is_null();
        let since = if is_open { text(incident, "opened_at") } else { text(alert, "since") };
        let cells =
            [to_the_minute(&since), text(incident, "value"), text(incident, "acknowledged_by")];
        let head = [(Tone::Plain, name), (Tone::Plain, text(alert, "severity")), (tone, state)];
        rows.add(head.into_iter().chain(cells.map(|cell| (Tone::Plain, cell))).collect());
    }
    session.out.table(&rows)?;
    if is_stale {
        let at = text(answer, "looked_at");
        let when = if at.is_empty() { "never".to_owned() } else { format!("last at {at}") };
        session.out.toned(Tone::Bad, &format!("nobody looks: the monitor ran {when}"))?;
    }
    for alert in answer["alerts"].as_array().into_iter().flatten() {
        if !alert["incident"].is_null() {
            let line =
                format!("{}: docs/OPERATIONS.md#{}", text(alert, "says"), text(alert, "runbook"));
            session.out.toned(Tone::Bad, &line)?;
        }
    }
    Ok(exit)
}
