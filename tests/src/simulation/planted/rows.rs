//! Reminders and claims with a bug.

use std::sync::atomic::{AtomicU64, Ordering};

use app::ports::{
    Claim, ClaimResult, Claims, DueRow, PlanWrite, PlanWriteResult, Reminders, RowUpdate,
    RunRecord, StoreError,
};
use async_trait::async_trait;
use beforehand::system::Stores;
use domain::difference::RowWrite;
use domain::ids::{ReminderId, UserId};
use domain::reminder::{Reminder, State};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Bug;

/// Of so many writes one gets lost.
const ONE_LOST_OF: u64 = 7;

pub(super) struct BentClaims {
    pub(super) bug: Bug,
    pub(super) stores: Stores,
}

#[async_trait]
impl Claims for BentClaims {
    async fn claimed_on(&self, user: &UserId, on: Date) -> Result<Vec<ReminderId>, StoreError> {
        match self.bug {
            Bug::NoLimit => Ok(Vec::new()),
            _ => self.stores.claims.claimed_on(user, on).await,
        }
    }

    async fn claim(&self, claim: &Claim<'_>) -> Result<ClaimResult, StoreError> {
        let mut bent = claim.clone();
        match self.bug {
            Bug::ClaimWithoutRevision => {
                bent.expected = revision(&self.stores, claim.row, claim.expected).await?;
            }
            Bug::ClaimWithoutInputs | Bug::EventsAreCached => {
                let user = self.stores.users.user(&claim.row.user).await?;
                bent.inputs_version = user.map_or(claim.inputs_version, |u| u.inputs_version);
            }
            Bug::ClaimWithoutConsent => {
                let phone = self.stores.phones.phone(claim.phone).await?;
                bent.phone_version = phone.map_or(claim.phone_version, |phone| phone.version);
            }
            Bug::LimitReadThenWritten | Bug::NoLimit => bent.limit = u32::MAX,
            _ => {}
        }
        let result = self.stores.claims.claim(&bent).await?;
        Ok(if self.bug == Bug::RefusedClaimHolds { ClaimResult::Claimed } else { result })
    }
}

async fn revision(stores: &Stores, row: &Reminder, expected: u64) -> Result<u64, StoreError> {
    let stored = stores.reminders.reminder(&row.user, row.id).await?;
    Ok(stored.map_or(expected, |stored| stored.revision))
}

pub(super) struct BentReminders {
    pub(super) bug: Bug,
    pub(super) stores: Stores,
    pub(super) writes: AtomicU64,
}

impl BentReminders {
    /// Whether this write gets lost.
    fn loses(&self, row: &Reminder) -> bool {
        match self.bug {
            Bug::WritesGetLost => {
                self.writes.fetch_add(1, Ordering::Relaxed) % ONE_LOST_OF == ONE_LOST_OF - 1
            }
            Bug::ArrivalsAreForgotten => row.state == State::Delivered,
            _ => false,
        }
    }
}

#[async_trait]
impl Reminders for BentReminders {
    async fn reminder(
        &self,
        user: &UserId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, StoreError> {
        self.stores.reminders.reminder(user, id).await
    }

    async fn find_reminder(&self, id: ReminderId) -> Result<Option<Reminder>, StoreError> {
        self.stores.reminders.find_reminder(id).await
    }

    async fn reminders_between(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<Reminder>, StoreError> {
        self.stores.reminders.reminders_between(user, from, to).await
    }

    async fn write_plan(&self, write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError> {
        let mut bent = write.clone();
        if self.bug == Bug::PlanWithoutInputs {
            let user = self.stores.users.user(write.user).await?;
            bent.inputs_version = user.map_or(write.inputs_version, |user| user.inputs_version);
        }
        let mut rows: Vec<RowWrite> = write.rows.to_vec();
        if self.bug == Bug::PlanWithoutRevision {
            for write in &mut rows {
                let row = &write.row;
                let stored = self.stores.reminders.reminder(&row.user, row.id).await?;
                write.expected = stored.map(|stored| stored.revision);
            }
        }
        bent.rows = &rows;
        self.stores.reminders.write_plan(&bent).await
    }

    async fn update(&self, update: &RowUpdate<'_>) -> Result<bool, StoreError> {
        let mut bent = update.clone();
        if self.loses(update.row) {
            return Ok(true);
        }
        if self.bug == Bug::UpdateWithoutRevision {
            bent.expected = revision(&self.stores, update.row, update.expected).await?;
        }
        if self.bug == Bug::PlacesAreKept {
            bent.leaves_day = None;
        }
        self.stores.reminders.update(&bent).await
    }

    async fn due(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StoreError> {
        if self.bug == Bug::NothingIsDue {
            return Ok(Vec::new());
        }
        let mut due = self.stores.reminders.due(from, until, after, limit).await?;
        if self.bug == Bug::ClaimsAreNotSwept {
            due.retain(|row| row.last_at.is_some());
        }
        Ok(due)
    }

    async fn run_records(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<RunRecord>, StoreError> {
        self.stores.reminders.run_records(user, from, to).await
    }
}
