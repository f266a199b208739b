//! Delay queues in this process, with the manners of SQS: a received message stays hidden for a
//! while, comes back unless it is deleted, and is given up after too many receives.
//!
//! The messages themselves live in memory only. They are hints, and what they hint at is in the
//! store, so a restart rebuilds the queues from there; dead letters are kept in the store.

mod backlogs;
mod core;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::jobs::{ComposeJob, LocalDayStarted, NoticeJob, OptInJob, PlanJob, SendJob, SyncJob};
use app::ports::{
    Clock, ComposeQueue, EventBus, NoticeQueue, OptInQueue, PlanQueue, QueueError, SendQueue,
    SyncQueue,
};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

pub use self::backlogs::QueueBacklogs;

use self::core::Core;
use crate::store::{DeadLetter, SqliteStore};

/// The longest delay, that of SQS (`DelaySeconds`).
pub const DELAY_MAX: SignedDuration = SignedDuration::from_secs(900);

/// Messages that one queue holds at most: some hundred megabytes. What is refused beyond is found
/// again by the sweep.
pub const MESSAGES_MAX: usize = 1_000_000;

/// How a queue behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// What it is called; dead letters carry the name.
    pub name: String,
    /// How long a received message stays hidden from other receivers.
    pub visibility: SignedDuration,
    /// How often a message is received; after that it is a dead letter.
    pub receives_max: u32,
}

/// One receive of one message. A later receive of the same message makes it void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Receipt {
    id: u64,
    turn: u64,
}

impl Receipt {
    /// The number of the message, the same on every receive.
    pub fn message_id(&self) -> u64 {
        self.id
    }
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What deletes or returns it.
    pub receipt: Receipt,
    /// What it says.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was put into the queue.
    pub added_at: Timestamp,
}

/// Why a queue refuses a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The delay is longer than SQS allows.
    #[error(
        "a delay of {} s is refused: at most {} s; enqueue it later",
        .0.as_secs(),
        DELAY_MAX.as_secs()
    )]
    DelayTooLong(SignedDuration),
    /// The queue is full.
    #[error("the queue holds {MESSAGES_MAX} messages already; try again when some are done")]
    Full,
}

/// A queue in this process.
pub struct DelayQueue {
    settings: QueueSettings,
    core: Mutex<Core>,
    added: Arc<Notify>,
    clock: Arc<dyn Clock>,
    store: SqliteStore,
}

