//! What an experiment has shown so far.

use serde::{Deserialize, Serialize};

use super::{Experiment, Metric};
use crate::statistics::{
    Interval, Share, always_valid_difference, detectable, difference, sample_ratio, wilson,
};

/// The error of an experiment, over all comparisons with its first arm.
pub const ALPHA: f64 = 0.05;

/// The probability with which the difference that a report calls detectable is found.
pub const POWER: f64 = 0.8;

/// Below this probability, counts as uneven as these mean that assignment or logging is broken.
/// Looked at often, so far below the error of a single look (Fabijan et al., 2019).
pub const SAMPLE_RATIO_P_MIN: f64 = 0.0005;

/// What was counted in one arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmFigures {
    /// Users who were exposed, each once.
    pub exposed: u64,
    /// Those of them of whom the metric says something: it is a share of these.
    pub of: u64,
    /// Those of these for whom the metric holds.
    pub hits: u64,
    /// Users among the exposed who looked at what the link of a text opens.
    pub openers: u64,
    /// What the arm cost, in millionths of a US dollar; none if nobody measures it.
    pub cost_micro_usd: Option<u64>,
}

/// What may be said of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The interval that holds at every look holds zero.
    NoVerdictYet,
    /// An arm is better than the first, however often one has looked.
    Better,
    /// An arm is worse than the first, however often one has looked.
    Worse,
    /// Users are not in the arms as they should be: nothing can be concluded.
    BrokenAssignment,
}

/// One arm of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmReport {
    /// Its name.
    pub name: String,
    /// What was counted.
    pub figures: ArmFigures,
    /// The rate of the metric.
    pub rate: Option<f64>,
    /// Wilson's interval of the rate.
    pub interval: Interval,
    /// Wilson's interval of the share of the exposed who opened a link.
    pub opened: Interval,
    /// What a user of the arm cost, in US dollars.
    pub cost_per_user_usd: Option<f64>,
    /// How it compares with the first arm; none for that.
    pub comparison: Option<Comparison>,
}

/// How an arm compares with the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The difference of the rates, at the one look when the experiment ends.
    pub at_the_end: Option<Interval>,
    /// The difference of the rates, at every look.
    pub at_every_look: Interval,
    /// The smallest difference that so many users would show.
    pub detectable: Option<f64>,
    /// What may be said.
    pub finding: Finding,
}

/// What an experiment has shown so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The probability of arms as uneven as these, if users were assigned by the weights.
    pub sample_ratio_p: Option<f64>,
    /// Whether that is still believable.
    pub is_sample_sound: bool,
    /// The arms.
    pub arms: Vec<ArmReport>,
}

/// Reports on an experiment; `figures` are those of its arms, in their order.
pub fn report(experiment: &Experiment, figures: &[ArmFigures]) -> Report {
    let counts: Vec<_> = figures.iter().map(|arm| arm.exposed).collect();
    let weights: Vec<_> = experiment.arms.iter().map(|arm| arm.weight).collect();
    let sample_ratio_p = sample_ratio(&counts, &weights);
    let is_sample_sound = sample_ratio_p.is_none_or(|p| p >= SAMPLE_RATIO_P_MIN);
    // Each comparison with the first arm spends its part of the error.
    let comparisons = u32::try_from(figures.len().saturating_sub(1)).unwrap_or(1).max(1);
    let alpha = ALPHA / f64::from(comparisons);
    let first = figures.first().copied().unwrap_or_default();
    let arms = experiment.arms.iter().zip(figures).enumerate().map(|(place, (arm, figures))| {
        let share = figures.share();
        let comparison = (place > 0)
            .then(|| compare(first, *figures, alpha, is_sample_sound, experiment.metric));
        let cost = figures.cost_micro_usd.filter(|_| figures.exposed > 0);
        #[expect(clippy::cast_precision_loss, reason = "shown, and far below 2^53")]
        let cost_per_user_usd = cost.map(|cost| cost as f64 / 1e6 / figures.exposed as f64);
        ArmReport {
            name: arm.name.clone(),
            figures: *figures,
            rate: share.rate(),
            interval: wilson(share, ALPHA),
            opened: wilson(figures.opens(), ALPHA),
            cost_per_user_usd,
            comparison,
        }
    });
    Report { sample_ratio_p, is_sample_sound, arms: arms.collect() }
}

impl Report {
    /// Whether an arm has won: it is better than the first, or the first and all others are worse.
    pub fn has_won(&self, arm: &str) -> bool {
        let Some(own) = self.arms.iter().find(|report| report.name == arm) else { return false };
        let finding = |arm: &ArmReport| arm.comparison.map(|comparison| comparison.finding);
        self.is_sample_sound
            && match finding(own) {
                Some(finding) => finding == Finding::Better,
                None => self.arms.iter().filter_map(finding).all(|it| it == Finding::Worse),
            }
    }

    /// The arm that has won; of several the one with the best rate.
    pub fn winner(&self, metric: Metric) -> Option<&ArmReport> {
        let won = self.arms.iter().filter(|arm| self.has_won(&arm.name));
        let good = |arm: &ArmReport| {
            let rate = arm.rate.unwrap_or(0.0);
            if metric.is_more_better() { rate } else { -rate }
        };
        won.max_by(|a, b| good(a).total_cmp(&good(b)))
    }
}

impl ArmFigures {
    /// The metric, as a share of users.
    pub fn share(&self) -> Share {
        Share::new(self.hits, self.of)
    }

    /// Those who opened a link, of the exposed.
    pub fn opens(&self) -> Share {
        Share::new(self.openers, self.exposed)
    }
}

fn compare(
    first: ArmFigures,
    arm: ArmFigures,
    alpha: f64,
    is_sample_sound: bool,
    metric: Metric,
) -> Comparison {
    let [from, to] = [first.share(), arm.share()];
    let at_every_look = always_valid_difference(from, to, alpha);
    let both = Share::new(from.hits + to.hits, from.of + to.of);
    let finding = match at_every_look {
        _ if !is_sample_sound => Finding::BrokenAssignment,
        Interval { low, .. } if low > 0.0 => finding(metric.is_more_better()),
        Interval { high, .. } if high < 0.0 => finding(!metric.is_more_better()),
        _ => Finding::NoVerdictYet,
    };
    Comparison {
        at_the_end: difference(from, to, alpha),
        at_every_look,
        detectable: both.rate().and_then(|rate| detectable(rate, [from.of, to.of], alpha, POWER)),
        finding,
    }
}

fn finding(is_better: bool) -> Finding {
    if is_better { Finding::Better } else { Finding::Worse }
}

/// A share of texts, as sure as its users are: the texts of one user are not independent, so they
/// count as one each, as if they all told the same. That makes intervals too wide rather than too
/// narrow.
pub fn of_users(texts: Share, users: u64) -> Share {
    if texts.of <= users {
        return texts;
    }
    // Rounded to the nearest: hits * users fits 128 bits.
    let (hits, of, n) = (u128::from(texts.hits), u128::from(texts.of), u128::from(users));
    let scaled = (2 * hits * n + of) / (2 * of);
    Share::new(u64::try_from(scaled).unwrap_or(u64::MAX), users)
}
