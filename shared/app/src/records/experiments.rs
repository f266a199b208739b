//! The stored board of experiments.

use domain::experiment::board::{Board, Decided, Labelled, Run, RunState, Usual};
use domain::experiment::{Experiment, Metric, Slice, Variant};
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
    /// How it stands.
    pub state: RunState,
    /// What was decided.
    #[serde(default)]
    pub decided: Vec<Decided>,
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
                state: run.state,
                decided: run.decided.clone(),
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
            let RunV1 { name, salt, slice, arms, starts_at, ends_at, metric, guardrails, .. } = run;
            let experiment =
                Experiment { name, salt, slice, arms, starts_at, ends_at, metric, guardrails };
            Run { experiment, state: run.state, decided: run.decided }
        };
        Ok(Board {
            version: 0,
            runs: self.runs.into_iter().map(run).collect(),
            usual: self.usual,
            labelled: self.labelled,
        })
    }
}
