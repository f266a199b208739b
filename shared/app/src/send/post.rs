//! From a claim to its outcome.

use domain::limits;
use domain::phone::PhoneNumber;
use domain::reminder::{Reminder, SendOutcome};
use domain::retry::{after_not_processed, validity};
use domain::states::Change;
use domain::text_hours::TextHours;
use domain::time::ahead;
use domain::trail::Step;
use jiff::Timestamp;
use tracing::field::Empty;
use tracing::{Instrument, error, info, info_span, warn};

use super::{Looked, SendError, SendPorts, change_if_same, look_again};
use crate::causes::in_full;
use crate::ports::{OutgoingText, StoreError, TextIds};
use crate::receipt::heed_code;
use crate::update::{Changed, change_known};

/// How often the record of an outcome is tried before it is left to the callback and the list.
const RECORD_TRIES_MAX: usize = 3;

/// A claimed row on its way out.
pub(super) struct Post<'a> {
    pub(super) claimed: Reminder,
    pub(super) hours: TextHours<'a>,
    /// When its turn was, if it was given one.
    pub(super) turn_at: Option<Timestamp>,
}

/// Posts a claimed row's text and records what became of it.
pub(super) async fn post(ports: &SendPorts, post: Post<'_>) -> Result<Looked, SendError> {
    let row = &post.claimed;
    let Some(attempt) = row.last_attempt() else { return Ok(Looked::Nothing) };
    let now = ports.clock.now();
    // Whoever froze between claim and post does not know what happened since: it gives back.
    let is_fresh =
        now >= attempt.claimed_at && now < ahead(attempt.claimed_at, limits::CLAIM_GOOD_FOR);
    let quiet_from = post.hours.next_quiet(now, row.last_at);
    let Some(validity) = validity(now, row.last_at, quiet_from).filter(|_| is_fresh) else {
        ports.ceiling.give_back(&attempt.to, &attempt.text, attempt.claimed_at);
        let changed =
            change_if_same(&*ports.receipts.reminders, row, Change::GiveBack, now).await?;
        look_again(&*ports.receipts.sends, &changed, now).await?;
        return Ok(Looked::Waits);
    };
    let ids = TextIds { user: row.user.clone(), reminder: row.id, attempt: attempt.number };
    let text = OutgoingText { to: &attempt.to, body: &attempt.text, ids: &ids, validity };
    let step = info_span!("post", reminder.id = %row.id, attempt = attempt.number, outcome = Empty);
    let outcome = ports.gateway.send(text).instrument(step.clone()).await;
    step.record("outcome", name(&outcome));
    drop(step);
    // Waiting for a turn is what the sender's rate asks for; lateness is what we add.
    let turn_at = post.turn_at.map_or(row.send_at, |turn_at| turn_at.max(row.send_at));
    info!(
        reminder.id = %row.id,
        metric.posts = 1,
        metric.lateness_ms = millis(turn_at, attempt.claimed_at),
        metric.turn_wait_ms = millis(row.send_at, turn_at),
        "Posted reminder {}: {}",
        row.id,
        name(&outcome)
    );
    match outcome {
        SendOutcome::Rejected(code) => {
            ports.pacer.relieve(ports.clock.now()).await;
            heed(ports, row, &attempt.to, code).await;
        }
        SendOutcome::Accepted(_) => ports.pacer.relieve(ports.clock.now()).await,
        SendOutcome::NotProcessed | SendOutcome::Unknown => {}
    }
    if matches!(outcome, SendOutcome::Rejected(_) | SendOutcome::NotProcessed) {
        ports.ceiling.give_back(&attempt.to, &attempt.text, attempt.claimed_at);
    }
    let changed = record(ports, row, attempt.number, outcome).await?;
    look_again(&*ports.receipts.sends, &changed, ports.clock.now()).await?;
    Ok(Looked::Posted)
}

/// Notes what a refusal says about the number. If that fails, the provider refuses the next text,
/// too, and says it again; the outcome of this one must be recorded all the same.
async fn heed(ports: &SendPorts, row: &Reminder, to: &PhoneNumber, code: u32) {
    for _ in 0..RECORD_TRIES_MAX {
        let Err(error) = heed_code(&ports.receipts, row, to, code, ports.clock.now()).await else {
            return;
        };
        let why = in_full(&error);
        warn!(reminder.id = %row.id, code, "Could not heed code {code}: {why}");
    }
}

/// Records the outcome, whatever callbacks wrote meanwhile. If the store stays silent the claim
/// ages into `unknown`, and the callback or the provider's list says what became of the text.
async fn record(
    ports: &SendPorts,
    row: &Reminder,
    attempt: u32,
    outcome: SendOutcome,
) -> Result<Changed, StoreError> {
    let (times, jitter) = (unprocessed_in_a_row(row), ports.dice.byte());
    let wait = match outcome {
        SendOutcome::NotProcessed => ports.pacer.strike(times, jitter, ports.clock.now()).await,
        _ => after_not_processed(times, jitter),
    };
    let mut tries = 0;
    loop {
        let now = ports.clock.now();
        let change = Change::Outcome { attempt, outcome: outcome.clone(), wait };
        match change_known(&*ports.receipts.reminders, row, now, change).await {
            Ok(changed) => return Ok(changed),
            Err(error) if tries + 1 >= RECORD_TRIES_MAX => {
                let (id, why) = (row.id, in_full(&error));
                error!(reminder.id = %id, "Could not record what became of {id}: {why}");
                return Err(error);
            }
            Err(_) => tries += 1,
        }
    }
}

/// How often in a row the provider did not process this reminder; the wait grows with it.
fn unprocessed_in_a_row(row: &Reminder) -> u32 {
    let steps = row.trail.entries().iter().rev();
    let recent = steps.take_while(|entry| {
        matches!(entry.step, Step::NotProcessed | Step::Claimed { .. } | Step::GivenBack)
    });
    let unprocessed = recent.filter(|entry| entry.step == Step::NotProcessed);
    unprocessed.map(|entry| entry.times).sum()
}

fn millis(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(from.duration_until(to).as_millis()).unwrap_or(i64::MAX)
}

fn name(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Accepted(_) => "accepted",
        SendOutcome::Rejected(_) => "rejected",
        SendOutcome::NotProcessed => "not processed",
        SendOutcome::Unknown => "outcome unknown",
    }
}
