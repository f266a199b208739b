//! What alerts need: ways to tell people, and what only some ports can tell.

use async_trait::async_trait;
use domain::alerts::digest::Digest;
use domain::alerts::{Channel, DailyCost, NoticeKind, Severity, Spending};
use domain::statistics::Share;
use jiff::{SignedDuration, Timestamp};

use super::{Cause, StoreError};

/// What people are told of an incident. It holds nothing personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertNotice {
    /// What happened to it.
    pub kind: NoticeKind,
    /// When that was.
    pub at: Timestamp,
    /// The same for all that is told of one incident, and for nothing else.
    pub dedup_key: String,
    /// How much it matters.
    pub severity: Severity,
    /// Which deployment tells it.
    pub deployment: String,
    /// The rule that is broken.
    pub rule: String,
    /// Of which schedule, queue or provider; empty where there is only one.
    pub key: String,
    /// What is wrong, in a sentence.
    pub headline: String,
    /// The value that broke the rule, beside its threshold.
    pub value: String,
    /// When the incident was opened.
    pub opened_at: Timestamp,
    /// Who looks after it, if anybody does.
    pub acknowledged_by: Option<String>,
    /// Where it says what to do: an address, or the name of the page.
    pub runbook: String,
    /// Where the dashboard shows it, if that can be reached by an address.
    pub panel: Option<String>,
}

/// A channel did not take a notice.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// It may when tried again; perhaps it did.
    #[error("the channel did not answer as it should")]
    Transient(#[source] Cause),
    /// It never will: what it is given is wrong, or it does not know us.
    #[error("the channel refuses what it is given")]
    Permanent(#[source] Cause),
}

/// A way to tell people.
#[async_trait]
pub trait AlertChannel: Send + Sync {
    /// Which it is.
    fn channel(&self) -> Channel;

    /// Tells a notice. It may come twice: a channel that can tell by its key that it has it ignores
    /// the second.
    async fn tell(&self, notice: &AlertNotice) -> Result<(), ChannelError>;

    /// Tells the summary of a day. It may come twice. Channels that wake people take none.
    async fn summarise(&self, _digest: &Digest) -> Result<(), ChannelError> {
        Err(ChannelError::Permanent("this channel takes no summaries".into()))
    }
}

/// A queue as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// The queue.
    pub queue: String,
    /// How long its oldest job has been ready; zero if there is none; none if it cannot be told.
    pub oldest_for: Option<SignedDuration>,
    /// Jobs that were given up; none if it cannot be told.
    pub dead_letters: Option<u64>,
}

/// Looks at the queues.
#[async_trait]
pub trait Backlogs: Send + Sync {
    /// Every queue. What cannot be told of one is none.
    async fn backlogs(&self) -> Vec<Backlog>;
}

/// The figures that alerts judge. None: it cannot be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFigures {
    /// Texts delivered of those whose outcome is certain, over ever longer times up to now.
    pub delivered: Vec<Share>,
    /// Attempts of the model that gave no text to use, over ever longer times up to now.
    pub model_failed: Vec<Share>,
    /// Users who opted out in the last day, of those texted.
    pub opted_out: Option<Share>,
    /// What the model costs.
    pub model_cost: Option<DailyCost>,
    /// What is spent of the model's budget.
    pub model_budget: Option<Spending>,
    /// What is spent of the ceiling for texts.
    pub texts_budget: Option<Spending>,
    /// Reminders planned in the last day.
    pub planned: Option<u64>,
}

/// Tells the figures that alerts judge.
#[async_trait]
pub trait Figures: Send + Sync {
    /// As of `now`.
    async fn figures(&self, now: Timestamp) -> Result<AlertFigures, StoreError>;
}
