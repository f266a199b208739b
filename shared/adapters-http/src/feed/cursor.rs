//! How far a calendar was read: what tells whether it changed since.

use app::ports::Cursor;
use serde::{Deserialize, Serialize};

/// What the server said of the document, and what we know of it ourselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct FeedCursor {
    /// The server's `ETag`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    /// The server's `Last-Modified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<String>,
    /// The hash of the document: many servers give neither, or new ones for the same document.
    #[serde(default)]
    pub(super) hash: String,
}

impl FeedCursor {
    pub(super) fn read(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    pub(super) fn write(&self) -> Cursor {
        // Texts always serialise.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}
