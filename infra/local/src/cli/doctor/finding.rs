//! What the doctor finds.

use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// It works, and will cause trouble.
    Caution,
    /// It does not work.
    Problem,
}

impl Severity {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Caution => "caution",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) about: &'static str,
    pub(super) what: String,
    pub(super) remedy: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, about: &'static str, what: impl fmt::Display) {
        self.add(Severity::Ok, about, what, None);
    }

    pub(super) fn note(&mut self, about: &'static str, what: impl fmt::Display) {
        self.add(Severity::Note, about, what, None);
    }

    pub(super) fn caution(
        &mut self,
        about: &'static str,
        what: impl fmt::Display,
        remedy: impl fmt::Display,
    ) {
        self.add(Severity::Caution, about, what, Some(remedy.to_string()));
    }

    pub(super) fn problem(
        &mut self,
        about: &'static str,
        what: impl fmt::Display,
        remedy: impl fmt::Display,
    ) {
        self.add(Severity::Problem, about, what, Some(remedy.to_string()));
    }

    /// The worst first; otherwise in the order they were found.
    pub(super) fn by_severity(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        self.0
    }

    fn add(
        &mut self,
        severity: Severity,
        about: &'static str,
        what: impl fmt::Display,
        remedy: Option<String>,
    ) {
        self.0.push(Finding { severity, about, what: what.to_string(), remedy });
    }
}
