//! Adding many users at once.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::FieldError;

/// How to import.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportAsked {
    /// Whether to report only, and add nobody.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// What became of an import.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct ImportView {
    /// Whether nobody was added because it was only asked what would be.
    pub(crate) dry_run: bool,
    /// How many were added, or would be.
    pub(crate) added: usize,
    /// How many have an id that is taken; they were left as they are.
    pub(crate) taken: usize,
    /// How many lines are not usable.
    pub(crate) refused: usize,
    /// What became of each line that is not empty.
    pub(crate) lines: Vec<ImportedLine>,
}

/// What became of one line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ImportedLine {
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The user's id, where it could be read.
    pub(crate) id: Option<String>,
    /// `added`, `taken` or `refused`.
    pub(crate) outcome: &'static str,
    /// What is wrong with the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// Each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) errors: Vec<FieldError>,
}

impl ImportView {
    pub(crate) fn push(&mut self, line: ImportedLine) {
        match line.outcome {
            "added" => self.added += 1,
            "taken" => self.taken += 1,
            _ => self.refused += 1,
        }
        self.lines.push(line);
    }
}
