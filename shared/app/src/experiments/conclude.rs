//! The monitor's part where there is a winner: it is promoted, or proposed for somebody to approve.

use domain::experiment::board::{Proposed, Run};
use domain::experiment::report::{ArmReport, Report};
use domain::experiment::{Metric, Promotion};
use domain::statistics::{Interval, Share};
use jiff::Timestamp;
use tracing::{info, warn};

use super::change::{change, find};
use super::{ExperimentError, ExperimentPorts, promote, report};
use crate::rollout::Author;

/// Looks for a winner after so many whole days. Once a day is enough: the verdict holds at every
/// look, and a report reads all hours of an experiment.
pub(super) async fn conclude(
    ports: &ExperimentPorts,
    run: &Run,
    days: u32,
    now: Timestamp,
) -> Result<(), ExperimentError> {
    let it = &run.experiment;
    let told = report(ports, &it.name).await?;
    let winner = told.report.winner(it.metric);
    let won = winner.map(|arm| (arm.name.clone(), evidence(&told.report, arm, it.metric)));
    match (it.promotion, won) {
        (Promotion::ByItself, Some((arm, evidence))) => {
            let author = Author { by: "monitor".to_owned(), reason: evidence, at: now };
            match promote(ports, (&it.name, &arm), false, &author).await {
                // Somebody was faster.
                Err(ExperimentError::Stands { .. }) => Ok(()),
                promoted => promoted.map(|_| ()),
            }
        }
        (_, won) => note(ports, &it.name, days, won, now).await,
    }
}

/// Notes that it was looked, and the winner that awaits approval.
async fn note(
    ports: &ExperimentPorts,
    name: &str,
    days: u32,
    won: Option<(String, String)>,
    now: Timestamp,
) -> Result<(), ExperimentError> {
    let proposed = won.map(|(arm, evidence)| Proposed { arm, evidence, at: now });
    change(ports, |board| {
        find(board, name)?;
        let runs = board.runs.iter_mut();
        for run in runs.filter(|run| run.experiment.name == name && run.proposed.is_none()) {
            run.looked_days = days;
            run.proposed.clone_from(&proposed);
        }
        Ok(())
    })
    .await?;
    match &proposed {
        Some(Proposed { arm, .. }) => {
            warn!(experiment = %name, "Arm {arm} of experiment {name} won and awaits approval");
        }
        None => info!(experiment = %name, "Experiment {name} has no winner after {days} days"),
    }
    Ok(())
}

/// What speaks for a winner, in figures that may stand in a decision.
fn evidence(report: &Report, arm: &ArmReport, metric: Metric) -> String {
    let percent = |rate: f64| format!("{:.1} %", rate * 100.0);
    let span = |of: Interval| format!("{} to {}", percent(of.low), percent(of.high));
    let counted = |arm: &ArmReport| {
        let Share { hits, of } = arm.figures.share();
        format!("{hits} of {of} users in {} ({})", arm.name, span(arm.interval))
    };
    let all: Vec<_> = report.arms.iter().map(counted).collect();
    let apart = arm.comparison.map_or_else(
        || "every other arm is worse".to_owned(),
        |apart| format!("apart by {} at every look", span(apart.at_every_look)),
    );
    let p = report.sample_ratio_p.map_or_else(|| "unknown".to_owned(), |p| format!("{p:.4}"));
    format!(
        "arm {} won by {}: {}; {apart}; sample ratio p {p}",
        arm.name,
        metric.name(),
        all.join(", ")
    )
}
