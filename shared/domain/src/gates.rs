//! What must hold before the rollout goes on, and what stops it.
//!
//! A gate is looked at once a day, and a look must not be a lottery ticket: look number k spends
//! `alpha / (k (k + 1))` of the error. These add up to `alpha` over all looks there will ever be,
//! so the probability that a gate is ever wrong is at most `alpha`, however long a stage lasts.

pub mod beside;
pub mod guardrail;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::beside::Beside;
use crate::rollout::RolloutStage;
use crate::statistics::{Interval, Share, deviations, real, wilson_at};

/// The error of a gate over all its looks: 5 %, which makes the intervals 95 % ones at one look.
pub const GATE_ALPHA: f64 = 0.05;

/// The most texts that are worth reckoning with when a gate says how many it still needs.
const NEEDED_MAX: u64 = 10_000_000;

/// What is measured of a stage, since it began. What nobody measures is none: it never passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateFigures {
    /// Texts the provider took.
    pub texts: u64,
    /// Delivered, of those whose outcome is certain.
    pub delivered: Option<Share>,
    /// Users who opted out, of those who were texted.
    pub opted_out: Option<Share>,
    /// Texts of the model that were used, of all attempts.
    pub model_used: Option<Share>,
    /// Ratings of 4 and 5, of all.
    pub satisfied: Option<Share>,
    /// Testers who answered, and answered that it works, of all testers.
    pub feedback: Option<Share>,
    /// What the model cost per user and day, in US dollars.
    pub model_cost_usd: Option<f64>,
    /// Critical alerts and blocking bugs that are open.
    pub open_faults: Option<u64>,
}

/// What a criterion looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMetric {
    /// [`GateFigures::delivered`].
    Delivered,
    /// [`GateFigures::opted_out`].
    OptedOut,
    /// [`GateFigures::model_used`].
    ModelUsed,
    /// [`GateFigures::satisfied`].
    Satisfied,
    /// [`GateFigures::feedback`].
    Feedback,
    /// [`GateFigures::model_cost_usd`].
    ModelCostUsd,
    /// [`GateFigures::open_faults`].
    OpenFaults,
}

/// On which side of a bound a figure must lie. The bound itself is on the right side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Not below.
    AtLeast(f64),
    /// Not above.
    AtMost(f64),
}

impl Bound {
    /// Whether a value is on the right side.
    pub fn allows(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }

    fn allows_all(self, interval: Interval) -> bool {
        self.allows(interval.low) && self.allows(interval.high)
    }

    fn allows_none(self, interval: Interval) -> bool {
        !self.allows(interval.low) && !self.allows(interval.high)
    }
}

/// What decides whether a share passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The share itself, of at least so many. For stages too small for more.
    Point {
        /// The smallest sample.
        sample_min: u64,
    },
    /// The whole interval must lie on the right side to pass, or on the wrong one to fail.
    Interval,
}

/// One thing that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What is looked at.
    pub metric: GateMetric,
    /// Where it must lie.
    pub bound: Bound,
    /// What decides.
    pub rule: Rule,
}

/// What must hold before a stage is left for the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuccessGate {
    /// How long the stage lasts at least, in days.
    pub days_min: u32,
    /// All of these must hold.
    pub criteria: Vec<Criterion>,
}

/// What a gate or one of its criteria says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Nobody can say yet.
    NotEnoughData,
}

/// What one criterion says, and why.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The criterion.
    pub criterion: Criterion,
    /// What it says.
    pub verdict: Verdict,
    /// The figure; none if it is not measured.
    pub value: Option<f64>,
    /// How many it was measured on, for shares.
    pub sample: Option<u64>,
    /// Wilson's interval at this look's share of the error, for shares.
    pub interval: Option<Interval>,
    /// How many more are needed to pass, if the share stays what it is. None where more of the
    /// same would not help, or none are needed.
    pub still_needed: Option<u64>,
}

/// What a gate says, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateReport {
    /// What it says: fail if anything fails, pass if everything passes.
    pub verdict: Verdict,
    /// Which daily look this is; the first is 1.
    pub look: u32,
    /// The part of the error that this look spends.
    pub alpha: f64,
    /// Whether the stage has lasted as long as it must.
    pub is_long_enough: bool,
    /// Each criterion.
    pub findings: Vec<Finding>,
    /// The stage beside the one before; none for the first, and in reports of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

/// The part of an error of `alpha` that the daily look number `look` spends.
pub fn spent_at(alpha: f64, look: u32) -> f64 {
    let look = f64::from(look.max(1));
    alpha / (look * (look + 1.0))
}

/// Looks at a gate after `days` whole days of its stage.
pub fn evaluate(gate: &SuccessGate, figures: &GateFigures, days: u32) -> GateReport {
    // A first look at the bare 95 % would be half of all error: with the first day's the sum is 1.
    let look = days.max(1);
    let alpha = spent_at(GATE_ALPHA, look);
    let findings: Vec<_> =
        gate.criteria.iter().map(|criterion| finding(*criterion, figures, alpha)).collect();
    let is_long_enough = days >= gate.days_min;
    let any = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    let verdict = if any(Verdict::Fail) {
        Verdict::Fail
    } else if any(Verdict::NotEnoughData) || !is_long_enough || findings.is_empty() {
        Verdict::NotEnoughData
    } else {
        Verdict::Pass
    };
    GateReport { verdict, look, alpha, is_long_enough, findings, beside: None }
}

