//! One intended text, and everything known about it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::calendar_event::EventTime;
use crate::experiment::board::Trial;
use crate::ids::{CalendarId, EventUid, MessageSid, Occurrence, ReminderId, UserId};
use crate::lead_time::{LeadSlot, LeadTime};
use crate::limits;
use crate::phone::PhoneNumber;
use crate::ratings::Rating;
use crate::reasons::{CancelReason, SkipReason};
use crate::rollout::RolloutStage;
use crate::texts::{Body, EventFacts, TemplateVersion};
use crate::time::{ahead, local_date};
use crate::trail::Trail;

/// One intended text for one user, event occurrence and lead time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Whose.
    pub user: UserId,
    /// Its name; a hash of the six fields that follow the user.
    pub id: ReminderId,
    /// The calendar the event stands on.
    pub calendar: CalendarId,
    /// The event's UID.
    pub uid: EventUid,
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// Which of the user's lead times.
    pub slot: LeadSlot,
    /// Rises when an event that was already texted moves ahead again.
    pub round: u32,
    /// How long before the event; none for an all-day entry.
    pub lead: Option<LeadTime>,
    /// When the event happens, as its calendar says it.
    pub when: EventTime,
    /// What the event is, as the body was written from it.
    pub facts: EventFacts,
    /// Where it stands.
    pub state: State,
    /// Rises by one with every change; a claim names the one it was decided on.
    pub revision: u64,
    /// The instant the lead time names.
    pub nominal_at: Timestamp,
    /// The instant it is wanted: the nominal one, or when it was planned if that was later.
    pub wanted_at: Timestamp,
    /// The instant the text is due, after deferral and retries.
    pub send_at: Timestamp,
    /// The first instant at which the text may no longer be handed over.
    pub last_at: Timestamp,
    /// The local date of `send_at`, whose daily limit it counts in.
    pub day_on: Date,
    /// Set while an attempt is to be repeated; a new plan does not bring the text forward.
    pub retry_at: Option<Timestamp>,
    /// The text, with a place for the time left.
    pub body: Body,
    /// Where the text came from.
    pub source: TextSource,
    /// Every attempt to send it, oldest first. One that turns out to have arrived after all, when
    /// others had followed it, moves to the end.
    pub attempts: Vec<Attempt>,
    /// When it was first planned.
    pub planned_at: Timestamp,
    /// What its reader thinks of it, if they said so; the last word counts.
    pub rating: Option<Rating>,
    /// What experiments have to do with it.
    pub trial: Trial,
    /// When its reader said that they have seen it.
    pub acknowledged_at: Option<Timestamp>,
    /// Each time its reader put it off, oldest first.
    pub snoozes: Vec<Snooze>,
    /// What happened to it, and why.
    pub trail: Trail,
}

/// One time that a reader put a reminder off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// When they said so.
    pub at: Timestamp,
    /// When it was due before, if it still waited.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// Where a reminder stands. The comments name the only ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "reason")]
pub enum State {
    /// Waits for its instant.
    Scheduled,
    /// A sender took it and may be posting it.
    Claimed,
    /// The provider has it.
    Accepted,
    /// The carrier has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// The carrier could not deliver it.
    Undelivered,
    /// Not sent, for good.
    Failed,
    /// Sent, but no final receipt came within a day.
    Unconfirmed,
    /// Perhaps sent: at most one text was.
    Unknown,
    /// Withdrawn.
    Cancelled(CancelReason),
    /// Not sent, because its time passed or a rule forbade it.
    Skipped(SkipReason),
}

impl State {
    /// The name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Claimed => "claimed",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
            Self::Unknown => "unknown",
            Self::Cancelled(_) => "cancelled",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The reason that goes with the state, if it has one.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Cancelled(reason) => Some(reason.as_str()),
            Self::Skipped(reason) => Some(reason.as_str()),
            _ => None,
        }
    }

    /// Whether nothing further happens by itself. Evidence may still correct `Unknown` and
    /// `Unconfirmed`, and a plan may restore `Cancelled` and `Skipped`.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Scheduled | Self::Claimed | Self::Accepted | Self::Sent)
    }

    /// Whether a plan may still change a reminder that stands here; see also
    /// [`Reminder::is_open_to_plans`].
    pub fn is_open_to_plans(self) -> bool {
        matches!(self, Self::Scheduled | Self::Cancelled(_) | Self::Skipped(_))
    }
}

/// Where a text came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum TextSource {
    /// A template of ours.
    Template {
        /// Which.
        id: String,
    },
    /// A language model; the facts checker let its text pass.
    Model {
        /// The call that was paid for.
        #[serde(flatten)]
        call: Box<ModelCall>,
        /// The text of the template, which would be sent without it. While a plan would write the
        /// same, the event is what the model wrote of, and it is not asked again.
        instead_of: Body,
        /// Which template that is. Earlier releases did not say; it was of the first version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<String>,
    },
    /// A template, because the model failed or its text was refused. It is not asked again while
    /// the event and the prompt stay the same.
    Fallback {
        /// Which template.
        id: String,
        /// The call, as far as it came.
        #[serde(flatten)]
        call: Box<ModelCall>,
        /// Why, in the words of the counters.
        reason: String,
    },
}

