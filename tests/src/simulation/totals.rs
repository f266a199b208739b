//! What happened in simulations, added up.

use std::collections::BTreeMap;
use std::fmt;

use domain::reminder::{AttemptOutcome, Reminder};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Seeds that were played to their end.
    pub seeds: u64,
    /// Days of people.
    pub user_days: u64,
    /// Things that people did and that went wrong.
    pub steps: u64,
    /// Reminders, and where each of them ended.
    pub reminders: u64,
    /// How many ended in each state.
    pub ends: BTreeMap<String, u64>,
    /// Texts that the provider took.
    pub texts: u64,
    /// Posts to the provider.
    #[serde(default)]
    pub posts: u64,
    /// How many of them were to go without an answer.
    #[serde(default)]
    pub unanswered: u64,
    /// Reminders that were posted, that nobody withdrew, and that had time enough to arrive.
    #[serde(default)]
    pub could_arrive: u64,
    /// How many of these are known to have arrived.
    #[serde(default)]
    pub arrived: u64,
    /// Reminders beside these whose text was the same as another's, to the same number.
    #[serde(default)]
    pub alike: u64,
    /// How many of these are known to have arrived.
    #[serde(default)]
    pub alike_arrived: u64,
    /// What became of those that are not known to have arrived.
    #[serde(skip)]
    pub astray: Vec<String>,
    /// What became of attempts, as far as the system knows.
    pub attempts: BTreeMap<String, u64>,
    /// What went wrong, by kind.
    pub faults: BTreeMap<String, u64>,
    /// Seeds in which the promise was broken.
    pub broken: Vec<u64>,
}

impl Totals {
    /// Counts a line of the story, if it tells of something that goes wrong.
    pub(super) fn note(&mut self, line: &str) {
        const KINDS: [(&str, &str); 13] = [
            ("ports fail", "ports that fail at random"),
            ("dies", "deaths at some call"),
            ("starts again", "restarts"),
            ("store's clock", "clocks that differ by up to five minutes"),
            ("freezes", "freezes after a claim or a post"),
            ("stands still", "standstills"),
            ("the next", "answers, deliveries and callbacks gone wrong"),
            ("everybody is switched", "kill switches and resumptions"),
            ("everybody is rolled", "stages of the rollout, on and back"),
            ("two releases", "deployments with two releases side by side"),
            ("reads of the provider", "reads of the provider that fail"),
            ("all queues get lost", "lost queues"),
            ("all jobs again", "repeated jobs"),
        ];
        if let Some((_, kind)) = KINDS.iter().find(|(words, _)| line.contains(words)) {
            *self.faults.entry((*kind).to_owned()).or_default() += 1;
        }
    }

    /// Counts a reminder in its end.
    pub(super) fn add(&mut self, row: &Reminder) {
        self.reminders += 1;
        *self.ends.entry(row.state.name().to_owned()).or_default() += 1;
        for attempt in &row.attempts {
            let outcome = match attempt.outcome {
                AttemptOutcome::Open => "open",
                AttemptOutcome::Accepted { .. } => "accepted",
                AttemptOutcome::Rejected { .. } => "rejected",
                AttemptOutcome::NotProcessed => "not processed",
                AttemptOutcome::GivenBack => "given back",
                AttemptOutcome::Unknown { .. } => "unknown for good",
                AttemptOutcome::ProvenAbsent => "proven absent",
            };
            *self.attempts.entry(outcome.to_owned()).or_default() += 1;
        }
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.user_days += other.user_days;
        self.steps += other.steps;
        self.reminders += other.reminders;
        self.texts += other.texts;
        self.posts += other.posts;
        self.unanswered += other.unanswered;
        self.could_arrive += other.could_arrive;
        self.arrived += other.arrived;
        self.alike += other.alike;
        self.alike_arrived += other.alike_arrived;
        self.broken.extend(&other.broken);
        let maps = [
            (&mut self.ends, &other.ends),
            (&mut self.attempts, &other.attempts),
            (&mut self.faults, &other.faults),
        ];
        for (into, from) in maps {
            for (name, count) in from {
                *into.entry(name.clone()).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seeds, user_days, steps, reminders, texts, .. } = self;
        writeln!(f, "{seeds} seeds, {user_days} user-days, {steps} things that happened")?;
        writeln!(f, "{reminders} reminders, {texts} texts that the provider took")?;
        if self.unanswered > 0 {
            let Self { posts, unanswered, could_arrive, arrived, .. } = self;
            writeln!(f, "{posts} posts, of which {unanswered} went without an answer")?;
            writeln!(f, "{could_arrive} reminders could arrive, {arrived} of them did")?;
            let Self { alike, alike_arrived, .. } = self;
            writeln!(f, "{alike} others had the text of another, {alike_arrived} of them did")?;
        }
        for (title, counts) in
            [("ends", &self.ends), ("attempts", &self.attempts), ("faults", &self.faults)]
        {
            writeln!(f, "{title}:")?;
            for (name, count) in counts {
                writeln!(f, "  {count:>10}  {name}")?;
            }
        }
        writeln!(f, "promise broken in {} seeds {:?}", self.broken.len(), self.broken)
    }
}
