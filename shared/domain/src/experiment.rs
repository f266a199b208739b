//! Experiments: who is in which arm, and what the arms have shown so far.
//!
//! Whatever an experiment says is an interval. It says `no verdict yet` for as long as the interval
//! holds zero, and nothing at all of an assignment that went wrong.

pub mod board;
#[cfg(test)]
mod board_tests;
pub mod report;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::buckets::{BUCKETS, bucket_of};
use crate::gates::guardrail::Guardrails;
use crate::ids::UserId;
use crate::lead_time::LeadTime;
use crate::limits;
use crate::texts::TemplateVersion;

/// Who writes the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WordSource {
    /// The templates.
    Template,
    /// The language model; the template stays where it fails.
    Model,
}

/// What an arm does to those in it. What it does not name is as for everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    /// Who writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<WordSource>,
    /// The version of the prompt that a model is asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<u32>,
    /// The version of the templates: of every text that they write, also where the model fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateVersion>,
    /// The lead time of users who have chosen none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<LeadTime>,
}

impl Treatment {
    /// Whether it changes who writes, or how a model is asked.
    pub fn is_of_words(self) -> bool {
        self.source.is_some() || self.prompt.is_some()
    }
}

/// What arms are compared by. A user is the unit: however many texts they got, they are as sure a
/// sign as one user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The share of texts that were delivered, of those whose end is known.
    Delivery,
    /// The share of ratings with 4 or 5 stars.
    Rating,
    /// The share of users who opted out after a text; less is better.
    OptOut,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 3] = [Self::Delivery, Self::Rating, Self::OptOut];

    /// The name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Rating => "rating",
            Self::OptOut => "opt_out",
        }
    }

    /// Whether more of it is better.
    pub fn is_more_better(self) -> bool {
        self != Self::OptOut
    }
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its name, unique in the experiment.
    pub name: String,
    /// Its part of the users, relative to the others'.
    pub weight: u32,
    /// What it does.
    pub treatment: Treatment,
}

/// Users that no other experiment of the layer has: the buckets from `from` to `until`, which it
/// does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The layer. Users fall into its buckets by its name, so layers are independent.
    pub layer: String,
    /// The first bucket.
    pub from: u32,
    /// The first bucket beyond.
    pub until: u32,
}

impl Slice {
    /// Whether two experiments could have the same user in one layer.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.layer == other.layer && self.from < other.until && other.from < self.until
    }
}

/// An experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Its name.
    pub name: String,
    /// Makes its arms others than those of the next experiment.
    pub salt: String,
    /// Whom it may have.
    pub slice: Slice,
    /// Its arms; the first is the one that others are compared with.
    pub arms: Vec<Variant>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends: the one look at which the fixed interval holds.
    pub ends_at: Timestamp,
    /// What its arms are compared by.
    pub metric: Metric,
    /// What is never allowed in an arm: beyond it, it stops by itself.
    pub guardrails: Guardrails,
    /// What becomes of a winner.
    pub promotion: Promotion,
}

/// What becomes of an arm that has won.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promotion {
    /// Somebody promotes it, or not.
    #[default]
    ByHand,
    /// The monitor proposes it, and all goes on as before until somebody approves.
    WhenApproved,
    /// The monitor promotes it.
    ByItself,
}

impl Promotion {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ByHand, Self::WhenApproved, Self::ByItself];

    /// The name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::WhenApproved => "when_approved",
            Self::ByItself => "by_itself",
        }
    }
}

/// An experiment that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExperiment {
    /// Too few or too many arms.
    #[error("an experiment has 2 to {max} arms", max = limits::ARMS_MAX)]
    Arms,
    /// A name that figures could not be kept under.
    #[error(
        "the name {given:?} is refused: use 1 to {max} of the letters a-z and A-Z, digits, - and _",
        max = limits::EXPERIMENT_NAME_MAX
    )]
    Name {
        /// What was given.
        given: String,
    },
    /// Two arms of one name, or an arm without one.
    #[error("each arm has a name of its own")]
    Names,
    /// A lead time that is not offered to people.
    #[error("the lead time of arm {arm} is refused: choose 5, 10, 15, 30 or 60 minutes")]
    Lead {
        /// Which arm.
        arm: String,
    },
    /// A prompt for the templates.
    #[error("arm {arm} names a prompt, but its texts are written by templates: leave one out")]
    PromptOfTemplate {
        /// Which arm.
        arm: String,
    },
    /// A template for the model.
    #[error("arm {arm} names a template, but its texts are written by the model: leave one out")]
    TemplateOfModel {
        /// Which arm.
        arm: String,
    },
    /// A version of the templates that there is not.
    #[error(
        "there is no template of version {version}, which arm {arm} names: choose one of {known}"
    )]
    NoTemplate {
        /// Which arm.
        arm: String,
        /// What it names.
        version: u32,
        /// What there is.
        known: String,
    },
    /// A weight that is not one.
    #[error("each arm has a weight from 1 to {BUCKETS}")]
    Weights,
    /// Buckets that are none.
    #[error("a slice has buckets between 0 and {BUCKETS}")]
    Slice,
    /// Bounds that are no shares.
    #[error("guardrails are shares between 0 and 1")]
    Guardrails,
    /// It ends before it begins.
    #[error("an experiment ends after it starts")]
    Times,
    /// Another experiment has these users.
    #[error("experiment {other} has users of the same slice of layer {layer}")]
    Overlaps {
        /// Which.
        other: String,
        /// Where.
        layer: String,
    },
}

