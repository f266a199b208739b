//! People, calendars and counters with a bug.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use app::ports::{
    Calendar, Calendars, Contribution, Control, Document, Events, Metrics, MirrorWindow, PageMark,
    Phone, PhoneKey, Phones, StoreError, Users, UsersPage, Wanted,
};
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::figures::{Counts, Dimension};
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::lead_time::{LeadTime, LeadTimes};
use domain::pace::Pace;
use domain::phone::PhoneNumber;
use domain::quiet_hours::QuietHours;
use domain::rollout::Rollout;
use domain::time::{ZoneName, Zones};
use domain::user::{Consent, User};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Bug;

/// Keeps what was first seen.
pub(super) struct Cached<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Cached<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cached<K, V> {
    /// What was first seen under a key.
    pub(super) fn first(&self, key: K, now: V) -> V {
        self.0.lock().expect("nobody panics in here").entry(key).or_insert(now).clone()
    }
}

pub(super) struct BentPhones {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Phones>,
    pub(super) cache: Cached<PhoneKey, Option<Phone>>,
}

#[async_trait]
impl Phones for BentPhones {
    async fn phone(&self, key: &PhoneKey) -> Result<Option<Phone>, StoreError> {
        let phone = self.inner.phone(key).await?;
        let is_cached = self.bug == Bug::ConsentIsCached;
        Ok(if is_cached { self.cache.first(key.clone(), phone) } else { phone })
    }

    async fn put_phone(&self, phone: &Phone, expected: Option<u64>) -> Result<bool, StoreError> {
        if self.bug == Bug::StopIsForgotten && phone.consent == Consent::OptedOut {
            return Ok(true);
        }
        let mut phone = phone.clone();
        let mut expected = expected;
        if self.bug == Bug::ConsentIsCached {
            // Whoever writes is not held up, so that only what reads goes wrong.
            expected = self.inner.phone(&phone.key).await?.map(|stored| stored.version);
            phone.version = expected.unwrap_or(0) + 1;
        }
        self.inner.put_phone(&phone, expected).await
    }
}

pub(super) struct BentControl {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Control>,
    pub(super) cache: Cached<(), Rollout>,
}

#[async_trait]
impl Control for BentControl {
    async fn rollout(&self) -> Result<Rollout, StoreError> {
        let rollout = self.inner.rollout().await?;
        Ok(if self.bug == Bug::SwitchIsCached { self.cache.first((), rollout) } else { rollout })
    }

    async fn put_rollout(&self, rollout: &Rollout) -> Result<bool, StoreError> {
        let mut next = rollout.clone();
        if self.bug == Bug::SwitchIsCached {
            next.version = self.inner.rollout().await?.version + 1;
        }
        self.inner.put_rollout(&next).await
    }

    async fn document(&self, kind: &str, name: &str) -> Result<Option<Document>, StoreError> {
        self.inner.document(kind, name).await
    }

    async fn put_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
    ) -> Result<bool, StoreError> {
        self.inner.put_document(kind, name, document).await
    }

    async fn put_passing_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
        times: (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        self.inner.put_passing_document(kind, name, document, times).await
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.inner.documents(kind, after, limit).await
    }

    async fn pace(&self, sender: &str) -> Result<Pace, StoreError> {
        self.inner.pace(sender).await
    }

    async fn put_pace(&self, sender: &str, pace: &Pace) -> Result<bool, StoreError> {
        self.inner.put_pace(sender, pace).await
    }

    async fn take_turns(
        &self,
        sender: &str,
        second: Timestamp,
        wanted: u32,
    ) -> Result<u32, StoreError> {
        self.inner.take_turns(sender, second, wanted).await
    }

    async fn promoted_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.promoted_until().await
    }

    async fn set_promoted_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.inner.set_promoted_until(until).await
    }
}

pub(super) struct BentMetrics {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Metrics>,
}

#[async_trait]
impl Metrics for BentMetrics {
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError> {
        let mut bent = contribution.clone();
        match self.bug {
            Bug::NeverCounted => return Ok(true),
            Bug::CountedTwice => bent.counts.iter_mut().for_each(|(_, count)| *count *= 2),
            _ => {}
        }
        self.inner.replace_contribution(user, reminder, revision, &bent).await
    }

    async fn count_once(&self, id: &str, at: Timestamp, name: &str) -> Result<bool, StoreError> {
        self.inner.count_once(id, at, name).await
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        self.inner.counters(user, on).await
    }

