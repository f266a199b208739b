//! Reminders.

use domain::ratings::Rating;
use domain::reminder::{Attempt, AttemptOutcome, DeliveryStatus, Reminder, State, TextSource};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::lead;

/// Which days: either `date`, or `from` and `to`; today if all are left out.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DaysAsked {
    /// One local date.
    #[param(format = Date, example = "2026-11-23")]
    pub(crate) date: Option<String>,
    /// The first local date.
    #[param(format = Date)]
    pub(crate) from: Option<String>,
    /// The last local date, at most 62 days after the first.
    #[param(format = Date)]
    pub(crate) to: Option<String>,
}

/// The reminders of some days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RemindersView {
    /// Whose.
    pub(crate) user: String,
    /// The zone of the dates.
    pub(crate) zone: String,
    /// The first local date.
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    /// The last local date.
    #[schema(value_type = String, format = Date)]
    pub(crate) to: Date,
    /// The reminders, by `send_at`.
    pub(crate) reminders: Vec<ReminderView>,
}

/// One reminder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReminderView {
    /// Its name.
    #[schema(example = "0f3a9c5be1d24c7788b1a0c2d4e6f809")]
    id: String,
    /// Whose.
    user: String,
    /// The calendar of its event.
    calendar: String,
    /// The event's UID.
    uid: String,
    /// Which occurrence of its series; `-` for an event that does not recur.
    occurrence: String,
    /// How often the event was texted and then moved ahead again.
    round: u32,
    /// How long before the event; null for an all-day entry.
    #[schema(example = "15m")]
    lead: Option<String>,
    /// What the event is called.
    title: String,
    /// When the event begins.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// When the event is over.
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
    /// The first day of an all-day entry.
    #[schema(value_type = Option<String>, format = Date)]
    all_day_on: Option<Date>,
    /// Where it stands: `scheduled`, `claimed`, `accepted`, `sent`, `delivered`, `undelivered`,
    /// `failed`, `unconfirmed`, `unknown`, `cancelled` or `skipped`.
    #[schema(example = "scheduled")]
    state: &'static str,
    /// Why it is cancelled or skipped.
    reason: Option<&'static str>,
    /// Rises with every change.
    revision: u64,
    /// The instant the lead time names.
    #[schema(value_type = String, format = DateTime)]
    nominal_at: Timestamp,
    /// The instant the text is due.
    #[schema(value_type = String, format = DateTime)]
    send_at: Timestamp,
    /// The first instant at which it may no longer go out.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// The local date whose limit it counts in.
    #[schema(value_type = String, format = Date)]
    day_on: Date,
    /// Whether it was planned only after its instant had passed.
    late: bool,
    /// The text: as it went out, or as it would go out at `send_at`.
    body: String,
    /// Where the text came from: `template:` and its name, which from the second version of the
    /// templates on says the version; or `model:` and its name.
    #[schema(example = "template:reminder.en.1")]
    source: String,
    /// Every attempt to send it, oldest first.
    attempts: Vec<AttemptView>,
    /// When it was first planned.
    #[schema(value_type = String, format = DateTime)]
    planned_at: Timestamp,
    /// What its reader thinks of it; null if they did not say.
    rating: Option<RatingView>,
    /// When its reader said that they have seen it; null if they did not.
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged_at: Option<Timestamp>,
}

/// What the reader of a text thinks of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RatingView {
    /// One to five.
    #[schema(minimum = 1, maximum = 5, example = 4)]
    stars: u8,
    /// The words beside the stars.
    feedback: Option<String>,
    /// When they said so; a later answer replaces an earlier one.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<&Rating> for RatingView {
    fn from(rating: &Rating) -> Self {
        Self { stars: rating.stars, feedback: rating.feedback.clone(), at: rating.at }
    }
}

