//! Sending: look at the row a job names, and do what it needs now.
//!
//! A job is only a hint. Whatever state the row is in, one look does the next thing: decide and
//! send what is scheduled, give up on a claim without an outcome, settle what is unknown, ask
//! after a text without news. Any look may come twice, late, or be cut short anywhere.

mod clock;
mod decide;
mod post;
mod turn;

use std::sync::Arc;

use domain::countries::Countries;
use domain::ids::MessageSid;
use domain::limits;
use domain::reminder::{AttemptOutcome, Reminder, State};
use domain::states::{Change, Receipt};
use domain::text_hours::Preset;
use domain::time::{Zones, ahead};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, instrument};

use self::clock::{ClockCheck, check_clock, wait_for_clock};
pub(crate) use self::turn::turn_of;
use crate::causes::in_full;
use crate::ceiling::Ceiling;
use crate::jobs::{PlanJob, SendJob};
use crate::links::Pages;
use crate::pace::Pacer;
use crate::ports::{
    Claims, Clock, Control, Dice, Events, NoticeQueue, PlanQueue, QueueError, Reminders, SendQueue,
    SmsGateway, StoreClock, StoreError, Users,
};
use crate::promote::{delay_until, is_within_horizon};
use crate::receipt::{ReceiptPorts, take_receipt};
use crate::settle::settle;
use crate::sign_up::OptIns;
use crate::steps;
use crate::update::{Changed, change_reminder};

/// What the sender needs.
#[derive(Clone)]
pub struct SendPorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// The rows, consent, and where looks that come later go.
    pub receipts: ReceiptPorts,
    /// The mirror.
    pub events: Arc<dyn Events>,
    /// Claims.
    pub claims: Arc<dyn Claims>,
    /// The rollout switch.
    pub control: Arc<dyn Control>,
    /// How fast texts may leave.
    pub pacer: Arc<Pacer>,
    /// What they may cost.
    pub ceiling: Arc<Ceiling>,
    /// The provider.
    pub gateway: Arc<dyn SmsGateway>,
    /// Where plans that must be renewed are asked for.
    pub plans: Arc<dyn PlanQueue>,
    /// Where texts may go.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// Our clock.
    pub clock: Arc<dyn Clock>,
    /// The store's clock.
    pub store_clock: Arc<dyn StoreClock>,
    /// Jitter.
    pub dice: Arc<dyn Dice>,
    /// The zone database.
    pub zones: Zones,
    /// Where notices of a rollback wait that cannot go out yet.
    pub notices: Arc<dyn NoticeQueue>,
    /// What asking owners of numbers needs.
    pub opt_ins: OptIns,
    /// Makes the link to its reminder that each text carries; none if they carry none.
    pub links: Option<Pages>,
}

/// A look that could not be finished. Its job is tried again; nothing was sent in doubt.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// What a look did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// There is no such reminder: erased, or never planned.
    Missing,
    /// Nothing was to be done.
    Nothing,
    /// It waits, and a later look is on its way.
    Waits,
    /// It was withdrawn or skipped.
    Closed,
    /// A text was posted.
    Posted,
    /// What was unknown moved on, or was asked after.
    Asked,
}

/// Looks at the reminder a job names.
#[instrument(skip_all, fields(reminder.id = %job.reminder, outcome))]
pub async fn look(ports: &SendPorts, job: &SendJob) -> Result<Looked, SendError> {
    steps::ended(look_now(ports, job).await)
}

async fn look_now(ports: &SendPorts, job: &SendJob) -> Result<Looked, SendError> {
    let coming = (ports.pacer.expect(job.reminder), ports.ceiling.expect(job.reminder));
    let Some(row) = ports.receipts.reminders.reminder(&job.user, job.reminder).await? else {
        return Ok(Looked::Missing);
    };
    let now = ports.clock.now();
    // What became of an attempt is judged by waits, which a wrong clock would cut short.
    let needs_clock = matches!(row.state, State::Claimed | State::Unknown);
    if needs_clock && !matches!(check_clock(ports, now).await, ClockCheck::Trusted) {
        return wait_for_clock(ports, &row, now).await;
    }
    if row.state == State::Scheduled {
        return decide::decide_and_send(ports, row, job.turn_at).await;
    }
    drop(coming);
    match row.state {
        State::Claimed => give_up_on_claim(ports, &row, now).await,
        State::Unknown => settle(ports, &row, now).await,
        State::Accepted | State::Sent => ask_after(ports, &row, now).await,
        _ => Ok(Looked::Nothing),
    }
}

