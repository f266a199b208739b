//! A store in memory, for worlds that must be fast: every port of the store behind one lock, so
//! each operation is a transaction. It keeps the same contract as the real ones
//! (`tests/it/contract.rs`), and holds values as they are, where the others hold stored forms.

mod connections;
mod counters;
mod people;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use app::ports::{
    Calendar, Clock, Connection, Control, Document, FeedEntry, Phone, PhoneKey, RunRecord,
    StoreClock, StoreError, StoreTime,
};
use app::records::StoredContribution;
use async_trait::async_trait;
use beforehand::system::Stores;
use domain::calendar_event::CalendarEvent;
use domain::figures::{Counts, Dimension};
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::limits;
use domain::pace::Pace;
use domain::reminder::Reminder;
use domain::rollout::Rollout;
use domain::time::ahead;
use domain::user::User;
use jiff::Timestamp;
use jiff::civil::Date;

/// The store. Clones share what it holds.
#[derive(Clone)]
pub struct MemoryStore {
    held: Arc<Mutex<Held>>,
    clock: Arc<dyn Clock>,
}

/// One event's place among those of a user.
type EventKey = (CalendarId, EventUid, Occurrence);

/// What it holds, all of it in order, so that the same is always told alike.
#[derive(Debug, Default)]
struct Held {
    users: BTreeMap<UserId, (User, PhoneKey)>,
    phones: BTreeMap<PhoneKey, Phone>,
    calendars: BTreeMap<UserId, BTreeMap<CalendarId, Calendar>>,
    connections: BTreeMap<(UserId, CalendarId), Connection>,
    events: BTreeMap<UserId, BTreeMap<EventKey, CalendarEvent>>,
    rows: BTreeMap<UserId, BTreeMap<ReminderId, Reminder>>,
    owners: BTreeMap<ReminderId, UserId>,
    due: BTreeSet<(Timestamp, ReminderId, UserId)>,
    days: BTreeMap<(UserId, Date), BTreeSet<ReminderId>>,
    runs: BTreeMap<(UserId, Date), RunRecord>,
    feed: Vec<FeedEntry>,
    told: u64,
    contributions: BTreeMap<(UserId, ReminderId), StoredContribution>,
    counters: BTreeMap<(UserId, Date), Counts>,
    hours: BTreeMap<(Dimension, Timestamp), Counts>,
    totals: Counts,
    once: BTreeSet<String>,
    folded_until: u64,
    rollout: Rollout,
    documents: BTreeMap<(String, String), Document>,
    paces: BTreeMap<String, Pace>,
    turns: BTreeMap<(String, Timestamp), u32>,
    passing: BTreeMap<(String, String), Timestamp>,
    promoted_until: Option<Timestamp>,
}

impl MemoryStore {
    /// An empty store by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { held: Arc::default(), clock }
    }

    /// The store, once for each port it stands behind.
    pub fn stores(&self) -> Stores {
        Stores::of(Arc::new(self.clone()))
    }

    /// Everything it holds, told in one way.
    pub fn told(&self) -> String {
        format!("{:?}", self.held())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().expect("nobody panics while holding the store")
    }
}

#[async_trait]
impl Control for MemoryStore {
    async fn rollout(&self) -> Result<Rollout, StoreError> {
        Ok(self.held().rollout.clone())
    }

    async fn put_rollout(&self, rollout: &Rollout) -> Result<bool, StoreError> {
        let mut held = self.held();
        let follows = held.rollout.version.checked_add(1) == Some(rollout.version);
        if follows {
            held.rollout = rollout.clone();
        }
        Ok(follows)
    }

    async fn document(&self, kind: &str, name: &str) -> Result<Option<Document>, StoreError> {
        let key = (kind.to_owned(), name.to_owned());
        Ok(self.held().documents.get(&key).cloned())
    }

    async fn put_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (kind.to_owned(), name.to_owned());
        let stored = held.documents.get(&key).map_or(0, |stored| stored.version);
        let follows = stored.checked_add(1) == Some(document.version);
        if follows {
            held.documents.insert(key, document.clone());
        }
        Ok(follows)
    }

    async fn put_passing_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let key = (kind.to_owned(), name.to_owned());
        {
            let held = &mut *self.held();
            let passed: Vec<_> = held.passing.extract_if(.., |_, until| *until < now).collect();
            for (passed, _) in passed {
                held.documents.remove(&passed);
            }
        }
        let is_written = self.put_document(kind, name, document).await?;
        if is_written {
            self.held().passing.insert(key, until);
        }
        Ok(is_written)
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        let held = self.held();
        let from = (kind.to_owned(), after.unwrap_or_default().to_owned());
        let of_kind = held.documents.range(from..).take_while(|((of, _), _)| of == kind);
        let beyond =
            of_kind.filter(|((_, name), _)| after.is_none_or(|after| name.as_str() > after));
        Ok(beyond.take(limit).map(|((_, name), doc)| (name.clone(), doc.clone())).collect())
    }

    async fn pace(&self, sender: &str) -> Result<Pace, StoreError> {
        Ok(self.held().paces.get(sender).cloned().unwrap_or_default())
    }

    async fn put_pace(&self, sender: &str, pace: &Pace) -> Result<bool, StoreError> {
        let mut held = self.held();
        let stored = held.paces.entry(sender.to_owned()).or_default();
        let follows = stored.version.checked_add(1) == Some(pace.version);
        if follows {
            *stored = pace.clone();
        }
        Ok(follows)
    }

    async fn take_turns(
        &self,
        sender: &str,
        second: Timestamp,
        wanted: u32,
    ) -> Result<u32, StoreError> {
        let turns = &mut self.held().turns;
        turns.retain(|(_, kept), _| ahead(*kept, limits::TURNS_KEPT_FOR) >= second);
        let taken = turns.entry((sender.to_owned(), second)).or_default();
        let before = *taken;
        *taken = before.saturating_add(wanted);
        Ok(before)
    }

    async fn promoted_until(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.held().promoted_until)
    }

    async fn set_promoted_until(&self, until: Timestamp) -> Result<(), StoreError> {
        let mut held = self.held();
        held.promoted_until = held.promoted_until.max(Some(until));
        Ok(())
    }
}

#[async_trait]
impl StoreClock for MemoryStore {
    async fn store_time(&self) -> Result<StoreTime, StoreError> {
        let now = self.clock.now();
        Ok(StoreTime { store_at: now, local_at: now })
    }
}
