//! Counters, each change folded once.

use std::collections::BTreeMap;

use app::ports::{Contribution, Metrics, StoreError};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use jiff::civil::Date;

use super::{Held, MemoryStore};

/// Entries of the feed that stay after they were folded.
const TAIL: usize = 1_000;

impl Held {
    fn count(&mut self, user: &UserId, contribution: &Contribution, sign: i64) {
        let day = self.counters.entry((user.clone(), contribution.on)).or_default();
        for (name, count) in &contribution.counts {
            *day.entry(name.clone()).or_default() += sign * count;
            *self.totals.entry(name.clone()).or_default() += sign * count;
        }
    }
}

fn without_zeros(counts: &BTreeMap<String, i64>) -> Vec<(String, i64)> {
    let counts = counts.iter().filter(|(_, count)| **count != 0);
    counts.map(|(name, count)| (name.clone(), *count)).collect()
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
        if before.as_ref().is_some_and(|(stored, _)| *stored >= revision) {
            return Ok(false);
        }
        if let Some((_, before)) = before {
            held.count(user, &before, -1);
        }
        held.count(user, contribution, 1);
        held.contributions.insert(key, (revision, contribution.clone()));
        Ok(true)
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        let held = self.held();
        Ok(held.counters.get(&(user.clone(), on)).map_or_else(Vec::new, without_zeros))
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(without_zeros(&self.held().totals))
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
