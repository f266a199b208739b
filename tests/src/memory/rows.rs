//! Reminders, claims, and the feed of their changes.

use app::domain_events::Standing;
use app::ports::{
    ChangeFeed, Claim, ClaimResult, Claims, DueRow, FeedEntry, PlanWrite, PlanWriteResult,
    Reminders, RowUpdate, RunRecord, StoreError,
};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Held, MemoryStore};

impl Held {
    fn row(&self, user: &UserId, id: ReminderId) -> Option<&Reminder> {
        self.rows.get(user)?.get(&id)
    }

    fn revision(&self, row: &Reminder) -> Option<u64> {
        self.row(&row.user, row.id).map(|stored| stored.revision)
    }

    /// Writes a row, its place among what is due, and the change it is.
    fn put_row(&mut self, row: &Reminder) {
        let before = self.rows.entry(row.user.clone()).or_default().insert(row.id, row.clone());
        self.owners.insert(row.id, row.user.clone());
        if let Some(due_at) = before.as_ref().and_then(Reminder::due_at) {
            self.due.remove(&(due_at, row.id, row.user.clone()));
        }
        if let Some(due_at) = row.due_at() {
            self.due.insert((due_at, row.id, row.user.clone()));
        }
        self.told += 1;
        let before = before.as_ref().map(Standing::of);
        self.feed.push(FeedEntry { sequence: self.told, before, row: row.clone() });
    }
}

#[async_trait]
impl Reminders for MemoryStore {
    async fn reminder(
        &self,
        user: &UserId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, StoreError> {
        Ok(self.held().row(user, id).cloned())
    }

    async fn find_reminder(&self, id: ReminderId) -> Result<Option<Reminder>, StoreError> {
        let held = self.held();
        Ok(held.owners.get(&id).and_then(|user| held.row(user, id)).cloned())
    }

    async fn reminders_between(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<Reminder>, StoreError> {
        let held = self.held();
        let rows = held.rows.get(user).into_iter().flat_map(|rows| rows.values());
        let mut rows: Vec<_> =
            rows.filter(|row| (from..=to).contains(&row.day_on)).cloned().collect();
        rows.sort_by_key(|row| (row.send_at, row.id));
        Ok(rows)
    }

    async fn write_plan(&self, write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError> {
        let mut held = self.held();
        let is_current = held.has_inputs(write.user, write.inputs_version)
            && write.rows.iter().all(|row| held.revision(&row.row) == row.expected);
        if !is_current {
            return Ok(PlanWriteResult::Outdated);
        }
        for row in write.rows {
            held.put_row(&row.row);
        }
        for record in write.records {
            held.runs.insert((write.user.clone(), record.on), record.clone());
        }
        if let Some((user, _)) = held.users.get_mut(write.user) {
            user.planned = Some(write.planned);
        }
        Ok(PlanWriteResult::Written)
    }

    async fn update(&self, update: &RowUpdate<'_>) -> Result<bool, StoreError> {
        let mut held = self.held();
        let row = update.row;
        if held.revision(row) != Some(update.expected) {
            return Ok(false);
        }
        held.put_row(row);
        if let Some(on) = update.leaves_day
            && let Some(day) = held.days.get_mut(&(row.user.clone(), on))
        {
            day.remove(&row.id);
        }
        Ok(true)
    }

    async fn due(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StoreError> {
        let held = self.held();
        let is_wanted = |(at, id, _): &&(Timestamp, ReminderId, UserId)| {
            *at >= from
                && *at < until
                && after.is_none_or(|after| (*at, *id) > (after.due_at, after.reminder))
        };
        let due = |(at, id, user): &(Timestamp, ReminderId, UserId)| DueRow {
            user: user.clone(),
            reminder: *id,
            due_at: *at,
            last_at: held.row(user, *id).and_then(Reminder::needs_turn_before),
        };
        let ordered = held.due.iter().take_while(|(at, ..)| *at < until);
        Ok(ordered.filter(is_wanted).take(limit).map(due).collect())
    }

    async fn run_records(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<RunRecord>, StoreError> {
        let held = self.held();
        if from > to {
            return Ok(Vec::new());
        }
        let range = (user.clone(), from)..=(user.clone(), to);
        Ok(held.runs.range(range).map(|(_, run)| run.clone()).collect())
    }
}

#[async_trait]
impl Claims for MemoryStore {
    async fn claimed_on(&self, user: &UserId, on: Date) -> Result<Vec<ReminderId>, StoreError> {
        let held = self.held();
        let day = held.days.get(&(user.clone(), on));
        Ok(day.into_iter().flatten().copied().collect())
    }

    async fn claim(&self, claim: &Claim<'_>) -> Result<ClaimResult, StoreError> {
        let mut held = self.held();
        let row = claim.row;
        let phone = held.phones.get(claim.phone).map(|phone| phone.version);
        let is_current = held.revision(row) == Some(claim.expected)
            && held.has_inputs(&row.user, claim.inputs_version)
            && phone == Some(claim.phone_version);
        if !is_current {
            return Ok(ClaimResult::Changed);
        }
        let day = held.days.entry((row.user.clone(), row.day_on)).or_default();
        if day.iter().filter(|id| **id != row.id).count() >= claim.limit as usize {
            return Ok(ClaimResult::LimitReached);
        }
        day.insert(row.id);
        held.put_row(row);
        Ok(ClaimResult::Claimed)
    }
}

#[async_trait]
impl ChangeFeed for MemoryStore {
    async fn changes_after(
        &self,
        sequence: u64,
        limit: usize,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        let held = self.held();
        let first = held.feed.partition_point(|entry| entry.sequence <= sequence);
        Ok(held.feed[first..].iter().take(limit).cloned().collect())
    }
}
