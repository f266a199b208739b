//! The one state machine: every change to a reminder goes through [`apply`].

mod attempts;
mod evidence;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar_event::EventTime;
use crate::experiment::board::{InArm, Trial};
use crate::ids::MessageSid;
use crate::lead_choice::Belief;
use crate::lead_time::LeadTime;
use crate::phone::PhoneNumber;
use crate::ratings::Rating;
use crate::reasons::{CancelReason, DeferReason, SkipReason};
use crate::reminder::{
    Circumstances, DeliveryStatus, Reminder, SendOutcome, Snooze, State, TextSource,
};
use crate::texts::{Body, EventFacts};
use crate::trail::Step;

/// Something that changes a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The plan moves it, or restores what was withdrawn.
    Place(Box<Place>),
    /// The words change, the instant does not.
    Retext {
        /// What the event is now.
        facts: EventFacts,
        /// The new text.
        body: Body,
        /// Where it came from.
        source: TextSource,
    },
    /// It is withdrawn.
    Cancel(CancelReason),
    /// It will not be sent.
    Skip(SkipReason),
    /// It waits.
    Defer {
        /// Until when.
        until: Timestamp,
        /// The first instant at which it may then no longer be handed over.
        last_at: Timestamp,
        /// The local date of `until`.
        day_on: Date,
        /// Why.
        reason: DeferReason,
    },
    /// A sender takes it.
    Claim {
        /// The number it goes to.
        to: PhoneNumber,
        /// The text with the time left rendered.
        text: String,
        /// The local date of the claim, whose daily limit it counts in.
        day_on: Date,
        /// When it was due, if it had to wait for its turn; none if it did not.
        waited_since: Option<Timestamp>,
        /// What holds now and figures ask for.
        circumstances: Circumstances,
    },
    /// The sender gives it back before posting.
    GiveBack,
    /// What the gateway did with attempt `attempt`.
    Outcome {
        /// Which attempt.
        attempt: u32,
        /// What became of the post.
        outcome: SendOutcome,
        /// How long to wait if the provider did not process it.
        wait: jiff::SignedDuration,
    },
    /// A claim went without an outcome for too long.
    OutcomeOverdue,
    /// A complete list without the text.
    NotListed,
    /// The list holds the text.
    FoundInList {
        /// The provider's name for it.
        sid: MessageSid,
    },
    /// The provider's status of attempt `attempt` moved on. Of one that it is known to have taken,
    /// that it waits there or is on its way changes nothing.
    Receipt(Receipt),
    /// The provider was asked and had no news: of a text that it has, or, for the last time, of one
    /// that it may have.
    Polled,
    /// No final receipt came within a day.
    Unconfirmed,
    /// Its reader said what they think of it. Moves nothing, so the trail does not tell of it.
    Rate(Rating),
    /// Its user is in these arms. Moves nothing, either.
    Enrol {
        /// Which.
        arms: Vec<InArm>,
        /// Whether its lead time is not its user's choice.
        is_lead_given: bool,
        /// What its lead time was drawn by, if it was found.
        lead_by: Vec<Belief>,
    },
    /// Its reader opted out after it. Moves nothing, either.
    OptOut,
    /// Its reader looked at what its link opens. The first time counts; moves nothing.
    Open,
    /// Its reader said that they have seen it. The first time counts.
    Acknowledge,
    /// Its reader puts it off: it moves if it waits; if it was texted, another is to follow it.
    Snooze {
        /// When it was due before.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// The local date of `until`.
        day_on: Date,
    },
}

/// Where a plan puts a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How long before the event.
    pub lead: Option<LeadTime>,
    /// When the event happens, as its calendar says it.
    pub when: EventTime,
    /// What the event is.
    pub facts: EventFacts,
    /// The text.
    pub body: Body,
    /// Where it came from.
    pub source: TextSource,
    /// The instant the lead time names.
    pub nominal_at: Timestamp,
    /// The instant it is wanted.
    pub wanted_at: Timestamp,
    /// The instant it is due.
    pub send_at: Timestamp,
    /// The first instant at which it may no longer be handed over.
    pub last_at: Timestamp,
    /// The local date of `send_at`.
    pub day_on: Date,
}

/// The provider's word on how far a text got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which attempt it speaks of.
    pub attempt: u32,
    /// The provider's name for the text.
    pub sid: MessageSid,
    /// How far it got.
    pub status: DeliveryStatus,
    /// The error code, if it failed.
    pub code: Option<u32>,
}

/// A change that the reminder's state does not allow. Usually the news is merely old.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a {from} reminder cannot take this change")]
pub struct Illegal {
    /// The state it is in.
    pub from: &'static str,
}

/// Whether one state may follow another.
pub fn is_allowed(from: State, to: State) -> bool {
    use State::{
        Accepted, Cancelled, Claimed, Delivered, Failed, Scheduled, Sent, Skipped, Unconfirmed,
        Undelivered, Unknown,
    };
    matches!(
        (from, to),
        (Scheduled, Scheduled | Claimed | Cancelled(_) | Skipped(_))
            // A text that was taken for absent turned out to have arrived.
            | (Scheduled, Accepted | Sent | Delivered | Undelivered | Failed)
            | (Claimed, Scheduled | Accepted | Sent | Delivered | Undelivered | Failed | Unknown)
            | (Accepted, Sent | Delivered | Undelivered | Failed | Unconfirmed)
            | (Sent, Delivered | Undelivered | Failed | Unconfirmed)
            | (Undelivered | Failed, Scheduled)
            | (Cancelled(_) | Skipped(_), Scheduled)
            | (
                Unknown | Unconfirmed,
                Scheduled | Accepted | Sent | Delivered | Undelivered | Failed
            )
    )
}

