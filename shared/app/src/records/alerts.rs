//! The stored board of alerts, the marks of their counters, and heartbeats.

use domain::alerts::Standing;
use domain::alerts::digest::DigestCourse;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::alerts::{Board, CounterMark};

/// The board, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct AlertsV1 {
    /// The version of the form.
    pub v: u32,
    /// When the monitor last looked, as releases wrote it that had no heartbeat of it.
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
    /// How every rule stands.
    pub standings: Vec<Standing>,
    /// The last summary of a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<DigestCourse>,
}

impl Record for AlertsV1 {
    type Value = Board;
    const WHAT: &'static str = "board of alerts";

    fn of(board: &Board) -> Self {
        let (standings, digest) = (board.standings.clone(), board.digest.clone());
        Self { v: VERSION, looked_at: board.looked_at, standings, digest }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<Board, BadRecord> {
        let Self { looked_at, standings, digest, .. } = self;
        Ok(Board { version: 0, looked_at, standings, digest })
    }
}

/// The marks of counters, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct CounterMarksV1 {
    /// The version of the form.
    pub v: u32,
    /// The marks, oldest first.
    pub marks: Vec<CounterMark>,
}

impl Record for CounterMarksV1 {
    type Value = Vec<CounterMark>;
    const WHAT: &'static str = "marks of counters";

    fn of(marks: &Vec<CounterMark>) -> Self {
        Self { v: VERSION, marks: marks.clone() }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Vec<CounterMark>, BadRecord> {
        Ok(self.marks)
    }
}

/// When something last ran, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct HeartbeatV1 {
    /// The version of the form.
    pub v: u32,
    /// When.
    pub at: Timestamp,
}

impl Record for HeartbeatV1 {
    type Value = Timestamp;
    const WHAT: &'static str = "heartbeat";

    fn of(at: &Timestamp) -> Self {
        Self { v: VERSION, at: *at }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Timestamp, BadRecord> {
        Ok(self.at)
    }
}
