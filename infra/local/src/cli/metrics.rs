//! `metrics`: what was sent, what arrived, how fast and for how much.

use clap::{Args, Subcommand};
use domain::time::utc_date;
use http::Method;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::client::{Client, Payload};
use super::users_view::text;
use super::{Ended, Exit, Failure, Session};
use crate::output::{Output, Rows, Tone};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct MetricsArgs {
    #[command(subcommand)]
    what: Option<MetricsCommand>,
    /// How many days back from today, with today: the user's local days, or UTC days of everybody
    #[arg(long, value_name = "N", default_value_t = 7,
          value_parser = clap::value_parser!(u32).range(1..=92))]
    days: u32,
    /// Of one user
    #[arg(long)]
    user: Option<String>,
    /// Of some reminders: country:US, source:model, arm:EXPERIMENT/VARIANT
    #[arg(long, conflicts_with = "user")]
    dimension: Option<String>,
}

#[derive(Debug, Subcommand)]
enum MetricsCommand {
    /// Count what the change feed did not bring; what is counted stays as it is
    Rebuild {
        /// Count nothing: only say whether the counters equal a recount of all reminders
        #[arg(long)]
        check: bool,
    },
}

/// Shows figures, or counts them anew.
pub(super) fn run(session: &mut Session<'_>, args: &MetricsArgs) -> Ended {
    match args.what {
        Some(MetricsCommand::Rebuild { check: true }) => check(session),
        Some(MetricsCommand::Rebuild { check: false }) => rebuild(session),
        None => show(session, args),
    }
}

fn show(session: &mut Session<'_>, args: &MetricsArgs) -> Ended {
    let client = Client::of(session)?;
    let told: Value = match &args.user {
        Some(user) => {
            client.get(&["users", user, "metrics"], &[("days", &args.days.to_string())])?
        }
        None => everybody(&client, args)?,
    };
    if session.out.is_json() {
        session.out.json(&told)?;
        return Ok(Exit::Ok);
    }
    table(&mut session.out, &told)?;
    let zone = told.get("zone").and_then(Value::as_str).unwrap_or("UTC");
    let (from, to) = (text(&told, "from"), text(&told, "to"));
    session.out.line(&format!("{from} to {to}, days in {zone}"))?;
    Ok(Exit::Ok)
}

fn everybody(client: &Client<'_>, args: &MetricsArgs) -> Result<Value, Failure> {
    // The system's own today: a sandbox may live at another time.
    let health: Value = client.get(&["health"], &[])?;
    let now = text(&health, "now").parse::<Timestamp>();
    let now = now.map_err(|_| Failure::input("the system does not tell its time"))?;
    let to = utc_date(now);
    let from: Date = to.saturating_sub(Span::new().days(i64::from(args.days) - 1));
    let (from, to) = (from.to_string(), to.to_string());
    let dimension = args.dimension.as_deref().unwrap_or("all");
    client.get(&["metrics"], &[("from", &from), ("to", &to), ("dimension", dimension)])
}

fn table(out: &mut Output<'_>, told: &Value) -> std::io::Result<()> {
    // What fits a line of 80 letters; `--json` has all of it.
    let mut rows = Rows::new(&[
        "day",
        "sent",
        "delivered",
        "failed",
        "unsent",
        "rate",
        "took",
        "late",
        "model",
    ]);
    let days = told.get("days").and_then(Value::as_array).into_iter().flatten();
    for day in days {
        rows.add(row(text(day, "date"), day));
    }
    rows.add(row("all".to_owned(), &told["total"]));
    out.table(&rows)
}

fn row(name: String, figures: &Value) -> Vec<(Tone, String)> {
    let count = |key: &str| figures[key].as_u64().unwrap_or(0);
    let failed = count("failed") + count("undelivered");
    let tone = if failed > 0 { Tone::Bad } else { Tone::Plain };
    let plain = |key: &str| (Tone::Plain, count(key).to_string());
    vec![
        (Tone::Plain, name),
        plain("sent"),
        plain("delivered"),
        (tone, failed.to_string()),
        (Tone::Plain, (count("cancelled") + count("skipped")).to_string()),
        (Tone::Plain, rate(&figures["delivery_rate"])),
        (Tone::Plain, seconds(&figures["delivery_ms"]["p50"])),
        (Tone::Plain, seconds(&figures["lateness_ms"]["p95"])),
        (Tone::Plain, rate(&figures["model"]["success_rate"])),
    ]
}

fn rate(value: &Value) -> String {
    value.as_f64().map_or_else(|| "no data".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

fn seconds(ms: &Value) -> String {
    ms.as_f64().map_or_else(|| "no data".to_owned(), |ms| format!("{:.1} s", ms / 1_000.0))
}

/// Counts step by step, so that no step takes long.
fn rebuild(session: &mut Session<'_>) -> Ended {
    let client = Client::of(session)?;
    let (mut counted, mut unreadable, mut after) = (0, 0, None::<String>);
    loop {
        let query: Vec<_> = after.iter().map(|user| ("after", user.as_str())).collect();
        let path = ["metrics", "rebuild"];
        let step: Value = client.call(Method::POST, &path, &query, Payload::Empty)?;
        counted += step["counted"].as_u64().unwrap_or(0);
        unreadable += step["unreadable"].as_u64().unwrap_or(0);
        let Some(next) = step["next"].as_str() else { break };
        after = Some(next.to_owned());
    }
    if session.out.is_json() {
        session.out.json(&json!({ "counted": counted, "unreadable": unreadable }))?;
    } else {
        session.out.line(&format!("{counted} reminders were counted, or counted anew"))?;
        if unreadable > 0 {
            let line = format!("the reminders of {unreadable} users cannot be read");
            session.out.toned(Tone::Bad, &line)?;
        }
    }
    Ok(if unreadable == 0 { Exit::Ok } else { Exit::Problems })
}

/// Compares the counters with a recount.
fn check(session: &mut Session<'_>) -> Ended {
    let report: Value = Client::of(session)?.get(&["verify"], &[])?;
    let counters = text(&report, "counters");
    let problems = report.get("problems").and_then(Value::as_array).into_iter().flatten();
    let problems: Vec<_> = problems.filter(|problem| problem["code"] == "counter").collect();
    let exit = if counters == "equal" { Exit::Ok } else { Exit::Problems };
    if session.out.is_json() {
        let (planned, users) = (&report["planned"], &report["users"]);
        let told = json!({
            "counters": counters, "reminders": planned, "users": users, "problems": problems,
        });
        session.out.json(&told)?;
        return Ok(exit);
    }
    for problem in problems {
        session.out.toned(Tone::Bad, &text(problem, "what"))?;
    }
    let planned = text(&report, "planned");
    match counters.as_str() {
        "equal" => {
            let line = format!("the counters equal a recount of {planned} reminders");
            session.out.toned(Tone::Good, &line)?;
        }
        "different" => {
            session.out.toned(Tone::Bad, "the counters differ from what the reminders say")?;
        }
        _ => session.out.toned(Tone::Caution, "changes wait to be counted; ask again")?,
    }
    Ok(exit)
}
