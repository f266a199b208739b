//! Stored prompts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::compose::prompts::Kept;

/// A version of the prompt, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct PromptV1 {
    /// The version of the form.
    pub v: u32,
    /// The version of the prompt.
    pub prompt: u32,
    /// Its text, with places.
    pub text: String,
    /// Who added it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was added; none for the one that is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

impl Record for PromptV1 {
    type Value = Kept;
    const WHAT: &'static str = "prompt";

    fn of(kept: &Kept) -> Self {
        let Kept { version, text, by, reason, created_at } = kept.clone();
        Self { v: VERSION, prompt: version, text, by, reason, created_at }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Kept, BadRecord> {
        let Self { prompt, text, by, reason, created_at, .. } = self;
        Ok(Kept { version: prompt, text, by, reason, created_at })
    }
}
