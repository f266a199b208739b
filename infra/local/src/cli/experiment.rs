//! `experiment`: which lead times, words and prompts do better.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use super::args::Trial;
use super::client::{Client, Payload};
use super::input;
use super::users_view::text;
use super::{Ended, Exit, Failure, Session};
use crate::output::{Output, Rows, Tone};

#[derive(Debug, Subcommand)]
pub(super) enum ExperimentCommand {
    /// Define an experiment; it is a draft until it is started
    Create {
        /// The definition: TOML, or JSON
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        author: AuthorArgs,
    },
    /// Start a draft: plans put users in its arms from then on
    Start(NamedArgs),
    /// List the experiments, and what is usual beside them
    List,
    /// Show an experiment, and what was decided about it
    Status {
        /// Its name
        name: String,
    },
    /// Show what it has shown so far; one may look as often as one likes
    Report {
        /// Its name
        name: String,
    },
    /// End it without a consequence
    Stop(NamedArgs),
    /// Make what an arm does usual for everybody, and end the experiment
    Promote {
        /// Its name
        name: String,
        /// The arm
        arm: String,
        /// Although the report names no winner
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        author: AuthorArgs,
    },
    /// Approve the winner that the monitor proposed: promote it
    Approve(NamedArgs),
    /// Take its promotion back: what was usual before is usual again
    Rollback(NamedArgs),
}

/// An experiment, and who decides.
#[derive(Debug, Args)]
pub(super) struct NamedArgs {
    /// Its name
    name: String,
    #[command(flatten)]
    author: AuthorArgs,
}

/// Who decides, and why. It is kept.
#[derive(Debug, Clone, Args)]
pub(super) struct AuthorArgs {
    /// Your name, which is kept with the decision
    #[arg(long)]
    by: Option<String>,
    /// Why, which is kept with the decision
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    pub(super) trial: Trial,
}

impl AuthorArgs {
    /// The name and the reason, beside what else is sent.
    pub(super) fn with(&self, more: Value) -> Result<Value, Failure> {
        let (Some(by), Some(reason)) = (&self.by, &self.reason) else {
            return Err(Failure::input("name yourself with --by and say why with --reason"));
        };
        let mut body = json!({ "by": by, "reason": reason });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        Ok(body)
    }
}

/// Carries out an `experiment` command.
pub(super) fn run(session: &mut Session<'_>, command: &ExperimentCommand) -> Ended {
    match command {
        ExperimentCommand::Create { file, author } => create(session, file, author),
        ExperimentCommand::Start(args) => decide(session, args, "start"),
        ExperimentCommand::Stop(args) => decide(session, args, "stop"),
        ExperimentCommand::Rollback(args) => decide(session, args, "rollback"),
        ExperimentCommand::Promote { name, arm, force, author } => {
            let more = json!({ "arm": arm, "force": force });
            post(session, &["experiments", name, "promote"], author, more)
        }
        ExperimentCommand::Approve(args) => approve(session, args),
        ExperimentCommand::List => list(session),
        ExperimentCommand::Status { name } => status(session, name),
        ExperimentCommand::Report { name } => report(session, name),
    }
}

fn create(session: &mut Session<'_>, file: &std::path::Path, author: &AuthorArgs) -> Ended {
    let given = input::text(session, file)?;
    let defined = api::definition(&given).map_err(|bad| {
        Failure::input(format!("{} is no definition of an experiment: {bad}", file.display()))
    })?;
    post(session, &["experiments"], author, defined)
}

fn decide(session: &mut Session<'_>, args: &NamedArgs, what: &str) -> Ended {
    post(session, &["experiments", &args.name, what], &args.author, json!({}))
}

