//! The recount.

use std::collections::BTreeMap;

use app::verify::{Counters, Problem, VerifyReport};
use serde::Serialize;
use utoipa::ToSchema;

/// What a recount found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct VerifyView {
    /// Whether everything holds.
    sound: bool,
    /// Users looked at.
    users: u64,
    /// Reminders ever planned.
    planned: u64,
    /// Reminders by the state they are in; they add up to `planned`.
    by_state: BTreeMap<String, u64>,
    /// Texts that the provider took.
    texts: u64,
    /// Whether the counters equal the recount: `equal`, `different`, or `not_folded_yet` where
    /// changes wait to be counted.
    counters: &'static str,
    /// How many things do not hold.
    problem_count: u64,
    /// What does not hold; at most 1,000 are told.
    problems: Vec<VerifyProblemView>,
}

/// One thing that does not hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct VerifyProblemView {
    /// What sort of thing.
    #[schema(example = "overdue")]
    code: &'static str,
    /// Whose.
    user: Option<String>,
    /// Which reminder.
    reminder: Option<String>,
    /// What is wrong.
    what: String,
}

impl From<VerifyReport> for VerifyView {
    fn from(report: VerifyReport) -> Self {
        let by_state = report.by_state.iter().map(|(state, n)| ((*state).to_owned(), *n));
        Self {
            sound: report.is_sound(),
            users: report.users,
            planned: report.planned,
            by_state: by_state.collect(),
            texts: report.texts,
            counters: match report.counters {
                Counters::Equal => "equal",
                Counters::Different => "different",
                Counters::NotFoldedYet => "not_folded_yet",
            },
            problem_count: report.problem_count,
            problems: report.problems.into_iter().map(VerifyProblemView::from).collect(),
        }
    }
}

impl From<Problem> for VerifyProblemView {
    fn from(problem: Problem) -> Self {
        Self {
            code: problem.code,
            user: problem.user.map(|user| user.as_str().to_owned()),
            reminder: problem.reminder.map(|id| id.to_string()),
            what: problem.what,
        }
    }
}
