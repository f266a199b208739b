//! Reminders, claims, and what controls them.

use async_trait::async_trait;
use domain::difference::RowWrite;
use domain::ids::{ReminderId, UserId};
use domain::pace::Pace;
use domain::reminder::Reminder;
use domain::rollout::Rollout;
use domain::user::Planned;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Document, PhoneKey, StoreError};

/// What one planning of a local day did; kept for `why`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The local date.
    pub on: Date,
    /// When the plan was made.
    pub at: Timestamp,
    /// Rows of the plan that are to be sent.
    pub scheduled: usize,
    /// Rows that were written anew or changed.
    pub written: usize,
    /// Reminders beyond the most rows a day may have.
    pub over_rows: usize,
    /// Events that got no row, and why: UID, occurrence, start, reason.
    pub left_out: Vec<LeftOutRecord>,
}

/// One event that got no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutRecord {
    /// Its UID.
    pub uid: String,
    /// Its occurrence.
    pub occurrence: String,
    /// When it begins.
    pub start: Timestamp,
    /// Why it got none.
    pub reason: String,
}

/// The difference that one planning of one user makes, written all or nothing per batch.
#[derive(Debug, Clone)]
pub struct PlanWrite<'a> {
    /// Whose plan.
    pub user: &'a UserId,
    /// The inputs it was made from; with other inputs nothing is written.
    pub inputs_version: u64,
    /// What the user's row says of the plan afterwards.
    pub planned: Planned,
    /// The rows.
    pub rows: &'a [RowWrite],
    /// A record per day.
    pub records: &'a [RunRecord],
}

/// What became of a [`PlanWrite`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanWriteResult {
    /// Written whole.
    Written,
    /// The inputs or a row changed meanwhile: the plan must be made anew.
    Outdated,
}

/// A change to one row outside a plan.
#[derive(Debug, Clone)]
pub struct RowUpdate<'a> {
    /// The row as it should be.
    pub row: &'a Reminder,
    /// The revision it must have now.
    pub expected: u64,
    /// The day whose set of claimed reminders it leaves, because it certainly sent nothing.
    pub leaves_day: Option<Date>,
}

/// One row that needs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueRow {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub reminder: ReminderId,
    /// Since or from when ([`Reminder::due_at`]).
    pub due_at: Timestamp,
    /// Of a scheduled row, the first instant at which it may no longer be handed over: it needs a
    /// turn before that. None of a row that needs a look for another reason.
    pub last_at: Option<Timestamp>,
}

/// Reads and writes reminders.
#[async_trait]
pub trait Reminders: Send + Sync {
    /// One reminder.
    async fn reminder(&self, user: &UserId, id: ReminderId)
    -> Result<Option<Reminder>, StoreError>;

    /// One reminder, whoever's it is; for people who ask why.
    async fn find_reminder(&self, id: ReminderId) -> Result<Option<Reminder>, StoreError>;

    /// The reminders of a user whose `day_on` lies within the dates, both included, by `send_at`.
    async fn reminders_between(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<Reminder>, StoreError>;

    /// Writes a plan's difference if the user's `inputs_version` and every row's revision are as
    /// expected. A plan of a hundred rows or more may be written in batches, the user's mark with
    /// the last: if one of them is refused, the user is not planned, and the next plan goes on
    /// from the rows as they then are.
    async fn write_plan(&self, write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError>;

    /// Writes one row if its stored revision is as expected.
    async fn update(&self, update: &RowUpdate<'_>) -> Result<bool, StoreError>;

    /// Up to `limit` rows that are due in `[from, until)`, by `due_at`, then reminder, after the
    /// row `after` (for the next page). A page that is not full is the last. A store may lag here:
    /// each row is a hint, and one that was just written may be missing for a moment.
    async fn due(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StoreError>;

    /// The records of a user's plans for the dates, both included.
    async fn run_records(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<RunRecord>, StoreError>;
}

/// A claim: one transaction that checks everything it was decided on.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// The row after the claim.
    pub row: &'a Reminder,
    /// The revision the decision was made on.
    pub expected: u64,
    /// The user's inputs the decision was made on.
    pub inputs_version: u64,
    /// The phone whose consent was read.
    pub phone: &'a PhoneKey,
    /// The version of the phone's row the decision was made on.
    pub phone_version: u64,
    /// The most reminders that may be claimed on the row's `day_on`.
    pub limit: u32,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimResult {
    /// It holds.
    Claimed,
    /// Something it was decided on changed: look again.
    Changed,
    /// The day's set is full and the reminder is not in it.
    LimitReached,
}

/// Claims reminders.
#[async_trait]
pub trait Claims: Send + Sync {
    /// The reminders claimed on a user's local date.
    async fn claimed_on(&self, user: &UserId, on: Date) -> Result<Vec<ReminderId>, StoreError>;

    /// Claims: writes the row and enters it in the set of its `day_on`, if everything is as
    /// expected and the set has fewer than `limit` others. What is in the set already needs no
    /// further place, but gets none beyond a limit that was lowered since.
    async fn claim(&self, claim: &Claim<'_>) -> Result<ClaimResult, StoreError>;
}

/// Reads and writes what controls everybody.
#[async_trait]
pub trait Control: Send + Sync {
    /// The rollout switch; on if it was never set.
    async fn rollout(&self) -> Result<Rollout, StoreError>;

    /// Sets the rollout switch if its stored version is one less.
    async fn put_rollout(&self, rollout: &Rollout) -> Result<bool, StoreError>;

    /// A document, as it is now.
    async fn document(&self, kind: &str, name: &str) -> Result<Option<Document>, StoreError>;

    /// Writes a document if the stored version is one less than its own (there must be none below
    /// version 1). False, and nothing written, otherwise.
    async fn put_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
    ) -> Result<bool, StoreError>;

    /// As [`Self::put_document`], for a document that nobody needs any more after the second of two
    /// instants, of which the first is now: the store removes it some time after.
    async fn put_passing_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
        times: (Timestamp, Timestamp),
    ) -> Result<bool, StoreError>;

    /// Up to `limit` documents of a kind, in order of their names, after the name `after`.
    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError>;

    /// The end of the last bucket that was promoted, if any was.
    async fn promoted_until(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Notes the end of the last bucket that was promoted; never moves it back.
    async fn set_promoted_until(&self, until: Timestamp) -> Result<(), StoreError>;

    /// The pace of a sender (a number, a short code, a messaging service); the default if it was
    /// never set. As it is now, whoever wrote it.
    async fn pace(&self, sender: &str) -> Result<Pace, StoreError>;

    /// Sets the pace of a sender if its stored version is one less.
    async fn put_pace(&self, sender: &str, pace: &Pace) -> Result<bool, StoreError>;

    /// Counts that `wanted` turns of a sender's `second`, a whole one, are asked for, and says how
    /// many were asked for before. Those who ask at the same time are counted one after the other.
    /// What is asked for counts even where the answer gets lost: turns are lost then, and none is
    /// taken twice. The store forgets a second some time after it
    /// ([`TURNS_KEPT_FOR`](domain::limits::TURNS_KEPT_FOR)).
    async fn take_turns(
        &self,
        sender: &str,
        second: Timestamp,
        wanted: u32,
    ) -> Result<u32, StoreError>;
}
