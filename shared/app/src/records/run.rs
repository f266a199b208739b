//! Stored records of what a planning did.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::ports::{LeftOutRecord, RunRecord};

/// What one planning of one local day did, version 1. Whose day it is stands in its key.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunRecordV1 {
    /// The version.
    pub v: u32,
    /// See [`RunRecord`], as for all that follow.
    pub on: Date,
    /// When the plan was made.
    pub at: Timestamp,
    /// Rows that are to be sent.
    pub scheduled: usize,
    /// Rows that were written.
    pub written: usize,
    /// Reminders beyond the most rows.
    #[serde(default)]
    pub over_rows: usize,
    /// Events that got no row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutV1>,
}

/// An event that got no row, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct LeftOutV1 {
    /// See [`LeftOutRecord`], as for all that follow.
    pub uid: String,
    /// Its occurrence.
    pub occurrence: String,
    /// When it begins.
    pub start: Timestamp,
    /// Why it got none.
    pub reason: String,
}

impl Record for RunRecordV1 {
    type Value = RunRecord;
    const WHAT: &'static str = "run record";

    fn of(run: &RunRecord) -> Self {
        let left_out = |event: &LeftOutRecord| LeftOutV1 {
            uid: event.uid.clone(),
            occurrence: event.occurrence.clone(),
            start: event.start,
            reason: event.reason.clone(),
        };
        Self {
            v: VERSION,
            on: run.on,
            at: run.at,
            scheduled: run.scheduled,
            written: run.written,
            over_rows: run.over_rows,
            left_out: run.left_out.iter().map(left_out).collect(),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<RunRecord, BadRecord> {
        let left_out = |event: LeftOutV1| LeftOutRecord {
            uid: event.uid,
            occurrence: event.occurrence,
            start: event.start,
            reason: event.reason,
        };
        Ok(RunRecord {
            on: self.on,
            at: self.at,
            scheduled: self.scheduled,
            written: self.written,
            over_rows: self.over_rows,
            left_out: self.left_out.into_iter().map(left_out).collect(),
        })
    }
}
