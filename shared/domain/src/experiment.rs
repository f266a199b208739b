//! Experiments: who is in which arm, and what the arms have shown so far.
//!
//! Whatever an experiment says is an interval. It says `no verdict yet` for as long as the interval
//! holds zero, and nothing at all of an assignment that went wrong.

pub mod report;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::buckets::{BUCKETS, bucket_of};
use crate::ids::UserId;
use crate::lead_time::LeadTime;
use crate::limits;

/// What an arm does to those in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// Nothing: the arm that others are compared with.
    None,
    /// Another lead time, in place of a user's only one.
    LeadTime(LeadTime),
    /// Another version of the texts.
    Template(u32),
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name, unique in the experiment.
    pub name: String,
    /// Its part of the users, relative to the others'.
    pub weight: u32,
    /// What it does.
    pub treatment: Treatment,
}

/// Users that no other experiment of the layer has: the buckets from `from` to `until`, which it
/// does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The layer. Users fall into its buckets by its name, so layers are independent.
    pub layer: String,
    /// The first bucket.
    pub from: u32,
    /// The first bucket beyond.
    pub until: u32,
}

impl Slice {
    /// Whether two experiments could have the same user in one layer.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.layer == other.layer && self.from < other.until && other.from < self.until
    }
}

/// An experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// Makes its arms others than those of the next experiment.
    pub salt: String,
    /// Whom it may have.
    pub slice: Slice,
    /// Its arms; the first is the one that others are compared with.
    pub arms: Vec<Variant>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends: the one look at which the fixed interval holds.
    pub ends_at: Timestamp,
}

/// An experiment that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExperiment {
    /// Too few or too many arms.
    #[error("an experiment has 2 to {max} arms", max = limits::ARMS_MAX)]
    Arms,
    /// Two arms of one name, or an arm without one.
    #[error("each arm has a name of its own")]
    Names,
    /// A weight that is not one.
    #[error("each arm has a weight from 1 to {BUCKETS}")]
    Weights,
    /// Buckets that are none.
    #[error("a slice has buckets between 0 and {BUCKETS}")]
    Slice,
    /// It ends before it begins.
    #[error("an experiment ends after it starts")]
    Times,
    /// Another experiment has these users.
    #[error("experiment {other} has users of the same slice of layer {layer}")]
    Overlaps {
        /// Which.
        other: String,
        /// Where.
        layer: String,
    },
}

impl Experiment {
    /// Whether it can be run beside the others.
    ///
    /// # Errors
    /// [`BadExperiment`], the first that applies.
    pub fn check(&self, others: &[Self]) -> Result<(), BadExperiment> {
        if !(2..=limits::ARMS_MAX).contains(&self.arms.len()) {
            return Err(BadExperiment::Arms);
        }
        let is_known = |name: &str, arms: &[Variant]| arms.iter().any(|arm| arm.name == name);
        for (place, arm) in self.arms.iter().enumerate() {
            if arm.name.is_empty() || is_known(&arm.name, &self.arms[..place]) {
                return Err(BadExperiment::Names);
            }
            if !(1..=BUCKETS).contains(&arm.weight) {
                return Err(BadExperiment::Weights);
            }
        }
        if self.slice.from >= self.slice.until || self.slice.until > BUCKETS {
            return Err(BadExperiment::Slice);
        }
        if self.starts_at >= self.ends_at {
            return Err(BadExperiment::Times);
        }
        let runs_beside = |other: &&Self| {
            other.name != self.name
                && other.slice.overlaps(&self.slice)
                && other.starts_at < self.ends_at
                && self.starts_at < other.ends_at
        };
        others.iter().find(runs_beside).map_or(Ok(()), |other| {
            let (other, layer) = (other.name.clone(), self.slice.layer.clone());
            Err(BadExperiment::Overlaps { other, layer })
        })
    }

    /// The arm of a user, if the experiment has them: the same for ever.
    pub fn arm_of(&self, user: &UserId) -> Option<usize> {
        let bucket = bucket_of(&["layer", &self.slice.layer], user);
        if !(self.slice.from..self.slice.until).contains(&bucket) {
            return None;
        }
        // By weights that are scaled to the buckets; rounding favours no arm by more than one.
        let whole: u64 = self.arms.iter().map(|arm| u64::from(arm.weight)).sum();
        let bucket = u64::from(bucket_of(&["arm", &self.name, &self.salt], user));
        let mut sum = 0;
        self.arms.iter().position(|arm| {
            sum += u64::from(arm.weight);
            bucket * whole < sum * u64::from(BUCKETS)
        })
    }

    /// Whether it runs at an instant.
    pub fn runs_at(&self, now: Timestamp) -> bool {
        (self.starts_at..self.ends_at).contains(&now)
    }
}