    async fn days(
        &self,
        user: &UserId,
        from: Date,
        until: Date,
    ) -> Result<Vec<(Date, Counts)>, StoreError> {
        self.inner.days(user, from, until).await
    }

    async fn hours(
        &self,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        self.inner.hours(dimension, from, until).await
    }

    async fn sums(
        &self,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Vec<Counts>, StoreError> {
        self.inner.sums(dimension, bounds, is_wanted).await
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.inner.totals().await
    }

    async fn folded_until(&self) -> Result<u64, StoreError> {
        self.inner.folded_until().await
    }

    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError> {
        self.inner.set_folded_until(sequence).await
    }
}

pub(super) struct BentUsers {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Users>,
}

impl BentUsers {
    fn bend(&self, mut user: User) -> User {
        let wishes = &mut user.preferences;
        match self.bug {
            Bug::NoQuietHours => wishes.quiet_hours = QuietHours::none(),
            Bug::LeadsAreLonger => {
                let longer = |(_, lead): (_, LeadTime)| {
                    LeadTime::from_minutes(lead.minutes() + 1).unwrap_or(lead)
                };
                let longer: Vec<_> = wishes.lead_times.iter().map(longer).collect();
                wishes.lead_times = LeadTimes::new(&longer).unwrap_or(wishes.lead_times.clone());
            }
            Bug::EverybodyIsVerified => user.is_phone_verified = true,
            Bug::NobodyIsOff => wishes.reminders_on = true,
            Bug::EverybodyInUtc => {
                user.zone = Zones::bundled().parse("Etc/UTC").expect("there is UTC");
            }
            _ => {}
        }
        user
    }
}

#[async_trait]
impl Users for BentUsers {
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.inner.user(id).await?.map(|user| self.bend(user)))
    }

    async fn add_user(&self, user: &User, phone: &PhoneKey) -> Result<bool, StoreError> {
        self.inner.add_user(user, phone).await
    }

    async fn update_user(
        &self,
        user: &User,
        phone: &PhoneKey,
        expected: u64,
    ) -> Result<bool, StoreError> {
        self.inner.update_user(user, phone, expected).await
    }

    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.inner.users(after, limit).await
    }

    async fn numbers(&self, limit: usize) -> Result<Vec<PhoneNumber>, StoreError> {
        self.inner.numbers(limit).await
    }

    async fn zones_in_use(&self) -> Result<Vec<ZoneName>, StoreError> {
        self.inner.zones_in_use().await
    }

    async fn users_planned_before(
        &self,
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Result<UsersPage, StoreError> {
        self.inner.users_planned_before(zone, on, after, limit).await
    }

    async fn users_with_stale_plans(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        self.inner.users_with_stale_plans(limit).await
    }
}

pub(super) struct BentEvents {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Events>,
    pub(super) cache: Cached<(UserId, EventUid, Occurrence), Vec<CalendarEvent>>,
}

#[async_trait]
impl Events for BentEvents {
    async fn events_between(
        &self,
        user: &UserId,
        window: MirrorWindow,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        self.inner.events_between(user, window).await
    }

    async fn events_of(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        self.inner.events_of(user, calendar).await
    }

    async fn event_copies(
        &self,
        user: &UserId,
        uid: &EventUid,
        occurrence: &Occurrence,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        let copies = self.inner.event_copies(user, uid, occurrence).await?;
        let key = (user.clone(), uid.clone(), occurrence.clone());
        let is_cached = self.bug == Bug::EventsAreCached;
        Ok(if is_cached { self.cache.first(key, copies) } else { copies })
    }
}

pub(super) struct BentCalendars {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn Calendars>,
}

#[async_trait]
impl Calendars for BentCalendars {
    async fn calendars(&self, user: &UserId) -> Result<Vec<Calendar>, StoreError> {
        self.inner.calendars(user).await
    }

    async fn write_mirror(
        &self,
        calendar: &Calendar,
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
        expected: u64,
    ) -> Result<Option<u64>, StoreError> {
        let removals = if self.bug == Bug::DeletionsAreForgotten { &[] } else { removals };
        self.inner.write_mirror(calendar, upserts, removals, expected).await
    }

    async fn remove_calendar(
        &self,
        user: &UserId,
        id: &CalendarId,
        expected: u64,
    ) -> Result<bool, StoreError> {
        self.inner.remove_calendar(user, id, expected).await
    }
}
