//! `ratings`: what low-rated texts have in common.

use clap::Subcommand;
use serde_json::Value;

use super::client::Client;
use super::users_view::text;
use super::{Ended, Exit, Session};
use crate::output::{Rows, Tone};

#[derive(Debug, Subcommand)]
pub(super) enum RatingsCommand {
    /// Show what low-rated texts have in common, without a title or a word of anybody's
    Low {
        /// Ratings with fewer stars are low: 2 to 5
        #[arg(long, value_name = "STARS", default_value_t = 3)]
        below: u8,
        /// Of the last so many days: 1 to 92
        #[arg(long, value_name = "N", default_value_t = 30)]
        days: u32,
    },
}

/// Carries out a `ratings` command.
pub(super) fn run(session: &mut Session<'_>, command: &RatingsCommand) -> Ended {
    let RatingsCommand::Low { below, days } = command;
    let query = [("below", below.to_string()), ("days", days.to_string())];
    let query: Vec<_> = query.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let told: Value = Client::of(session)?.get(&["ratings"], &query)?;
    if session.out.is_json() {
        session.out.json(&told)?;
        return Ok(Exit::Ok);
    }
    let (low, rated) = (text(&told, "low"), text(&told, "rated"));
    session.out.line(&format!("{low} of {rated} ratings are below {below} stars"))?;
    for key in ["patterns", "groups"] {
        let mut rows = Rows::new(&[
            if key == "patterns" { "texts" } else { "together" },
            "low ",
            "rated ",
            "share ",
        ]);
        for pattern in told[key].as_array().into_iter().flatten() {
            let common = pattern["common"].as_object().into_iter().flatten();
            let common: Vec<_> = common
                .map(|(kind, value)| format!("{kind} {}", value.as_str().unwrap_or_default()))
                .collect();
            let share = pattern["share"].as_f64().unwrap_or(0.0) * 100.0;
            let cells = [common.join(", "), text(pattern, "low"), text(pattern, "rated")];
            let share = [format!("{share:.0} %")];
            rows.add(cells.into_iter().chain(share).map(|cell| (Tone::Plain, cell)).collect());
        }
        if !rows.is_empty() {
            session.out.table(&rows)?;
        }
    }
    for it in told["texts"].as_array().into_iter().flatten() {
        let [at, stars, reminder] = ["at", "stars", "reminder"].map(|key| text(it, key));
        session.out.line(&format!("{at}  {stars} of 5  {reminder}"))?;
    }
    Ok(Exit::Ok)
}
