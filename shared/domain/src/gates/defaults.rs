//! The gates of each stage, as data.

use super::Bound::{AtLeast, AtMost};
use super::Rule::{Grows, Interval, NotWorse};
use super::{Bound, Criterion, GateMetric, Rule, SuccessGate};
use crate::rollout::RolloutStage;

/// One row: what is looked at, where it must lie, and what decides.
type Row = (GateMetric, Bound, Rule);

/// Nothing that would wake somebody is open, and nothing that somebody filed.
const NO_FAULTS: Row = (GateMetric::OpenFaults, AtMost(0.0), Interval);

/// In US dollars per user and day.
const MODEL_IS_CHEAP: Row = (GateMetric::ModelCostUsd, AtMost(0.02), Interval);

/// Five users in different zones, with six calendar events each over three days.
const INTERNAL: &[Row] = &[
    (GateMetric::Delivered, AtLeast(0.95), sample(30)),
    (GateMetric::Zones, AtLeast(5.0), Grows),
    (GateMetric::TextsOfLeast, AtLeast(6.0), Grows),
    (GateMetric::ModelUsed, AtLeast(0.8), sample(30)),
    (GateMetric::Feedback, AtLeast(1.0), sample(5)),
    NO_FAULTS,
];

const BETA: &[Row] = &[
    (GateMetric::Delivered, AtLeast(0.95), sample(300)),
    (GateMetric::OptedOut, AtMost(0.05), sample(50)),
    (GateMetric::Satisfied, AtLeast(0.9), sample(30)),
    MODEL_IS_CHEAP,
    NO_FAULTS,
];

const PERCENT_10: &[Row] = &[
    (GateMetric::Delivered, AtLeast(0.95), Interval),
    (GateMetric::OptedOut, AtMost(0.1), Interval),
    NO_FAULTS,
];

/// Stable: nothing is worse than at 10 %.
const PERCENT_25: &[Row] = &[
    (GateMetric::Delivered, AtLeast(0.95), Interval),
    (GateMetric::OptedOut, AtMost(0.1), Interval),
    (GateMetric::Delivered, AtLeast(0.0), NotWorse),
    (GateMetric::OptedOut, AtMost(1.0), NotWorse),
    NO_FAULTS,
];

/// The cost holds; so it goes on to be watched once everybody is in.
const PERCENT_50: &[Row] = &[
    (GateMetric::Delivered, AtLeast(0.95), Interval),
    (GateMetric::OptedOut, AtMost(0.1), Interval),
    MODEL_IS_CHEAP,
    (GateMetric::OverBudget, AtMost(0.0), Interval),
    NO_FAULTS,
];

const fn sample(sample_min: u64) -> Rule {
    Rule::Point { sample_min }
}

/// The gate that a stage is left by. There is none to leave the last by: what it looks at is
/// watched on.
pub fn default_gate(stage: RolloutStage) -> SuccessGate {
    let (days_min, rows) = match stage {
        RolloutStage::Internal => (3, INTERNAL),
        RolloutStage::Beta => (7, BETA),
        RolloutStage::Percent10 => (7, PERCENT_10),
        RolloutStage::Percent25 => (7, PERCENT_25),
        RolloutStage::Percent50 | RolloutStage::Everyone => (7, PERCENT_50),
    };
    let criterion =
        |(metric, bound, rule): &Row| Criterion { metric: *metric, bound: *bound, rule: *rule };
    SuccessGate { days_min, criteria: rows.iter().map(criterion).collect() }
}
