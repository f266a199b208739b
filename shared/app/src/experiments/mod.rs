//! Experiments: defined as data, started, reported on, stopped, promoted and taken back.
//!
//! All of them are one document, the board, beside what is usual for everybody; so two that start
//! at once cannot take the same users, and a promotion changes what is usual and ends its
//! experiment in one write. Plans, the composer and the preview read it. Whatever changes who is in
//! which arm asks for the plans of all users, and their reminders that wait follow.

mod change;
mod conclude;
mod report;
mod watch;

use std::sync::Arc;

use domain::experiment::BadExperiment;
use domain::experiment::board::{Board, RunState};
use domain::limits;

pub use self::change::{create, promote, roll_back, set_prompt, start, stop};
pub use self::report::{ArmCounts, Told, report};
pub use self::watch::watch;

use crate::ports::{Clock, Control, Document, Metrics, PlanQueue, StoreError, Users};
use crate::records::{self, BoardV1};
use crate::rollout::RolloutPorts;

/// The kind of the board's document, and its name.
const KIND: &str = "experiment";
const BOARD: &str = "board";

/// What experiments need.
#[derive(Clone)]
pub struct ExperimentPorts {
    /// The board.
    pub control: Arc<dyn Control>,
    /// Whose plans follow.
    pub users: Arc<dyn Users>,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
    /// The counters of arms.
    pub metrics: Arc<dyn Metrics>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl From<&RolloutPorts> for ExperimentPorts {
    fn from(ports: &RolloutPorts) -> Self {
        Self {
            control: ports.control.clone(),
            users: ports.users.clone(),
            plans: ports.plans.clone(),
            metrics: ports.metrics.clone(),
            clock: ports.clock.clone(),
        }
    }
}

/// A change to the experiments that was not made.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The definition cannot be run.
    #[error(transparent)]
    Bad(#[from] BadExperiment),
    /// There is none of this name.
    #[error("there is no experiment {name:?}; `beforehand experiment list` shows all")]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// There is no such arm.
    #[error("experiment {name} has no arm {arm:?}: choose one of {arms}")]
    NoArm {
        /// The experiment.
        name: String,
        /// What was asked for.
        arm: String,
        /// What there is.
        arms: String,
    },
    /// There is one of this name.
    #[error("there is an experiment {name} already: its figures are kept, so choose another name")]
    Exists {
        /// Its name.
        name: String,
    },
    /// There are too many.
    #[error("{max} experiments are kept, which is the most", max = limits::EXPERIMENTS_MAX)]
    Full,
    /// An arm names a prompt that is not there.
    #[error("there is no prompt of version {version}; `beforehand prompt list` shows all")]
    NoPrompt {
        /// The version.
        version: u32,
    },
    /// It does not stand where it should.
    #[error("experiment {name} is {}: only one that is {wanted} can be {done}", .state.name())]
    Stands {
        /// The experiment.
        name: String,
        /// How it stands.
        state: RunState,
        /// How it should stand.
        wanted: &'static str,
        /// What was asked for.
        done: &'static str,
    },
    /// It is over before it began.
    #[error("experiment {name} ended on {at}: create it anew with a later end")]
    Over {
        /// The experiment.
        name: String,
        /// When it ended.
        at: jiff::Timestamp,
    },
    /// Its report names no winner.
    #[error("arm {arm} cannot be promoted: {why}; decide otherwise with --force and a reason")]
    NoWinner {
        /// The arm.
        arm: String,
        /// What stands against it.
        why: String,
    },
    /// Something else was promoted after it.
    #[error(
        "what is usual changed again after experiment {name} was promoted: take the later change \
         back first"
    )]
    NotTheLast {
        /// The experiment.
        name: String,
    },
    /// No prompt was usual before.
    #[error("no other prompt was in production before: promote a version instead")]
    NothingBefore,
    /// Others keep changing them.
    #[error("others keep changing the experiments: look at them again")]
    Restless,
}

/// The board as it stands.
///
/// # Errors
/// [`StoreError`] if it cannot be read.
pub async fn board(control: &dyn Control) -> Result<Board, StoreError> {
    let Some(document) = control.document(KIND, BOARD).await? else {
        return Ok(Board::default());
    };
    let mut board = records::in_document::<BoardV1>(&document).map_err(unreadable)?;
    board.version = document.version;
    Ok(board)
}

/// Writes the board if nobody else did meanwhile.
async fn write(control: &dyn Control, board: &Board) -> Result<bool, StoreError> {
    let body = records::to_json::<BoardV1>(board).map_err(unreadable)?;
    control.put_document(KIND, BOARD, &Document::new(board.version + 1, body)).await
}

fn unreadable(bad: records::BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write the experiments", what: bad.to_string() }
}
