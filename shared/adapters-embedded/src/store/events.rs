//! The mirror of calendars, read.

use app::ports::{Events, MirrorWindow, StoreError};
use app::records::EventV1;
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use domain::time::back;
use jiff::SignedDuration;
use rusqlite::Connection;

use super::SqliteStore;
use super::columns::instant;
use super::rows::{all, decode_all};

/// `start_bounds` lie no further apart than this, so the index on the first bound will do.
const BOUNDS_MAX: SignedDuration = SignedDuration::from_hours(2 * 26);

#[async_trait]
impl Events for SqliteStore {
    async fn events_between(
        &self,
        user: &UserId,
        window: MirrorWindow,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        const OPERATION: &str = "read the events of a user";
        let user = user.clone();
        let (from, until) = (instant(window.from), instant(window.until));
        let earliest = instant(back(window.from, BOUNDS_MAX));
        let sql = "SELECT doc FROM events \
            WHERE user = ? AND start_from >= ? AND start_from < ? AND start_until >= ? \
            ORDER BY calendar, start_from, uid, occurrence";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, [user.as_str(), &earliest, &until, &from])
        };
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<EventV1>(OPERATION, &docs)
    }

    async fn events_of(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        const OPERATION: &str = "read the events of a calendar";
        let (user, calendar) = (user.clone(), calendar.clone());
        // The plus keeps the planner from walking the events of all calendars in order of start.
        let sql = "SELECT doc FROM events WHERE user = ? AND calendar = ? \
            ORDER BY +start_from, uid, occurrence";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, [user.as_str(), calendar.as_str()])
        };
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<EventV1>(OPERATION, &docs)
    }

    async fn event_copies(
        &self,
        user: &UserId,
        uid: &EventUid,
        occurrence: &Occurrence,
    ) -> Result<Vec<CalendarEvent>, StoreError> {
        const OPERATION: &str = "read the copies of an event";
        let (user, uid, occurrence) = (user.clone(), uid.clone(), occurrence.clone());
        let sql = "SELECT doc FROM events WHERE user = ? AND uid = ? AND occurrence = ? \
            ORDER BY calendar";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, [user.as_str(), uid.as_str(), occurrence.as_str()])
        };
        let docs = self.read(OPERATION, work).await?;
        decode_all::<EventV1>(OPERATION, &docs)
    }
}
