//! What global figures can be asked for.

use std::fmt;

use crate::countries::country_of;
use crate::phone::PhoneNumber;
use crate::rollout::RolloutStage;

/// The most characters of a name.
const CHARS_MAX: usize = 200;

/// Under what reminders are counted, apart from their user: `all`, `country:US`, `source:model`,
/// `stage:beta`, `arm:<experiment>/<variant>`. The list is open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension(String);

/// A name that no dimension can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a dimension; use `all`, `country:US`, `source:template`, `source:model`, \
     `source:fallback`, `stage:beta` or `arm:<experiment>/<variant>`"
)]
pub struct BadDimension;

impl Dimension {
    /// Every reminder.
    pub fn all() -> Self {
        Self("all".to_owned())
    }

    /// Those sent to numbers of the same country, as far as numbers tell.
    pub fn country(phone: &PhoneNumber) -> Self {
        Self(format!("country:{}", country_of(phone).unwrap_or("other")))
    }

    /// Those whose text came from the same kind of source.
    pub fn source(kind: &str) -> Self {
        Self(format!("source:{kind}"))
    }

    /// Those of the users whom a stage of the rollout brought in.
    pub fn stage(stage: RolloutStage) -> Self {
        Self(format!("stage:{}", stage.name()))
    }

    /// Those of the users in an arm of an experiment.
    pub fn arm(experiment: &str, variant: &str) -> Self {
        Self(format!("arm:{experiment}/{variant}"))
    }

    /// Reads a name that people wrote.
    ///
    /// # Errors
    /// [`BadDimension`] if nothing is counted under such a name.
    pub fn parse(name: &str) -> Result<Self, BadDimension> {
        let is_kind = |kind| name.strip_prefix(kind).is_some_and(|rest| !rest.is_empty());
        if name == "all" || ["country:", "source:", "stage:", "arm:"].into_iter().any(is_kind) {
            return Self::of_stored(name);
        }
        Err(BadDimension)
    }

    /// Reads a name that was stored, perhaps by a later release that counts under more.
    ///
    /// # Errors
    /// [`BadDimension`] if it is none.
    pub fn of_stored(name: &str) -> Result<Self, BadDimension> {
        let is_part =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '-' | '_' | '.');
        let is_whole = (1..=CHARS_MAX).contains(&name.len()) && name.chars().all(is_part);
        if is_whole { Ok(Self(name.to_owned())) } else { Err(BadDimension) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country's name, if it is one.
    pub fn country_name(&self) -> &str {
        self.0.trim_start_matches("country:")
    }

    /// Whether durations are kept for it. There are many countries, and buckets are many counters.
    pub fn has_sketches(&self) -> bool {
        self.0 == "all" || self.0.starts_with("arm:")
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
