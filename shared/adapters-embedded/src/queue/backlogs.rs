//! Looking at the queues of this process.

use std::sync::Arc;

use app::causes::in_full;
use app::ports::{Backlog, Backlogs, Clock};
use async_trait::async_trait;
use jiff::SignedDuration;
use tracing::warn;

use super::DelayQueue;
use crate::store::SqliteStore;

/// The queues, and the store that keeps their dead letters.
pub struct QueueBacklogs {
    queues: Vec<Arc<DelayQueue>>,
    store: SqliteStore,
    clock: Arc<dyn Clock>,
}

impl QueueBacklogs {
    /// Of these queues.
    pub fn new(queues: Vec<Arc<DelayQueue>>, store: SqliteStore, clock: Arc<dyn Clock>) -> Self {
        Self { queues, store, clock }
    }
}

#[async_trait]
impl Backlogs for QueueBacklogs {
    async fn backlogs(&self) -> Vec<Backlog> {
        let dead = self.store.count_dead_letters_by_queue().await;
        // How old jobs are can be told without the store.
        let dead = dead
            .map_err(|error| warn!("Could not count the dead letters: {}", in_full(&error)))
            .ok();
        let now = self.clock.now();
        let backlog = |queue: &Arc<DelayQueue>| {
            let ready_at = queue.next_visible_at();
            let ready_for = ready_at.map_or(SignedDuration::ZERO, |at| at.duration_until(now));
            Backlog {
                queue: queue.name().to_owned(),
                oldest_for: Some(ready_for.max(SignedDuration::ZERO)),
                dead_letters: dead
                    .as_ref()
                    .map(|dead| dead.get(queue.name()).copied().unwrap_or(0)),
            }
        };
        self.queues.iter().map(backlog).collect()
    }
}
