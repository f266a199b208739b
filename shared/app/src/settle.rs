//! Settling unknown outcomes by the provider's list, before anything is sent again.
//!
//! A callback that carries our ids usually settles them first (see `receipt`). The list carries no
//! id of ours, so a text in it is ours if it went to the same number, with the same body, no
//! earlier than five minutes before the claim, and no other reminder owns its sid. Attempts with
//! equal number and body cannot be told apart, so they are settled together.

use domain::ids::MessageSid;
use domain::limits;
use domain::reminder::{Attempt, AttemptOutcome, Reminder, State};
use domain::states::Change;
use domain::time::{ahead, back, utc_date};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, instrument};

use crate::causes::in_full;
use crate::ports::{ListedText, StoreError};
use crate::receipt::take_receipt;
use crate::send::{
    Looked, SendError, SendPorts, change_if_same, look_again, receipt_of, wait, wait_until_due,
};

/// How long until the list is asked again when it did not answer or leaves doubt.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// Takes the next step towards knowing what became of an attempt.
#[instrument(skip_all, fields(reminder.id = %row.id))]
pub(crate) async fn settle(
    ports: &SendPorts,
    row: &Reminder,
    now: Timestamp,
) -> Result<Looked, SendError> {
    let Some(attempt) = row.last_attempt() else { return Ok(Looked::Nothing) };
    if !matches!(attempt.outcome, AttemptOutcome::Unknown { .. }) {
        return Ok(Looked::Nothing);
    }
    let Some(due) = row.due_at() else { return Ok(Looked::Nothing) };
    if now < due {
        return wait_until_due(&*ports.receipts.sends, row, now).await;
    }
    let since = back(attempt.claimed_at, limits::SETTLE_LOOK_BACK);
    let list = match ports.gateway.list(&attempt.to, since).await {
        Ok(list) => list,
        Err(error) => {
            let (id, why) = (row.id, in_full(&error));
            info!(reminder.id = %id, "Could not settle {id}: {why}");
            return ask_again(ports, row, now).await;
        }
    };
    let sharers = Sharers::of(ports, row, attempt, now).await?;
    let mut found: Vec<_> = list
        .texts
        .iter()
        .filter(|text| text.created_at >= since && text.body.trim() == attempt.text.trim())
        .filter(|text| !sharers.owned.contains(&text.sid))
        .collect();
    found.sort_by(|a, b| (a.created_at, &a.sid).cmp(&(b.created_at, &b.sid)));
    if found.is_empty() && list.is_complete {
        return absent(ports, row, now).await;
    }
    let place = sharers.unsettled.iter().position(|id| *id == row.id);
    match place.and_then(|place| found.get(place)) {
        Some(text) if found.len() >= sharers.unsettled.len() => {
            take(ports, row, attempt.number, text, now).await
        }
        // Some of the equal texts arrived and it cannot be told whose: none is sent again.
        _ => ask_again(ports, row, now).await,
    }
}

/// Leaves the doubt for a later list, until the time of the text is over: then it stays.
async fn ask_again(ports: &SendPorts, row: &Reminder, now: Timestamp) -> Result<Looked, SendError> {
    if now < row.last_at {
        wait(&*ports.receipts.sends, row, ASK_AGAIN, now).await?;
        return Ok(Looked::Waits);
    }
    let changed = change_if_same(&*ports.receipts.reminders, row, Change::Polled, now).await?;
    if changed.is_changed() {
        let id = row.id;
        error!(reminder.id = %id, "Reminder {id} stays unknown: at most one text was sent");
    }
    Ok(Looked::Closed)
}

async fn absent(ports: &SendPorts, row: &Reminder, now: Timestamp) -> Result<Looked, SendError> {
    let changed = change_if_same(&*ports.receipts.reminders, row, Change::NotListed, now).await?;
    look_again(&*ports.receipts.sends, &changed, now).await?;
    Ok(Looked::Asked)
}

async fn take(
    ports: &SendPorts,
    row: &Reminder,
    attempt: u32,
    text: &ListedText,
    now: Timestamp,
) -> Result<Looked, SendError> {
    let found = Change::FoundInList { sid: text.sid.clone() };
    let changed = change_if_same(&*ports.receipts.reminders, row, found, now).await?;
    if let Some(row) = changed.row().filter(|_| changed.is_changed()) {
        let receipt = receipt_of(attempt, &text.sid, text.state.status, text.state.code);
        take_receipt(&ports.receipts, row, receipt, now).await?;
    }
    Ok(Looked::Asked)
}

/// Who else sends to the same number.
struct Sharers {
    /// Reminders with an unsettled attempt of equal number and body, by claim.
    unsettled: Vec<domain::ids::ReminderId>,
    /// The sids that reminders of this number own.
    owned: Vec<MessageSid>,
}

impl Sharers {
    async fn of(
        ports: &SendPorts,
        row: &Reminder,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let key = ports.receipts.phone_keys.key(&attempt.to);
        let mut users = ports.receipts.phones.phone(&key).await?.map_or_else(Vec::new, |p| p.users);
        if !users.contains(&row.user) {
            users.push(row.user.clone());
        }
        let (from, to) = dates_between(attempt.claimed_at, now);
        let (mut unsettled, mut owned) = (Vec::new(), Vec::new());
        for user in &users {
            for other in ports.receipts.reminders.reminders_between(user, from, to).await? {
                for theirs in &other.attempts {
                    if let AttemptOutcome::Accepted { sid } = &theirs.outcome {
                        owned.push(sid.clone());
                    }
                }
                let equal = other.last_attempt().filter(|theirs| {
                    matches!(other.state, State::Claimed | State::Unknown)
                        && theirs.to == attempt.to
                        && theirs.text == attempt.text
                });
                unsettled.extend(equal.map(|theirs| (theirs.claimed_at, other.id)));
            }
        }
        unsettled.sort();
        Ok(Self { unsettled: unsettled.into_iter().map(|(_, id)| id).collect(), owned })
    }
}

/// The dates, in whatever zone, on which a text may have been claimed that the list could show: at
/// any time since the attempt, perhaps long ago.
fn dates_between(claimed_at: Timestamp, now: Timestamp) -> (Date, Date) {
    let day = SignedDuration::from_hours(48);
    (utc_date(back(claimed_at, day)), utc_date(ahead(now, day)))
}
