//! What readers do, and the links that let them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For how long to put a reminder off.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnoozeBody {
    /// By how many minutes: 5, 10 or 15.
    #[schema(minimum = 5, maximum = 15, example = 10)]
    pub(crate) minutes: u32,
}

/// A link that opens something to whoever holds it.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct LinkView {
    /// The address. It is a secret of the person it is made for.
    #[schema(example = "https://reminders.example.org/me/in?AAAA")]
    pub(crate) url: String,
    /// Until when it opens.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Timestamp,
}
