//! Guardrails that were broken, until somebody has answered them.

use domain::gates::guardrail::Breach;
use domain::rollout::RolloutStage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::progress::{Decision, DecisionKind, Progress};

/// A guardrail that was broken at a stage. One of each stage is kept: the last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Broken {
    /// The stage.
    pub stage: RolloutStage,
    /// When it was seen.
    pub at: Timestamp,
    /// The stage and the switch after the rollback. None: everybody is in, and nothing was taken
    /// back.
    pub to: Option<(RolloutStage, bool)>,
    /// The evidence.
    pub breach: Breach,
    /// Whether somebody went on to the stage again; where nothing was taken back, whether the
    /// guardrail holds again.
    pub is_over: bool,
}

impl Broken {
    /// What was broken, and what came of it: `delivered 180 of 225 (70.9 to 87.4 %, at least
    /// 90.0 %) at percent25, back to percent10`.
    pub fn words(&self) -> String {
        let came_of_it = match self.to {
            None => "; nothing was taken back".to_owned(),
            Some((_, false)) => ", switched off".to_owned(),
            Some((stage, true)) => format!(", back to {}", stage.name()),
        };
        format!("{} at {}{came_of_it}", self.breach.words(), self.stage.name())
    }
}

impl Progress {
    /// Those that nobody has answered, oldest first.
    pub fn open_breaches(&self) -> impl Iterator<Item = &Broken> {
        self.broken.iter().filter(|broken| !broken.is_over)
    }

    /// Notes what a decision means for them. A person who goes on to a stage answers what was
    /// broken there.
    pub(super) fn note_decision(&mut self, decision: &Decision) {
        let (stage, at, to) = (decision.from.0, decision.at, decision.to);
        if let (DecisionKind::RolledBackByItself, Some(breach)) =
            (decision.kind, decision.evidence.breach)
        {
            self.note_broken(Broken { stage, at, to: Some(to), breach, is_over: false });
            return;
        }
        let is_answered = |broken: &&mut Broken| to.1 && to.0 >= broken.stage;
        self.broken.iter_mut().filter(is_answered).for_each(|broken| broken.is_over = true);
    }

    /// Notes whether a guardrail is broken where nothing is taken back. Says whether that is new.
    pub(super) fn note_at_last(&mut self, now_broken: Option<Breach>, at: Timestamp) -> bool {
        let stage = RolloutStage::Everyone;
        let open = self.broken.iter_mut().find(|broken| broken.stage == stage && !broken.is_over);
        match (open, now_broken) {
            (None, Some(breach)) => {
                self.note_broken(Broken { stage, at, to: None, breach, is_over: false });
                true
            }
            (Some(open), None) => {
                open.is_over = true;
                true
            }
            _ => false,
        }
    }

    fn note_broken(&mut self, broken: Broken) {
        self.broken.retain(|other| other.stage != broken.stage);
        self.broken.push(broken);
    }
}