/// A claim whose sender died or froze: after thirty seconds nobody knows what became of it.
async fn give_up_on_claim(
    ports: &SendPorts,
    row: &Reminder,
    now: Timestamp,
) -> Result<Looked, SendError> {
    if row.due_at().is_some_and(|due| now < due) {
        return wait_until_due(&*ports.receipts.sends, row, now).await;
    }
    let changed =
        change_if_same(&*ports.receipts.reminders, row, Change::OutcomeOverdue, now).await?;
    look_again(&*ports.receipts.sends, &changed, now).await?;
    Ok(if changed.is_changed() { Looked::Asked } else { Looked::Nothing })
}

/// A text without a final receipt: its status is fetched after ten minutes, and once more after a
/// day; if it is not known then, it counts as unconfirmed.
async fn ask_after(ports: &SendPorts, row: &Reminder, now: Timestamp) -> Result<Looked, SendError> {
    let Some(attempt) = row.last_attempt() else { return Ok(Looked::Nothing) };
    let AttemptOutcome::Accepted { sid } = &attempt.outcome else { return Ok(Looked::Nothing) };
    if row.due_at().is_none_or(|due| now < due) {
        return Ok(Looked::Nothing);
    }
    let is_last_time = now >= ahead(attempt.claimed_at, limits::UNCONFIRMED_AFTER);
    let no_news = if is_last_time { Change::Unconfirmed } else { Change::Polled };
    let change = match ports.gateway.fetch(sid).await {
        Ok(Some(state)) => {
            let receipt = receipt_of(attempt.number, sid, state.status, state.code);
            if take_receipt(&ports.receipts, row, receipt, now).await?.is_changed() {
                return Ok(Looked::Asked);
            }
            no_news
        }
        Ok(None) => no_news,
        Err(_) if is_last_time => no_news,
        Err(error) => {
            // The sweep comes back to it every minute.
            let (id, why) = (row.id, in_full(&error));
            info!(reminder.id = %id, "Could not ask after {id}: {why}");
            return Ok(Looked::Asked);
        }
    };
    change_if_same(&*ports.receipts.reminders, row, change, now).await?;
    Ok(if is_last_time { Looked::Closed } else { Looked::Asked })
}

pub(crate) fn receipt_of(
    attempt: u32,
    sid: &MessageSid,
    status: domain::reminder::DeliveryStatus,
    code: Option<u32>,
) -> Receipt {
    Receipt { attempt, sid: sid.clone(), status, code }
}

/// Changes a row only if nobody changed it since it was looked at.
pub(crate) async fn change_if_same(
    reminders: &dyn Reminders,
    seen: &Reminder,
    change: Change,
    now: Timestamp,
) -> Result<Changed, StoreError> {
    let mut change = Some(change);
    change_reminder(reminders, &seen.user, seen.id, now, |row| {
        if row.revision == seen.revision { change.take() } else { None }
    })
    .await
}

/// Puts a job for a changed row into the queue if it is due within the horizon and somebody must
/// act then. A claim needs none: the sweep finds those that were left.
pub(crate) async fn look_again(
    sends: &dyn SendQueue,
    changed: &Changed,
    now: Timestamp,
) -> Result<(), SendError> {
    let Some(row) = changed.row() else { return Ok(()) };
    if matches!(row.state, State::Scheduled | State::Unknown) {
        wait_until_due(sends, row, now).await?;
    }
    Ok(())
}

pub(crate) async fn wait_until_due(
    sends: &dyn SendQueue,
    row: &Reminder,
    now: Timestamp,
) -> Result<Looked, SendError> {
    let Some(due) = row.due_at() else { return Ok(Looked::Nothing) };
    if is_within_horizon(due, now) {
        enqueue(sends, row, None, delay_until(due, now)).await?;
    }
    Ok(Looked::Waits)
}

/// Comes back to a row after a while, without writing anything. Where the sweep comes back to it
/// every minute anyway, that is enough: looks must not multiply.
pub(crate) async fn wait(
    sends: &dyn SendQueue,
    row: &Reminder,
    delay: SignedDuration,
    now: Timestamp,
) -> Result<(), QueueError> {
    if row.due_at().is_some_and(|due| ahead(due, limits::SWEEP_AFTER) <= now) {
        return Ok(());
    }
    enqueue(sends, row, None, delay).await
}

async fn enqueue(
    sends: &dyn SendQueue,
    row: &Reminder,
    turn_at: Option<Timestamp>,
    delay: SignedDuration,
) -> Result<(), QueueError> {
    let job = SendJob { turn_at, ..SendJob::of(row) };
    sends.enqueue(&[(job, delay)]).await
}

pub(crate) async fn ask_for_plan(ports: &SendPorts, row: &Reminder) -> Result<(), QueueError> {
    ports.plans.enqueue(&[PlanJob { users: vec![row.user.clone()] }]).await
}
