//! Domain events: what others may subscribe to. `docs/domain-events.md` describes them, and a test
//! compares its examples with what is written here.
//!
//! They go out at least once, in no particular order. Each has an id that is the same however often
//! it goes out, and holds ids of ours only: no number, no words, nothing from a calendar.

use domain::ids::{ReminderId, UserId};
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::{AttemptOutcome, Reminder, State};
use domain::user::Consent;
use jiff::Timestamp;
use serde::Serialize;

use crate::ports::{ConsentSource, Phone, PhoneKey};

/// The version of the written form. Fields may join it; a change that subscribers could not live
/// with raises it.
const VERSION: u32 = 1;

/// What the meaning of a change depends on, of the row before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The name of the state.
    pub state: String,
    /// Texts of it that the provider took.
    pub texts: u64,
}

impl Standing {
    /// Where a row stands.
    pub fn of(row: &Reminder) -> Self {
        Self { state: row.state.name().to_owned(), texts: texts(row) }
    }
}

/// Texts of a reminder that the provider took.
pub fn texts(row: &Reminder) -> u64 {
    row.attempts.iter().filter(|a| matches!(a.outcome, AttemptOutcome::Accepted { .. })).count()
        as u64
}

/// Something that happened, for whoever wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainEvent {
    /// To a reminder.
    Reminder(ReminderEvent),
    /// A number opted out.
    PhoneOptedOut(PhoneOptedOut),
}

/// Something that happened to a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderEvent {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub reminder: ReminderId,
    /// The revision that says so.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
}

/// What can happen to a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It is to be sent: for the first time, or again after it had been withdrawn.
    Planned {
        /// The instant it is due.
        send_at: Timestamp,
    },
    /// The provider took a text of it.
    Sent {
        /// Which attempt.
        attempt: u32,
    },
    /// The phone has it.
    Delivered {
        /// Which attempt.
        attempt: u32,
    },
    /// It did not reach the phone, and nothing further is tried.
    Failed {
        /// Which attempt was the last.
        attempt: Option<u32>,
        /// The provider's error code.
        code: Option<u32>,
    },
    /// It will not be sent, because its time passed or a rule forbade it.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// It was withdrawn.
    Cancelled {
        /// Why.
        reason: CancelReason,
    },
    /// The rollout withdrew it.
    RolledBack,
}

/// A number opted out of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneOptedOut {
    /// The number's name in our tables.
    pub phone: PhoneKey,
    /// Since when.
    pub at: Timestamp,
    /// The users whose number it is.
    pub users: Vec<UserId>,
    /// How we know: `inbound_text`, `provider_refusal`, `own_page` or `added_by_operator`.
    pub source: &'static str,
}

/// What a change to a reminder means, from where it stood before (none if it is new) and the row
/// after it. Usually nothing or one thing; two where news overtook each other.
pub fn meaning(before: Option<&Standing>, row: &Reminder) -> Vec<DomainEvent> {
    let (was, texts_before) = before.map_or(("", 0), |b| (b.state.as_str(), b.texts));
    let mut happened = Vec::new();
    if texts(row) > texts_before {
        happened.push(Happened::Sent { attempt: taken(row).unwrap_or_default() });
    }
    if row.state.name() != was {
        happened.extend(arrival(was, row));
    }
    // Every change that means something leaves a step in the trail.
    let at = row.trail.entries().last().map_or(row.planned_at, |entry| entry.at);
    let event = |what| {
        DomainEvent::Reminder(ReminderEvent {
            user: row.user.clone(),
            reminder: row.id,
            revision: row.revision,
            at,
            what,
        })
    };
    happened.into_iter().map(event).collect()
}

/// What it means that the row is now in its state, and was in another one.
fn arrival(was: &str, row: &Reminder) -> Option<Happened> {
    let last = row.last_attempt();
    match row.state {
        // A retry goes back to `scheduled` as well; that is no news.
        State::Scheduled if matches!(was, "" | "cancelled" | "skipped") => {
            Some(Happened::Planned { send_at: row.send_at })
        }
        State::Delivered => {
            Some(Happened::Delivered { attempt: last.map_or(0, |last| last.number) })
        }
        State::Failed | State::Undelivered => Some(Happened::Failed {
            attempt: last.map(|last| last.number),
            code: last.and_then(|last| last.error_code),
        }),
        State::Skipped(reason) => Some(Happened::Skipped { reason }),
        State::Cancelled(CancelReason::RolledBack) => Some(Happened::RolledBack),
        State::Cancelled(reason) => Some(Happened::Cancelled { reason }),
        _ => None,
    }
}