impl Experiment {
    /// Whether it can be run beside the others.
    ///
    /// # Errors
    /// [`BadExperiment`], the first that applies.
    pub fn check(&self, others: &[Self]) -> Result<(), BadExperiment> {
        if !(2..=limits::ARMS_MAX).contains(&self.arms.len()) {
            return Err(BadExperiment::Arms);
        }
        let is_known = |name: &str, arms: &[Variant]| arms.iter().any(|arm| arm.name == name);
        // An arm without a name is told of below.
        let arms = self.arms.iter().map(|arm| &arm.name).filter(|name| !name.is_empty());
        let mut names = [&self.name, &self.slice.layer].into_iter().chain(arms);
        if let Some(bad) = names.find(|name| !is_name(name)) {
            return Err(BadExperiment::Name { given: bad.chars().take(80).collect() });
        }
        for (place, arm) in self.arms.iter().enumerate() {
            check_treatment(arm)?;
            if arm.name.is_empty() || is_known(&arm.name, &self.arms[..place]) {
                return Err(BadExperiment::Names);
            }
            if !(1..=BUCKETS).contains(&arm.weight) {
                return Err(BadExperiment::Weights);
            }
        }
        if self.slice.from >= self.slice.until || self.slice.until > BUCKETS {
            return Err(BadExperiment::Slice);
        }
        let Guardrails { delivered_min, opted_out_max, .. } = self.guardrails;
        if ![delivered_min, opted_out_max].iter().all(|bound| (0.0..=1.0).contains(bound)) {
            return Err(BadExperiment::Guardrails);
        }
        if self.starts_at >= self.ends_at {
            return Err(BadExperiment::Times);
        }
        let runs_beside = |other: &&Self| {
            other.name != self.name
                && other.slice.overlaps(&self.slice)
                && other.starts_at < self.ends_at
                && self.starts_at < other.ends_at
        };
        others.iter().find(runs_beside).map_or(Ok(()), |other| {
            let (other, layer) = (other.name.clone(), self.slice.layer.clone());
            Err(BadExperiment::Overlaps { other, layer })
        })
    }

    /// The arm of a user, if the experiment has them: the same for ever.
    pub fn arm_of(&self, user: &UserId) -> Option<usize> {
        let bucket = bucket_of(&["layer", &self.slice.layer], user);
        if !(self.slice.from..self.slice.until).contains(&bucket) {
            return None;
        }
        // By weights that are scaled to the buckets; rounding favours no arm by more than one.
        let whole: u64 = self.arms.iter().map(|arm| u64::from(arm.weight)).sum();
        let bucket = u64::from(bucket_of(&["arm", &self.name, &self.salt], user));
        let mut sum = 0;
        self.arms.iter().position(|arm| {
            sum += u64::from(arm.weight);
            bucket * whole < sum * u64::from(BUCKETS)
        })
    }

    /// Whether no arm does anything: whatever then seems to differ is chance, or a fault of ours.
    pub fn is_a_a(&self) -> bool {
        self.arms.iter().all(|arm| arm.treatment == Treatment::default())
    }

    /// Whether an arm changes who writes the texts, or how a model is asked.
    pub fn is_of_words(&self) -> bool {
        self.arms.iter().any(|arm| arm.treatment.is_of_words())
    }

    /// Whether an arm changes the lead time.
    pub fn is_of_leads(&self) -> bool {
        self.arms.iter().any(|arm| arm.treatment.lead.is_some())
    }

    /// The arm of this name.
    pub fn arm(&self, name: &str) -> Option<&Variant> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// Whether it runs at an instant.
    pub fn runs_at(&self, now: Timestamp) -> bool {
        (self.starts_at..self.ends_at).contains(&now)
    }
}

/// The lead times that an arm may have, in minutes: those that people are offered.
const LEADS: [u32; 5] = [5, 10, 15, 30, 60];

fn check_treatment(arm: &Variant) -> Result<(), BadExperiment> {
    let Treatment { source, prompt, template, lead } = arm.treatment;
    if lead.is_some_and(|lead| !LEADS.contains(&lead.minutes())) {
        return Err(BadExperiment::Lead { arm: arm.name.clone() });
    }
    if source == Some(WordSource::Template) && prompt.is_some() {
        return Err(BadExperiment::PromptOfTemplate { arm: arm.name.clone() });
    }
    if source == Some(WordSource::Model) && template.is_some() {
        return Err(BadExperiment::TemplateOfModel { arm: arm.name.clone() });
    }
    if let Some(unknown) = template.filter(|version| !version.exists()) {
        let known: Vec<_> =
            TemplateVersion::all().map(|version| version.number().to_string()).collect();
        let (version, known) = (unknown.number(), known.join(", "));
        return Err(BadExperiment::NoTemplate { arm: arm.name.clone(), version, known });
    }
    Ok(())
}

/// Whether figures can be kept under a name, and stores can hold it.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=limits::EXPERIMENT_NAME_MAX).contains(&name.len()) && name.chars().all(is_part)
}