/// One attempt to send a reminder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AttemptView {
    /// 1, 2, 3...
    number: u32,
    /// When the sender took the reminder.
    #[schema(value_type = String, format = DateTime)]
    claimed_at: Timestamp,
    /// The number it went to, hidden but for the country code and the last two digits.
    #[schema(example = "+1•••23")]
    to: String,
    /// `open`, `accepted`, `rejected`, `not_processed`, `given_back`, `unknown` or
    /// `proven_absent`.
    #[schema(example = "accepted")]
    outcome: &'static str,
    /// The provider's name for the text.
    sid: Option<String>,
    /// How far the provider says it got: `queued`, `sending`, `sent`, `delivered`, `undelivered`,
    /// `failed` or `cancelled`.
    #[schema(example = "delivered")]
    delivery: Option<&'static str>,
    /// When it first said so.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivery_at: Option<Timestamp>,
    /// The provider's error code.
    error_code: Option<u32>,
}

impl ReminderView {
    /// The reminder of somebody with this way of telling the time.
    pub(crate) fn of(row: &Reminder, locale: domain::texts::Locale) -> Self {
        let texted = row.last_attempt().filter(|_| row.state != State::Scheduled);
        let body = texted.map_or_else(
            || row.body.render(row.send_at, row.facts.start, locale),
            |attempt| attempt.text.clone(),
        );
        let source = match &row.source {
            TextSource::Template { id } => format!("template:{id}"),
            TextSource::Model { call, .. } => format!("model:{}", call.model),
            TextSource::Fallback { id, reason, .. } => format!("template:{id} (model: {reason})"),
        };
        Self {
            id: row.id.to_string(),
            user: row.user.as_str().to_owned(),
            calendar: row.calendar.as_str().to_owned(),
            uid: row.uid.as_str().to_owned(),
            occurrence: row.occurrence.as_str().to_owned(),
            round: row.round,
            lead: row.lead.map(lead),
            title: row.facts.title.clone(),
            start: row.facts.start,
            end: row.facts.end,
            all_day_on: row.facts.all_day_on,
            state: row.state.name(),
            reason: row.state.reason(),
            revision: row.revision,
            nominal_at: row.nominal_at,
            send_at: row.send_at,
            last_at: row.last_at,
            day_on: row.day_on,
            late: row.is_late(),
            body,
            source,
            attempts: row.attempts.iter().map(AttemptView::from).collect(),
            planned_at: row.planned_at,
            rating: row.rating.as_ref().map(RatingView::from),
            acknowledged_at: row.acknowledged_at,
        }
    }
}

impl From<&Attempt> for AttemptView {
    fn from(attempt: &Attempt) -> Self {
        let (outcome, sid) = match &attempt.outcome {
            AttemptOutcome::Open => ("open", None),
            AttemptOutcome::Accepted { sid } => ("accepted", Some(sid.as_str().to_owned())),
            AttemptOutcome::Rejected { .. } => ("rejected", None),
            AttemptOutcome::NotProcessed => ("not_processed", None),
            AttemptOutcome::GivenBack => ("given_back", None),
            AttemptOutcome::Unknown { .. } => ("unknown", None),
            AttemptOutcome::ProvenAbsent => ("proven_absent", None),
        };
        let times = &attempt.delivery_times;
        let said = times.iter().find(|(status, _)| Some(*status) == attempt.delivery);
        Self {
            number: attempt.number,
            claimed_at: attempt.claimed_at,
            to: attempt.to.masked(),
            outcome,
            sid,
            delivery: attempt.delivery.map(delivery),
            delivery_at: said.map(|(_, at)| *at),
            error_code: attempt.error_code,
        }
    }
}

fn delivery(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Queued => "queued",
        DeliveryStatus::Sending => "sending",
        DeliveryStatus::Sent => "sent",
        DeliveryStatus::Delivered => "delivered",
        DeliveryStatus::Undelivered => "undelivered",
        DeliveryStatus::Failed => "failed",
        DeliveryStatus::Cancelled => "cancelled",
    }
}
