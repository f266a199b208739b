//! Shares, and how sure one can be of them.
//!
//! Two kinds of intervals, for two kinds of questions. [`wilson`] and [`difference`] hold at *one*
//! look that was fixed beforehand. [`always_valid`] and [`always_valid_difference`] hold at all
//! looks together, however often one looks and whenever one stops; they are wider for it.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::ln_beta;
use statrs::function::gamma::checked_gamma_ur;

/// Steps of a bisection: halves the unit interval down to the precision of a double.
const BISECTIONS: u32 = 60;

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Those that count; never more than `of`.
    pub hits: u64,
    /// All.
    pub of: u64,
}

impl Share {
    /// `hits` of `of`; those beyond all are not counted.
    pub fn new(hits: u64, of: u64) -> Self {
        Self { hits: hits.min(of), of }
    }

    /// The share, from 0 to 1; none of nothing.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| real(self.hits) / real(self.of))
    }
}

/// From `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Of a share that nothing is known of.
    pub const UNKNOWN: Self = Self { low: 0.0, high: 1.0 };

    /// Whether the interval holds a value.
    pub fn holds(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// How many standard deviations hold all but `alpha`, half of it at each end.
pub fn deviations(alpha: f64) -> f64 {
    Normal::standard().inverse_cdf(1.0 - alpha / 2.0)
}

/// The score interval of Wilson (1927), for one look: it misses the true share with a probability
/// of about `alpha`.
pub fn wilson(share: Share, alpha: f64) -> Interval {
    let Some(rate) = share.rate() else { return Interval::UNKNOWN };
    wilson_at(rate, real(share.of), deviations(alpha))
}

/// Wilson's interval around a rate of `count`, `z` standard deviations wide.
pub(crate) fn wilson_at(rate: f64, count: f64, z: f64) -> Interval {
    let (squared, scale) = (z * z, 1.0 + z * z / count);
    let centre = (rate + squared / (2.0 * count)) / scale;
    let spread = rate * (1.0 - rate) / count + squared / (4.0 * count * count);
    let half = z * spread.sqrt() / scale;
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// An interval for every look: over all looks ever taken together, the probability that one of
/// them misses the true share is at most `alpha`.
///
/// For a true share p, the likelihood of the counts under a share drawn evenly from 0 to 1, divided
/// by their likelihood under p, is a martingale that begins at one. It exceeds `1 / alpha` at any
/// time with a probability of at most `alpha` (Ville 1939; Robbins 1970). The interval holds the
/// shares at which it does not.
pub fn always_valid(share: Share, alpha: f64) -> Interval {
    let Some(rate) = share.rate() else { return Interval::UNKNOWN };
    let (hits, misses) = (real(share.hits), real(share.of - share.hits));
    let evidence = ln_beta(hits + 1.0, misses + 1.0);
    let is_refuted = |p: f64| evidence - log_likelihood(hits, misses, p) > -alpha.ln();
    let edge = |refuted: f64| {
        let (mut outside, mut inside) = (refuted, rate);
        if !is_refuted(outside) {
            return outside;
        }
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(outside, inside);
            if is_refuted(middle) { outside = middle } else { inside = middle }
        }
        outside
    };
    Interval { low: edge(0.0), high: edge(1.0) }
}

fn log_likelihood(hits: f64, misses: f64, p: f64) -> f64 {
    let term = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
    term(hits, p) + term(misses, 1.0 - p)
}

/// How much larger the share `second` is than `first`, for one look: the score interval of
/// Newcombe (1998, method 10).
pub fn difference(first: Share, second: Share, alpha: f64) -> Option<Interval> {
    let (from, to) = (first.rate()?, second.rate()?);
    let (a, b) = (wilson(first, alpha), wilson(second, alpha));
    let apart = to - from;
    let below = (to - b.low).hypot(a.high - from);
    let above = (b.high - to).hypot(from - a.low);
    Some(Interval { low: apart - below, high: apart + above })
}

/// How much larger the share `second` is than `first`, for every look: both shares lie within
/// their [`always_valid`] intervals of half the error each, so their difference lies between the
/// ends of these.
pub fn always_valid_difference(first: Share, second: Share, alpha: f64) -> Interval {
    let (a, b) = (always_valid(first, alpha / 2.0), always_valid(second, alpha / 2.0));
    Interval { low: b.low - a.high, high: b.high - a.low }
}

/// The probability of counts at least as far from their weights as these, if users were assigned by
/// the weights (Pearson's chi-square test). None if there is nothing to compare.
pub fn sample_ratio(counts: &[u64], weights: &[u32]) -> Option<f64> {
    let (all, whole) = (counts.iter().sum::<u64>(), weights.iter().map(|w| u64::from(*w)).sum());
    if all == 0 || counts.len() != weights.len() || weights.len() < 2 || weights.contains(&0) {
        return None;
    }
    let apart = counts.iter().zip(weights).map(|(count, weight)| {
        let expected = real(all) * f64::from(*weight) / real(whole);
        (real(*count) - expected).powi(2) / expected
    });
    let statistic: f64 = apart.sum();
    if statistic == 0.0 {
        return Some(1.0);
    }
    let freedom = real(u64::try_from(counts.len() - 1).unwrap_or(u64::MAX));
    checked_gamma_ur(freedom / 2.0, statistic / 2.0).ok().filter(|p| p.is_finite())
}

/// The smallest difference of two shares around `rate` that a comparison of groups of these sizes
/// finds with probability `power`, at one look and an error of `alpha`.
pub fn detectable(rate: f64, sizes: [u64; 2], alpha: f64, power: f64) -> Option<f64> {
    if sizes.contains(&0) {
        return None;
    }
    let z = deviations(alpha) + Normal::standard().inverse_cdf(power);
    let [first, second] = sizes.map(real);
    Some(z * (rate * (1.0 - rate) * (1.0 / first + 1.0 / second)).sqrt())
}

/// A count as a real number: exact below 2^53, which no count here reaches.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}
