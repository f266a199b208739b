//! What an experiment has shown so far.

use app::experiments::{ArmCounts, Told};
use domain::experiment::report::{ArmReport, Comparison, Finding};
use domain::statistics::Interval;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::experiments::ExperimentView;

/// What an experiment has shown so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// The experiment.
    experiment: ExperimentView,
    /// When it was looked at.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The probability of arms as uneven as these, if users were assigned by the weights.
    sample_ratio_p: Option<f64>,
    /// Whether that is still believable. If not, nothing can be concluded.
    sample_sound: bool,
    /// What may be said of all of it: `no_verdict_yet`, `difference`, `broken_assignment`, or with
    /// arms that do nothing `no_false_alarm` or `false_alarm`.
    verdict: &'static str,
    /// The arms.
    arms: Vec<ArmView>,
}

/// One arm of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ArmView {
    /// Its name.
    name: String,
    /// Users who were exposed: a text of theirs went out.
    exposed: u64,
    /// Reminders, whatever became of them.
    planned: u64,
    /// Texts that the provider took.
    texts: u64,
    /// Their segments.
    segments: u64,
    /// Reminders that were delivered.
    delivered: u64,
    /// Reminders that were not, for good.
    failed: u64,
    /// Reminders that were rated.
    rated: u64,
    /// Those of them with four or five stars.
    rated_well: u64,
    /// Users who rated.
    raters: u64,
    /// Users who opted out after a text.
    opted_out: u64,
    /// Users who looked at what the link of a text opens.
    openers: u64,
    /// Wilson's interval of their share of the exposed (95 %).
    opened: [f64; 2],
    /// What models cost, in US dollars.
    model_cost_usd: f64,
    /// The same for each user who was exposed.
    cost_per_user_usd: Option<f64>,
    /// The rate of the metric.
    rate: Option<f64>,
    /// Of so many users.
    of: u64,
    /// Wilson's interval of the rate (95 %).
    interval: [f64; 2],
    /// How it compares with the first arm; null for that.
    comparison: Option<ComparisonView>,
}

/// How an arm compares with the first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ComparisonView {
    /// `better`, `worse`, `no_verdict_yet` or `broken_assignment`.
    finding: &'static str,
    /// The difference of the rates: an interval that holds however often one looks.
    at_every_look: [f64; 2],
    /// The difference of the rates: an interval that holds at one look, when the experiment ends.
    at_the_end: Option<[f64; 2]>,
    /// The smallest difference that so many users would show, four times of five.
    detectable: Option<f64>,
}

impl From<&Told> for ReportView {
    fn from(told: &Told) -> Self {
        let arms = told.report.arms.iter().zip(&told.counts);
        Self {
            experiment: (&told.run).into(),
            at: told.at,
            sample_ratio_p: told.report.sample_ratio_p,
            sample_sound: told.report.is_sample_sound,
            verdict: verdict(told),
            arms: arms.map(|(report, counts)| ArmView::of(report, counts)).collect(),
        }
    }
}

/// What may be said of all of it, in the word of the API.
pub(crate) fn verdict(told: &Told) -> &'static str {
    let findings = told.report.arms.iter().filter_map(|arm| arm.comparison);
    let differs = findings
        .map(|comparison| comparison.finding)
        .any(|finding| matches!(finding, Finding::Better | Finding::Worse));
    match (told.report.is_sample_sound, told.is_a_a, differs) {
        (false, ..) => "broken_assignment",
        (true, true, true) => "false_alarm",
        (true, true, false) => "no_false_alarm",
        (true, false, true) => "difference",
        (true, false, false) => "no_verdict_yet",
    }
}

impl ArmView {
    fn of(report: &ArmReport, counts: &ArmCounts) -> Self {
        let figures = &counts.figures;
        Self {
            name: report.name.clone(),
            exposed: figures.exposed,
            planned: figures.planned,
            texts: figures.texts,
            segments: figures.segments,
            delivered: figures.delivered,
            failed: figures.failed + figures.undelivered,
            rated: figures.rated,
            rated_well: figures.rated_well,
            raters: figures.raters,
            opted_out: figures.stopped,
            openers: figures.openers,
            opened: ends(report.opened),
            model_cost_usd: dollars(figures.model.cost_microdollars),
            cost_per_user_usd: report.cost_per_user_usd,
            rate: report.rate,
            of: report.figures.of,
            interval: ends(report.interval),
            comparison: report.comparison.map(ComparisonView::from),
        }
    }
}

impl From<Comparison> for ComparisonView {
    fn from(comparison: Comparison) -> Self {
        let finding = match comparison.finding {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::NoVerdictYet => "no_verdict_yet",
            Finding::BrokenAssignment => "broken_assignment",
        };
        Self {
            finding,
            at_every_look: ends(comparison.at_every_look),
            at_the_end: comparison.at_the_end.map(ends),
            detectable: comparison.detectable,
        }
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

#[expect(clippy::cast_precision_loss, reason = "shown, and far below 2^53")]
fn dollars(micro: u64) -> f64 {
    micro as f64 / 1e6
}