impl DelayQueue {
    /// An empty queue that takes the time of each enqueueing from `clock` and keeps its dead
    /// letters in `store`.
    pub fn new(settings: QueueSettings, clock: Arc<dyn Clock>, store: SqliteStore) -> Self {
        let core = Mutex::new(Core::default());
        Self { settings, core, added: Arc::default(), clock, store }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Fires whenever a message is added or returned, so that whoever waits for
    /// [`Self::next_visible_at`] asks again. It keeps one notification for a waiter to come.
    pub fn added(&self) -> Arc<Notify> {
        Arc::clone(&self.added)
    }

    /// Puts messages into the queue, all or none, each to come out after its delay; a negative
    /// one counts as none.
    ///
    /// # Errors
    /// [`Refused`]; none was taken then.
    pub fn push(&self, messages: Vec<(String, SignedDuration)>) -> Result<(), Refused> {
        if let Some((_, delay)) = messages.iter().find(|(_, delay)| *delay > DELAY_MAX) {
            return Err(Refused::DelayTooLong(*delay));
        }
        let now = self.clock.now();
        let mut core = self.core();
        if core.len().saturating_add(messages.len()) > MESSAGES_MAX {
            return Err(Refused::Full);
        }
        for (body, delay) in messages {
            core.push(body, now, delay);
        }
        drop(core);
        self.added.notify_one();
        Ok(())
    }

    /// Up to `max` messages that are visible at `now`, in the order in which they became so. Each
    /// is hidden for the queue's visibility timeout from `now` on. Messages that were received too
    /// often are moved to the dead letters; while those cannot be stored, they stay.
    pub async fn receive(&self, now: Timestamp, max: usize) -> Vec<Received> {
        let taken = self.core().receive(now, max, &self.settings);
        if !taken.dead.is_empty() {
            self.bury(&taken.dead, now).await;
        }
        taken.received
    }

    /// Deletes a message that was handled. False if the receipt is void.
    pub fn delete(&self, receipt: &Receipt) -> bool {
        self.core().delete(*receipt)
    }

    /// Lets a received message be seen again from `visible_at` on. False if the receipt is void.
    pub fn return_to_queue(&self, receipt: &Receipt, visible_at: Timestamp) -> bool {
        let is_returned = self.core().reschedule(*receipt, visible_at);
        if is_returned {
            self.added.notify_one();
        }
        is_returned
    }

    /// When the next message becomes visible, or did; none if the queue is empty.
    pub fn next_visible_at(&self) -> Option<Timestamp> {
        self.core().next_visible_at()
    }

    /// How many messages it holds, hidden ones included.
    pub fn len(&self) -> usize {
        self.core().len()
    }

    /// Whether it holds no message.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets every message, as a crash of the process would.
    pub fn clear(&self) {
        *self.core() = Core::default();
    }

    /// Keeps dead letters in the store, and only then takes them out of the queue. Until that is
    /// done they are hidden like received messages.
    async fn bury(&self, dead: &[Received], now: Timestamp) {
        let letter = |message: &Received| DeadLetter {
            id: 0,
            queue: self.settings.name.clone(),
            body: message.body.clone(),
            receives: message.receives.saturating_sub(1),
            added_at: message.added_at,
            dead_at: now,
        };
        let count = dead.len();
        let queue = self.settings.name.as_str();
        match self.store.add_dead_letters(dead.iter().map(letter).collect()).await {
            Ok(()) => {
                tracing::error!(queue, count, "Gave up {count} jobs of queue {queue}");
                let mut core = self.core();
                for message in dead {
                    core.delete(message.receipt);
                }
            }
            Err(error) => {
                tracing::warn!(queue, count, %error, "Could not keep {count} dead letters yet");
            }
        }
    }

    /// Puts in what need not wait.
    fn push_now(
        &self,
        operation: &'static str,
        bodies: impl Iterator<Item = String>,
    ) -> Result<(), QueueError> {
        let messages = bodies.map(|body| (body, SignedDuration::ZERO)).collect();
        self.push(messages).map_err(refused(operation))
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        // Every change to the core is whole before anything in it can panic.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(operation: &'static str) -> impl Fn(Refused) -> QueueError {
    move |source| QueueError { operation, source: Box::new(source) }
}

#[async_trait]
impl SendQueue for DelayQueue {
    async fn enqueue(&self, jobs: &[(SendJob, SignedDuration)]) -> Result<(), QueueError> {
        let messages = jobs.iter().map(|(job, delay)| (job.to_json(), *delay)).collect();
        self.push(messages).map_err(refused("enqueue send jobs"))
    }
}

#[async_trait]
impl OptInQueue for DelayQueue {
    async fn enqueue_opt_in(
        &self,
        job: &OptInJob,
        delay: SignedDuration,
    ) -> Result<(), QueueError> {
        self.push(vec![(job.to_json(), delay)]).map_err(refused("enqueue an opt-in job"))
    }
}

#[async_trait]
impl NoticeQueue for DelayQueue {
    async fn enqueue_notices(
        &self,
        jobs: &[NoticeJob],
        delay: SignedDuration,
    ) -> Result<(), QueueError> {
        let messages = jobs.iter().map(|job| (job.to_json(), delay)).collect();
        self.push(messages).map_err(refused("enqueue notice jobs"))
    }
}

#[async_trait]
impl PlanQueue for DelayQueue {
    async fn enqueue(&self, jobs: &[PlanJob]) -> Result<(), QueueError> {
        self.push_now("enqueue plan jobs", jobs.iter().map(PlanJob::to_json))
    }
}

#[async_trait]
impl ComposeQueue for DelayQueue {
    async fn enqueue(&self, jobs: &[ComposeJob]) -> Result<(), QueueError> {
        self.push_now("enqueue compose jobs", jobs.iter().map(ComposeJob::to_json))
    }
}

#[async_trait]
impl SyncQueue for DelayQueue {
    async fn enqueue(&self, jobs: &[SyncJob]) -> Result<(), QueueError> {
        self.push_now("enqueue sync jobs", jobs.iter().map(SyncJob::to_json))
    }

    async fn enqueue_later(&self, job: &SyncJob, delay: SignedDuration) -> Result<(), QueueError> {
        self.push(vec![(job.to_json(), delay)]).map_err(refused("enqueue a sync job"))
    }
}

#[async_trait]
impl EventBus for DelayQueue {
    async fn local_days_started(&self, days: &[LocalDayStarted]) -> Result<(), QueueError> {
        self.push_now("tell that local days begin", days.iter().map(LocalDayStarted::to_json))
    }
}

#[cfg(test)]
mod tests;
