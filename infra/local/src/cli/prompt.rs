//! `prompt`: what a language model is asked with.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use app::compose::prompt::{BUILT_IN, Prompt, built_in};
use app::compose::regression::{Regression, regression};
use clap::Subcommand;
use domain::statistics::Share;
use domain::time::Zones;
use http::Method;
use serde_json::{Value, json};

use super::client::{Client, Payload};
use super::experiment::AuthorArgs;
use super::input;
use super::users_view::text;
use super::{Ended, Exit, Failure, Session};
use crate::output::{Rows, Tone};

#[derive(Debug, Subcommand)]
pub(super) enum PromptCommand {
    /// List the versions, and which is in production
    List,
    /// Show the text of a version
    Show {
        /// The version [default: the one in production]
        version: Option<u32>,
    },
    /// Try a prompt on what models answered, on record; nobody is asked
    ///
    /// It needs no running system for a file and for version 1, which is built in.
    Test {
        /// A version, or a file with the text
        #[arg(value_name = "VERSION|FILE", default_value = "1")]
        which: String,
        /// Answers to this very prompt: lines with the key of an event on record and the answer, a
        /// tab between them
        #[arg(long, value_name = "FILE")]
        answers: Option<PathBuf>,
    },
    /// Keep a text as a new version; nobody is asked with it until an arm or production names it
    Add {
        /// The text, with its places
        file: PathBuf,
        #[command(flatten)]
        author: AuthorArgs,
    },
    /// Put a version in production
    Promote {
        /// The version
        version: u32,
        #[command(flatten)]
        author: AuthorArgs,
    },
    /// Put the version that was there before back in production
    Rollback {
        #[command(flatten)]
        author: AuthorArgs,
    },
}

/// Carries out a `prompt` command.
pub(super) fn run(session: &mut Session<'_>, command: &PromptCommand) -> Ended {
    match command {
        PromptCommand::List => list(session),
        PromptCommand::Show { version } => show(session, *version),
        PromptCommand::Test { which, answers } => test(session, which, answers.as_deref()),
        PromptCommand::Add { file, author } => {
            let given = input::text(session, file)?;
            // Told here, so that a dry run says it as well.
            app::compose::prompts::check(&given).map_err(Failure::input)?;
            post(session, &["prompts"], author, json!({ "text": given }))
        }
        PromptCommand::Promote { version, author } => {
            post(session, &["prompts", "promote"], author, json!({ "version": version }))
        }
        PromptCommand::Rollback { author } => {
            post(session, &["prompts", "rollback"], author, json!({}))
        }
    }
}

fn post(session: &mut Session<'_>, path: &[&str], author: &AuthorArgs, more: Value) -> Ended {
    let body = author.with(more)?;
    let client = Client::of(session)?;
    if author.trial.dry_run {
        let now: Value = client.get(&["prompts"], &[])?;
        let production = text(&now, "production");
        session.out.line(&format!("would change it: now prompt {production} is in production"))?;
        return Ok(Exit::Ok);
    }
    let after: Value = client.call(Method::POST, path, &[], Payload::Json(body))?;
    if session.out.is_json() {
        session.out.json(&after)?;
    } else if after["production"].is_null() {
        session.out.line(&format!("kept as prompt {}", text(&after, "version")))?;
    } else {
        session.out.line(&format!("prompt {} is in production", text(&after, "production")))?;
    }
    Ok(Exit::Ok)
}

fn list(session: &mut Session<'_>) -> Ended {
    let told: Value = Client::of(session)?.get(&["prompts"], &[])?;
    if session.out.is_json() {
        session.out.json(&told)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(&["version", "labels", "arms", "added", "by", "reason"]);
    for prompt in told["prompts"].as_array().into_iter().flatten() {
        let all = |key: &str| {
            let names = prompt[key].as_array().into_iter().flatten().filter_map(Value::as_str);
            names.collect::<Vec<_>>().join(", ")
        };
        let cells = [text(prompt, "version"), all("labels"), all("arms")];
        let rest = ["created_at", "by", "reason"].map(|key| text(prompt, key));
        rows.add(cells.into_iter().chain(rest).map(|cell| (Tone::Plain, cell)).collect());
    }
    session.out.table(&rows)?;
    Ok(Exit::Ok)
}

fn show(session: &mut Session<'_>, version: Option<u32>) -> Ended {
    let told: Value = Client::of(session)?.get(&["prompts"], &[])?;
    let version = version.map_or_else(|| told["production"].clone(), Value::from);
    let prompt = find(&told, &version)?;
    if session.out.is_json() {
        session.out.json(prompt)?;
    } else {
        session.out.line(text(prompt, "text").trim_end())?;
    }
    Ok(Exit::Ok)
}

fn find<'a>(told: &'a Value, version: &Value) -> Result<&'a Value, Failure> {
    let mut prompts = told["prompts"].as_array().into_iter().flatten();
    let unknown = || {
        Failure::input(format!(
            "there is no prompt of version {version}; `beforehand prompt list` shows all"
        ))
    };
    prompts.find(|prompt| prompt["version"] == *version).ok_or_else(unknown)
}

fn test(session: &mut Session<'_>, which: &str, answers: Option<&Path>) -> Ended {
    let prompt = match which.parse::<u32>() {
        Ok(BUILT_IN) => built_in(),
        Ok(version) => {
            let told: Value = Client::of(session)?.get(&["prompts"], &[])?;
            let prompt = find(&told, &Value::from(version))?;
            Prompt { version, text: Cow::Owned(text(prompt, "text")) }
        }
        Err(_) => {
            let given = input::text(session, Path::new(which))?;
            Prompt { version: 0, text: Cow::Owned(given) }
        }
    };
    let answers = answers.map(|path| input::text(session, path)).transpose()?;
    let found = regression(&prompt, answers.as_deref(), &Zones::bundled());
    let exit = if found.passes() { Exit::Ok } else { Exit::Problems };
    if session.out.is_json() {
        session.out.json(&json!({
            "passes": found.passes(),
            "bad": found.bad.as_ref().map(ToString::to_string),
            "requests": found.requests,
            "good": found.good,
            "wrong": found.wrong,
            "given": found.given,
            "refused": found.refused,
            "unknown_events": found.unknown,
        }))?;
        return Ok(exit);
    }
    tell(session, &found)?;
    Ok(exit)
}

fn tell(session: &mut Session<'_>, found: &Regression) -> std::io::Result<()> {
    if let Some(bad) = &found.bad {
        session.out.toned(Tone::Bad, &bad.to_string())?;
    }
    session.out.line(&format!("requests that are whole: {}", share(found.requests)))?;
    session.out.line(&format!("good answers on record that pass: {}", share(found.good)))?;
    session.out.line(&format!("wrong answers on record refused: {}", share(found.wrong)))?;
    if let Some(given) = found.given {
        session.out.line(&format!("answers to this prompt that pass: {}", share(given)))?;
        for (reason, count) in &found.refused {
            session.out.line(&format!("  refused, {reason}: {count}"))?;
        }
        if found.unknown > 0 {
            let line = format!("{} answers are to events that are not on record", found.unknown);
            session.out.toned(Tone::Bad, &line)?;
        }
    }
    if found.passes() {
        session.out.toned(Tone::Good, "it may be tried in an arm")
    } else {
        session.out.toned(Tone::Bad, "it is not fit to be tried")
    }
}

fn share(share: Share) -> String {
    let rate = share.rate().map_or(0.0, |rate| rate * 100.0);
    format!("{} of {} ({rate:.1} %)", share.hits, share.of)
}
