//! The change feed, and the counters folded from it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::figures::{Counts, Dimension, names};
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use jiff::Timestamp;
use jiff::civil::Date;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The user's local date it counts in.
    pub on: Date,
    /// Names of counters and what it adds to each.
    pub counts: Vec<(String, i64)>,
    /// Where else the same counts; none for what was counted before there were global figures.
    pub globally: Option<Globally>,
    /// By which edition of the counters ([`domain::figures::EDITION`]).
    pub edition: u32,
}

/// Where something counts for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Globally {
    /// The beginning of the UTC hour.
    pub hour_at: Timestamp,
    /// Under what, in that hour.
    pub dimensions: Vec<Dimension>,
}

/// A set of counters that is kept together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountedIn {
    /// A local date of the user.
    Day(Date),
    /// All users and dates.
    Total,
    /// A UTC hour of all users.
    Hour {
        /// Under what.
        dimension: Dimension,
        /// Its beginning.
        hour_at: Timestamp,
    },
}

impl Contribution {
    /// Where it counts.
    fn places(&self) -> Vec<CountedIn> {
        let hours = self.globally.iter().flat_map(|globally| {
            globally.dimensions.iter().map(|dimension| CountedIn::Hour {
                dimension: dimension.clone(),
                hour_at: globally.hour_at,
            })
        });
        [CountedIn::Day(self.on), CountedIn::Total].into_iter().chain(hours).collect()
    }
}

/// Whether a counter is kept in a place: those of sketches are many.
fn place_holds(place: &CountedIn, name: &str) -> bool {
    match place {
        CountedIn::Day(_) => true,
        CountedIn::Total => names::bucket_in(name).is_none(),
        CountedIn::Hour { dimension, .. } => {
            dimension.has_sketches() || names::bucket_in(name).is_none()
        }
    }
}

/// What changes where one contribution takes the place of another; nothing of it is zero.
pub fn changed_counts(
    before: Option<&Contribution>,
    next: &Contribution,
) -> BTreeMap<CountedIn, Counts> {
    let mut changed: BTreeMap<CountedIn, Counts> = BTreeMap::new();
    for (contribution, sign) in before.map(|before| (before, -1)).into_iter().chain([(next, 1)]) {
        for place in contribution.places() {
            let held = contribution.counts.iter().filter(|(name, _)| place_holds(&place, name));
            let held: Vec<_> = held.collect();
            let counts = changed.entry(place).or_default();
            for (name, count) in held {
                *counts.entry(name.clone()).or_default() += sign * count;
            }
        }
    }
    changed.values_mut().for_each(|counts| counts.retain(|_, count| *count != 0));
    changed.retain(|_, counts| !counts.is_empty());
    changed
}

/// Which counters are asked for, by their names.
pub type Wanted = fn(&str) -> bool;

/// Keeps the counters.
#[async_trait]
pub trait Metrics: Send + Sync {
    /// Replaces what a reminder contributed by what it contributes at `revision`, in one
    /// transaction and only if that is higher than the one before (or is the same, and an earlier
    /// edition counted it). False if it is not.
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError>;

    /// Counts something that no reminder says, once for each `id` whenever it is said: in the total
    /// and, under [`Dimension::all`], in the UTC hour of `at`. False if it was counted before.
    async fn count_once(&self, id: &str, at: Timestamp, name: &str) -> Result<bool, StoreError>;

    /// The counters of one user and local date, in order of their names, without those at zero.
    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError>;

    /// The same of each local date from one to another, the latter included, without those that
    /// have none.
    async fn days(
        &self,
        user: &UserId,
        from: Date,
        until: Date,
    ) -> Result<Vec<(Date, Counts)>, StoreError>;

    /// The counters of all users in each UTC hour that begins at or after `from` and before
    /// `until`, under a dimension, without hours that have none.
    async fn hours(
        &self,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError>;

    /// The sums of the counters of all users in each span between two neighbours of `bounds`,
    /// under a dimension: of the UTC hours that begin at or after the one and before the other.
    /// Only of the counters that are wanted, without sums of zero. Whoever does not ask for single
    /// hours asks here, for a store may keep the sums of longer times.
    async fn sums(
        &self,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Vec<Counts>, StoreError>;

    /// The sum of the counters of all users and dates, in order of their names.
    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError>;

    /// How far the feed has been folded.
    async fn folded_until(&self) -> Result<u64, StoreError>;

    /// Notes how far the feed has been folded; never moves it back.
    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError>;
}
