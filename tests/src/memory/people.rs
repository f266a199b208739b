//! Users, their phones, their calendars.

use app::ports::{
    Calendar, Calendars, Erasure, Events, MirrorWindow, PageMark, Phone, PhoneKey, Phones,
    StoreError, Users, UsersPage,
};
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use domain::phone::PhoneNumber;
use domain::time::ZoneName;
use domain::user::{Consent, User};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Held, MemoryStore};

impl Held {
    pub(super) fn has_inputs(&self, user: &UserId, version: u64) -> bool {
        self.users.get(user).is_some_and(|(user, _)| user.inputs_version == version)
    }

    fn raise_inputs(&mut self, user: &UserId, from: u64) -> Option<u64> {
        let (user, _) = self.users.get_mut(user)?;
        user.inputs_version = from.wrapping_add(1);
        Some(user.inputs_version)
    }

    fn enter(&mut self, key: &PhoneKey, user: &UserId, created_at: Timestamp) {
        match self.phones.get_mut(key) {
            Some(phone) if phone.users.contains(user) => {}
            Some(phone) => {
                phone.users.push(user.clone());
                phone.version += 1;
            }
            None => {
                let phone = Phone::of_new_user(key, user, created_at);
                self.phones.insert(key.clone(), phone);
            }
        }
    }

    fn leave(&mut self, key: &PhoneKey, user: &UserId) {
        if let Some(phone) = self.phones.get_mut(key) {
            phone.users.retain(|other| other != user);
            phone.version += 1;
        }
    }
}

#[async_trait]
impl Users for MemoryStore {
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.held().users.get(id).map(|(user, _)| user.clone()))
    }

    async fn add_user(&self, user: &User, phone: &PhoneKey) -> Result<bool, StoreError> {
        let mut held = self.held();
        if held.users.contains_key(&user.id) {
            return Ok(false);
        }
        held.users.insert(user.id.clone(), (user.clone(), phone.clone()));
        held.enter(phone, &user.id, user.created_at);
        Ok(true)
    }

    async fn update_user(
        &self,
        user: &User,
        phone: &PhoneKey,
        expected: u64,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        if !held.has_inputs(&user.id, expected) {
            return Ok(false);
        }
        let former = held.users.insert(user.id.clone(), (user.clone(), phone.clone()));
        if let Some((_, former)) = former.filter(|(_, former)| former != phone) {
            held.leave(&former, &user.id);
        }
        held.enter(phone, &user.id, user.created_at);
        Ok(true)
    }

    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        let held = self.held();
        let is_after = |user: &&User| after.is_none_or(|after| user.id > *after);
        let users = held.users.values().map(|(user, _)| user).filter(is_after);
        Ok(users.take(limit).cloned().collect())
    }

    async fn numbers(&self, limit: usize) -> Result<Vec<PhoneNumber>, StoreError> {
        let held = self.held();
        Ok(held.users.values().take(limit).map(|(user, _)| user.phone.clone()).collect())
    }

    async fn zones_in_use(&self) -> Result<Vec<ZoneName>, StoreError> {
        let held = self.held();
        let mut zones: Vec<_> = held.users.values().map(|(user, _)| user.zone.clone()).collect();
        zones.sort();
        zones.dedup();
        Ok(zones)
    }

    async fn users_planned_before(
        &self,
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Result<UsersPage, StoreError> {
        let held = self.held();
        let is_behind = |user: &&User| {
            user.zone == *zone
                && user.planned.is_none_or(|planned| planned.on < on)
                && after.is_none_or(|after| user.id.as_str() > after.as_str())
        };
        let behind = held.users.values().map(|(user, _)| user).filter(is_behind);
        let users: Vec<_> = behind.take(limit).map(|user| user.id.clone()).collect();
        let last = users.last().filter(|_| users.len() == limit);
        let next = last.map(|user| PageMark::new(user.as_str().to_owned()));
        Ok(UsersPage { users, next })
    }

    async fn users_with_stale_plans(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        let held = self.held();
        let users = held.users.values().map(|(user, _)| user);
        let stale = users.filter(|user| user.is_plan_stale()).take(limit);
        Ok(stale.map(|user| user.id.clone()).collect())
    }
}

#[async_trait]
impl Phones for MemoryStore {
    async fn phone(&self, key: &PhoneKey) -> Result<Option<Phone>, StoreError> {
        Ok(self.held().phones.get(key).cloned())
    }

    async fn put_phone(&self, phone: &Phone, expected: Option<u64>) -> Result<bool, StoreError> {
        let mut held = self.held();
        if held.phones.get(&phone.key).map(|stored| stored.version) != expected {
            return Ok(false);
        }
        held.phones.insert(phone.key.clone(), phone.clone());
        Ok(true)
    }
}

