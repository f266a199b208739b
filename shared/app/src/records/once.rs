//! What is kept of a request that is made once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::once::{Once, Stage};
use crate::seals::Sealed;

/// A request that is made once, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct OnceV1 {
    /// The version of the form.
    pub v: u32,
    /// What was asked, as a hash.
    pub request: String,
    /// When it is forgotten.
    pub until: Timestamp,
    /// Since when it is being made, if it is.
    #[serde(default)]
    pub under_way_since: Option<Timestamp>,
    /// Whether it was made.
    #[serde(default)]
    pub is_done: bool,
    /// Its answer, sealed, if it was kept.
    #[serde(default)]
    pub answer: Option<String>,
}

impl Record for OnceV1 {
    type Value = Once;
    const WHAT: &'static str = "kept answer";

    fn of(once: &Once) -> Self {
        let (under_way_since, is_done, answer) = match &once.stage {
            Stage::UnderWay(since) => (Some(*since), false, None),
            Stage::Free => (None, false, None),
            Stage::Done(answer) => (None, true, answer.as_ref()),
        };
        Self {
            v: VERSION,
            request: once.request.clone(),
            until: once.until,
            under_way_since,
            is_done,
            answer: answer.map(|sealed| sealed.as_str().to_owned()),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<Once, BadRecord> {
        let stage = match (self.is_done, self.under_way_since) {
            (true, _) => Stage::Done(self.answer.map(Sealed::from_store)),
            (false, Some(since)) => Stage::UnderWay(since),
            (false, None) => Stage::Free,
        };
        Ok(Once { version: 0, request: self.request, until: self.until, stage })
    }
}
