//! The rules, and what they can watch.

use std::sync::LazyLock;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::incidents::Incident;

/// One thing that somebody is told of. See `rules.toml` for what the fields are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertRule {
    /// Its name in addresses, keys and logs.
    pub name: String,
    /// What it watches.
    pub watches: Watch,
    /// On which side of the threshold it is broken.
    pub broken: Broken,
    /// The last value that does not break it.
    pub threshold: f64,
    /// Of how many a value must be for the rule to judge it.
    pub sample_min: u64,
    settle_min: u32,
    cooldown_min: u32,
    /// How much it matters.
    pub severity: Severity,
    /// The heading of its runbook.
    pub runbook: String,
    /// What is wrong, in a sentence.
    pub says: String,
}

/// What can be watched. What is watched under several names has an incident for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// The share of texts that reached their phones, of those whose outcome is certain.
    Delivered,
    /// The share of the model's attempts that gave no text to use.
    ModelFailed,
    /// What the model costs today, as a multiple of the average of the active days before.
    ModelCost,
    /// The share of those texted who opted out.
    OptedOut,
    /// How long ago each schedule last ran.
    TickAge,
    /// How late the latest text is that is due and not sent.
    Overdue,
    /// How long the oldest job of each queue has been ready.
    JobAge,
    /// The dead letters of each queue.
    DeadLetters,
    /// How often in a row the SMS provider took no text.
    ProviderFailures,
    /// How long ago each calendar provider last told of a change.
    ChannelSilence,
    /// Reminders planned in a day, of users who want some.
    Planned,
    /// How long ago the oldest change happened that the counters do not hold.
    FeedLag,
    /// The share of the model's budget that is spent.
    ModelBudget,
    /// The share of the ceiling for texts that is spent.
    TextsBudget,
    /// Whether a guardrail of the rollout was broken at each stage, and nobody has answered it.
    Guardrails,
}

/// On which side of the threshold a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// By what is more.
    Above,
    /// By what is less.
    Below,
}

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To be read when there is time.
    Warning,
    /// Somebody is woken.
    Critical,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// From 0 to 1.
    Share,
    /// A multiple.
    Factor,
    /// Minutes.
    Minutes,
    /// A number of things.
    Count,
}

static RULES: LazyLock<Vec<AlertRule>> =
    // That the file can be read is held by a test; it is compiled in.
    LazyLock::new(|| parse(include_str!("rules.toml")).unwrap_or_default());

/// Every rule, in the order in which they are shown.
pub fn rules() -> &'static [AlertRule] {
    &RULES
}

pub(super) fn parse(text: &str) -> Result<Vec<AlertRule>, toml::de::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        rule: Vec<AlertRule>,
    }
    text.parse::<toml::Table>()?.try_into::<File>().map(|file| file.rule)
}

impl AlertRule {
    /// For how long it must be broken before an incident is opened.
    pub fn settle(&self) -> SignedDuration {
        SignedDuration::from_mins(self.settle_min.into())
    }

    /// For how long after the end of an incident no other is opened.
    pub fn cooldown(&self) -> SignedDuration {
        SignedDuration::from_mins(self.cooldown_min.into())
    }

    /// Whether a value breaks it.
    pub fn is_broken_by(&self, value: f64) -> bool {
        match self.broken {
            Broken::Above => value > self.threshold,
            Broken::Below => value < self.threshold,
        }
    }

    /// What an incident was opened on, for people: the evidence, if what it watches tells any, or
    /// else the value beside the threshold.
    pub fn tell(&self, incident: &Incident) -> String {
        incident.evidence.clone().unwrap_or_else(|| self.describe(incident.value))
    }

    /// A value beside the threshold, for people: `82.4 % (below 90.0 %)`.
    pub fn describe(&self, value: f64) -> String {
        let side = match self.broken {
            Broken::Above => "above",
            Broken::Below => "below",
        };
        let unit = self.watches.unit();
        format!("{} ({side} {})", unit.write(value), unit.write(self.threshold))
    }
}

impl Watch {
    /// What its values count.
    pub fn unit(self) -> Unit {
        match self {
            Self::Delivered
            | Self::ModelFailed
            | Self::OptedOut
            | Self::ModelBudget
            | Self::TextsBudget => Unit::Share,
            Self::ModelCost => Unit::Factor,
            Self::TickAge | Self::Overdue | Self::JobAge | Self::ChannelSilence | Self::FeedLag => {
                Unit::Minutes
            }
            Self::DeadLetters | Self::ProviderFailures | Self::Planned | Self::Guardrails => {
                Unit::Count
            }
        }
    }
}

impl Unit {
    /// A value for people.
    fn write(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Factor => format!("{value:.1} times"),
            Self::Minutes => format!("{value:.0} min"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

impl Severity {
    /// The name in JSON and logs; PagerDuty's is the same.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}