/// The attempt whose text the provider took last.
fn taken(row: &Reminder) -> Option<u32> {
    let is_taken = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Accepted { .. });
    row.attempts.iter().rev().find(|attempt| is_taken(&attempt.outcome)).map(|a| a.number)
}

/// The opt-out that a phone's row speaks of, if its owner is opted out now. However often it is
/// asked, and whatever else was written since, it is the same one.
pub fn opt_out_of(phone: &Phone) -> Option<DomainEvent> {
    let is_out = |consent: Consent| consent == Consent::OptedOut;
    if !is_out(phone.consent) {
        return None;
    }
    let first = phone.ledger.iter().rev().take_while(|entry| is_out(entry.consent)).last()?;
    let source = match first.source {
        ConsentSource::AddedByOperator => "added_by_operator",
        ConsentSource::InboundText { .. } => "inbound_text",
        ConsentSource::ProviderRefusal { .. } => "provider_refusal",
        ConsentSource::OwnPage => "own_page",
        ConsentSource::SignUpPage { .. } => "sign_up_page",
    };
    Some(DomainEvent::PhoneOptedOut(PhoneOptedOut {
        phone: phone.key.clone(),
        at: first.at,
        users: phone.users.clone(),
        source,
    }))
}

impl DomainEvent {
    /// The `source` on the bus.
    pub const SOURCE: &'static str = "beforehand";

    /// The `detail-type` on the bus.
    pub fn detail_type(&self) -> &'static str {
        match self {
            Self::PhoneOptedOut(_) => "PhoneOptedOut",
            Self::Reminder(event) => match event.what {
                Happened::Planned { .. } => "ReminderPlanned",
                Happened::Sent { .. } => "ReminderSent",
                Happened::Delivered { .. } => "ReminderDelivered",
                Happened::Failed { .. } => "ReminderFailed",
                Happened::Skipped { .. } => "ReminderSkipped",
                Happened::Cancelled { .. } => "ReminderCancelled",
                Happened::RolledBack => "ReminderRolledBack",
            },
        }
    }

    /// Its name among those of its type: the same however often it goes out.
    pub fn id(&self) -> String {
        match self {
            Self::Reminder(event) => format!("{}:{}", event.reminder, event.revision),
            Self::PhoneOptedOut(event) => format!("{}:{}", event.phone.as_str(), event.at),
        }
    }

    /// As JSON, the `detail` on the bus.
    pub fn to_json(&self) -> String {
        let json = match self {
            Self::Reminder(event) => serde_json::to_string(&ReminderEventV1::of(event, self.id())),
            Self::PhoneOptedOut(event) => serde_json::to_string(&PhoneOptedOutV1 {
                version: VERSION,
                id: self.id(),
                at: event.at,
                phone: event.phone.as_str(),
                users: &event.users,
                source: event.source,
            }),
        };
        // These structs hold strings, numbers and lists only, which always serialise.
        json.unwrap_or_default()
    }
}

#[derive(Serialize)]
struct ReminderEventV1<'a> {
    version: u32,
    id: String,
    at: Timestamp,
    user: &'a UserId,
    reminder: ReminderId,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl<'a> ReminderEventV1<'a> {
    fn of(event: &'a ReminderEvent, id: String) -> Self {
        let mut form = Self {
            version: VERSION,
            id,
            at: event.at,
            user: &event.user,
            reminder: event.reminder,
            revision: event.revision,
            send_at: None,
            attempt: None,
            code: None,
            reason: None,
        };
        match event.what {
            Happened::Planned { send_at } => form.send_at = Some(send_at),
            Happened::Sent { attempt } | Happened::Delivered { attempt } => {
                form.attempt = Some(attempt);
            }
            Happened::Failed { attempt, code } => (form.attempt, form.code) = (attempt, code),
            Happened::Skipped { reason } => form.reason = Some(reason.as_str()),
            Happened::Cancelled { reason } => form.reason = Some(reason.as_str()),
            Happened::RolledBack => {}
        }
        form
    }
}

#[derive(Serialize)]
struct PhoneOptedOutV1<'a> {
    version: u32,
    id: String,
    at: Timestamp,
    phone: &'a str,
    users: &'a [UserId],
    source: &'static str,
}
