//! Sketches: how durations spread, as plain counters that add up.
//!
//! A sketch counts how many values fell into each of some 500 buckets whose width grows with their
//! value, so any quantile is known to within 2 %. Buckets are counters like all others: two
//! sketches are merged by adding, and a value is taken back by subtracting. Their bounds are whole
//! numbers, so every machine puts a value in the same bucket. (`hdrhistogram` and
//! `sketches-ddsketch` keep their buckets to themselves: no store can add them up.)

use std::collections::BTreeMap;

/// The most that a quantile deviates, as a share of the true value.
pub const ERROR_MAX: f64 = 0.02;

const BUCKETS: usize = 512;

/// Where each bucket begins. The first hold one value each; then each is 4 % wider than the one
/// before, and the last begins beyond a month, in milliseconds.
const BOUNDS: [u64; BUCKETS] = {
    let mut bounds = [0; BUCKETS];
    let mut at = 1;
    while at < BUCKETS {
        let before: u64 = bounds[at - 1];
        let wider = before + before / 25;
        bounds[at] = if wider > before { wider } else { before + 1 };
        at += 1;
    }
    bounds
};

/// The bucket that a value falls into. What lies beyond all bounds falls into the last.
pub fn bucket(value: u64) -> u16 {
    let above = BOUNDS.partition_point(|bound| *bound <= value);
    u16::try_from(above - 1).unwrap_or(u16::MAX)
}

/// The value that stands for all of a bucket: its middle.
pub fn middle(bucket: u16) -> u64 {
    let at = usize::from(bucket).min(BUCKETS - 1);
    let last = BOUNDS.get(at + 1).map_or(BOUNDS[at], |next| next - 1);
    BOUNDS[at].midpoint(last)
}

/// How values spread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch {
    buckets: BTreeMap<u16, u64>,
    sum: u64,
}

impl Sketch {
    /// A sketch of counters: how many values fell into each bucket, and their sum. Counters below
    /// zero, which no sum of whole contributions has, count as zero.
    pub fn of(buckets: impl IntoIterator<Item = (u16, i64)>, sum: i64) -> Self {
        let mut sketch = Self { sum: u64::try_from(sum).unwrap_or(0), ..Self::default() };
        for (bucket, count) in buckets {
            let count = u64::try_from(count).unwrap_or(0);
            if count > 0 {
                *sketch.buckets.entry(bucket).or_default() += count;
            }
        }
        sketch
    }

    /// Counts a value.
    pub fn add(&mut self, value: u64) {
        *self.buckets.entry(bucket(value)).or_default() += 1;
        self.sum = self.sum.saturating_add(value);
    }

    /// Counts all values of another.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// Takes back all values of another, which were counted before.
    pub fn subtract(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            let left = self.buckets.get(bucket).map_or(0, |held| held.saturating_sub(*count));
            if left == 0 {
                self.buckets.remove(bucket);
            } else {
                self.buckets.insert(*bucket, left);
            }
        }
        self.sum = self.sum.saturating_sub(other.sum);
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.buckets.values().sum()
    }

    /// The sum of all values.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The mean, exactly; none of nothing.
    pub fn mean(&self) -> Option<u64> {
        self.sum.checked_div(self.count())
    }

    /// The value that this share of all values does not exceed, to within 2 %; none of nothing.
    /// A share is given in thousandths: 500 is the median.
    pub fn quantile(&self, thousandths: u64) -> Option<u64> {
        let count = self.count();
        let rank = (count * thousandths.min(1_000)).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (bucket, held) in &self.buckets {
            seen += held;
            if seen >= rank {
                return Some(middle(*bucket));
            }
        }
        None
    }

    /// What describes it at a glance; none of nothing.
    pub fn spread(&self) -> Option<Spread> {
        Some(Spread {
            count: self.count(),
            mean: self.mean()?,
            p50: self.quantile(500)?,
            p95: self.quantile(950)?,
            p99: self.quantile(990)?,
        })
    }
}

/// How values spread, in five numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// How many there are.
    pub count: u64,
    /// Their mean.
    pub mean: u64,
    /// The median.
    pub p50: u64,
    /// What 95 in a hundred do not exceed.
    pub p95: u64,
    /// What 99 in a hundred do not exceed.
    pub p99: u64,
}

#[cfg(test)]
mod tests;
