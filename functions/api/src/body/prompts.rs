//! Prompts.

use app::compose::prompts::Kept;
use domain::experiment::board::{Board, Labelled};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::rollout::DecisionBody;
use crate::problem::Problem;

/// A prompt to be kept, who adds it, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromptBody {
    /// The text, with the places `{language}`, `{chars_max}`, `{time}`, `{left_rule}` and
    /// `{date_rule}`.
    pub(crate) text: String,
    /// The name of whoever adds it.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
}

impl PromptBody {
    /// The name and the reason, if there are any.
    pub(crate) fn words(&self) -> Result<(String, String), Problem> {
        let (by, reason) = (self.by.clone(), self.reason.clone());
        DecisionBody { by, reason, force: false, to: None }.words()
    }
}

/// Which version gets the label `production`, by whom and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelBody {
    /// The version.
    pub(crate) version: u32,
    /// The name of whoever decides.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
}

impl LabelBody {
    /// The name and the reason, if there are any.
    pub(crate) fn words(&self) -> Result<(String, String), Problem> {
        let (by, reason) = (self.by.clone(), self.reason.clone());
        DecisionBody { by, reason, force: false, to: None }.words()
    }
}

/// Which version is in production.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct ProductionView {
    /// The version.
    pub(crate) production: u32,
}

/// All versions of the prompt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PromptsView {
    /// The version with the label `production`.
    production: u32,
    /// The versions, the built-in one first.
    prompts: Vec<PromptView>,
    /// Which versions got the label, oldest first.
    labelled: Vec<LabelledView>,
}

/// A version of the prompt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PromptView {
    /// The version.
    version: u32,
    /// What reminders call it.
    #[schema(example = "reminder.2")]
    name: String,
    /// Its labels: `production`, or none.
    labels: Vec<&'static str>,
    /// Arms of experiments that are not over and name it, as `EXPERIMENT/ARM`.
    arms: Vec<String>,
    /// The text, with places.
    text: String,
    /// Who added it.
    by: String,
    /// Why.
    reason: String,
    /// When; null for the one that is built in.
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
}

/// A version that got the label `production`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LabelledView {
    /// The version.
    version: u32,
    /// The one before.
    before: u32,
    /// By whom.
    by: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl PromptsView {
    pub(crate) fn of(board: &Board, prompts: Vec<Kept>) -> Self {
        let prompts = prompts.into_iter().map(|kept| PromptView::of(board, kept)).collect();
        let labelled = board.labelled.iter().map(LabelledView::from).collect();
        Self { production: board.usual.prompt, prompts, labelled }
    }
}

impl PromptView {
    pub(crate) fn of(board: &Board, kept: Kept) -> Self {
        let version = kept.version;
        let is_production = board.usual.prompt == version;
        let runs = board.runs.iter().filter(|run| run.over_at().is_none());
        let arms = runs.flat_map(|run| {
            let names = run.experiment.arms.iter();
            let names = names.filter(|arm| arm.treatment.prompt == Some(version));
            names.map(|arm| format!("{}/{}", run.experiment.name, arm.name))
        });
        Self {
            version,
            name: app::compose::prompt::name_of(version),
            labels: is_production.then_some("production").into_iter().collect(),
            arms: arms.collect(),
            text: kept.text,
            by: kept.by,
            reason: kept.reason,
            created_at: kept.created_at,
        }
    }
}

impl From<&Labelled> for LabelledView {
    fn from(labelled: &Labelled) -> Self {
        let Labelled { version, before, by, reason, at, .. } = labelled.clone();
        Self { version, before, by, reason, at }
    }
}
