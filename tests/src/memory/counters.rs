//! Counters, each change folded once.

use app::ports::{Contribution, CountedIn, Metrics, StoreError, Wanted, changed_counts};
use app::records::StoredContribution;
use async_trait::async_trait;
use domain::figures::{Counts, Dimension, add, hour_at};
use domain::ids::{ReminderId, UserId};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Held, MemoryStore};

/// Entries of the feed that stay after they were folded.
const TAIL: usize = 1_000;

impl Held {
    fn count(&mut self, user: &UserId, before: Option<&Contribution>, next: &Contribution) {
        for (place, counts) in changed_counts(before, next) {
            let held = match place {
                CountedIn::Day(on) => self.counters.entry((user.clone(), on)).or_default(),
                CountedIn::Total => &mut self.totals,
                CountedIn::Hour { dimension, hour_at } => {
                    self.hours.entry((dimension, hour_at)).or_default()
                }
            };
            for (name, by) in counts {
                let count = held.get(&name).copied().unwrap_or(0) + by;
                // What is nothing is not held.
                if count == 0 {
                    held.remove(&name);
                } else {
                    held.insert(name, count);
                }
            }
        }
    }
}

fn listed(counts: &Counts) -> Vec<(String, i64)> {
    counts.iter().map(|(name, count)| (name.clone(), *count)).collect()
}

#[async_trait]
impl Metrics for MemoryStore {
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (user.clone(), reminder);
        let before = held.contributions.get(&key).cloned();
        if before.as_ref().is_some_and(|stored| !stored.gives_way_to(revision, contribution)) {
            return Ok(false);
        }
        held.count(user, before.map(|stored| stored.contribution).as_ref(), contribution);
        let contribution = contribution.clone();
        held.contributions.insert(key, StoredContribution { revision, contribution });
        Ok(true)
    }

    async fn count_once(&self, id: &str, at: Timestamp, name: &str) -> Result<bool, StoreError> {
        let mut held = self.held();
        if !held.once.insert(id.to_owned()) {
            return Ok(false);
        }
        let hour = held.hours.entry((Dimension::all(), hour_at(at))).or_default();
        *hour.entry(name.to_owned()).or_default() += 1;
        *held.totals.entry(name.to_owned()).or_default() += 1;
        Ok(true)
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        let held = self.held();
        Ok(held.counters.get(&(user.clone(), on)).map_or_else(Vec::new, listed))
    }

    async fn days(
        &self,
        user: &UserId,
        from: Date,
        until: Date,
    ) -> Result<Vec<(Date, Counts)>, StoreError> {
        if from > until {
            return Ok(Vec::new());
        }
        let held = self.held();
        let span = held.counters.range((user.clone(), from)..=(user.clone(), until));
        let days = span.filter(|(_, counts)| !counts.is_empty());
        Ok(days.map(|((_, on), counts)| (*on, counts.clone())).collect())
    }

    async fn hours(
        &self,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        if from >= until {
            return Ok(Vec::new());
        }
        let held = self.held();
        let span = held.hours.range((dimension.clone(), from)..(dimension.clone(), until));
        let hours = span.filter(|(_, counts)| !counts.is_empty());
        Ok(hours.map(|((_, hour_at), counts)| (*hour_at, counts.clone())).collect())
    }

    async fn sums(
        &self,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Vec<Counts>, StoreError> {
        let held = self.held();
        let sum = |span: &[Timestamp]| {
            let mut sum = Counts::new();
            if let [from, until] = *span
                && from < until
            {
                let hours = held.hours.range((dimension.clone(), from)..(dimension.clone(), until));
                let counts = hours.flat_map(|(_, counts)| counts);
                let wanted = counts.filter(|(name, _)| is_wanted(name));
                wanted.for_each(|(name, count)| add(&mut sum, name, *count));
            }
            sum.retain(|_, count| *count != 0);
            sum
        };
        Ok(bounds.windows(2).map(sum).collect())
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(listed(&self.held().totals))
    }

    async fn folded_until(&self) -> Result<u64, StoreError> {
        Ok(self.held().folded_until)
    }

    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError> {
        let mut held = self.held();
        held.folded_until = held.folded_until.max(sequence);
        let folded = held.feed.partition_point(|entry| entry.sequence <= sequence);
        let surplus = folded.saturating_sub(TAIL).min(held.feed.len().saturating_sub(1));
        held.feed.drain(..surplus);
        Ok(())
    }
}
