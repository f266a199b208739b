//! The stored course of the rollout, and its decisions.

use domain::rollout::RolloutStage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::rollout::{
    Broken, Bug, Decision, DecisionKind, Evidence, Former, Look, Mark, Progress, Settings, Survey,
    Word,
};

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
    /// A reading of the users inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<Survey>,
    /// Users inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<u64>,
    /// What was measured of the stage before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<Former>,
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
            survey: progress.survey.clone(),
            inside: progress.inside,
            former: progress.former,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<Progress, BadRecord> {
        let pending = self.pending.map(super::read).transpose()?;
        let Self { settings, marks, look, broken, survey, inside, former, .. } = self;
        let version = 0;
        Ok(Progress { version, settings, marks, look, pending, broken, survey, inside, former })
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

/// A bug that blocks the rollout, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct BugV1 {
    /// The version of the form.
    pub v: u32,
    /// Its number.
    pub number: u64,
    /// What is wrong.
    pub filed: Word,
    /// Why it blocks no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Word>,
}

impl Record for BugV1 {
    type Value = Bug;
    const WHAT: &'static str = "bug that blocks the rollout";

    fn of(bug: &Bug) -> Self {
        let Bug { number, filed, closed } = bug.clone();
        Self { v: VERSION, number, filed, closed }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Bug, BadRecord> {
        let Self { number, filed, closed, .. } = self;
        Ok(Bug { number, filed, closed })
    }
}