/// The reminder after a change, one revision up.
///
/// # Errors
/// [`Illegal`] where the state does not allow the change; nothing is to be written then.
pub fn apply(reminder: &Reminder, change: Change, now: Timestamp) -> Result<Reminder, Illegal> {
    let illegal = || Illegal { from: reminder.state.name() };
    let mut next = reminder.clone();
    next.revision += 1;
    let is_taken = match change {
        Change::Place(place) => next.place(*place, now),
        Change::Retext { facts, body, source } => next.retext(facts, body, source, now),
        Change::Cancel(reason) => {
            next.close(State::Cancelled(reason), Step::Cancelled { reason }, now)
        }
        Change::Skip(reason) => next.close(State::Skipped(reason), Step::Skipped { reason }, now),
        Change::Defer { until, last_at, day_on, reason } => {
            (next.send_at, next.last_at, next.day_on) = (until, last_at, day_on);
            next.trail.push(now, Step::Deferred { until, reason });
            reminder.state == State::Scheduled
        }
        Change::Claim { to, text, day_on, waited_since, circumstances } => {
            next.day_on = day_on;
            next.claim(to, text, waited_since, circumstances, now)
        }
        Change::GiveBack => next.give_back(now),
        Change::Outcome { attempt, outcome, wait } => {
            next.record_outcome(attempt, outcome, wait, now)
        }
        Change::OutcomeOverdue => next.lose_track(now),
        Change::NotListed => next.note_absence(now),
        Change::FoundInList { sid } => next.find(sid, now),
        Change::Receipt(receipt) => next.receive(&receipt, now),
        Change::Polled => next.note_poll(now),
        Change::Unconfirmed => {
            next.trail.push(now, Step::Unconfirmed);
            let waits = matches!(next.state, State::Accepted | State::Sent);
            next.state = State::Unconfirmed;
            waits
        }
        Change::Rate(rating) => {
            next.rating = Some(rating);
            reminder.may_have_been_texted()
        }
        Change::Enrol { arms, is_lead_given, lead_by } => {
            next.trial = Trial { arms, is_lead_given, lead_by, ..next.trial };
            reminder.state == State::Scheduled
        }
        Change::OptOut => {
            next.trial.opted_out_at = Some(now);
            reminder.may_have_been_texted()
        }
        Change::Open => {
            next.trial.opened_at = Some(now);
            reminder.trial.opened_at.is_none() && reminder.may_have_been_texted()
        }
        Change::Acknowledge => {
            next.acknowledged_at = Some(now);
            reminder.acknowledged_at.is_none() && reminder.may_have_been_texted()
        }
        Change::Snooze { from, until, day_on } => next.snooze(from, until, day_on, now),
    };
    if is_taken { Ok(next) } else { Err(illegal()) }
}

impl Reminder {
    /// Moves to a state if the machine has that way, and says whether it has.
    fn go(&mut self, to: State) -> bool {
        let allowed = is_allowed(self.state, to);
        if allowed {
            self.state = to;
        }
        allowed
    }

    fn place(&mut self, place: Place, now: Timestamp) -> bool {
        let send_at = place.send_at;
        let was_open = self.state == State::Scheduled;
        if !self.is_open_to_plans() || !self.go(State::Scheduled) {
            return false;
        }
        self.trail
            .push(now, if was_open { Step::Moved { send_at } } else { Step::Restored { send_at } });
        (self.lead, self.facts, self.body, self.source) =
            (place.lead, place.facts, place.body, place.source);
        self.when = place.when;
        if self.nominal_at != place.nominal_at {
            self.retry_at = None;
        }
        (self.nominal_at, self.wanted_at) = (place.nominal_at, place.wanted_at);
        (self.send_at, self.last_at, self.day_on) = (send_at, place.last_at, place.day_on);
        true
    }

    fn retext(
        &mut self,
        facts: EventFacts,
        body: Body,
        source: TextSource,
        now: Timestamp,
    ) -> bool {
        (self.facts, self.body, self.source) = (facts, body, source);
        self.trail.push(now, Step::Retexted);
        self.state == State::Scheduled
    }

    /// What waits is held until then as one is that waits for another attempt.
    fn snooze(&mut self, from: Timestamp, until: Timestamp, day_on: Date, now: Timestamp) -> bool {
        self.snoozes.push(Snooze { at: now, from, until });
        if self.state == State::Scheduled {
            (self.retry_at, self.send_at, self.day_on) = (Some(until), until, day_on);
            return until < self.last_at;
        }
        self.may_have_been_texted()
    }

    fn close(&mut self, to: State, step: Step, now: Timestamp) -> bool {
        self.trail.push(now, step);
        self.retry_at = None;
        self.go(to)
    }
}