#[async_trait]
impl Erasure for MemoryStore {
    async fn remove_user(&self, user: &UserId) -> Result<bool, StoreError> {
        let mut held = self.held();
        let Some((_, phone)) = held.users.remove(user) else { return Ok(false) };
        held.leave(&phone, user);
        let is_alone = |phone: &Phone| phone.users.is_empty() && phone.consent == Consent::OptedIn;
        if held.phones.get(&phone).is_some_and(is_alone) {
            held.phones.remove(&phone);
        }
        Ok(true)
    }

    async fn remove_remains(&self, user: &UserId) -> Result<usize, StoreError> {
        let mut held = self.held();
        let held = &mut *held;
        let before = held.size();
        held.calendars.remove(user);
        held.connections.retain(|(owner, _), _| owner != user);
        held.events.remove(user);
        held.rows.remove(user);
        held.owners.retain(|_, owner| owner != user);
        held.due.retain(|(_, _, owner)| owner != user);
        held.days.retain(|(owner, _), _| owner != user);
        held.runs.retain(|(owner, _), _| owner != user);
        held.feed.retain(|entry| entry.row.user != *user);
        held.contributions.retain(|(owner, _), _| owner != user);
        held.counters.retain(|(owner, _), _| owner != user);
        Ok(before - held.size())
    }
}

impl Held {
    fn size(&self) -> usize {
        let events: usize = self.events.values().map(|events| events.len()).sum();
        let rows: usize = self.rows.values().map(|rows| rows.len()).sum();
        let days = self.days.len() + self.runs.len() + self.counters.len();
        let calendars: usize = self.calendars.values().map(|calendars| calendars.len()).sum();
        calendars
            + self.connections.len()
            + events
            + rows
            + days
            + self.feed.len()
            + self.contributions.len()
    }
}

#[async_trait]
impl Calendars for MemoryStore {
    async fn calendars(&self, user: &UserId) -> Result<Vec<Calendar>, StoreError> {
        let held = self.held();
        let calendars = held.calendars.get(user).into_iter().flat_map(|theirs| theirs.values());
        Ok(calendars.cloned().collect())
    }

    async fn write_mirror(
        &self,
        calendar: &Calendar,
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
        expected: u64,
    ) -> Result<Option<u64>, StoreError> {
        let mut held = self.held();
        let (user, id) = (&calendar.user, &calendar.id);
        if !held.has_inputs(user, expected) {
            return Ok(None);
        }
        held.calendars.entry(user.clone()).or_default().insert(id.clone(), calendar.clone());
        let events = held.events.entry(user.clone()).or_default();
        for (uid, occurrence) in removals {
            events.remove(&(id.clone(), uid.clone(), occurrence.clone()));
        }
        for event in upserts {
            let key = (id.clone(), event.uid.clone(), event.occurrence.clone());
            events.insert(key, event.clone());
        }
        Ok(held.raise_inputs(user, expected))
    }

    async fn remove_calendar(
        &self,
        user: &UserId,
        id: &CalendarId,
        expected: u64,
    ) -> Result<bool, StoreError> {
        let mut held = self.held();
        if !held.has_inputs(user, expected) {
            return Ok(false);
        }
        if let Some(calendars) = held.calendars.get_mut(user) {
            calendars.remove(id);
        }
        if let Some(events) = held.events.get_mut(user) {
            events.retain(|(calendar, ..), _| calendar != id);
        }
        Ok(held.raise_inputs(user, expected).is_some())
    }
}

impl MemoryStore {
    fn events_where(
        &self,
        user: &UserId,
        is_wanted: impl Fn(&CalendarEvent) -> bool,
    ) -> Vec<CalendarEvent> {
        let held = self.held();
        let events = held.events.get(user).into_iter().flat_map(|events| events.values());
        events.filter(|event| is_wanted(event)).cloned().collect()
    }
}

#[async_trait]
impl Events for MemoryStore {
    async fn events_between(
        &self,
        user: &UserId,
        window: MirrorWindow,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        let mut events = self.events_where(user, |event| {
            let (from, until) = event.when.start_bounds();
            from < window.until && until >= window.from
        });
        events.sort_by(|a, b| {
            let key = |event: &CalendarEvent| event.when.start_bounds().0;
            (&a.calendar, key(a), &a.uid, &a.occurrence).cmp(&(
                &b.calendar,
                key(b),
                &b.uid,
                &b.occurrence,
            ))
        });
        Ok(events)
    }

    async fn events_of(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        let mut events = self.events_where(user, |event| event.calendar == *calendar);
        events.sort_by_key(|event| event.when.start_bounds().0);
        Ok(events)
    }

    async fn event_copies(
        &self,
        user: &UserId,
        uid: &EventUid,
        occurrence: &Occurrence,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        let is_copy = |event: &CalendarEvent| event.uid == *uid && event.occurrence == *occurrence;
        Ok(self.events_where(user, is_copy))
    }
}
