//! Health and the rollout switch.

use domain::rollout::Rollout;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether the system is well.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// `ok`, or `degraded` where the store does not answer.
    pub(crate) status: &'static str,
    /// The version of the program.
    #[schema(example = "0.1.0")]
    pub(crate) version: String,
    /// The version of the zone database.
    #[schema(example = "2026f")]
    pub(crate) zone_database: String,
    /// `reachable` or `unreachable`.
    pub(crate) store: &'static str,
    /// What time it is for the system.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) now: Timestamp,
}

/// The rollout switch as somebody asks for it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolloutBody {
    /// Whether anybody gets reminders.
    pub(crate) on: bool,
}

/// The rollout switch.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct RolloutView {
    /// Whether anybody gets reminders.
    on: bool,
    /// Rises with every change.
    version: u64,
}

impl From<Rollout> for RolloutView {
    fn from(rollout: Rollout) -> Self {
        Self { on: rollout.is_on, version: rollout.version }
    }
}
