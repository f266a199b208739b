//! Codes that prove that somebody holds a phone.

use serde::Deserialize;
use utoipa::ToSchema;

/// A code that somebody read on their phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeBody {
    /// The code, in digits.
    #[schema(example = "604218", max_length = 64)]
    pub(crate) code: String,
}
