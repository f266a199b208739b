//! Cancelling one reminder because somebody asked for it.

use std::sync::Arc;

use domain::ids::{ReminderId, UserId};
use domain::reasons::CancelReason;
use domain::reminder::{Reminder, State};
use domain::states::Change;
use jiff::Timestamp;
use tracing::{info, warn};

use crate::causes::in_full;
use crate::jobs::PlanJob;
use crate::ports::{PlanQueue, Reminders, StoreError};
use crate::update::{Changed, change_reminder};

/// What cancelling needs.
#[derive(Clone)]
pub struct CancelPorts {
    /// The rows.
    pub reminders: Arc<dyn Reminders>,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
}

/// What became of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The reminder is cancelled and will not be texted.
    Cancelled(Box<Reminder>),
    /// It had been cancelled by request before; nothing was written.
    Already(Box<Reminder>),
    /// It is under way, on a phone or over, which no wish can undo; nothing was written.
    Over(Box<Reminder>),
    /// There is no such reminder.
    Missing,
}

/// Cancels a reminder for good: no plan restores it. One that was skipped, or cancelled for another
/// reason, is left as it is: it will not be texted unless what stands against it goes away.
///
/// A plan is asked for, because a reminder that the daily limit held back may take its place. Where
/// the queue is down the next plan does that.
pub async fn cancel(
    ports: &CancelPorts,
    user: &UserId,
    id: ReminderId,
    now: Timestamp,
) -> Result<CancelOutcome, StoreError> {
    let by_request = State::Cancelled(CancelReason::ByRequest);
    let decide = |row: &Reminder| {
        (row.state == State::Scheduled).then_some(Change::Cancel(CancelReason::ByRequest))
    };
    Ok(match change_reminder(&*ports.reminders, user, id, now, decide).await? {
        Changed::Yes(rows) => {
            info!(user.id = %user, reminder.id = %id, "Cancelled reminder {id} by request");
            let job = PlanJob { users: vec![user.clone()] };
            if let Err(failed) = ports.plans.enqueue(&[job]).await {
                warn!(user.id = %user, "Could not ask for a plan: {}", in_full(&failed));
            }
            CancelOutcome::Cancelled(Box::new(rows.1))
        }
        Changed::Nothing(row) if row.state == by_request => CancelOutcome::Already(row),
        Changed::Nothing(row) => CancelOutcome::Over(row),
        Changed::Missing => CancelOutcome::Missing,
    })
}
