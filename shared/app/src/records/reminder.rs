//! Stored reminders.

use domain::calendar_event::EventTime;
use domain::experiment::board::{InArm, Trial};
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::lead_choice::Belief;
use domain::lead_time::{LeadSlot, LeadTime};
use domain::phone::PhoneNumber;
use domain::ratings::Rating;
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::{
    Attempt, AttemptOutcome, Circumstances, DeliveryStatus, Reminder, Snooze, State, TextSource,
};
use domain::rollout::RolloutStage;
use domain::texts::{Body, EventFacts};
use domain::trail::Trail;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// A reminder, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReminderV1 {
    /// The version.
    pub v: u32,
    /// See [`Reminder`], as for all that follow.
    pub user: UserId,
    /// The reminder's id.
    pub reminder: ReminderId,
    /// The calendar of its event.
    pub calendar: CalendarId,
    /// The UID of its event.
    pub uid: EventUid,
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// The slot of the lead time.
    pub slot: LeadSlot,
    /// The round.
    pub round: u32,
    /// The lead time in minutes; none for an all-day entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_minutes: Option<LeadTime>,
    /// When the event happens.
    pub when: EventTime,
    /// What the body was written from.
    pub facts: FactsV1,
    /// The name of the state.
    pub state: String,
    /// The reason, for states that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The revision.
    pub revision: u64,
    /// The instant the lead time names.
    pub nominal_at: Timestamp,
    /// The instant it is wanted.
    pub wanted_at: Timestamp,
    /// The instant it is due.
    pub send_at: Timestamp,
    /// The first instant at which it may no longer be handed over.
    pub last_at: Timestamp,
    /// The local date it counts in.
    pub day_on: Date,
    /// While an attempt is to be repeated: when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// The text.
    pub body: Body,
    /// Where the text came from.
    pub source: TextSource,
    /// Every attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptV1>,
    /// When it was first planned.
    pub planned_at: Timestamp,
    /// What its reader thinks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// The arms of experiments that its user is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arms: Vec<InArm>,
    /// Whether its lead time is not its user's choice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_lead_given: bool,
    /// What its lead time was drawn by, if it was found for its user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lead_by: Vec<Belief>,
    /// When its reader opted out after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opted_out_at: Option<Timestamp>,
    /// When its reader first looked at what its link opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// When its reader said that they have seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Timestamp>,
    /// Each time its reader put it off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snoozes: Vec<Snooze>,
    /// What happened to it.
    #[serde(default)]
    pub trail: Trail,
}

/// What a body was written from, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct FactsV1 {
    /// See [`EventFacts`], as for all that follow.
    pub title: String,
    /// When the event begins.
    pub start: Timestamp,
    /// When it is over.
    pub end: Timestamp,
    /// The first day of an all-day event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_day_on: Option<Date>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The link that joins it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_link: Option<String>,
    /// Of how many meetings it is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_of: Option<u32>,
}

/// An attempt, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct AttemptV1 {
    /// See [`Attempt`], as for all that follow.
    pub number: u32,
    /// When the sender took the reminder.
    pub claimed_at: Timestamp,
    /// The number it went to.
    pub to: PhoneNumber,
    /// The text.
    pub text: String,
    /// What is known of it.
    pub outcome: AttemptOutcome,
    /// How far it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryStatus>,
    /// When it got there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery_times: Vec<(DeliveryStatus, Timestamp)>,
    /// The provider's error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<u32>,
    /// When its status was last fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub polled_at: Option<Timestamp>,
    /// The stage that brought its user in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<RolloutStage>,
    /// What its text costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_microdollars: Option<u64>,
}

impl Record for ReminderV1 {
    type Value = Reminder;
    const WHAT: &'static str = "reminder";

