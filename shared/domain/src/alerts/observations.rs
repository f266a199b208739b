//! What was observed, and the values that rules judge.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::rules::{AlertRule, Watch};
use crate::statistics::Share;

/// What one look at the system saw. Whatever is none, or empty, could not be told: rules that watch
/// it have not enough data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observations {
    /// Texts delivered of those whose outcome is certain, over ever longer times up to now. The
    /// shortest that is of enough texts is judged, so that a sudden fall is seen soon where there
    /// are many, and is seen at all where there are few.
    pub delivered: Vec<Share>,
    /// Attempts of the model that gave no text to use, as `delivered`.
    pub model_failed: Vec<Share>,
    /// What the model costs.
    pub model_cost: Option<DailyCost>,
    /// Users who opted out, of those texted.
    pub opted_out: Option<Share>,
    /// How long ago each schedule last ran.
    pub tick_age: BTreeMap<String, SignedDuration>,
    /// How late the latest text is; zero if none is.
    pub overdue: Option<SignedDuration>,
    /// How long the oldest job of each queue has been ready; zero if there is none.
    pub job_age: BTreeMap<String, SignedDuration>,
    /// The dead letters of each queue.
    pub dead_letters: BTreeMap<String, u64>,
    /// How often in a row the SMS provider took no text.
    pub provider_failures: Option<u64>,
    /// How long ago each calendar provider last told of a change.
    pub channel_silence: BTreeMap<String, SignedDuration>,
    /// What was planned in the last day.
    pub planning: Option<Planning>,
    /// How long ago the oldest change happened that the counters do not hold; zero without one.
    pub feed_lag: Option<SignedDuration>,
    /// What is spent of the model's budget.
    pub model_budget: Option<Spending>,
    /// What is spent of the ceiling for texts.
    pub texts_budget: Option<Spending>,
    /// The stages at which a guardrail of the rollout was broken; with the evidence, as long as
    /// nobody has answered it.
    pub guardrails: Option<BTreeMap<String, Option<String>>>,
}

/// What the model costs, in millionths of whatever its prices are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyCost {
    /// Today so far.
    pub today_micros: u64,
    /// On the active days before, together. A day is active if the model cost anything.
    pub before_micros: u64,
    /// How many days those are.
    pub active_days: u64,
}

/// What was planned in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planning {
    /// Users who want reminders and may have them, as far as was counted.
    pub eligible: u64,
    /// Reminders that were planned.
    pub planned: u64,
}

/// What is spent of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// So far.
    pub spent_micros: u64,
    /// At most.
    pub budget_micros: u64,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Of which schedule, queue or provider; empty where there is only one.
    pub key: String,
    /// The value.
    pub value: f64,
    /// Of how many.
    pub sample: u64,
    /// The same in words, where a value beside a threshold would not tell enough.
    pub evidence: Option<String>,
}

impl Observations {
    /// The values a rule judges. None: there is not enough data.
    pub fn measure(&self, rule: &AlertRule) -> Vec<Measured> {
        let enough = rule.sample_min;
        let values = match rule.watches {
            Watch::Delivered => of_share(first_of(&self.delivered, enough)),
            Watch::ModelFailed => of_share(first_of(&self.model_failed, enough)),
            Watch::OptedOut => of_share(self.opted_out),
            Watch::ModelCost => self.model_cost.and_then(DailyCost::measured).into_iter().collect(),
            Watch::TickAge => of_ages(&self.tick_age),
            Watch::JobAge => of_ages(&self.job_age),
            Watch::ChannelSilence => of_ages(&self.channel_silence),
            Watch::Overdue => of_age(self.overdue),
            Watch::FeedLag => of_age(self.feed_lag),
            Watch::DeadLetters => self
                .dead_letters
                .iter()
                .map(|(key, count)| Measured { key: key.clone(), ..one(real(*count), 0) })
                .collect(),
            Watch::ProviderFailures => {
                self.provider_failures.map(|times| one(real(times), 0)).into_iter().collect()
            }
            Watch::Planned => {
                self.planning.map(|day| one(real(day.planned), day.eligible)).into_iter().collect()
            }
            Watch::ModelBudget => {
                self.model_budget.and_then(Spending::measured).into_iter().collect()
            }
            Watch::TextsBudget => {
                self.texts_budget.and_then(Spending::measured).into_iter().collect()
            }
            Watch::Guardrails => self.guardrails.as_ref().map(of_guardrails).unwrap_or_default(),
        };
        values.into_iter().filter(|value| value.sample >= enough).collect()
    }
}

impl DailyCost {
    fn measured(self) -> Option<Measured> {
        let average = real(self.before_micros) / real(self.active_days);
        (average > 0.0).then(|| one(real(self.today_micros) / average, self.active_days))
    }
}

impl Spending {
    fn measured(self) -> Option<Measured> {
        let is_set = self.budget_micros > 0;
        is_set.then(|| one(real(self.spent_micros) / real(self.budget_micros), 0))
    }
}

/// The first that is of enough, or else the last.
fn first_of(shares: &[Share], enough: u64) -> Option<Share> {
    shares.iter().find(|share| share.of >= enough).or(shares.last()).copied()
}

fn of_share(share: Option<Share>) -> Vec<Measured> {
    share.and_then(|share| Some(one(share.rate()?, share.of))).into_iter().collect()
}

fn of_age(age: Option<SignedDuration>) -> Vec<Measured> {
    age.map(|age| one(minutes(age), 0)).into_iter().collect()
}

fn of_ages(ages: &BTreeMap<String, SignedDuration>) -> Vec<Measured> {
    ages.iter().map(|(key, age)| Measured { key: key.clone(), ..one(minutes(*age), 0) }).collect()
}

fn one(value: f64, sample: u64) -> Measured {
    Measured { key: String::new(), value, sample, evidence: None }
}

/// One value for each stage; where no guardrail was ever broken, that there is none.
fn of_guardrails(stages: &BTreeMap<String, Option<String>>) -> Vec<Measured> {
    if stages.is_empty() {
        return vec![one(0.0, 0)];
    }
    let measured = |(stage, evidence): (&String, &Option<String>)| Measured {
        key: stage.clone(),
        evidence: evidence.clone(),
        ..one(real(u64::from(evidence.is_some())), 0)
    };
    stages.iter().map(measured).collect()
}

fn minutes(age: SignedDuration) -> f64 {
    age.as_secs_f64() / 60.0
}

#[expect(clippy::cast_precision_loss, reason = "counts and costs stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
