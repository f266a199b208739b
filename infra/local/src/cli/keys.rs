//! `key`: what machines prove themselves with.

use clap::{Args, Subcommand, ValueEnum};
use http::Method;
use serde_json::{Value, json};

use super::args::Trial;
use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Session};
use crate::output::{Rows, Tone};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key for a machine; it is shown this once
    Create(CreateArgs),
    /// List the keys, with those that open nothing any more
    List,
    /// Revoke a key; it opens nothing from then on
    Revoke {
        /// The key's id, as the list shows it
        id: String,
        #[command(flatten)]
        trial: Trial,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// What the key is for, for whoever reads the list
    name: String,
    /// What it opens: everything, or what belongs to --user; may be repeated
    #[arg(long, value_name = "SCOPE", required = true)]
    scope: Vec<ScopeArg>,
    /// Whose data it opens, with --scope user
    #[arg(long)]
    user: Option<String>,
    /// How many days it holds [default: 90]
    #[arg(long, value_name = "DAYS")]
    days: Option<u32>,
    #[command(flatten)]
    trial: Trial,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScopeArg {
    User,
    Operator,
}

pub(super) fn run(session: &mut Session<'_>, command: &KeyCommand) -> Ended {
    match command {
        KeyCommand::Create(args) => create(session, args),
        KeyCommand::List => list(session),
        KeyCommand::Revoke { id, trial } => revoke(session, id, trial.dry_run),
    }
}

fn create(session: &mut Session<'_>, args: &CreateArgs) -> Ended {
    let client = Client::of(session)?;
    let scopes = args.scope.iter().map(|scope| match scope {
        ScopeArg::User => "user",
        ScopeArg::Operator => "operator",
    });
    let scopes: Vec<_> = scopes.collect();
    if args.trial.dry_run {
        let line = format!("would make the key {:?} for {}", args.name, scopes.join(" and "));
        session.out.line(&line)?;
        return Ok(Exit::Ok);
    }
    let body = json!({ "name": args.name, "scopes": scopes, "user": args.user, "days": args.days });
    let made: Value = client.call(Method::POST, &["keys"], &[], Payload::Json(body))?;
    if session.out.is_json() {
        session.out.json(&made)?;
    } else {
        let ends = text(&made["key"], "expires_at");
        session.out.note(&format!("holds until {ends}; it is shown this once:"))?;
        session.out.line(&text(&made, "token"))?;
    }
    Ok(Exit::Ok)
}

fn list(session: &mut Session<'_>) -> Ended {
    let found: Value = Client::of(session)?.get(&["keys"], &[])?;
    if session.out.is_json() {
        session.out.json(&found)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(&["key", "for", "opens", "until", "state"]);
    for key in found["keys"].as_array().into_iter().flatten() {
        let scopes = key["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let scopes = scopes.map(|scope| match scope {
            "user" => format!("what is {}'s", text(key, "user")),
            _ => "everything".to_owned(),
        });
        let (tone, state) = match (key["holds"] == true, key["revoked_at"].is_null()) {
            (true, _) => (Tone::Good, "holds"),
            (false, true) => (Tone::Caution, "expired"),
            (false, false) => (Tone::Plain, "revoked"),
        };
        let opens = scopes.collect::<Vec<_>>().join(" and ");
        let cells = [text(key, "id"), text(key, "name"), opens, text(key, "expires_at")];
        let cells = cells.into_iter().map(|cell| (Tone::Plain, cell));
        rows.add(cells.chain([(tone, state.to_owned())]).collect());
    }
    session.out.table(&rows)?;
    Ok(Exit::Ok)
}

fn revoke(session: &mut Session<'_>, id: &str, dry_run: bool) -> Ended {
    let client = Client::of(session)?;
    if dry_run {
        session.out.line(&format!("would revoke the key {id}"))?;
        return Ok(Exit::Ok);
    }
    let revoked: Value = client.call(Method::DELETE, &["keys", id], &[], Payload::Empty)?;
    if session.out.is_json() {
        session.out.json(&revoked)?;
    } else {
        session.out.line(&format!(
            "revoked {} ({})",
            text(&revoked, "id"),
            text(&revoked, "name")
        ))?;
    }
    Ok(Exit::Ok)
}
