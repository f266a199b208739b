//! The monitor's part: an arm that does harm ends its experiment.

use domain::experiment::board::Run;
use domain::gates::GateFigures;
use domain::gates::guardrail::{Window, breach};
use domain::statistics::Share;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use tracing::error;

use super::conclude::conclude;
use super::report::{delivered, figures_between};
use super::{ExperimentError, ExperimentPorts, board, stop};
use crate::rollout::Author;

/// The hours of a day of an experiment, by which it is judged: a long good time hides no harm, and
/// no run reads more than a day's counters.
const DAY_HOURS: i64 = 24;

/// Watches the experiments once. Those with an arm that broke a guardrail beyond doubt are stopped;
/// of those whose winner is promoted by itself, or proposed, it is.
///
/// # Errors
/// [`ExperimentError`]; the next run goes on.
pub async fn watch(ports: &ExperimentPorts) -> Result<(), ExperimentError> {
    let now = ports.clock.now();
    for run in board(&*ports.control).await?.runs.iter().filter(|run| run.is_on(now)) {
        let Some(harm) = harm(ports, run, now).await? else { continue };
        let name = &run.experiment.name;
        let author = Author { by: "monitor".to_owned(), reason: harm.clone(), at: now };
        match stop(ports, name, &author).await {
            // Somebody was faster.
            Err(ExperimentError::Stands { .. }) => {}
            stopped => {
                let state = stopped?.state.name();
                error!(metric.experiment_stopped = 1, "Experiment {name} is {state}: {harm}");
            }
        }
    }
    // Looked at anew, since some of them may be over by now.
    for run in &board(&*ports.control).await?.runs {
        if let Some(days) = run.look_due(now) {
            conclude(ports, run, days, now).await?;
        }
    }
    Ok(())
}

/// What an arm does that is not allowed, in words; none if nothing is beyond doubt. Each day since
/// the start is judged on its own, with the error of a rollout's day.
async fn harm(
    ports: &ExperimentPorts,
    run: &Run,
    now: Timestamp,
) -> Result<Option<String>, ExperimentError> {
    let Some(started_at) = run.started_at() else { return Ok(None) };
    let days = started_at.duration_until(now).as_hours().div_euclid(DAY_HOURS);
    let from = ahead(started_at, SignedDuration::from_hours(days * DAY_HOURS));
    let until = ahead(now, SignedDuration::from_secs(1));
    for arm in &run.experiment.arms {
        let figures = figures_between(ports, run, &arm.name, (from, until)).await?;
        // By texts, as the rollout's guardrails are: who got one on a day before was exposed then.
        let judged = GateFigures {
            delivered: Some(delivered(&figures)),
            opted_out: Some(Share::new(figures.stopped, figures.sent)),
            ..GateFigures::default()
        };
        if let Some(breach) = breach(&run.experiment.guardrails, Window::Day, &judged) {
            let (what, Share { hits, of }) = (breach.what.name(), breach.share);
            return Ok(Some(format!("in arm {}, {what} was {hits} of {of}", arm.name)));
        }
    }
    Ok(None)
}
