//! The rows of an outlook, as `beforehand try` and the API print them.

use domain::day_plan::LeftOut;
use domain::placement::{Placement, place};
use domain::reasons::DeferReason;
use domain::reminder::{Reminder, State};
use domain::segments;
use domain::text_hours::{PresetHours, TextHours};
use domain::user::User;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

/// Days as they would go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Outlook {
    /// A row for each reminder of those days, by the instant it is due.
    pub rows: Vec<OutlookRow>,
    /// Events of those days that get no reminder, by start.
    pub left_out: Vec<LeftOutRow>,
    /// Reminders beyond the most rows a day may have.
    pub over_rows: usize,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlookRow {
    /// The UID of its event.
    pub uid: String,
    /// Which occurrence of its series.
    pub occurrence: String,
    /// What the event is called.
    pub title: String,
    /// When the event begins.
    pub start: Timestamp,
    /// How long before the start it is wanted; none for an all-day entry, which has a time on the
    /// wall instead.
    pub lead_minutes: Option<u32>,
    /// The instant the lead time names.
    pub nominal_at: Timestamp,
    /// What becomes of it.
    pub decision: Decision,
    /// The instant it is texted; none if it is not.
    pub send_at: Option<Timestamp>,
    /// Why it is not texted; for one that is, why not at its nominal instant, if so.
    pub reason: Option<&'static str>,
    /// What is texted; none if nothing is.
    pub body: Option<String>,
    /// How many segments that costs.
    pub segments: usize,
}

/// What becomes of a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is texted, or was.
    Send,
    /// It is not texted, because its time passes or a rule forbids it.
    Skip,
    /// It is withdrawn.
    Cancel,
}

impl Decision {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Skip => "skip",
            Self::Cancel => "cancel",
        }
    }
}

/// One event that gets no reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutRow {
    /// Its UID.
    pub uid: String,
    /// Which occurrence of its series.
    pub occurrence: String,
    /// When it begins.
    pub start: Timestamp,
    /// Why it gets none.
    pub reason: &'static str,
}

/// Why an event that had begun before it was first seen gets no reminder.
const BEGUN: &str = "begun_before_first_seen";

impl LeftOutRow {
    /// As a plan says it.
    pub fn of(event: &LeftOut) -> Self {
        Self {
            uid: event.uid.as_str().to_owned(),
            occurrence: event.occurrence.as_str().to_owned(),
            start: event.start,
            reason: event.reason.map_or(BEGUN, |reason| reason.as_str()),
        }
    }
}

/// The rows of the reminders that lie within the dates, both included, by the instant they are
/// due, then start, UID and lead time.
pub fn rows_of(
    reminders: &[Reminder],
    days: (Date, Date),
    user: &User,
    (zone, preset): (&TimeZone, &PresetHours),
) -> Vec<OutlookRow> {
    let hours = preset.beside(&user.preferences.quiet_hours, zone);
    let within = |row: &&Reminder| days.0 <= row.day_on && row.day_on <= days.1;
    let mut rows: Vec<&Reminder> = reminders.iter().filter(within).collect();
    rows.sort_by(|a, b| {
        let key = |row: &Reminder| (row.send_at, row.facts.start);
        key(a).cmp(&key(b)).then_with(|| a.uid.cmp(&b.uid)).then_with(|| a.slot.cmp(&b.slot))
    });
    rows.into_iter().map(|row| row_of(row, user, &hours)).collect()
}

fn row_of(row: &Reminder, user: &User, hours: &TextHours<'_>) -> OutlookRow {
    let (decision, reason) = match row.state {
        State::Skipped(reason) => (Decision::Skip, Some(reason.as_str())),
        State::Cancelled(reason) => (Decision::Cancel, Some(reason.as_str())),
        _ => (Decision::Send, why_shifted(row, hours)),
    };
    let body = (decision == Decision::Send).then(|| text_of(row, user));
    OutlookRow {
        uid: row.uid.as_str().to_owned(),
        occurrence: row.occurrence.as_str().to_owned(),
        title: if row.facts.title.is_empty() { "(no title)" } else { &row.facts.title }.to_owned(),
        start: row.facts.start,
        lead_minutes: row.lead.map(domain::lead_time::LeadTime::minutes),
        nominal_at: row.nominal_at,
        decision,
        send_at: (decision == Decision::Send).then_some(row.send_at),
        reason,
        segments: body.as_deref().map_or(0, |body| segments::count(body).segments),
        body,
    }
}

/// The text that went out, or the one that will as of its instant.
fn text_of(row: &Reminder, user: &User) -> String {
    match row.last_attempt() {
        Some(attempt) if row.state != State::Scheduled => attempt.text.clone(),
        _ => row.body.render(row.send_at, row.facts.start, user.locale),
    }
}

fn why_shifted(row: &Reminder, hours: &TextHours<'_>) -> Option<&'static str> {
    if row.is_snoozed() {
        return Some("snoozed");
    }
    if row.retry_at.is_some() {
        return Some("retry");
    }
    if row.send_at != row.wanted_at {
        let placed = place(row.wanted_at, row.facts.start, hours, row.planned_at);
        return match placed {
            Placement::At { shift, .. } => shift,
            Placement::Never(_) => None,
        }
        .or((row.send_at > row.wanted_at).then_some(DeferReason::QuietHours))
        .map(DeferReason::as_str);
    }
    row.is_late().then_some("late")
}
