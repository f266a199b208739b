//! `users code`, `users export` and `users erase`: a person as a whole.

use http::Method;
use serde_json::{Value, json};

use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Failure, Session};

/// Has a code sent to a user's phone, or checks the one that they read there.
pub(super) fn code(
    session: &mut Session<'_>,
    user: &str,
    code: Option<&str>,
    dry_run: bool,
) -> Ended {
    let client = Client::of(session)?;
    if dry_run {
        let _: Value = client.get(&["users", user], &[])?;
        let what = if code.is_some() { "check a code of" } else { "send a code to" };
        session.out.line(&format!("would {what} {user}"))?;
        return Ok(Exit::Ok);
    }
    let path = ["users", user, "phone", "code", "check"];
    let Some(code) = code else {
        let _: Value = client.call(Method::POST, &path[..4], &[], Payload::Empty)?;
        if session.out.is_json() {
            session.out.json(&json!({ "sent": true }))?;
        } else {
            session
                .out
                .line(&format!("a code is on its way to {user}: users code {user} DIGITS"))?;
        }
        return Ok(Exit::Ok);
    };
    let body = Payload::Json(json!({ "code": code }));
    let checked: Value = client.call(Method::POST, &path, &[], body)?;
    if session.out.is_json() {
        session.out.json(&checked)?;
    } else {
        session.out.line(&format!("the number of {user} is verified"))?;
    }
    Ok(Exit::Ok)
}

/// Prints everything that is kept of a user. It is JSON for people, too: it is there to be kept.
/// As a calendar it is what is ahead of them.
pub(super) fn export(session: &mut Session<'_>, user: &str, ics: bool) -> Ended {
    if ics {
        let calendar = Client::of(session)?.text(&["users", user, "export.ics"])?;
        session.out.as_is(&calendar)?;
        return Ok(Exit::Ok);
    }
    let export: Value = Client::of(session)?.get(&["users", user, "export"], &[])?;
    session.out.json(&export)?;
    Ok(Exit::Ok)
}

/// Erases a user, once it is certain that this is meant.
pub(super) fn erase(session: &mut Session<'_>, user: &str, yes: bool, dry_run: bool) -> Ended {
    let client = Client::of(session)?;
    if dry_run {
        let _: Value = client.get(&["users", user], &[])?;
        session.out.line(&format!("would erase {user} and everything that is kept of them"))?;
        return Ok(Exit::Ok);
    }
    if !yes {
        return Err(Failure::input(format!(
            "erasing cannot be undone: say --yes to erase {user}, or --dry-run to see that they \
             are there; `users export` keeps a copy"
        )));
    }
    let erased: Value = client.call(Method::DELETE, &["users", user], &[], Payload::Empty)?;
    if session.out.is_json() {
        session.out.json(&erased)?;
    } else {
        session.out.line(&format!("erased {user}: {} stored items", text(&erased, "items")))?;
    }
    Ok(Exit::Ok)
}
