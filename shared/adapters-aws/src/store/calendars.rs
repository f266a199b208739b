//! Calendars, and how their mirror changes.
//!
//! **The order of effects.** A mirror that changes by up to some ninety events is written in one
//! transaction with the user's `inputs_version`. A larger change takes several, in this order:
//!
//! 1. The version rises, and the calendar is stored with its new document and *no* window of its
//!    mirror. From here on every plan finds a calendar that must be read again before it plans,
//!    and rolls it itself.
//! 2. The events, in transactions that each look that the version is still that of step 1.
//! 3. The version rises again, and the calendar gets its window.
//!
//! So no plan that read a half-written mirror is written: one that read the user before step 1
//! fails on the version, one that read them after finds the window missing. Who comes between
//! raises the version, and the rest of this write is refused. A crash between the steps leaves a
//! calendar without a window and a user whose plan is stale: the next plan completes the mirror,
//! as does a repetition of the write. A removal does the same, and deletes the calendar last.

use std::collections::BTreeMap;

use app::ports::{Calendar, CalendarSource, Calendars, StoreError};
use app::records::{CalendarSourceV1, CalendarV1, Record};
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};

use super::DynamoStore;
use super::attributes::{Item, text, text_of};
use super::connections::CONNECTION;
use super::documents::{DOC, decode, encode_form};
use super::events::key_of as event_key;
use super::ics_text::{TextName, key_of, name_of};
use super::read::{Consistency, Query};
use super::request::Write;
use super::write::TRANSACTION_MAX;

/// How often the calendars are read again because one of them was replaced meanwhile.
const READS_MAX: usize = 4;

#[async_trait]
impl Calendars for DynamoStore {
    async fn calendars(&self, user: &UserId) -> Result<Vec<Calendar>, StoreError> {
        const OPERATION: &str = "list the calendars of a user";
        let table = &self.inner.tables.calendars;
        for _ in 0..READS_MAX {
            let query = Query::of(table, "#user = :user", [("user", text(user.as_str()))]);
            let items = self.all(OPERATION, query).await?;
            if let Some(calendars) = self.whole_calendars(OPERATION, &items)? {
                return Ok(calendars);
            }
        }
        Err(self.text_is_torn(OPERATION))
    }

    async fn write_mirror(
        &self,
        calendar: &Calendar,
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
        expected: u64,
    ) -> Result<Option<u64>, StoreError> {
        const OPERATION: &str = "write a calendar";
        let (user, id) = (&calendar.user, &calendar.id);
        let CalendarSource::Ics { text: document } = &calendar.source;
        let before = self.stored_calendar(OPERATION, user, id).await?;
        let before = before.as_ref().and_then(TextName::of);
        let (name, text_writes) =
            self.text_change(OPERATION, (user, id), before.as_ref(), document)?;
        let events = self.event_writes(OPERATION, (user, id), upserts, removals)?;
        let whole = self.calendar_put(OPERATION, calendar, &name)?;
        let mut first = vec![self.inputs_raise(user, expected), whole.clone()];
        first.extend(text_writes);
        if first.len() + events.len() <= TRANSACTION_MAX {
            first.extend(events);
            return self.raised_to(OPERATION, first, expected).await;
        }
        let open = Calendar { mirrored: None, ..calendar.clone() };
        first[1] = self.calendar_put(OPERATION, &open, &name)?;
        let Some(raised) = self.raised_to(OPERATION, first, expected).await? else {
            return Ok(None);
        };
        if !self.write_under(OPERATION, user, raised, events).await? {
            return Ok(None);
        }
        let last = vec![self.inputs_raise(user, raised), whole];
        self.raised_to(OPERATION, last, raised).await
    }

    async fn remove_calendar(
        &self,
        user: &UserId,
        id: &CalendarId,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "remove a calendar";
        let stored = self.stored_calendar(OPERATION, user, id).await?;
        let events = app::ports::Events::events_of(self, user, id).await?;
        let events: Vec<_> =
            events.into_iter().map(|event| (event.uid, event.occurrence)).collect();
        let events = self.event_writes(OPERATION, (user, id), &[], &events)?;
        let table = &self.inner.tables.calendars;
        let mut last = vec![Write::delete_item(table, key_of(user, id))];
        if let Some(name) = stored.as_ref().and_then(TextName::of) {
            last.extend(self.text_removal(user, id, &name));
        }
        if 1 + last.len() + events.len() <= TRANSACTION_MAX {
            last.insert(0, self.inputs_raise(user, expected));
            last.extend(events);
            return Ok(self.raised_to(OPERATION, last, expected).await?.is_some());
        }
        let open = Write::change(
            table,
            key_of(user, id),
            "SET #written_by = :written_by REMOVE #doc.#mirrored",
        )
        .only_if("attribute_exists(#calendar)");
        let first = vec![self.inputs_raise(user, expected), open];
        let Some(raised) = self.raised_to(OPERATION, first, expected).await? else {
            return Ok(false);
        };
        if !self.write_under(OPERATION, user, raised, events).await? {
            return Ok(false);
        }
        last.insert(0, self.inputs_raise(user, raised));
        Ok(self.raised_to(OPERATION, last, raised).await?.is_some())
    }
}

