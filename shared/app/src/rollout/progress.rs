//! What is known of the rollout's course: settings, marks, the last look at the gate, decisions.

use std::sync::Arc;

use domain::gates::guardrail::{Breach, Guardrails, Window};
use domain::gates::{GateFigures, GateReport};
use domain::rollout::RolloutStage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::broken::Broken;
use super::survey::Survey;
use crate::ports::{Control, Document, StoreError};
use crate::records::{self, DecisionV1, ProgressV1};

/// The kind of the documents about the rollout's course.
const KIND: &str = "rollout";

/// The name of the one that changes.
const PROGRESS: &str = "progress";

/// The kind of its decisions, each named by the version of the rollout that it made.
const DECISIONS: &str = "rollout_decision";

/// What a broken guardrail does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBreach {
    /// Back to the stage before; from the first stage, off.
    #[default]
    StageBefore,
    /// Off.
    SwitchOff,
}

/// What is configured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What a broken guardrail does.
    pub on_breach: OnBreach,
    /// Whether a gate that passes leads to the next stage by itself.
    pub advances_by_itself: bool,
    /// Whether users whose reminders a rollback withdraws are told of it.
    #[serde(default)]
    pub tells_users: bool,
    /// What is never allowed.
    pub guardrails: Guardrails,
}

/// The counters as they were when a window began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Of which window.
    pub window: Window,
    /// When it began.
    pub at: Timestamp,
    /// The counters that figures are made of, as they were then; those that were zero may lack.
    pub counters: Vec<(String, i64)>,
}

/// A daily look at the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What was measured since the stage began.
    pub figures: GateFigures,
    /// What the gate says of it.
    pub report: GateReport,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// To the next stage, because the gate passed.
    Advanced,
    /// To the next stage, although it did not.
    Forced,
    /// Back, by a person.
    RolledBack,
    /// Back, by a broken guardrail.
    RolledBackByItself,
    /// On again.
    Resumed,
    /// The kill switch.
    SwitchedOff,
}

/// What a decision was made on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The last look at the gate, if there was one.
    pub look: Option<Look>,
    /// The guardrail that was broken, if one was.
    pub breach: Option<Breach>,
}

/// A decision about the rollout, kept for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The version of the rollout that it makes.
    pub version: u64,
    /// What was decided.
    pub kind: DecisionKind,
    /// By whom: a name, or `monitor`.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The stage and the switch before.
    pub from: (RolloutStage, bool),
    /// The stage and the switch after.
    pub to: (RolloutStage, bool),
    /// What it was made on.
    pub evidence: Evidence,
}

/// The course of the rollout.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// The version of the document; none was stored at 0.
    pub version: u64,
    /// What is configured.
    pub settings: Settings,
    /// When each window began. None before the monitor's first run at this stage.
    pub marks: Vec<Mark>,
    /// The last look at the gate of this stage.
    pub look: Option<Look>,
    /// A decision that is still being carried out.
    pub pending: Option<Decision>,
    /// Guardrails that were broken, oldest first.
    pub broken: Vec<Broken>,
    /// A reading of the users inside that has not come to its end.
    pub survey: Option<Survey>,
    /// Users inside when they were last counted, at this stage.
    pub inside: Option<u64>,
    /// What was measured of the stage before this one.
    pub former: Option<Former>,
}

/// A stage that was left for the next, and what was measured of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Former {
    /// The stage.
    pub stage: RolloutStage,
    /// At the last look before it was left.
    pub figures: GateFigures,
}

impl Progress {
    /// The mark of a window, if it began.
    pub fn mark(&self, window: Window) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.window == window)
    }
}

/// The course of the rollout as it stands.
pub async fn progress(control: &dyn Control) -> Result<Progress, StoreError> {
    let Some(document) = control.document(KIND, PROGRESS).await? else {
        return Ok(Progress::default());
    };
    let progress = records::in_document::<ProgressV1>(&document).map_err(unreadable)?;
    Ok(Progress { version: document.version, ..progress })
}

/// The same without its version, for whoever only looks at it.
pub(crate) async fn seen(control: &dyn Control) -> Result<Arc<Progress>, StoreError> {
    let Some(document) = control.document(KIND, PROGRESS).await? else {
        return Ok(Arc::default());
    };
    records::shared_in::<ProgressV1>(&document).map_err(unreadable)
}

/// Writes the course of the rollout if nobody else did meanwhile, and raises its version.
pub(super) async fn write(
    control: &dyn Control,
    progress: &mut Progress,
) -> Result<bool, StoreError> {
    let body = records::to_json::<ProgressV1>(progress).map_err(unreadable)?;
    let document = Document::new(progress.version + 1, body);
    let is_written = control.put_document(KIND, PROGRESS, &document).await?;
    if is_written {
        progress.version = document.version;
    }
    Ok(is_written)
}

/// Keeps a decision. Keeping it again changes nothing.
pub(super) async fn keep(control: &dyn Control, decision: &Decision) -> Result<(), StoreError> {
    let body = records::to_json::<DecisionV1>(decision).map_err(unreadable)?;
    let document = Document::new(1, body);
    // Twenty digits: names are read in the order of text.
    let name = format!("{:020}", decision.version);
    control.put_document(DECISIONS, &name, &document).await.map(|_| ())
}

/// Up to `limit` decisions, oldest first, after the version `after`.
pub async fn decisions(
    control: &dyn Control,
    after: u64,
    limit: usize,
) -> Result<Vec<Decision>, StoreError> {
    let name = format!("{after:020}");
    let found = control.documents(DECISIONS, Some(&name), limit).await?;
    let read = |(_, document): (String, Document)| {
        records::in_document::<DecisionV1>(&document).map_err(unreadable)
    };
    found.into_iter().map(read).collect()
}

pub(super) fn unreadable(bad: records::BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write the rollout's course", what: bad.to_string() }
}