    fn of(row: &Reminder) -> Self {
        Self {
            v: VERSION,
            user: row.user.clone(),
            reminder: row.id,
            calendar: row.calendar.clone(),
            uid: row.uid.clone(),
            occurrence: row.occurrence.clone(),
            slot: row.slot,
            round: row.round,
            lead_minutes: row.lead,
            when: row.when,
            facts: FactsV1::of(&row.facts),
            state: row.state.name().to_owned(),
            reason: row.state.reason().map(str::to_owned),
            revision: row.revision,
            nominal_at: row.nominal_at,
            wanted_at: row.wanted_at,
            send_at: row.send_at,
            last_at: row.last_at,
            day_on: row.day_on,
            retry_at: row.retry_at,
            body: row.body.clone(),
            source: row.source.clone(),
            attempts: row.attempts.iter().map(AttemptV1::of).collect(),
            planned_at: row.planned_at,
            rating: row.rating.clone(),
            arms: row.trial.arms.clone(),
            is_lead_given: row.trial.is_lead_given,
            lead_by: row.trial.lead_by.clone(),
            opted_out_at: row.trial.opted_out_at,
            opened_at: row.trial.opened_at,
            acknowledged_at: row.acknowledged_at,
            snoozes: row.snoozes.clone(),
            trail: row.trail.clone(),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Reminder, BadRecord> {
        let state = state(&self.state, self.reason.as_deref()).ok_or_else(|| {
            let place = "in its state or the reason for it".to_owned();
            BadRecord::Malformed { what: Self::WHAT, place }
        })?;
        Ok(Reminder {
            user: self.user,
            id: self.reminder,
            calendar: self.calendar,
            uid: self.uid,
            occurrence: self.occurrence,
            slot: self.slot,
            round: self.round,
            lead: self.lead_minutes,
            when: self.when,
            facts: self.facts.into_value(),
            state,
            revision: self.revision,
            nominal_at: self.nominal_at,
            wanted_at: self.wanted_at,
            send_at: self.send_at,
            last_at: self.last_at,
            day_on: self.day_on,
            retry_at: self.retry_at,
            body: self.body,
            source: self.source,
            attempts: self.attempts.into_iter().map(AttemptV1::into_value).collect(),
            planned_at: self.planned_at,
            rating: self.rating,
            trial: Trial {
                arms: self.arms,
                is_lead_given: self.is_lead_given,
                lead_by: self.lead_by,
                opted_out_at: self.opted_out_at,
                opened_at: self.opened_at,
            },
            acknowledged_at: self.acknowledged_at,
            snoozes: self.snoozes,
            trail: self.trail,
        })
    }
}

impl FactsV1 {
    fn of(facts: &EventFacts) -> Self {
        Self {
            title: facts.title.clone(),
            start: facts.start,
            end: facts.end,
            all_day_on: facts.all_day_on,
            location: facts.location.clone(),
            meeting_link: facts.meeting_link.clone(),
            first_of: facts.first_of,
        }
    }

    fn into_value(self) -> EventFacts {
        EventFacts {
            title: self.title,
            start: self.start,
            end: self.end,
            all_day_on: self.all_day_on,
            location: self.location,
            meeting_link: self.meeting_link,
            first_of: self.first_of,
        }
    }
}

impl AttemptV1 {
    fn of(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            claimed_at: attempt.claimed_at,
            to: attempt.to.clone(),
            text: attempt.text.clone(),
            outcome: attempt.outcome.clone(),
            delivery: attempt.delivery,
            delivery_times: attempt.delivery_times.clone(),
            error_code: attempt.error_code,
            polled_at: attempt.polled_at,
            stage: attempt.circumstances.stage,
            price_microdollars: attempt.circumstances.price_microdollars,
        }
    }

    fn into_value(self) -> Attempt {
        Attempt {
            number: self.number,
            claimed_at: self.claimed_at,
            to: self.to,
            text: self.text,
            outcome: self.outcome,
            delivery: self.delivery,
            delivery_times: self.delivery_times,
            error_code: self.error_code,
            polled_at: self.polled_at,
            circumstances: Circumstances {
                stage: self.stage,
                price_microdollars: self.price_microdollars,
            },
        }
    }
}

/// The state with this name and reason.
fn state(name: &str, reason: Option<&str>) -> Option<State> {
    let cancelled = || CancelReason::ALL.iter().find(|known| Some(known.as_str()) == reason);
    let skipped = || SkipReason::ALL.iter().find(|known| Some(known.as_str()) == reason);
    Some(match name {
        "scheduled" => State::Scheduled,
        "claimed" => State::Claimed,
        "accepted" => State::Accepted,
        "sent" => State::Sent,
        "delivered" => State::Delivered,
        "undelivered" => State::Undelivered,
        "failed" => State::Failed,
        "unconfirmed" => State::Unconfirmed,
        "unknown" => State::Unknown,
        "cancelled" => State::Cancelled(*cancelled()?),
        "skipped" => State::Skipped(*skipped()?),
        _ => return None,
    })
}
