//! How many codes were sent and tried.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::phone_codes::CodeCount;

/// A count, version 1. It lies under the keyed hash of a number or the hash of a user's id, and
/// holds neither.
#[derive(Debug, Serialize, Deserialize)]
pub struct CodeCountV1 {
    /// The version of the form.
    pub v: u32,
    /// Since when.
    pub since: Timestamp,
    /// Codes that were sent.
    pub sent: u32,
    /// Codes that somebody entered.
    pub tried: u32,
}

impl Record for CodeCountV1 {
    type Value = CodeCount;
    const WHAT: &'static str = "count of codes";

    fn of(count: &CodeCount) -> Self {
        let CodeCount { since, sent, tried } = *count;
        Self { v: VERSION, since, sent, tried }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<CodeCount, BadRecord> {
        let Self { since, sent, tried, .. } = self;
        Ok(CodeCount { since, sent, tried })
    }
}
