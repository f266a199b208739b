//! What reminders added to the counters, stored with the revision that said so.

use domain::figures::Dimension;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::ports::{Contribution, Globally};

/// What one reminder contributed, and at which revision: the guard that folds each change once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContribution {
    /// The revision of the reminder.
    pub revision: u64,
    /// What it contributed then.
    pub contribution: Contribution,
}

impl StoredContribution {
    /// Whether what a reminder contributes at `revision` takes its place. What an earlier edition
    /// counted may be counted anew.
    pub fn gives_way_to(&self, revision: u64, contribution: &Contribution) -> bool {
        (revision, contribution.edition) > (self.revision, self.contribution.edition)
    }
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
    /// The UTC hour the same counts in for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour_at: Option<Timestamp>,
    /// Under what it counts in that hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
    /// By which edition. Before this was noted, there were two, and hours tell them apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<u32>,
}

impl Record for CountedV1 {
    type Value = StoredContribution;
    const WHAT: &'static str = "contribution";

    fn of(stored: &StoredContribution) -> Self {
        let globally = stored.contribution.globally.as_ref();
        let dimensions = globally.map(|globally| globally.dimensions.iter().map(Dimension::as_str));
        Self {
            v: VERSION,
            revision: stored.revision,
            on: stored.contribution.on,
            counts: stored.contribution.counts.clone(),
            hour_at: globally.map(|globally| globally.hour_at),
            dimensions: dimensions.into_iter().flatten().map(str::to_owned).collect(),
            edition: Some(stored.contribution.edition),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<StoredContribution, BadRecord> {
        let malformed = |_| BadRecord::Malformed {
            what: Self::WHAT,
            place: "in `dimensions` (no name)".to_owned(),
        };
        let dimensions = self.dimensions.iter().map(|name| Dimension::of_stored(name));
        let dimensions = dimensions.collect::<Result<_, _>>().map_err(malformed)?;
        let edition = self.edition.unwrap_or(u32::from(self.hour_at.is_some()));
        let globally = self.hour_at.map(|hour_at| Globally { hour_at, dimensions });
        let contribution = Contribution { on: self.on, counts: self.counts, globally, edition };
        Ok(StoredContribution { revision: self.revision, contribution })
    }
}
