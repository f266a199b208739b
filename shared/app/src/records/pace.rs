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
    /// What the first releases kept turns in, which are now counted apart; they need it to read
    /// the row. The second of the turns.
    pub second: Timestamp,
    /// How many of them were taken.
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
            second: Timestamp::UNIX_EPOCH,
            taken: 0,
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
            lined_up_at: self.lined_up_at,
            held_until: self.held_until,
            is_trying: self.is_trying,
            strikes: self.strikes,
            version: self.version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{from_json, to_json};

    #[test]
    fn a_row_of_the_first_releases_is_read_and_they_read_ours() {
        let of_theirs = r#"{
            "v": 1, "second": "2026-11-24T14:52:00Z", "taken": 7, "strikes": 2, "version": 9,
            "lined_up_at": "2026-11-24T14:51:00Z", "is_trying": false
        }"#;
        let pace = from_json::<PaceV1>(of_theirs).unwrap();
        assert_eq!((pace.strikes, pace.version, pace.is_trying), (2, 9, false));
        assert_eq!(pace.lined_up_at, Some("2026-11-24T14:51:00Z".parse().unwrap()));
        // They cannot do without the two, and begin every second with nothing taken.
        let ours: serde_json::Value =
            serde_json::from_str(&to_json::<PaceV1>(&pace).unwrap()).unwrap();
        assert_eq!((&ours["second"], &ours["taken"]), (&"1970-01-01T00:00:00Z".into(), &0.into()));
    }
}
