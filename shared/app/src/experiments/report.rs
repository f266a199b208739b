//! What an experiment has shown so far, from the counters of its arms.

use domain::experiment::Metric;
use domain::experiment::board::Run;
use domain::experiment::report::{ArmFigures, Report, of_users};
use domain::figures::{Dimension, Figures, hour_at};
use domain::statistics::Share;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};

use super::{ExperimentError, ExperimentPorts, board};
use crate::figures::between;

/// How far ahead reminders are planned that count already.
const PLANNED_AHEAD: SignedDuration = SignedDuration::from_hours(9 * 24);

/// What was counted in an arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmCounts {
    /// Its name.
    pub name: String,
    /// The counters.
    pub figures: Figures,
}

/// What may be told of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The experiment.
    pub run: Run,
    /// Whether no arm does anything: what then seems to differ is a false alarm.
    pub is_a_a: bool,
    /// When it was looked at.
    pub at: Timestamp,
    /// The counters of its arms.
    pub counts: Vec<ArmCounts>,
    /// What they say.
    pub report: Report,
}

/// Reports on an experiment as things stand.
///
/// # Errors
/// [`ExperimentError`] if there is none of that name, or the store does not answer.
pub async fn report(ports: &ExperimentPorts, name: &str) -> Result<Told, ExperimentError> {
    let found = board(&*ports.control).await?;
    let unknown = || ExperimentError::Unknown { name: name.chars().take(80).collect() };
    let run = found.run(name).cloned().ok_or_else(unknown)?;
    let at = ports.clock.now();
    let mut counts = Vec::with_capacity(run.experiment.arms.len());
    for arm in &run.experiment.arms {
        let figures = figures_of(ports, &run, &arm.name, at).await?;
        counts.push(ArmCounts { name: arm.name.clone(), figures });
    }
    let metric = run.experiment.metric;
    let figures: Vec<_> = counts.iter().map(|arm| arm_figures(metric, &arm.figures)).collect();
    let report = domain::experiment::report::report(&run.experiment, &figures);
    Ok(Told { is_a_a: run.experiment.is_a_a(), run, at, counts, report })
}

async fn figures_of(
    ports: &ExperimentPorts,
    run: &Run,
    arm: &str,
    now: Timestamp,
) -> Result<Figures, ExperimentError> {
    let Some(from) = run.started_at() else { return Ok(Figures::default()) };
    let until = ahead(run.over_at().unwrap_or(now), PLANNED_AHEAD);
    figures_between(ports, run, arm, (from, until)).await
}

/// The figures of an arm in the hours from one instant to another.
pub(super) async fn figures_between(
    ports: &ExperimentPorts,
    run: &Run,
    arm: &str,
    (from, until): (Timestamp, Timestamp),
) -> Result<Figures, ExperimentError> {
    let dimension = Dimension::arm(&run.experiment.name, arm);
    Ok(between(&*ports.metrics, &dimension, hour_at(from), until).await?)
}

/// Texts that were delivered, of those whose end is known: what is on its way speaks for neither
/// side.
pub(super) fn delivered(figures: &Figures) -> Share {
    let known = figures.sent.saturating_sub(figures.unconfirmed).saturating_sub(figures.under_way);
    Share::new(figures.delivered, known)
}

/// The metric of an arm, with a user as the unit.
fn arm_figures(metric: Metric, figures: &Figures) -> ArmFigures {
    let share = match metric {
        Metric::Delivery => of_users(delivered(figures), figures.exposed),
        Metric::Rating => of_users(Share::new(figures.rated_well, figures.rated), figures.raters),
        Metric::OptOut => Share::new(figures.stopped, figures.exposed),
    };
    ArmFigures {
        exposed: figures.exposed,
        of: share.of,
        hits: share.hits,
        openers: figures.openers,
        cost_micro_usd: Some(figures.model.cost_microdollars),
    }
}
