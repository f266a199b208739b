//! Explanations.

use app::why::{ExplainedDay, ExplainedStep, Explanation, LeftOutLine};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::outlook::LeftOutView;

/// Why a reminder stands where it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WhyView {
    /// Which reminder.
    id: String,
    /// Whose.
    user: String,
    /// What the event is called.
    title: String,
    /// When the event begins.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// The same on the wall of the user's zone.
    #[schema(example = "Mon 2026-11-23 10:00:00 EST")]
    starts: String,
    /// The zone whose wall clock the words show.
    zone: String,
    /// How long before the start it is wanted; null for an all-day entry.
    lead_minutes: Option<u32>,
    /// The instant the text is or was due.
    #[schema(value_type = String, format = DateTime)]
    send_at: Timestamp,
    /// Where it stands.
    #[schema(example = "skipped")]
    state: &'static str,
    /// Whether that is the end: nothing further happens by itself.
    r#final: bool,
    /// The one reason.
    #[schema(example = "quiet_until_after_start")]
    reason: &'static str,
    /// The same as a sentence.
    words: String,
    /// Who wrote the text: a template or the model, and what that cost.
    written_by: String,
    /// What happened, oldest first.
    steps: Vec<StepView>,
}

/// One thing that happened to a reminder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// When it last happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The same on the wall of the user's zone.
    on_the_wall: String,
    /// What happened.
    #[schema(example = "planned")]
    step: &'static str,
    /// The same as a sentence.
    words: String,
    /// How often in a row.
    times: u32,
}

/// Why a day of a user went, or goes, as it does.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WhyDayView {
    /// Whose.
    user: String,
    /// Which day.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// The zone whose wall clock the words show.
    zone: String,
    /// When the day was last planned; null if it was not.
    #[schema(value_type = Option<String>, format = DateTime)]
    planned_at: Option<Timestamp>,
    /// The reminders of the day, by the instant they are due.
    reminders: Vec<WhyView>,
    /// Events of the day that got no reminder.
    left_out: Vec<LeftOutView>,
    /// Reminders beyond the most rows a day may have.
    over_rows: usize,
}

impl From<Explanation> for WhyView {
    fn from(told: Explanation) -> Self {
        let row = told.reminder;
        Self {
            id: row.id.to_string(),
            user: row.user.as_str().to_owned(),
            title: row.facts.title,
            start: row.facts.start,
            starts: told.starts,
            zone: told.zone,
            lead_minutes: row.lead.map(domain::lead_time::LeadTime::minutes),
            send_at: row.send_at,
            state: row.state.name(),
            r#final: told.closing.is_final,
            reason: told.closing.code,
            words: told.closing.words,
            written_by: told.written_by,
            steps: told.steps.into_iter().map(StepView::from).collect(),
        }
    }
}

impl From<ExplainedStep> for StepView {
    fn from(step: ExplainedStep) -> Self {
        Self {
            at: step.at,
            on_the_wall: step.on_the_wall,
            step: step.step,
            words: step.words,
            times: step.times,
        }
    }
}

impl From<ExplainedDay> for WhyDayView {
    fn from(day: ExplainedDay) -> Self {
        Self {
            user: day.user.as_str().to_owned(),
            date: day.on,
            zone: day.zone,
            planned_at: day.planned_at,
            reminders: day.reminders.into_iter().map(WhyView::from).collect(),
            left_out: day.left_out.into_iter().map(LeftOutView::from).collect(),
            over_rows: day.over_rows,
        }
    }
}

impl From<LeftOutLine> for LeftOutView {
    fn from(line: LeftOutLine) -> Self {
        Self {
            uid: line.uid,
            occurrence: line.occurrence,
            start: line.start,
            reason: line.code,
            words: line.words,
        }
    }
}
