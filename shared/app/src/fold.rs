//! Folding changes into counters, exactly once whatever the feed repeats or splits, and telling
//! what they mean, at least once.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::experiment::board::InArm;
use domain::figures;
use domain::figures::{Dimension, names};
use domain::ids::ReminderId;
use domain::reasons::CancelReason;
use domain::reminder::{AttemptOutcome, Reminder};
use domain::time::utc_date;
use domain::trail::{Step, TrailEntry};
use futures::future::join_all;
use jiff::Timestamp;
use tracing::{Instrument, info_span, instrument};

use crate::domain_events::{Standing, meaning, texts};
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
        edition: figures::EDITION,
    }
}

/// A revision that no row reaches, and that every store holds: what is counted under it stays.
pub(crate) const LAST: u64 = i64::MAX.cast_unsigned();

/// Something that counts once for a user and an experiment, whichever of their reminders says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedOnce {
    /// Under which name it is guarded.
    pub id: ReminderId,
    /// The earlier it happened, the higher: what was counted gives way to what happened before it,
    /// so the order in which changes come does not matter.
    pub rank: u64,
    /// What it adds.
    pub contribution: Contribution,
}

/// What a reminder says of its user, whichever of their reminders says it first.
pub fn counted_once(row: &Reminder) -> Vec<CountedOnce> {
    texted_once(row).into_iter().chain(limited_once(row)).chain(in_arms(row)).collect()
}

/// When the texts of a reminder were claimed that the provider took.
fn taken_at(row: &Reminder) -> impl Iterator<Item = Timestamp> {
    let is_taken = |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Accepted { .. });
    let taken = row.attempts.iter().filter(move |attempt| is_taken(&attempt.outcome));
    taken.map(|attempt| attempt.claimed_at)
}

/// That its user was texted on a UTC date, or on several.
fn texted_once(row: &Reminder) -> Vec<CountedOnce> {
    let on = |at: Timestamp| {
        let of = (names::USERS_TEXTED, &*utc_date(at).to_string());
        once(row, at, of, Dimension::all())
    };
    taken_at(row).map(on).collect()
}

/// That its user hit the daily limit on a UTC date: a plan put it beyond, whatever came after.
fn limited_once(row: &Reminder) -> Option<CountedOnce> {
    let is_beyond = |entry: &&TrailEntry| {
        matches!(entry.step, Step::Cancelled { reason: CancelReason::DailyLimit })
    };
    let at = row.trail.entries().iter().find(is_beyond)?.at;
    let of = (names::USERS_LIMITED, &*utc_date(at).to_string());
    Some(once(row, at, of, Dimension::all()))
}

/// What it says of its user in the arms of experiments: that they were exposed, since the provider
/// took a text of theirs, and that they rated one or opened its link.
///
/// Not the plan exposes somebody, since much that is planned is never sent, nor the claim, which
/// may be given back: only what went out can have an effect.
fn in_arms(row: &Reminder) -> Vec<CountedOnce> {
    let Some(at) = taken_at(row).min() else { return Vec::new() };
    let said = [
        (true, names::EXPOSED),
        (row.rating.is_some(), names::RATERS),
        (row.trial.opened_at.is_some(), names::OPENERS),
    ];
    let said = said.into_iter().filter_map(|(is_so, what)| is_so.then_some(what));
    let of = |in_arm: &InArm, what: &str| {
        let arm = Dimension::arm(&in_arm.experiment, &in_arm.arm);
        once(row, at, (what, &in_arm.experiment), arm)
    };
    said.flat_map(|what| row.trial.arms.iter().map(move |in_arm| of(in_arm, what))).collect()
}

/// One of its user under a dimension, for what `what` and `which` name.
fn once(
    row: &Reminder,
    at: Timestamp,
    (what, which): (&str, &str),
    dimension: Dimension,
) -> CountedOnce {
    let globally = Globally { hour_at: figures::hour_at(at), dimensions: vec![dimension] };
    CountedOnce {
        id: ReminderId::of_count(&row.user, what, which),
        rank: LAST.saturating_sub(u64::try_from(at.as_second()).unwrap_or(0).max(1)),
        contribution: Contribution {
            on: utc_date(at),
            counts: vec![(what.to_owned(), 1)],
            globally: Some(globally),
            edition: figures::EDITION,
        },
    }
}

/// Counts what a reminder adds, and what it says of its user. Says whether it added something new.
pub(crate) async fn count(metrics: &dyn Metrics, row: &Reminder) -> Result<bool, StoreError> {
    count_with(metrics, row, counted_once(row)).await
}

async fn count_with(
    metrics: &dyn Metrics,
    row: &Reminder,
    said: Vec<CountedOnce>,
) -> Result<bool, StoreError> {
    for once in said {
        metrics.replace_contribution(&row.user, once.id, once.rank, &once.contribution).await?;
    }
    metrics.replace_contribution(&row.user, row.id, row.revision, &contribution(row)).await
}

/// Folds changes, given oldest first: tells what they mean, then counts them. Told first, so that
/// what was counted was told: a batch that is cut short in between comes again and is told again.
///
/// # Errors
/// [`NotFolded`], if some of them must come again.
#[instrument(name = "fold", skip_all, fields(changes = changes.len(), outcome))]
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
        let Reminder { id, revision, state, .. } = newest.row;
        let step = info_span!("folded", reminder.id = %id, revision, ?state);
        let said = newest.says();
        let counted = count_with(&*ports.metrics, newest.row, said).instrument(step).await;
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
    /// Whether a text of it was taken, or its state changed, in one of the changes.
    is_taken_anew: bool,
    is_moved: bool,
}

impl Newest<'_> {
    /// What it says of its user that an earlier change did not: each costs a write.
    fn says(&self) -> Vec<CountedOnce> {
        let texted = self.is_taken_anew.then(|| texted_once(self.row));
        let limited = self.is_moved.then(|| limited_once(self.row)).flatten();
        texted.into_iter().flatten().chain(limited).chain(in_arms(self.row)).collect()
    }
}

/// Of every reminder that counts anew the row with the highest revision.
fn newest(changes: &[RowChange]) -> Vec<Newest<'_>> {
    let mut newest: BTreeMap<_, Newest<'_>> = BTreeMap::new();
    for (first, change) in changes.iter().enumerate() {
        let row = &change.row;
        let unseen =
            Newest { first, row, counts_anew: false, is_taken_anew: false, is_moved: false };
        let known = newest.entry((&row.user, row.id)).or_insert(unseen);
        known.counts_anew |= !change.counts_as_before;
        let before = change.before.as_ref();
        known.is_taken_anew |= before.is_none_or(|before| before.texts != texts(row));
        known.is_moved |= before.is_none_or(|before| before.state != row.state.name());
        if row.revision > known.row.revision {
            known.row = row;
        }
    }
    newest.into_values().filter(|newest| newest.counts_anew).collect()
}