/// Promotes what was proposed, if the report still speaks for it.
fn approve(session: &mut Session<'_>, args: &NamedArgs) -> Ended {
    let it: Value = Client::of(session)?.get(&["experiments", &args.name], &[])?;
    let Some(arm) = it["proposed"]["arm"].as_str() else {
        return Err(Failure::input(format!("no arm of {} awaits approval", args.name)));
    };
    post(session, &["experiments", &args.name, "promote"], &args.author, json!({ "arm": arm }))
}

fn post(session: &mut Session<'_>, path: &[&str], author: &AuthorArgs, more: Value) -> Ended {
    let body = author.with(more)?;
    let client = Client::of(session)?;
    if author.trial.dry_run {
        // Whether the system is there and takes the token.
        let _: Value = client.get(&["experiments"], &[])?;
        session.out.line(&format!("would ask the system for {}", path.join(" ")))?;
        return Ok(Exit::Ok);
    }
    let after: Value = client.call(Method::POST, path, &[], Payload::Json(body))?;
    if session.out.is_json() {
        session.out.json(&after)?;
    } else {
        let (name, state) = (text(&after, "name"), text(&after, "state"));
        session.out.line(&format!("experiment {name} is {state}"))?;
    }
    Ok(Exit::Ok)
}

fn list(session: &mut Session<'_>) -> Ended {
    let told: Value = Client::of(session)?.get(&["experiments"], &[])?;
    if session.out.is_json() {
        session.out.json(&told)?;
        return Ok(Exit::Ok);
    }
    let mut rows = Rows::new(&["experiment", "state", "layer", "metric", "arms", "until"]);
    for it in told["experiments"].as_array().into_iter().flatten() {
        let arms: Vec<_> =
            it["arms"].as_array().into_iter().flatten().map(|arm| text(arm, "name")).collect();
        let cells = [text(it, "name"), text(it, "state"), text(it, "layer"), text(it, "metric")];
        let rest = [arms.join(", "), text(it, "ends_at")];
        rows.add(cells.into_iter().chain(rest).map(|cell| (Tone::Plain, cell)).collect());
    }
    if rows.is_empty() {
        session.out.line("no experiments; define one with `beforehand experiment create`")?;
    } else {
        session.out.table(&rows)?;
    }
    session.out.line(&usual(&told["usual"]))?;
    Ok(Exit::Ok)
}

fn usual(usual: &Value) -> String {
    let lead = usual["lead_minutes"].as_u64().unwrap_or(15);
    let source = usual["source"].as_str().unwrap_or("as configured");
    let [prompt, template] = ["prompt", "template"].map(|key| text(usual, key));
    format!("usual: lead time {lead}m, texts by {source}, prompt {prompt}, template {template}")
}

fn status(session: &mut Session<'_>, name: &str) -> Ended {
    let it: Value = Client::of(session)?.get(&["experiments", name], &[])?;
    if session.out.is_json() {
        session.out.json(&it)?;
        return Ok(Exit::Ok);
    }
    session.out.line(&standing(&it))?;
    treatments(&mut session.out, &it)?;
    if let Some(arm) = it["proposed"]["arm"].as_str() {
        let evidence = text(&it["proposed"], "evidence");
        session.out.line(&format!("  arm {arm} awaits approval: {evidence}"))?;
    }
    for decided in it["decided"].as_array().into_iter().flatten() {
        let arm = text(decided, "arm");
        let arm = if arm.is_empty() { arm } else { format!(" arm {arm}") };
        let [at, state, by, reason] = ["at", "state", "by", "reason"].map(|key| text(decided, key));
        session.out.line(&format!("  {at} {state}{arm} by {by}: {reason}"))?;
    }
    Ok(Exit::Ok)
}

/// What each arm does, a line each.
fn treatments(out: &mut Output<'_>, it: &Value) -> std::io::Result<()> {
    for arm in it["arms"].as_array().into_iter().flatten() {
        let treatment = ["source", "prompt", "template", "lead_minutes"];
        let treatment = treatment.into_iter().filter(|key| !arm[key].is_null());
        let treatment: Vec<_> =
            treatment.map(|key| format!("{} {}", key.replace('_', " "), text(arm, key))).collect();
        let treatment =
            if treatment.is_empty() { "nothing".to_owned() } else { treatment.join(", ") };
        let (name, weight) = (text(arm, "name"), text(arm, "weight"));
        out.line(&format!("  arm {name}, weight {weight}: {treatment}"))?;
    }
    Ok(())
}

