//! How far a calendar was read: what tells whether it changed since.

use app::ports::Cursor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where the calendar is, and what its server said of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct DavCursor {
    /// The calendar that was found at the account.
    pub(super) calendar: String,
    /// For `sync-collection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sync_token: Option<String>,
    /// The calendar's `getctag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ctag: Option<String>,
    /// The hash of what was read.
    #[serde(default)]
    pub(super) hash: String,
    /// How far ahead it was read.
    pub(super) until: Timestamp,
}

impl DavCursor {
    pub(super) fn read(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    pub(super) fn write(&self) -> Cursor {
        // Texts always serialise.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}
