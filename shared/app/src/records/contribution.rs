//! What reminders added to the counters, stored with the revision that said so.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::ports::Contribution;

/// What one reminder contributed, and at which revision: the guard that folds each change once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContribution {
    /// The revision of the reminder.
    pub revision: u64,
    /// What it contributed then.
    pub contribution: Contribution,
}

/// A [`StoredContribution`], version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct CountedV1 {
    /// The version of the form.
    pub v: u32,
    /// The revision of the reminder.
    pub revision: u64,
    /// The user's local date it counts in.
    pub on: Date,
    /// Names of counters, and what it adds to each.
    #[serde(default)]
    pub counts: Vec<(String, i64)>,
}

impl Record for CountedV1 {
    type Value = StoredContribution;
    const WHAT: &'static str = "contribution";

    fn of(stored: &StoredContribution) -> Self {
        Self {
            v: VERSION,
            revision: stored.revision,
            on: stored.contribution.on,
            counts: stored.contribution.counts.clone(),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<StoredContribution, BadRecord> {
        let contribution = Contribution { on: self.on, counts: self.counts };
        Ok(StoredContribution { revision: self.revision, contribution })
    }
}