/// One call to a language model, and what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCall {
    /// The model's name at its provider.
    pub model: String,
    /// The prompt and its version, such as `reminder.1`.
    pub prompt_version: String,
    /// Tokens that were read.
    pub input_tokens: u32,
    /// Tokens that were written.
    pub output_tokens: u32,
    /// What they cost, in millionths of a US dollar.
    pub cost_microdollars: u64,
    /// How long the call took, in milliseconds.
    pub took_ms: u64,
}

/// The reason of a template for which no model was asked, because a budget is used up.
pub const NO_BUDGET: &str = "model_budget";

impl TextSource {
    /// The version of the template that wrote the text, or would be sent without the model's.
    pub fn template_version(&self) -> TemplateVersion {
        match self {
            Self::Template { id } | Self::Fallback { id, .. } => TemplateVersion::of_id(id),
            Self::Model { template, .. } => {
                template.as_deref().map_or(TemplateVersion::FIRST, TemplateVersion::of_id)
            }
        }
    }

    /// The call to a model that this text comes from, or that failed to bring one.
    pub fn model_call(&self) -> Option<&ModelCall> {
        match self {
            Self::Template { .. } => None,
            Self::Model { call, .. } | Self::Fallback { call, .. } => Some(call),
        }
    }
}

/// One try to send a reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1, 2, 3... It goes out in the callback's address and comes back with it.
    pub number: u32,
    /// When the sender took the reminder.
    pub claimed_at: Timestamp,
    /// The number it was sent to.
    pub to: PhoneNumber,
    /// The text with the time left rendered into it.
    pub text: String,
    /// What is known of it.
    pub outcome: AttemptOutcome,
    /// How far the provider says it got.
    pub delivery: Option<DeliveryStatus>,
    /// When the provider first said so, per status, in order of arrival; also of a status that came
    /// after a later one.
    pub delivery_times: Vec<(DeliveryStatus, Timestamp)>,
    /// The provider's error code, if it named one.
    pub error_code: Option<u32>,
    /// When the provider was last asked in vain what became of it: for its status because no
    /// receipt had come, or for its list when the time of an unknown text was over.
    pub polled_at: Option<Timestamp>,
    /// Under which circumstances it was made.
    #[serde(default)]
    pub circumstances: Circumstances,
}

/// What held when an attempt was claimed: figures ask for it, no rule does. None of it is known of
/// attempts that earlier releases made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstances {
    /// The stage of the rollout that brought its user in.
    pub stage: Option<RolloutStage>,
    /// What its text costs by the prices of then, in millionths of a US dollar.
    pub price_microdollars: Option<u64>,
}

impl Attempt {
    /// Whether a text of it may have been sent, whatever became of it.
    pub fn may_have_been_texted(&self) -> bool {
        match &self.outcome {
            AttemptOutcome::Open | AttemptOutcome::Unknown { .. } => true,
            AttemptOutcome::Accepted { .. } => self.delivery != Some(DeliveryStatus::Cancelled),
            AttemptOutcome::Rejected { .. }
            | AttemptOutcome::NotProcessed
            | AttemptOutcome::GivenBack
            | AttemptOutcome::ProvenAbsent => false,
        }
    }

    /// Whether a text of it is on a phone, or may still get there. While that is so, no other
    /// attempt may start.
    pub fn is_live(&self) -> bool {
        match &self.outcome {
            AttemptOutcome::Open | AttemptOutcome::Unknown { .. } => true,
            AttemptOutcome::Accepted { .. } => !matches!(
                self.delivery,
                Some(
                    DeliveryStatus::Undelivered
                        | DeliveryStatus::Failed
                        | DeliveryStatus::Cancelled
                )
            ),
            AttemptOutcome::Rejected { .. }
            | AttemptOutcome::NotProcessed
            | AttemptOutcome::GivenBack
            | AttemptOutcome::ProvenAbsent => false,
        }
    }
}

/// What is known of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum AttemptOutcome {
    /// Claimed; the post may be under way.
    Open,
    /// The provider has it, under this name.
    Accepted {
        /// The provider's name for the text.
        sid: MessageSid,
    },
    /// The provider refused it.
    Rejected {
        /// Its error code.
        code: u32,
    },
    /// The provider did not look at it.
    NotProcessed,
    /// The sender gave it back before posting.
    GivenBack,
    /// Nobody knows.
    Unknown {
        /// When the request ended without an answer.
        since: Timestamp,
        /// When a complete list without the text was first seen.
        absent_at: Option<Timestamp>,
    },
    /// Two lists prove that it never arrived.
    ProvenAbsent,
}

