//! Attempts: how one begins, and what becomes of it as far as we know ourselves.

use jiff::{SignedDuration, Timestamp};

use crate::phone::PhoneNumber;
use crate::provider_codes::{self, Retry};
use crate::reminder::{Attempt, AttemptOutcome, Circumstances, Reminder, SendOutcome, State};
use crate::retry::{AfterFailure, after_failure};
use crate::time::ahead;
use crate::trail::Step;

impl Reminder {
    /// Begins an attempt, unless a text of a former one may still arrive.
    pub(super) fn claim(
        &mut self,
        to: PhoneNumber,
        text: String,
        waited_since: Option<Timestamp>,
        circumstances: Circumstances,
        now: Timestamp,
    ) -> bool {
        if self.attempts.iter().any(Attempt::is_live) {
            return false;
        }
        let number = self.attempts.iter().map(|attempt| attempt.number).max().unwrap_or(0) + 1;
        self.attempts.push(Attempt {
            number,
            claimed_at: now,
            to,
            text,
            outcome: AttemptOutcome::Open,
            delivery: None,
            delivery_times: Vec::new(),
            error_code: None,
            polled_at: None,
            circumstances,
        });
        self.retry_at = None;
        self.trail.push(now, Step::Claimed { attempt: number, waited_since });
        self.go(State::Claimed)
    }

    pub(super) fn give_back(&mut self, now: Timestamp) -> bool {
        let Some(attempt) = self.open_attempt() else { return false };
        attempt.outcome = AttemptOutcome::GivenBack;
        self.trail.push(now, Step::GivenBack);
        self.forget_unsent();
        self.stand_by_live() || self.go(State::Scheduled)
    }

    pub(super) fn record_outcome(
        &mut self,
        number: u32,
        outcome: SendOutcome,
        wait: SignedDuration,
        now: Timestamp,
    ) -> bool {
        let Some(index) = self.attempts.iter().position(|a| a.number == number) else {
            return false;
        };
        let attempt = &mut self.attempts[index];
        let is_undecided = match attempt.outcome {
            AttemptOutcome::Open | AttemptOutcome::Unknown { .. } => true,
            // The provider's own yes, however late, outweighs any list.
            AttemptOutcome::ProvenAbsent => matches!(outcome, SendOutcome::Accepted(_)),
            // A callback, which may come before the answer, has already said more.
            _ => false,
        };
        if !is_undecided {
            return false;
        }
        match outcome {
            SendOutcome::Accepted(sid) => {
                attempt.outcome = AttemptOutcome::Accepted { sid };
                self.trail.push(now, Step::Accepted);
                self.follow(index, 0, now);
                true
            }
            SendOutcome::Rejected(code) => {
                attempt.outcome = AttemptOutcome::Rejected { code };
                attempt.error_code = Some(code);
                self.trail.push(now, Step::Rejected { code });
                if !self.stand_by_live() {
                    self.state = State::Failed;
                    self.try_again(code, now);
                }
                true
            }
            SendOutcome::NotProcessed => {
                attempt.outcome = AttemptOutcome::NotProcessed;
                self.trail.push(now, Step::NotProcessed);
                self.forget_unsent();
                self.stand_by_live() || self.wait_until(ahead(now, wait))
            }
            SendOutcome::Unknown => self.lose_track(now),
        }
    }

    pub(super) fn lose_track(&mut self, now: Timestamp) -> bool {
        let Some(attempt) = self.open_attempt() else { return false };
        attempt.outcome = AttemptOutcome::Unknown { since: now, absent_at: None };
        self.trail.push(now, Step::OutcomeUnknown);
        self.go(State::Unknown)
    }

    /// Schedules another attempt if the code allows one and there is time.
    pub(super) fn try_again(&mut self, code: u32, now: Timestamp) {
        if provider_codes::meaning(code).retry == Retry::No {
            return;
        }
        match after_failure(self.counted_attempts(), now, self.last_at) {
            AfterFailure::RetryAt(at) => {
                self.trail.push(now, Step::Retry { at });
                self.wait_until(at);
            }
            AfterFailure::GiveUp | AfterFailure::TooLate => self.trail.push(now, Step::GaveUp),
        }
    }

    /// Waits for another attempt.
    pub(super) fn wait_until(&mut self, at: Timestamp) -> bool {
        (self.send_at, self.retry_at) = (at, Some(at));
        self.go(State::Scheduled)
    }

    /// Drops attempts that the provider never saw, except the last: however often it is down, the
    /// row stays small, and attempt numbers go on rising.
    pub(super) fn forget_unsent(&mut self) {
        let last = self.last_attempt().map_or(0, |attempt| attempt.number);
        self.attempts.retain(|attempt| {
            attempt.number == last
                || !matches!(
                    attempt.outcome,
                    AttemptOutcome::NotProcessed | AttemptOutcome::GivenBack
                )
        });
    }

    fn open_attempt(&mut self) -> Option<&mut Attempt> {
        self.attempts.last_mut().filter(|attempt| attempt.outcome == AttemptOutcome::Open)
    }
}
