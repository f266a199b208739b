//! What must hold before the rollout goes on, and what stops it.
//!
//! A gate is looked at once a day, and a look must not be a lottery ticket: look number k spends
//! `alpha / (k (k + 1))` of the error. These add up to `alpha` over all looks there will ever be,
//! so the probability that a gate is ever wrong is at most `alpha`, however long a stage lasts.

mod defaults;
pub mod guardrail;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::defaults::default_gate;
use crate::statistics::{Interval, Share, deviations, difference, real, wilson_at};

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
    /// Zones in which testers live.
    pub zones: Option<u64>,
    /// Texts of the tester who got the fewest.
    pub texts_of_least: Option<u64>,
    /// How often a budget was nearly used up.
    pub over_budget: Option<u64>,
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
    /// [`GateFigures::zones`].
    Zones,
    /// [`GateFigures::texts_of_least`].
    TextsOfLeast,
    /// [`GateFigures::over_budget`].
    OverBudget,
}

impl GateMetric {
    /// The name in JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::OptedOut => "opted_out",
            Self::ModelUsed => "model_used",
            Self::Satisfied => "satisfied",
            Self::Feedback => "feedback",
            Self::ModelCostUsd => "model_cost_usd",
            Self::OpenFaults => "open_faults",
            Self::Zones => "zones",
            Self::TextsOfLeast => "texts_of_least",
            Self::OverBudget => "over_budget",
        }
    }
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
    /// A bound of the same side at another value.
    #[must_use]
    pub fn at(self, value: f64) -> Self {
        match self {
            Self::AtLeast(_) => Self::AtLeast(value),
            Self::AtMost(_) => Self::AtMost(value),
        }
    }

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
    /// The share of the stage before is the bound, and what lies on its wrong side fails only if
    /// the interval of the difference does so too.
    NotWorse,
    /// A figure that only grows: what is too little may yet be enough.
    Grows,
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
}

/// The part of an error of `alpha` that the daily look number `look` spends.
pub fn spent_at(alpha: f64, look: u32) -> f64 {
    let look = f64::from(look.max(1));
    alpha / (look * (look + 1.0))
}

/// Looks at a gate after `days` whole days of its stage. `former` is what was measured of the stage
/// before, as it was left.
pub fn evaluate(
    gate: &SuccessGate,
    figures: &GateFigures,
    former: Option<&GateFigures>,
    days: u32,
) -> GateReport {
    // A first look at the bare 95 % would be half of all error: with the first day's the sum is 1.
    let look = days.max(1);
    let alpha = spent_at(GATE_ALPHA, look);
    let find = |criterion: &Criterion| finding(*criterion, figures, former, alpha);
    let findings: Vec<_> = gate.criteria.iter().map(find).collect();
    let is_long_enough = days >= gate.days_min;
    let any = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    let verdict = if any(Verdict::Fail) {
        Verdict::Fail
    } else if any(Verdict::NotEnoughData) || !is_long_enough || findings.is_empty() {
        Verdict::NotEnoughData
    } else {
        Verdict::Pass
    };
    GateReport { verdict, look, alpha, is_long_enough, findings }
}

/// What was measured: a share of a sample, or a figure that is what it is.
enum Value {
    Share(Option<Share>),
    Exact(Option<f64>),
}

fn value(metric: GateMetric, figures: &GateFigures) -> Value {
    match metric {
        GateMetric::Delivered => Value::Share(figures.delivered),
        GateMetric::OptedOut => Value::Share(figures.opted_out),
        GateMetric::ModelUsed => Value::Share(figures.model_used),
        GateMetric::Satisfied => Value::Share(figures.satisfied),
        GateMetric::Feedback => Value::Share(figures.feedback),
        GateMetric::ModelCostUsd => Value::Exact(figures.model_cost_usd),
        GateMetric::OpenFaults => Value::Exact(figures.open_faults.map(real)),
        GateMetric::Zones => Value::Exact(figures.zones.map(real)),
        GateMetric::TextsOfLeast => Value::Exact(figures.texts_of_least.map(real)),
        GateMetric::OverBudget => Value::Exact(figures.over_budget.map(real)),
    }
}

fn finding(
    criterion: Criterion,
    figures: &GateFigures,
    former: Option<&GateFigures>,
    alpha: f64,
) -> Finding {
    let share = match value(criterion.metric, figures) {
        Value::Exact(value) => return exact(criterion, value),
        Value::Share(share) => share,
    };
    let Some((share, rate)) = share.and_then(|share| Some((share, share.rate()?))) else {
        return exact(criterion, None);
    };
    let before = former.and_then(|former| match value(criterion.metric, former) {
        Value::Share(share) => share,
        Value::Exact(_) => None,
    });
    let z = deviations(alpha);
    let interval = wilson_at(rate, real(share.of), z);
    let bound = criterion.bound;
    let (verdict, needed, bound) = match criterion.rule {
        Rule::Point { sample_min } if share.of < sample_min => {
            (Verdict::NotEnoughData, Some(sample_min), bound)
        }
        Rule::Point { .. } => (pass_or_fail(bound.allows(rate)), None, bound),
        Rule::Interval | Rule::Grows if bound.allows_all(interval) => (Verdict::Pass, None, bound),
        Rule::Interval if bound.allows_none(interval) => (Verdict::Fail, None, bound),
        Rule::Interval | Rule::Grows => {
            (Verdict::NotEnoughData, sample_to_pass(rate, bound, z), bound)
        }
        Rule::NotWorse => {
            let (verdict, bound) = not_worse(before, share, bound, alpha);
            (verdict, None, bound)
        }
    };
    Finding {
        criterion: Criterion { bound, ..criterion },
        verdict,
        value: Some(rate),
        sample: Some(share.of),
        interval: Some(interval),
        still_needed: needed.map(|needed| needed.saturating_sub(share.of)),
    }
}

/// Whether a share is worse than that of the stage before, beyond doubt. The bound is then the
/// share before; without one nobody can tell.
fn not_worse(before: Option<Share>, now: Share, side: Bound, alpha: f64) -> (Verdict, Bound) {
    let compared =
        before.and_then(|before| Some((side.at(before.rate()?), difference(before, now, alpha)?)));
    let Some((bound, difference)) = compared else { return (Verdict::NotEnoughData, side) };
    (pass_or_fail(!side.at(0.0).allows_none(difference)), bound)
}

fn pass_or_fail(holds: bool) -> Verdict {
    if holds { Verdict::Pass } else { Verdict::Fail }
}

/// A figure that is no sample: it is what it is.
fn exact(criterion: Criterion, value: Option<f64>) -> Finding {
    let verdict = match value {
        None => Verdict::NotEnoughData,
        Some(value) if criterion.bound.allows(value) => Verdict::Pass,
        Some(_) if criterion.rule == Rule::Grows => Verdict::NotEnoughData,
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
