//! The stored rollout switch.

use domain::rollout::Rollout;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// The rollout switch, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct RolloutV1 {
    /// The version of the form.
    pub v: u32,
    /// Whether anybody gets reminders. There is no default: what cannot be read must not be "on".
    pub is_on: bool,
    /// The version of the row.
    pub version: u64,
}

impl Record for RolloutV1 {
    type Value = Rollout;
    const WHAT: &'static str = "rollout switch";

    fn of(rollout: &Rollout) -> Self {
        Self { v: VERSION, is_on: rollout.is_on, version: rollout.version }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Rollout, BadRecord> {
        Ok(Rollout { is_on: self.is_on, version: self.version })
    }
}
