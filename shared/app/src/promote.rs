//! The promoter: what becomes due within minutes goes to the delay queue.

use std::sync::Arc;

use domain::limits;
use domain::time::{ahead, aligned};
use jiff::{SignedDuration, Timestamp};
use tracing::{info_span, instrument};

use crate::jobs::SendJob;
use crate::line::line_up_ahead;
use crate::pace::Pacer;
use crate::ports::{Clock, Control, DueRow, QueueError, Reminders, SendQueue, StoreError};
use crate::steps;

/// Rows read and handed over at a time.
pub(crate) const PAGE: usize = 500;

/// What the promoter and the sweep need.
#[derive(Clone)]
pub struct PromotePorts {
    /// The `due` index.
    pub reminders: Arc<dyn Reminders>,
    /// How far it was promoted.
    pub control: Arc<dyn Control>,
    /// Where jobs go.
    pub sends: Arc<dyn SendQueue>,
    /// Delays count from when a page is handed over: a full bucket takes seconds to read.
    pub clock: Arc<dyn Clock>,
    /// How fast texts may leave.
    pub pacer: Arc<Pacer>,
}

/// A run that could not be finished; the next one goes on where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum PromoteError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Hands over each bucket that entered the horizon since the last run, once, with exact delays: at
/// the instants texts are due, or at their turns where more are due than may be sent in a second.
/// Returns how many jobs that were.
#[instrument(skip_all, fields(jobs, outcome))]
pub async fn promote(ports: &PromotePorts, now: Timestamp) -> Result<usize, PromoteError> {
    let handed = steps::failed(promote_next(ports, now).await)?;
    tracing::Span::current().record("jobs", handed);
    Ok(handed)
}

async fn promote_next(ports: &PromotePorts, now: Timestamp) -> Result<usize, PromoteError> {
    let bucket = aligned(now, limits::BUCKET);
    let until = ahead(bucket, limits::HORIZON);
    let from = ports.control.promoted_until().await?.unwrap_or(bucket);
    if from >= until {
        return Ok(0);
    }
    let handed = hand_over(ports, from, until, now).await?;
    ports.control.set_promoted_until(until).await?;
    Ok(handed)
}

/// Hands over everything that is due or will be within the horizon, whatever was promoted before:
/// after a restart the queue is empty, and this fills it.
pub async fn rebuild(ports: &PromotePorts, now: Timestamp) -> Result<usize, PromoteError> {
    let until = ahead(aligned(now, limits::BUCKET), limits::HORIZON);
    let handed = hand_over(ports, Timestamp::MIN, until, now).await?;
    ports.control.set_promoted_until(until).await?;
    Ok(handed)
}

/// Hands over the rows that are due in the window: by `due_at` and page by page, or in a line if
/// their sender has a rate.
async fn hand_over(
    ports: &PromotePorts,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Result<usize, PromoteError> {
    if ports.pacer.rate().is_some() {
        return line_up_ahead(ports, from, until, now).await;
    }
    let mut handed = 0;
    let mut after: Option<DueRow> = None;
    loop {
        let page = ports.reminders.due(from, until, after.as_ref(), PAGE).await?;
        let now = ports.clock.now();
        let jobs: Vec<_> = page.iter().map(|row| job(row, now)).collect();
        if !jobs.is_empty() {
            ports.sends.enqueue(&jobs).await?;
            note(&jobs);
        }
        handed += jobs.len();
        if page.len() < PAGE {
            return Ok(handed);
        }
        after = page.into_iter().next_back();
    }
}

/// Notes in the trace of each reminder that it was handed over.
pub(crate) fn note(jobs: &[(SendJob, SignedDuration)]) {
    for (job, _) in jobs {
        drop(info_span!("promoted", reminder.id = %job.reminder));
    }
}

fn job(row: &DueRow, now: Timestamp) -> (SendJob, SignedDuration) {
    let job = SendJob { user: row.user.clone(), reminder: row.reminder, turn_at: None };
    (job, delay_until(row.due_at, now))
}

/// The delay with which a job comes out at `at`: never negative, never more than queues take.
pub fn delay_until(at: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_until(at).clamp(SignedDuration::ZERO, limits::HORIZON)
}

/// Whether whoever makes a row due at `at` must put its job into the queue itself, because the
/// promoter may have passed that bucket already.
pub fn is_within_horizon(at: Timestamp, now: Timestamp) -> bool {
    now.duration_until(at) <= limits::HORIZON
}
