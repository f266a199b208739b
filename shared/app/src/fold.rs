//! Folding the change feed into counters, exactly once whatever the feed repeats or splits.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::reminder::{AttemptOutcome, Reminder};
use futures::future::try_join_all;

use crate::ports::{ChangeFeed, Contribution, FeedEntry, Metrics, StoreError};

/// Changes folded at a time.
const BATCH: usize = 500;

/// What folding needs.
#[derive(Clone)]
pub struct FoldPorts {
    /// What changed.
    pub feed: Arc<dyn ChangeFeed>,
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
}

/// What a reminder adds to the counters of its local day, in the state it is in. The counters
/// equal the sum of this over all reminders, which `verify` checks.
pub fn contribution(row: &Reminder) -> Contribution {
    let mut counts = BTreeMap::new();
    let mut add = |name: String, by: i64| {
        if by != 0 {
            *counts.entry(name).or_default() += by;
        }
    };
    add("planned".to_owned(), 1);
    let state = row.state.name();
    add(state.to_owned(), 1);
    if let Some(reason) = row.state.reason() {
        add(format!("{state}.{reason}"), 1);
    }
    let accepted =
        row.attempts.iter().filter(|a| matches!(a.outcome, AttemptOutcome::Accepted { .. }));
    add("texts".to_owned(), i64::try_from(accepted.count()).unwrap_or(i64::MAX));
    add("attempts".to_owned(), row.counted_attempts().into());
    add("late".to_owned(), row.is_late().into());
    Contribution { on: row.day_on, counts: counts.into_iter().collect() }
}

/// Folds what the feed holds beyond the last fold. Returns how many changes were read.
pub async fn fold(ports: &FoldPorts) -> Result<usize, StoreError> {
    let mut read = 0;
    loop {
        let from = ports.metrics.folded_until().await?;
        let entries = ports.feed.changes_after(from, BATCH).await?;
        let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(read) };
        // Each row says everything about its reminder, so only the newest counts. They are written
        // side by side, for the store to commit together; the revision guards each.
        try_join_all(newest(&entries).map(|row| replace(ports, row))).await?;
        ports.metrics.set_folded_until(last).await?;
        read += entries.len();
    }
}

/// Of every reminder the row with the highest revision.
fn newest(entries: &[FeedEntry]) -> impl Iterator<Item = &Reminder> {
    let mut newest: BTreeMap<_, &Reminder> = BTreeMap::new();
    for FeedEntry { row, .. } in entries {
        let known = newest.entry((&row.user, row.id)).or_insert(row);
        if row.revision > known.revision {
            *known = row;
        }
    }
    newest.into_values()
}

async fn replace(ports: &FoldPorts, row: &Reminder) -> Result<(), StoreError> {
    let counted = contribution(row);
    ports.metrics.replace_contribution(&row.user, row.id, row.revision, &counted).await.map(|_| ())
}
