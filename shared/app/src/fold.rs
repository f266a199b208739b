//! Folding changes into counters, exactly once whatever the feed repeats or splits, and telling
//! what they mean, at least once.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::figures;
use domain::reminder::Reminder;
use futures::future::join_all;

use crate::domain_events::{Standing, meaning};
use crate::ports::{
    ChangeFeed, Contribution, DomainEvents, FeedEntry, Globally, Metrics, QueueError, StoreError,
};

/// Changes folded at a time.
const BATCH: usize = 500;

/// What folding a change needs.
#[derive(Clone)]
pub struct FoldPorts {
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
    /// Who is told what it means.
    pub domain_events: Arc<dyn DomainEvents>,
}

/// What folding a feed that is read needs. Where a stream hands changes over, [`FoldPorts`] do.
#[derive(Clone)]
pub struct FeedPorts {
    /// What changed.
    pub feed: Arc<dyn ChangeFeed>,
    /// What is made of it.
    pub fold: FoldPorts,
}

/// One change to a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// Where it stood before; none if it is new.
    pub before: Option<Standing>,
    /// Whether the row before is known to have counted just as this one: then what was counted
    /// stays true, and need not be written anew.
    pub counts_as_before: bool,
    /// The row after the change.
    pub row: Reminder,
}

/// Changes that could not be folded. Folding them again changes nothing twice.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// How far a batch of changes was folded.
#[derive(Debug, thiserror::Error)]
#[error("change {first} of a batch could not be folded")]
pub struct NotFolded {
    /// The first change that must come again. Those after it may come again with it.
    pub first: usize,
    /// Why.
    #[source]
    pub source: FoldError,
}

/// What a reminder adds to the counters of its local day and its UTC hour, in the state it is in.
/// The counters equal the sum of this over all reminders, which `verify` checks.
pub fn contribution(row: &Reminder) -> Contribution {
    let (hour_at, dimensions) = (figures::hour_of(row), figures::dimensions(row));
    Contribution {
        on: row.day_on,
        counts: figures::counts(row).into_iter().collect(),
        globally: Some(Globally { hour_at, dimensions }),
    }
}

/// Folds changes, given oldest first: tells what they mean, then counts them. Told first, so that
/// what was counted was told: a batch that is cut short in between comes again and is told again.
///
/// # Errors
/// [`NotFolded`], if some of them must come again.
pub async fn fold_changes(ports: &FoldPorts, changes: &[RowChange]) -> Result<(), NotFolded> {
    let told = changes.iter().flat_map(|change| meaning(change.before.as_ref(), &change.row));
    let told: Vec<_> = told.collect();
    if !told.is_empty() {
        let failed = |error| NotFolded { first: 0, source: FoldError::Queue(error) };
        ports.domain_events.publish(&told).await.map_err(failed)?;
    }
    // Each row says everything about its reminder, so only the newest counts. They are written
    // side by side, for the store to commit together; the revision guards each.
    let counted = join_all(newest(changes).into_iter().map(|newest| async move {
        let row = newest.row;
        let contribution = contribution(row);
        let metrics = &ports.metrics;
        let counted =
            metrics.replace_contribution(&row.user, row.id, row.revision, &contribution).await;
        counted.err().map(|error| NotFolded { first: newest.first, source: error.into() })
    }))
    .await;
    let failed = counted.into_iter().flatten().min_by_key(|failed| failed.first);
    failed.map_or(Ok(()), Err)
}

/// Folds what the feed holds beyond the last fold. Returns how many changes were read.
///
/// # Errors
/// [`FoldError`]; the next fold goes on where this one stopped.
pub async fn fold(ports: &FeedPorts) -> Result<usize, FoldError> {
    let mut read = 0;
    loop {
        let from = ports.fold.metrics.folded_until().await?;
        let entries = ports.feed.changes_after(from, BATCH).await?;
        let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(read) };
        read += entries.len();
        let change = |entry: FeedEntry| RowChange {
            before: entry.before,
            counts_as_before: false,
            row: entry.row,
        };
        let changes: Vec<_> = entries.into_iter().map(change).collect();
        fold_changes(&ports.fold, &changes).await.map_err(|failed| failed.source)?;
        ports.fold.metrics.set_folded_until(last).await?;
    }
}

/// The newest row of a reminder in a batch, the place of the first, and whether any of them changed
/// what it counts.
struct Newest<'a> {
    first: usize,
    row: &'a Reminder,
    counts_anew: bool,
}

/// Of every reminder that counts anew the row with the highest revision.
fn newest(changes: &[RowChange]) -> Vec<Newest<'_>> {
    let mut newest: BTreeMap<_, Newest<'_>> = BTreeMap::new();
    for (first, change) in changes.iter().enumerate() {
        let row = &change.row;
        let unseen = Newest { first, row, counts_anew: false };
        let known = newest.entry((&row.user, row.id)).or_insert(unseen);
        known.counts_anew |= !change.counts_as_before;
        if row.revision > known.row.revision {
            known.row = row;
        }
    }
    newest.into_values().filter(|newest| newest.counts_anew).collect()
}
