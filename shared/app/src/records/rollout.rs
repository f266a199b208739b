//! The stored rollout.

use std::collections::BTreeSet;

use domain::rollout::{Rollout, RolloutStage};
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// The version of a rollout that not everybody belongs to.
const STAGED: u32 = 2;

/// The rollout. Version 1 is a switch for everybody. Code that knows only that would text users
/// who are outside, so a rollout at any other stage is version 2, which it refuses to read.
#[derive(Debug, Serialize, Deserialize)]
pub struct RolloutV2 {
    /// The version of the form.
    pub v: u32,
    /// Whether anybody gets reminders. There is no default: what cannot be read must not be "on".
    pub is_on: bool,
    /// The version of the row.
    pub version: u64,
    /// The stage. Version 1 has none: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<RolloutStage>,
    /// What the shares are drawn with.
    #[serde(default)]
    pub salt: String,
    /// Those of stage internal.
    #[serde(default)]
    pub internal: BTreeSet<domain::ids::UserId>,
    /// Those whom stage beta adds.
    #[serde(default)]
    pub beta: BTreeSet<domain::ids::UserId>,
}

impl Record for RolloutV2 {
    type Value = Rollout;
    const WHAT: &'static str = "rollout";
    const NEWEST: u32 = STAGED;

    fn of(rollout: &Rollout) -> Self {
        let is_for_everyone = rollout.stage == RolloutStage::Everyone;
        Self {
            v: if is_for_everyone { VERSION } else { STAGED },
            is_on: rollout.is_on,
            version: rollout.version,
            stage: Some(rollout.stage),
            salt: rollout.salt.clone(),
            internal: rollout.internal.clone(),
            beta: rollout.beta.clone(),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Rollout, BadRecord> {
        let stage = match self.stage {
            Some(stage) => stage,
            None if self.v == VERSION => RolloutStage::Everyone,
            None => {
                let place = "(no stage)".to_owned();
                return Err(BadRecord::Malformed { what: Self::WHAT, place });
            }
        };
        Ok(Rollout {
            is_on: self.is_on,
            version: self.version,
            stage,
            salt: self.salt,
            internal: self.internal,
            beta: self.beta,
        })
    }
}
