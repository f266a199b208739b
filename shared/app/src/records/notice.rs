//! Which rollback a number was last told of.

use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::rollout::Notice;

/// What a number was told of, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct NoticeV1 {
    /// The version of the form.
    pub v: u32,
    /// The version of the rollout that the decision made.
    pub told_of: u64,
}

impl Record for NoticeV1 {
    type Value = Notice;
    const WHAT: &'static str = "notice of a rollback";

    fn of(notice: &Notice) -> Self {
        Self { v: VERSION, told_of: notice.told_of }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<Notice, BadRecord> {
        Ok(Notice { version: 0, told_of: self.told_of })
    }
}
