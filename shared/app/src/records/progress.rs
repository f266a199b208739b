//! The stored course of the rollout, and its decisions.

use domain::rollout::RolloutStage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::rollout::{Broken, Decision, DecisionKind, Evidence, Look, Mark, Progress, Settings};

/// The course of the rollout, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProgressV1 {
    /// The version of the form.
    pub v: u32,
    /// What is configured.
    pub settings: Settings,
    /// When each window began.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// The last look at the gate.
    #[serde(default)]
    pub look: Option<Look>,
    /// A decision that is still being carried out.
    #[serde(default)]
    pub pending: Option<DecisionV1>,
    /// Guardrails that were broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<Broken>,
}

impl Record for ProgressV1 {
    type Value = Progress;
    const WHAT: &'static str = "course of the rollout";

    fn of(progress: &Progress) -> Self {
        Self {
            v: VERSION,
            settings: progress.settings,
            marks: progress.marks.clone(),
            look: progress.look.clone(),
            pending: progress.pending.as_ref().map(DecisionV1::of),
            broken: progress.broken.clone(),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<Progress, BadRecord> {
        let pending = self.pending.map(super::read).transpose()?;
        let Self { settings, marks, look, broken, .. } = self;
        Ok(Progress { version: 0, settings, marks, look, pending, broken })
    }
}

/// A decision, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecisionV1 {
    /// The version of the form.
    pub v: u32,
    /// The version of the rollout that it makes.
    pub version: u64,
    /// What was decided.
    pub kind: DecisionKind,
    /// By whom.
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
    #[serde(default)]
    pub evidence: Evidence,
}

impl Record for DecisionV1 {
    type Value = Decision;
    const WHAT: &'static str = "decision about the rollout";

    fn of(decision: &Decision) -> Self {
        let Decision { version, kind, by, reason, at, from, to, evidence } = decision.clone();
        Self { v: VERSION, version, kind, by, reason, at, from, to, evidence }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Decision, BadRecord> {
        let Self { version, kind, by, reason, at, from, to, evidence, .. } = self;
        Ok(Decision { version, kind, by, reason, at, from, to, evidence })
    }
}