/// Parts of documents and connections stand beside calendars.
fn is_calendar(item: &Item) -> bool {
    item.contains_key(DOC) && !item.contains_key(CONNECTION)
}

impl DynamoStore {
    async fn stored_calendar(
        &self,
        operation: &'static str,
        user: &UserId,
        id: &CalendarId,
    ) -> Result<Option<Item>, StoreError> {
        let table = &self.inner.tables.calendars;
        self.get(operation, table, key_of(user, id), Consistency::Strong).await
    }

    /// The calendars among a user's items; none if a document lacks a part, because it was
    /// replaced between two pages.
    fn whole_calendars(
        &self,
        operation: &'static str,
        items: &[Item],
    ) -> Result<Option<Vec<Calendar>>, StoreError> {
        let table = &self.inner.tables.calendars;
        let named = items.iter().filter_map(|item| Some((text_of(item, "calendar")?, item)));
        let all: BTreeMap<&str, &Item> = named.collect();
        let mut calendars = Vec::new();
        for item in items.iter().filter(|item| is_calendar(item)) {
            let mut calendar = decode::<CalendarV1>(operation, table, item)?;
            let Some(document) = self.text_among(operation, (item, &calendar.id), &all)? else {
                return Ok(None);
            };
            calendar.source = CalendarSource::Ics { text: document };
            calendars.push(calendar);
        }
        calendars.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Some(calendars))
    }

    /// Writes a calendar's item; its document stands beside it.
    fn calendar_put(
        &self,
        operation: &'static str,
        calendar: &Calendar,
        name: &TextName,
    ) -> Result<Write, StoreError> {
        let table = &self.inner.tables.calendars;
        let mut form = CalendarV1::of(calendar);
        form.source = CalendarSourceV1::Ics { text: String::new() };
        let mut item = key_of(&calendar.user, &calendar.id);
        item.insert(DOC.to_owned(), encode_form(operation, table, &form)?);
        item.extend(name.attributes());
        debug_assert_eq!(text_of(&item, "calendar"), Some(name_of(&calendar.id).as_str()));
        Ok(Write::put_item(table, item))
    }

    /// One write per event; where one is removed and written, it is written.
    fn event_writes(
        &self,
        operation: &'static str,
        (user, calendar): (&UserId, &CalendarId),
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
    ) -> Result<Vec<Write>, StoreError> {
        let table = &self.inner.tables.events;
        let mut writes = BTreeMap::new();
        for (uid, occurrence) in removals {
            let key = event_key(user, calendar, uid, occurrence);
            writes.insert((uid, occurrence), Write::delete_item(table, key));
        }
        for event in upserts {
            let put = self.event_put(operation, user, calendar, event)?;
            writes.insert((&event.uid, &event.occurrence), put);
        }
        Ok(writes.into_values().collect())
    }

    /// Makes writes of which the first raises the user's inputs from `from`; the new version, or
    /// none if they were refused.
    async fn raised_to(
        &self,
        operation: &'static str,
        writes: Vec<Write>,
        from: u64,
    ) -> Result<Option<u64>, StoreError> {
        let is_done = self.write(operation, writes).await?.is_done();
        Ok(is_done.then_some(from.wrapping_add(1)))
    }

    /// Makes writes in batches, each only while the user's inputs have this version. False if
    /// somebody raised them meanwhile.
    async fn write_under(
        &self,
        operation: &'static str,
        user: &UserId,
        version: u64,
        writes: Vec<Write>,
    ) -> Result<bool, StoreError> {
        for chunk in writes.chunks(TRANSACTION_MAX - 1) {
            let mut batch = vec![self.inputs_check(user, version)];
            batch.extend_from_slice(chunk);
            if !self.write(operation, batch).await?.is_done() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
