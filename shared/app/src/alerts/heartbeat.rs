//! Signs of life of what runs on a schedule.

use jiff::Timestamp;

use super::board::unreadable;
use crate::ports::{Control, Document, StoreError};
use crate::records::{self, HeartbeatV1};

/// The kind of the documents.
const KIND: &str = "heartbeat";

/// The scheduler's tick.
pub const SCHEDULER: &str = "scheduler";

/// The monitor's look at the alerts.
pub(super) const MONITOR: &str = "monitor";

/// Notes that something ran. If others note it at the same time, one of them does.
///
/// # Errors
/// [`StoreError`]; the next run notes it.
pub async fn beat(control: &dyn Control, name: &str, now: Timestamp) -> Result<(), StoreError> {
    let stored = control.document(KIND, name).await?;
    let version = stored.map_or(0, |document| document.version) + 1;
    let body = records::to_json::<HeartbeatV1>(&now).map_err(unreadable)?;
    control.put_document(KIND, name, &Document::new(version, body)).await.map(|_| ())
}

/// When something last ran, if it ever did.
///
/// # Errors
/// [`StoreError`].
pub async fn last_beat(control: &dyn Control, name: &str) -> Result<Option<Timestamp>, StoreError> {
    let stored = control.document(KIND, name).await?;
    let read = |document: Document| records::in_document::<HeartbeatV1>(&document);
    stored.map(read).transpose().map_err(unreadable)
}
