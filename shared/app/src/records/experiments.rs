//! The stored board of experiments.

use domain::experiment::board::{Board, Decided, Labelled, Proposed, Run, RunState, Usual};
use domain::experiment::{Experiment, Metric, Promotion, Slice, Variant};
use domain::gates::guardrail::Guardrails;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};

/// All experiments and what is usual, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct BoardV1 {
    /// The version of the form.
    pub v: u32,
    /// The experiments, oldest first.
    #[serde(default)]
    pub runs: Vec<RunV1>,
    /// What is usual.
    #[serde(default)]
    pub usual: Usual,
    /// Which prompts were usual.
    #[serde(default)]
    pub labelled: Vec<Labelled>,
}

/// An experiment and what became of it, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunV1 {
    /// Its name.
    pub name: String,
    /// Makes its arms others than those of the next experiment.
    pub salt: String,
    /// Whom it may have.
    pub slice: Slice,
    /// Its arms.
    pub arms: Vec<Variant>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// What its arms are compared by.
    pub metric: Metric,
    /// What is never allowed in an arm.
    #[serde(default)]
    pub guardrails: Guardrails,
    /// What becomes of a winner.
    #[serde(default)]
    pub promotion: Promotion,
    /// How it stands.
    pub state: RunState,
    /// What was decided.
    #[serde(default)]
    pub decided: Vec<Decided>,
    /// The winner that awaits approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
    /// For how many days it was looked for a winner.
    #[serde(default)]
    pub looked_days: u32,
}

impl Record for BoardV1 {
    type Value = Board;
    const WHAT: &'static str = "board of experiments";

    fn of(board: &Board) -> Self {
        let run = |run: &Run| {
            let it = run.experiment.clone();
            RunV1 {
                name: it.name,
                salt: it.salt,
                slice: it.slice,
                arms: it.arms,
                starts_at: it.starts_at,
                ends_at: it.ends_at,
                metric: it.metric,
                guardrails: it.guardrails,
                promotion: it.promotion,
                state: run.state,
                decided: run.decided.clone(),
                proposed: run.proposed.clone(),
                looked_days: run.looked_days,
            }
        };
        Self {
            v: VERSION,
            runs: board.runs.iter().map(run).collect(),
            usual: board.usual,
            labelled: board.labelled.clone(),
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<Board, BadRecord> {
        let run = |run: RunV1| {
            let experiment = Experiment {
                name: run.name,
                salt: run.salt,
                slice: run.slice,
                arms: run.arms,
                starts_at: run.starts_at,
                ends_at: run.ends_at,
                metric: run.metric,
                guardrails: run.guardrails,
                promotion: run.promotion,
            };
            let RunV1 { state, decided, proposed, looked_days, .. } = run;
            Run { experiment, state, decided, proposed, looked_days }
        };
        Ok(Board {
            version: 0,
            runs: self.runs.into_iter().map(run).collect(),
            usual: self.usual,
            labelled: self.labelled,
        })
    }
}
