//! The change feed, and the counters folded from it.

use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain_events::Standing;

/// One change to a reminder, as the feed tells it. Feeds repeat and split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Its place in the feed.
    pub sequence: u64,
    /// Where the reminder stood before; none if it is new.
    pub before: Option<Standing>,
    /// The row after the change.
    pub row: Reminder,
}

/// Reads the change feed.
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// Up to `limit` changes after `sequence`, oldest first.
    async fn changes_after(
        &self,
        sequence: u64,
        limit: usize,
    ) -> Result<Vec<FeedEntry>, StoreError>;
}

/// What one reminder adds to the counters, in the state it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The user's local date it counts in.
    pub on: Date,
    /// Names of counters and what it adds to each.
    pub counts: Vec<(String, i64)>,
}

/// Keeps the counters.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// Replaces what a reminder contributed by what it contributes at `revision`, in one
    /// transaction and only if that is higher than the one before. False if it is not.
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError>;

    /// The counters of one user and local date, in order of their names, without those at zero.
    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError>;

    /// The sum of the counters of all users and dates, in order of their names.
    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError>;

    /// How far the feed has been folded.
    async fn folded_until(&self) -> Result<u64, StoreError>;

    /// Notes how far the feed has been folded; never moves it back.
    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError>;
}
