//! Health.

use jiff::Timestamp;
use serde::Serialize;
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
