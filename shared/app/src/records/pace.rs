//! The stored pace of a sender.

use domain::pace::Pace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// The pace of a sender, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct PaceV1 {
    /// The version of the form.
    pub v: u32,
    /// The second whose turns are being taken.
    pub second: Timestamp,
    /// How many of them are taken.
    pub taken: u32,
    /// When a line was last made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lined_up_at: Option<Timestamp>,
    /// Nobody posts before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// Whether one text is out to try whether the provider takes any.
    #[serde(default)]
    pub is_trying: bool,
    /// How often in a row the provider did not process what was posted.
    #[serde(default)]
    pub strikes: u32,
    /// The version of the row.
    pub version: u64,
}

impl Record for PaceV1 {
    type Value = Pace;
    const WHAT: &'static str = "pace of a sender";

    fn of(pace: &Pace) -> Self {
        Self {
            v: VERSION,
            second: pace.second,
            taken: pace.taken,
            lined_up_at: pace.lined_up_at,
            held_until: pace.held_until,
            is_trying: pace.is_trying,
            strikes: pace.strikes,
            version: pace.version,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Pace, BadRecord> {
        Ok(Pace {
            second: self.second,
            taken: self.taken,
            lined_up_at: self.lined_up_at,
            held_until: self.held_until,
            is_trying: self.is_trying,
            strikes: self.strikes,
            version: self.version,
        })
    }
}