/// What the gateway did with a post, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// It has the text, under this name.
    Accepted(MessageSid),
    /// It refused the text with this code.
    Rejected(u32),
    /// It did not process the request: too many requests, or it never left us.
    NotProcessed,
    /// The request left and no answer came that says what became of it.
    Unknown,
}

/// How far a text got, as the provider reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Waits at the provider.
    Queued,
    /// On its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// The carrier could not deliver it.
    Undelivered,
    /// The provider could not send it.
    Failed,
    /// Withdrawn at the provider.
    Cancelled,
}

impl DeliveryStatus {
    /// The status that the provider calls `word`; none if it is not one of an outgoing text, or of
    /// a later day.
    pub fn of_provider(word: &str) -> Option<Self> {
        Some(match word {
            "accepted" | "scheduled" | "queued" => Self::Queued,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            // The last two occur outside SMS: read on a phone, and delivered to some devices.
            "delivered" | "read" | "partially_delivered" => Self::Delivered,
            "undelivered" => Self::Undelivered,
            "failed" => Self::Failed,
            "canceled" => Self::Cancelled,
            _ => return None,
        })
    }

    /// Whether the provider will not report anything further.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Undelivered | Self::Failed | Self::Cancelled)
    }

    /// Whether it says no more than that the provider took the text, and is not through with it.
    pub fn is_at_provider(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }

    /// Statuses only move forward: from waiting to final, and never on from there.
    pub fn follows(self, before: Option<Self>) -> bool {
        before.is_none_or(|before| !before.is_final() && self > before)
    }
}

impl Reminder {
    /// The attempt that decides where the reminder stands: the one that is open, arrived after all,
    /// or was last made.
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// Whether a plan may still change it: nothing of it is under way or on a phone.
    pub fn is_open_to_plans(&self) -> bool {
        self.state.is_open_to_plans() && !self.attempts.iter().any(Attempt::is_live)
    }

    /// Attempts that count against the maximum: those that the provider saw.
    pub fn counted_attempts(&self) -> u32 {
        let counted = self.attempts.iter().filter(|attempt| {
            matches!(
                attempt.outcome,
                AttemptOutcome::Open
                    | AttemptOutcome::Accepted { .. }
                    | AttemptOutcome::Rejected { .. }
                    | AttemptOutcome::Unknown { .. }
            )
        });
        u32::try_from(counted.count()).unwrap_or(u32::MAX)
    }

    /// Whether a text of it may be on a phone or on its way there: if so, it keeps its place in the
    /// day's set of claimed reminders.
    pub fn may_have_been_texted(&self) -> bool {
        self.attempts.iter().any(Attempt::may_have_been_texted)
    }

    /// Whether it takes one of the places that the daily limit of `day` leaves, because a text that
    /// was claimed on that day may have been sent.
    pub fn holds_place_on(&self, day: Date, zone: &TimeZone) -> bool {
        if !self.is_open_to_plans() {
            return self.day_on == day && self.may_have_been_texted();
        }
        // It waits, perhaps on another day than the one its place is on.
        let texted = self.attempts.iter().filter(|attempt| attempt.may_have_been_texted());
        texted
            .map(|attempt| local_date(attempt.claimed_at, zone))
            .any(|claimed_on| claimed_on == day)
    }

    /// When this row next needs a look, by whoever looks: the one thing the `due` index sorts by.
    /// None where nothing further happens by itself.
    pub fn due_at(&self) -> Option<Timestamp> {
        let attempt = self.last_attempt();
        match self.state {
            State::Scheduled => Some(self.send_at),
            State::Claimed => attempt.map(|a| ahead(a.claimed_at, limits::CLAIM_UNKNOWN_AFTER)),
            State::Unknown => match attempt.map(|a| (&a.outcome, a.polled_at)) {
                Some((AttemptOutcome::Unknown { since, absent_at }, None)) => {
                    let next = absent_at
                        .map_or(ahead(*since, limits::SETTLE_FIRST_AFTER), |absent| {
                            ahead(absent, limits::SETTLE_SECOND_AFTER)
                        });
                    (next < self.last_at).then_some(next)
                }
                _ => None,
            },
            State::Accepted | State::Sent => attempt.map(|attempt| match attempt.polled_at {
                None => ahead(attempt.claimed_at, limits::POLL_AFTER),
                Some(_) => ahead(attempt.claimed_at, limits::UNCONFIRMED_AFTER),
            }),
            _ => None,
        }
    }

    /// The first instant at which it is too late for its turn, if it waits for one.
    pub fn needs_turn_before(&self) -> Option<Timestamp> {
        (self.state == State::Scheduled).then_some(self.last_at)
    }

    /// Whether it waits for the instant until which its reader put it off.
    pub fn is_snoozed(&self) -> bool {
        self.retry_at.is_some() && self.retry_at == self.snoozes.last().map(|last| last.until)
    }

    /// Whether it was planned only after its instant had passed.
    pub fn is_late(&self) -> bool {
        self.wanted_at > self.nominal_at
    }
}

mod event;
#[cfg(test)]
mod tests;
