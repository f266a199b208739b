//! Rolling out: who gets reminders, when that may grow, and going back.
//!
//! Whatever changes the rollout is a [`Decision`], and each is carried out in the same steps: note
//! it as pending, change the rollout's row (which every claim reads), keep the evidence, and bring
//! the reminders that wait into line. Killed anywhere in between, the monitor goes on from the
//! note; each step may be repeated.

mod broken;
mod bugs;
mod carry_out;
mod change;
mod figures;
mod notice;
mod progress;
mod survey;
mod watch;

use std::sync::Arc;

use domain::rollout::{RolloutRefusal, RolloutStage};
use jiff::Timestamp;

pub use self::broken::Broken;
pub use self::bugs::{Bug, Word, bugs, close as close_bug, file as file_bug};
pub(crate) use self::carry_out::ask_for_plans_of;
pub use self::carry_out::finish;
pub use self::change::{advance, name_users, resume, roll_back, switch};
pub(crate) use self::figures::is_measured;
pub use self::figures::{figures_between, opted_out_between};
pub use self::notice::{Notice, Told, Withheld, tell};
pub(crate) use self::progress::seen;
pub use self::progress::{
    Decision, DecisionKind, Evidence, Former, Look, Mark, OnBreach, Progress, Settings, decisions,
    progress,
};
pub use self::survey::{Found, Survey};
pub use self::watch::{Watched, broken_now, set_settings, watch};

use crate::ports::{Clock, Control, Metrics, NoticeQueue, PlanQueue, Reminders, StoreError, Users};

/// What rolling out needs.
#[derive(Clone)]
pub struct RolloutPorts {
    /// The rollout, and what is known of its course.
    pub control: Arc<dyn Control>,
    /// Whom it concerns.
    pub users: Arc<dyn Users>,
    /// The reminders that wait.
    pub reminders: Arc<dyn Reminders>,
    /// The figures of gates and guardrails.
    pub metrics: Arc<dyn Metrics>,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
    /// Where users are told of a rollback.
    pub notices: Arc<dyn NoticeQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A change to the rollout that was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rollout does not allow it.
    #[error(transparent)]
    Refused(#[from] RolloutRefusal),
    /// The gate has not passed.
    #[error(
        "the gate of stage {} has not passed: {why}; force it with a reason, or wait",
        .stage.name()
    )]
    NotPassed {
        /// The stage that cannot be left.
        stage: RolloutStage,
        /// What is missing.
        why: String,
    },
    /// The rollout is off.
    #[error("the rollout is off: resume it first")]
    Off,
    /// The rollout is where it should go.
    #[error("the rollout is there already, or further back")]
    There,
    /// There is no such bug.
    #[error("there is no bug {0}")]
    NoBug(u64),
    /// Others keep changing it.
    #[error("others keep changing the rollout: look at it again")]
    Restless,
}

/// Who decides, why, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name of a person, or `monitor`.
    pub by: String,
    /// Their reason.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
