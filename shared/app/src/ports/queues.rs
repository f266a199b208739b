//! Queues and the bus. What they carry is a hint to look at the store: losing or repeating it is
//! harmless.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::Cause;
use crate::domain_events::DomainEvent;
use crate::jobs::{ComposeJob, LocalDayStarted, NoticeJob, OptInJob, PlanJob, SendJob, SyncJob};

/// A queue or bus did not take what it was given. Whoever gave it tries again later; sweeps and
/// ticks heal what was lost.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: the queue did not answer")]
pub struct QueueError {
    /// What was asked.
    pub operation: &'static str,
    /// What went wrong.
    #[source]
    pub source: Cause,
}

/// The delay queue that the sender consumes.
#[async_trait]
pub trait SendQueue: Send + Sync {
    /// Puts jobs into the queue, each to come out after its delay (at most 900 s).
    async fn enqueue(&self, jobs: &[(SendJob, SignedDuration)]) -> Result<(), QueueError>;
}

/// Puts what the sender shall ask the owner of a number into its queue.
#[async_trait]
pub trait OptInQueue: Send + Sync {
    /// Puts a job into the queue, to come out after a delay (at most 900 s).
    async fn enqueue_opt_in(&self, job: &OptInJob, delay: SignedDuration)
    -> Result<(), QueueError>;
}

/// Puts what the sender shall tell users of a rollback into its queue.
#[async_trait]
pub trait NoticeQueue: Send + Sync {
    /// Puts jobs into the queue, to come out after a delay (at most 900 s).
    async fn enqueue_notices(
        &self,
        jobs: &[NoticeJob],
        delay: SignedDuration,
    ) -> Result<(), QueueError>;
}

/// The queue that the planner consumes.
#[async_trait]
pub trait PlanQueue: Send + Sync {
    /// Puts jobs into the queue.
    async fn enqueue(&self, jobs: &[PlanJob]) -> Result<(), QueueError>;
}

/// The queue that the composer consumes.
#[async_trait]
pub trait ComposeQueue: Send + Sync {
    /// Puts jobs into the queue.
    async fn enqueue(&self, jobs: &[ComposeJob]) -> Result<(), QueueError>;
}

/// The queue that the sync of calendars consumes.
#[async_trait]
pub trait SyncQueue: Send + Sync {
    /// Puts jobs into the queue.
    async fn enqueue(&self, jobs: &[SyncJob]) -> Result<(), QueueError>;

    /// Puts a job into the queue, to come out after a delay (at most 900 s).
    async fn enqueue_later(&self, job: &SyncJob, delay: SignedDuration) -> Result<(), QueueError>;
}

/// The bus that carries what happens to us.
#[async_trait]
pub trait EventBus: Send + Sync {
    /// A local day begins in each of these zones.
    async fn local_days_started(&self, days: &[LocalDayStarted]) -> Result<(), QueueError>;
}

/// Where domain events go, for whoever subscribed.
#[async_trait]
pub trait DomainEvents: Send + Sync {
    /// Publishes them. After an error some may have gone out; whoever publishes them again does no
    /// harm, for each keeps its id.
    async fn publish(&self, events: &[DomainEvent]) -> Result<(), QueueError>;
}
