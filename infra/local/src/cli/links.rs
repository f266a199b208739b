//! `link` and `snooze`: what readers may do by themselves, done for them.

use clap::Args;
use domain::ids::ReminderId;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::args::Trial;
use super::client::{Client, Payload};
use super::reminders::reminder_id;
use super::users_view::text;
use super::{Ended, Exit, Session};

#[derive(Debug, Args)]
pub(super) struct LinkArgs {
    /// A user, or a reminder (32 hexadecimal digits)
    #[arg(value_name = "USER|REMINDER")]
    whom: String,
}

#[derive(Debug, Args)]
pub(super) struct SnoozeArgs {
    /// The reminder (32 hexadecimal digits)
    reminder: String,
    /// By how many minutes: 5, 10 or 15
    #[arg(long, default_value = "10")]
    minutes: u32,
    #[command(flatten)]
    trial: Trial,
}

/// Prints a link to somebody's own page, or to one reminder.
pub(super) fn link(session: &mut Session<'_>, args: &LinkArgs) -> Ended {
    let client = Client::of(session)?;
    let whom = args.whom.as_str();
    if ReminderId::parse(&whom.to_ascii_lowercase()).is_ok() {
        let path = ["reminders", whom, "link"];
        let answer = client.answer(Method::POST, &path, &[], Payload::Empty)?;
        // What looks like a reminder may be the name of a user.
        if answer.status() != StatusCode::NOT_FOUND {
            return show(session, &client.read(&answer)?);
        }
    }
    let link: Value = client.call(Method::POST, &["users", whom, "link"], &[], Payload::Empty)?;
    show(session, &link)
}

/// The address alone, so that it can be handed on; until when it opens is a note.
fn show(session: &mut Session<'_>, link: &Value) -> Ended {
    if session.out.is_json() {
        session.out.json(link)?;
        return Ok(Exit::Ok);
    }
    session.out.line(&text(link, "url"))?;
    let until = text(link, "expires_at");
    session.out.note(&format!("opens until {until}; whoever holds it may use it"))?;
    Ok(Exit::Ok)
}

/// Puts a reminder off.
pub(super) fn snooze(session: &mut Session<'_>, args: &SnoozeArgs) -> Ended {
    let given = reminder_id(&args.reminder)?;
    let client = Client::of(session)?;
    if args.trial.dry_run {
        let reminder: Value = client.get(&["reminders", &given], &[])?;
        let state = text(&reminder, "state");
        session.out.line(&format!("would put off {given}, which is {state}"))?;
        return Ok(Exit::Ok);
    }
    let body = json!({ "minutes": args.minutes });
    let path = ["reminders", given.as_str(), "snooze"];
    let reminder: Value = client.call(Method::POST, &path, &[], Payload::Json(body))?;
    if session.out.is_json() {
        session.out.json(&reminder)?;
    } else {
        let (id, at) = (text(&reminder, "id"), text(&reminder, "send_at"));
        session.out.line(&format!("reminder {id} is to be texted at {at}"))?;
    }
    Ok(Exit::Ok)
}