fn finding(criterion: Criterion, figures: &GateFigures, alpha: f64) -> Finding {
    let share = match criterion.metric {
        GateMetric::Delivered => figures.delivered,
        GateMetric::OptedOut => figures.opted_out,
        GateMetric::ModelUsed => figures.model_used,
        GateMetric::Satisfied => figures.satisfied,
        GateMetric::Feedback => figures.feedback,
        GateMetric::ModelCostUsd => return exact(criterion, figures.model_cost_usd),
        GateMetric::OpenFaults => return exact(criterion, figures.open_faults.map(real)),
    };
    let Some((share, rate)) = share.and_then(|share| Some((share, share.rate()?))) else {
        return exact(criterion, None);
    };
    let z = deviations(alpha);
    let interval = wilson_at(rate, real(share.of), z);
    let verdict = match criterion.rule {
        Rule::Point { sample_min } if share.of < sample_min => Verdict::NotEnoughData,
        Rule::Point { .. } if criterion.bound.allows(rate) => Verdict::Pass,
        Rule::Point { .. } => Verdict::Fail,
        Rule::Interval if criterion.bound.allows_all(interval) => Verdict::Pass,
        Rule::Interval if criterion.bound.allows_none(interval) => Verdict::Fail,
        Rule::Interval => Verdict::NotEnoughData,
    };
    let needed = match (verdict, criterion.rule) {
        (Verdict::Pass | Verdict::Fail, _) => None,
        (_, Rule::Point { sample_min }) => Some(sample_min),
        (_, Rule::Interval) => sample_to_pass(rate, criterion.bound, z),
    };
    let still_needed = needed.map(|needed| needed.saturating_sub(share.of));
    Finding {
        criterion,
        verdict,
        value: Some(rate),
        sample: Some(share.of),
        interval: Some(interval),
        still_needed,
    }
}

/// A figure that is no sample: it is what it is.
fn exact(criterion: Criterion, value: Option<f64>) -> Finding {
    let verdict = match value {
        None => Verdict::NotEnoughData,
        Some(value) if criterion.bound.allows(value) => Verdict::Pass,
        Some(_) => Verdict::Fail,
    };
    Finding { criterion, verdict, value, sample: None, interval: None, still_needed: None }
}

/// The smallest sample that passes at this rate; none if no sample would.
fn sample_to_pass(rate: f64, bound: Bound, z: f64) -> Option<u64> {
    let passes = |sample: u64| bound.allows_all(wilson_at(rate, real(sample), z));
    if !passes(NEEDED_MAX) {
        return None;
    }
    let (mut fails_at, mut passes_at) = (0, NEEDED_MAX);
    while passes_at - fails_at > 1 {
        let middle = u64::midpoint(fails_at, passes_at);
        if passes(middle) { passes_at = middle } else { fails_at = middle }
    }
    Some(passes_at)
}

/// The gate that a stage is left by, unless the operator has set another.
pub fn default_gate(stage: RolloutStage) -> SuccessGate {
    use Bound::{AtLeast, AtMost};
    let gate = |days_min, criteria: &[(GateMetric, Bound, Rule)]| SuccessGate {
        days_min,
        criteria: criteria
            .iter()
            .map(|(metric, bound, rule)| Criterion { metric: *metric, bound: *bound, rule: *rule })
            .collect(),
    };
    let at_least = |sample_min| Rule::Point { sample_min };
    let no_faults = (GateMetric::OpenFaults, AtMost(0.0), Rule::Interval);
    match stage {
        // Five users with six calendar events each.
        RolloutStage::Internal => gate(
            3,
            &[
                (GateMetric::Delivered, AtLeast(0.95), at_least(30)),
                (GateMetric::ModelUsed, AtLeast(0.8), at_least(30)),
                (GateMetric::Feedback, AtLeast(1.0), at_least(5)),
                no_faults,
            ],
        ),
        RolloutStage::Beta => gate(
            7,
            &[
                (GateMetric::Delivered, AtLeast(0.95), at_least(300)),
                (GateMetric::OptedOut, AtMost(0.05), at_least(50)),
                (GateMetric::Satisfied, AtLeast(0.9), at_least(30)),
                (GateMetric::ModelCostUsd, AtMost(0.02), Rule::Interval),
                no_faults,
            ],
        ),
        RolloutStage::Percent10 | RolloutStage::Percent25 => gate(
            7,
            &[
                (GateMetric::Delivered, AtLeast(0.95), Rule::Interval),
                (GateMetric::OptedOut, AtMost(0.1), Rule::Interval),
                no_faults,
            ],
        ),
        RolloutStage::Percent50 | RolloutStage::Everyone => gate(
            7,
            &[
                (GateMetric::Delivered, AtLeast(0.95), Rule::Interval),
                (GateMetric::OptedOut, AtMost(0.1), Rule::Interval),
                (GateMetric::ModelCostUsd, AtMost(0.02), Rule::Interval),
                no_faults,
            ],
        ),
    }
}
