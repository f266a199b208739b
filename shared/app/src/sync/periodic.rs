//! The periodic sync: whatever pushes and jobs got lost, every connected calendar is looked at in
//! its time.
//!
//! One run a minute reads the calendars that are due from a sparse index, whatever their number,
//! and asks for a look at each. A look costs one read and one write of a small item beside the
//! request itself: 100,000 calendars every 15 minutes are some 110 of each a second.

use std::sync::Arc;

use domain::limits;
use jiff::Timestamp;

use crate::jobs::SyncJob;
use crate::ports::{Connections, QueueError, StoreError, SyncQueue};

/// Jobs handed to the queue at once.
const JOBS_AT_ONCE: usize = 100;

/// What the periodic sync needs.
#[derive(Clone)]
pub struct PeriodicPorts {
    /// The connections.
    pub connections: Arc<dyn Connections>,
    /// Where looks are asked for.
    pub syncs: Arc<dyn SyncQueue>,
}

/// Why it stopped; the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum PeriodicError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Asks for a look at each calendar that is due. Returns how many. One that is asked for twice,
/// because its job still waits, is looked at once: jobs say when they were asked for.
///
/// # Errors
/// [`PeriodicError`].
pub async fn ask_for_due_syncs(
    ports: &PeriodicPorts,
    now: Timestamp,
) -> Result<usize, PeriodicError> {
    let due = ports.connections.syncs_due(now, limits::SYNCS_PER_RUN_MAX).await?;
    for some in due.chunks(JOBS_AT_ONCE) {
        let jobs: Vec<_> = some
            .iter()
            .map(|due| SyncJob {
                user: due.user.clone(),
                calendar: due.calendar.clone(),
                asked_at: now,
            })
            .collect();
        ports.syncs.enqueue(&jobs).await?;
    }
    Ok(due.len())
}
