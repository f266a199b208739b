//! The mirror of calendars, read.

use app::ports::{Events, MirrorWindow, StoreError};
use app::records::EventV1;
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use domain::time::back;
use jiff::SignedDuration;

use super::DynamoStore;
use super::attributes::{
    Item, SEPARATOR, expiry, fit, instant, item, joined, text, text_of, user_key,
};
use super::documents::{DOC, decode_all, encode};
use super::read::Query;
use super::request::Write;
use super::schema::BY_START;

/// `start_bounds` lie no further apart than this, so the index on the first bound will do.
const BOUNDS_MAX: SignedDuration = SignedDuration::from_hours(2 * 26);

/// Bytes of a sort key for UID and occurrence, and for the calendar: 1,024 together with what
/// stands between.
const NAME_BYTES_MAX: usize = 700;
const CALENDAR_BYTES_MAX: usize = 300;

#[async_trait]
impl Events for DynamoStore {
    async fn events_between(
        &self,
        user: &UserId,
        window: MirrorWindow,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        const OPERATION: &str = "read the events of a user";
        let (from, until) = (instant(window.from), instant(window.until));
        let earliest = instant(back(window.from, BOUNDS_MAX));
        if earliest > until {
            return Ok(Vec::new());
        }
        let table = &self.inner.tables.events;
        let values =
            [("user", text(user.as_str())), ("from", text(earliest)), ("until", text(&until))];
        let condition = "#user = :user AND #start_from BETWEEN :from AND :until";
        let query = Query::of(table, condition, values).through(BY_START);
        let mut items = self.all(OPERATION, query).await?;
        items.retain(|item| {
            let bound = |name| text_of(item, name).unwrap_or_default();
            bound("start_from") < until.as_str() && bound("start_until") >= from.as_str()
        });
        let mut events = decode_all::<EventV1>(OPERATION, table, &items)?;
        sort(&mut events);
        Ok(events)
    }

    async fn events_of(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        const OPERATION: &str = "read the events of a calendar";
        let table = &self.inner.tables.events;
        let query = Query::of(table, "#user = :user", [("user", text(user.as_str()))]);
        let mut items = self.all(OPERATION, query).await?;
        items.retain(|item| text_of(item, "calendar") == Some(calendar.as_str()));
        let mut events = decode_all::<EventV1>(OPERATION, table, &items)?;
        sort(&mut events);
        Ok(events)
    }

    async fn event_copies(
        &self,
        user: &UserId,
        uid: &EventUid,
        occurrence: &Occurrence,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        const OPERATION: &str = "read the copies of an event";
        let table = &self.inner.tables.events;
        let name = format!("{}{SEPARATOR}", name_of(uid, occurrence));
        let values = [("user", text(user.as_str())), ("name", text(name))];
        let condition = "#user = :user AND begins_with(#event, :name)";
        let items = self.all(OPERATION, Query::of(table, condition, values)).await?;
        let mut events = decode_all::<EventV1>(OPERATION, table, &items)?;
        events.retain(|event| event.uid == *uid && event.occurrence == *occurrence);
        sort(&mut events);
        Ok(events)
    }
}

fn sort(events: &mut [CalendarEvent]) {
    events.sort_by_cached_key(|event| {
        let start = event.when.start_bounds().0;
        (event.calendar.clone(), start, event.uid.clone(), event.occurrence.clone())
    });
}

fn name_of(uid: &EventUid, occurrence: &Occurrence) -> String {
    fit(joined(&[uid.as_str(), occurrence.as_str()]), NAME_BYTES_MAX)
}

/// The key of an event on a calendar. The copies of an event stand beside each other.
pub(super) fn key_of(
    user: &UserId,
    calendar: &CalendarId,
    uid: &EventUid,
    occurrence: &Occurrence,
) -> Item {
    let calendar = fit(calendar.as_str().to_owned(), CALENDAR_BYTES_MAX);
    user_key(user, "event", joined(&[&name_of(uid, occurrence), &calendar]))
}

impl DynamoStore {
    /// Writes an event. The calendar is that of the mirror, whatever the event says.
    pub(super) fn event_put(
        &self,
        operation: &'static str,
        user: &UserId,
        calendar: &CalendarId,
        event: &CalendarEvent,
    ) -> Result<Write, StoreError> {
        let table = &self.inner.tables.events;
        let (from, until) = event.when.start_bounds();
        let mut whole = key_of(user, calendar, &event.uid, &event.occurrence);
        whole.extend(item([
            ("calendar", text(calendar.as_str())),
            ("start_from", text(instant(from))),
            ("start_until", text(instant(until))),
            ("expires_at", expiry(until, self.inner.retention.events())),
            (DOC, encode::<EventV1>(operation, table, event)?),
        ]));
        Ok(Write::put_item(table, whole))
    }
}
