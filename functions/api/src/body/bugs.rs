//! Bugs that block the rollout.

use app::rollout::{Bug, Word};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Every bug that was filed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BugsView {
    /// How many are open: the gate of no stage passes until that is none.
    open: usize,
    /// All, in the order in which they were filed.
    bugs: Vec<BugView>,
}

/// A bug that blocks the rollout until it is closed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BugView {
    /// Its number.
    number: u64,
    /// What is wrong.
    filed: WordView,
    /// Why it blocks no more; null while it is open.
    closed: Option<WordView>,
}

/// What somebody said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WordView {
    /// Who.
    by: String,
    /// What.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Vec<Bug>> for BugsView {
    fn from(bugs: Vec<Bug>) -> Self {
        let open = bugs.iter().filter(|bug| bug.closed.is_none()).count();
        Self { open, bugs: bugs.into_iter().map(BugView::from).collect() }
    }
}

impl From<Bug> for BugView {
    fn from(Bug { number, filed, closed }: Bug) -> Self {
        Self { number, filed: filed.into(), closed: closed.map(WordView::from) }
    }
}

impl From<Word> for WordView {
    fn from(Word { by, what, at }: Word) -> Self {
        Self { by, reason: what, at }
    }
}