fn standing(it: &Value) -> String {
    let [name, state, from, until] =
        ["name", "state", "starts_at", "ends_at"].map(|key| text(it, key));
    format!("{name} is {state}, from {from} until {until}, by {}", text(it, "metric"))
}

fn report(session: &mut Session<'_>, name: &str) -> Ended {
    let told: Value = Client::of(session)?.get(&["experiments", name, "report"], &[])?;
    let is_sound = told["sample_sound"] == true;
    let exit = if is_sound { Exit::Ok } else { Exit::Problems };
    if session.out.is_json() {
        session.out.json(&told)?;
        return Ok(exit);
    }
    session.out.line(&standing(&told["experiment"]))?;
    treatments(&mut session.out, &told["experiment"])?;
    arms(&mut session.out, &told)?;
    differences(&mut session.out, &told)?;
    let p = told["sample_ratio_p"].as_f64();
    let p = p.map_or_else(|| "nobody yet".to_owned(), |p| format!("p = {p:.4}"));
    session.out.line(&format!("users in the arms as weighted: {p}"))?;
    let (tone, line) = match text(&told, "verdict").as_str() {
        "broken_assignment" => {
            (Tone::Bad, "users are not in the arms as they should be: nothing can be concluded")
        }
        "false_alarm" => (Tone::Caution, "no arm does anything: the difference is a false alarm"),
        "no_false_alarm" => (Tone::Good, "no arm does anything, and none differs"),
        "difference" => (Tone::Good, "there is a difference, however often one has looked"),
        _ => (Tone::Plain, "no verdict yet"),
    };
    session.out.toned(tone, line)?;
    Ok(exit)
}

fn arms(out: &mut Output<'_>, told: &Value) -> std::io::Result<()> {
    let header = [
        "arm",
        "exposed ",
        "texts ",
        "rated ",
        "stopped ",
        "rate ",
        "interval",
        "cost/user ",
        "opened",
    ];
    let mut rows = Rows::new(&header);
    for arm in told["arms"].as_array().into_iter().flatten() {
        let counts = ["name", "exposed", "texts", "rated", "opted_out"].map(|key| text(arm, key));
        let cost = arm["cost_per_user_usd"].as_f64();
        let cost = cost.map_or_else(|| "no data".to_owned(), |cost| format!("${cost:.5}"));
        let opened = format!("{} ({})", text(arm, "openers"), span(&arm["opened"]));
        let shown = [percent(&arm["rate"]), span(&arm["interval"]), cost, opened];
        rows.add(counts.into_iter().chain(shown).map(|cell| (Tone::Plain, cell)).collect());
    }
    out.table(&rows)
}

fn differences(out: &mut Output<'_>, told: &Value) -> std::io::Result<()> {
    for arm in told["arms"].as_array().into_iter().flatten() {
        let comparison = &arm["comparison"];
        if comparison.is_null() {
            continue;
        }
        let finding = text(comparison, "finding").replace('_', " ");
        let (every, end) = (span(&comparison["at_every_look"]), span(&comparison["at_the_end"]));
        let detectable = percent(&comparison["detectable"]);
        out.line(&format!(
            "{} against the first: {finding}; difference {every} at every look, {end} at the end; \
             so many users show {detectable}",
            text(arm, "name")
        ))?;
    }
    Ok(())
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or_else(|| "no data".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

fn span(value: &Value) -> String {
    match value.as_array().map(Vec::as_slice) {
        Some([low, high]) => format!("{} to {}", percent(low), percent(high)),
        _ => "no data".to_owned(),
    }
}
