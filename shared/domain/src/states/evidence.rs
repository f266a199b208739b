//! Evidence: what callbacks and the provider's list say of attempts, in whatever order.

use jiff::Timestamp;

use super::Receipt;
use crate::ids::MessageSid;
use crate::limits;
use crate::reminder::{Attempt, AttemptOutcome, DeliveryStatus, Reminder, State};
use crate::time::ahead;
use crate::trail::Step;

impl Reminder {
    /// Moves the delivery status of one attempt forward, and the reminder's state with it if that
    /// attempt decides it.
    pub(super) fn receive(&mut self, receipt: &Receipt, now: Timestamp) -> bool {
        let Some(index) = self.attempts.iter().position(|a| a.number == receipt.attempt) else {
            return false;
        };
        let attempt = &mut self.attempts[index];
        if let AttemptOutcome::Accepted { sid } = &attempt.outcome
            // That the provider has a text which it took is no news, and not worth a write.
            && (*sid != receipt.sid || receipt.status.is_at_provider())
        {
            return false;
        }
        if !receipt.status.follows(attempt.delivery) {
            return note_late_news(attempt, receipt.status, now);
        }
        attempt.outcome = AttemptOutcome::Accepted { sid: receipt.sid.clone() };
        attempt.delivery = Some(receipt.status);
        attempt.delivery_times.push((receipt.status, now));
        attempt.error_code = receipt.code.or(attempt.error_code);
        self.trail.push(now, Step::Receipt { status: receipt.status, code: receipt.code });
        self.follow(index, receipt.code.unwrap_or(0), now);
        true
    }

    /// Brings the state into line with what is newly known of the attempt at `index`, which failed
    /// with `code` if it failed.
    ///
    /// News of an attempt that another has followed, or of a reminder withdrawn since, changes what
    /// is known, not what is done; except that nothing is sent again once a former text arrived.
    pub(super) fn follow(&mut self, index: usize, code: u32, now: Timestamp) {
        if matches!(self.state, State::Cancelled(_) | State::Skipped(_)) {
            return;
        }
        let last = self.attempts.len() - 1;
        let decisive = self.attempts.iter().rposition(Attempt::is_live).unwrap_or(last);
        if decisive == last && index != last {
            return;
        }
        self.retry_at = None;
        if self.stand_by_live() {
            return;
        }
        let delivery = self.attempts[last].delivery;
        let to = state_of(delivery);
        // What was withdrawn at the provider was withdrawn by somebody: it is not sent again.
        if self.go(to) && delivery != Some(DeliveryStatus::Cancelled) {
            self.try_again(code, now);
        }
    }

    /// If a text may still arrive, or did, its attempt decides the state and nothing is sent again.
    /// Says whether there is one.
    pub(super) fn stand_by_live(&mut self) -> bool {
        let Some(index) = self.attempts.iter().rposition(Attempt::is_live) else { return false };
        let attempt = self.attempts.remove(index);
        let to = state_of(attempt.delivery);
        // It was due when it was claimed; whatever was to follow it is not.
        self.send_at = self.send_at.min(attempt.claimed_at);
        self.attempts.push(attempt);
        self.go(to);
        true
    }

    pub(super) fn note_absence(&mut self, now: Timestamp) -> bool {
        if self.state != State::Unknown {
            return false;
        }
        let Some(attempt) = self.attempts.last_mut() else { return false };
        let AttemptOutcome::Unknown { since, absent_at } = &mut attempt.outcome else {
            return false;
        };
        match *absent_at {
            None if now < ahead(*since, limits::SETTLE_FIRST_AFTER) => return false,
            None => {
                *absent_at = Some(now);
                self.trail.push(now, Step::NotListed);
                return true;
            }
            Some(first) if now < ahead(first, limits::SETTLE_SECOND_AFTER) => return false,
            Some(_) => attempt.outcome = AttemptOutcome::ProvenAbsent,
        }
        self.trail.push(now, Step::ProvenAbsent);
        self.forget_unsent();
        self.stand_by_live() || self.wait_until(now)
    }

    pub(super) fn find(&mut self, sid: MessageSid, now: Timestamp) -> bool {
        let Some(attempt) = self.attempts.last_mut() else { return false };
        if !matches!(attempt.outcome, AttemptOutcome::Unknown { .. }) {
            return false;
        }
        attempt.outcome = AttemptOutcome::Accepted { sid };
        self.trail.push(now, Step::FoundInList);
        self.go(State::Accepted)
    }

    pub(super) fn note_poll(&mut self, now: Timestamp) -> bool {
        let Some(attempt) = self.attempts.last_mut() else { return false };
        attempt.polled_at = Some(now);
        matches!(self.state, State::Accepted | State::Sent | State::Unknown)
    }
}

/// Keeps the time of a status that came after a later one; says whether it was news.
fn note_late_news(attempt: &mut Attempt, status: DeliveryStatus, now: Timestamp) -> bool {
    let is_known = attempt.delivery_times.iter().any(|(known, _)| *known == status);
    // Two final statuses contradict each other: the first holds.
    if is_known || status.is_final() {
        return false;
    }
    attempt.delivery_times.push((status, now));
    true
}

/// Where a reminder stands whose deciding attempt was accepted and got so far.
fn state_of(delivery: Option<DeliveryStatus>) -> State {
    match delivery {
        None | Some(DeliveryStatus::Queued | DeliveryStatus::Sending) => State::Accepted,
        Some(DeliveryStatus::Sent) => State::Sent,
        Some(DeliveryStatus::Delivered) => State::Delivered,
        Some(DeliveryStatus::Undelivered) => State::Undelivered,
        Some(DeliveryStatus::Failed | DeliveryStatus::Cancelled) => State::Failed,
    }
}
