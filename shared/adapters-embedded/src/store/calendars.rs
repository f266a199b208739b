//! Calendars, and how their mirror changes.

use app::ports::{Calendar, Calendars, StoreError};
use app::records::{CalendarV1, EventV1};
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::columns::instant;
use super::failure::Failure;
use super::rows::{all, decode_all, encode, execute};
use super::users::{has_inputs, set_inputs};

#[async_trait]
impl Calendars for SqliteStore {
    async fn calendars(&self, user: &UserId) -> Result<Vec<Calendar>, StoreError> {
        const OPERATION: &str = "list the calendars of a user";
        let user = user.clone();
        let sql = "SELECT doc FROM calendars WHERE user = ? ORDER BY calendar";
        let work = move |connection: &Connection| all::<String>(connection, sql, [user.as_str()]);
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<CalendarV1>(OPERATION, &docs)
    }

    async fn write_mirror(
        &self,
        calendar: &Calendar,
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
        expected: u64,
    ) -> Result<Option<u64>, StoreError> {
        const OPERATION: &str = "write a calendar";
        let (user, id) = (calendar.user.clone(), calendar.id.clone());
        let changed_at = instant(calendar.changed_at);
        let doc = encode::<CalendarV1>(OPERATION, calendar)?;
        let upserts = upserts
            .iter()
            .map(|event| EventRow::of(OPERATION, event))
            .collect::<Result<Vec<_>, _>>()?;
        let removals = removals.to_vec();
        self.write(OPERATION, move |connection| {
            if !has_inputs(connection, &user, expected)? {
                return Ok(None);
            }
            let sql = "INSERT INTO calendars (user, calendar, changed_at, doc) \
                VALUES (?1, ?2, ?3, ?4) \
                ON CONFLICT (user, calendar) DO UPDATE SET changed_at = ?3, doc = ?4";
            execute(connection, sql, params![user.as_str(), id.as_str(), changed_at, doc])?;
            for (uid, occurrence) in &removals {
                let sql = "DELETE FROM events \
                    WHERE user = ? AND calendar = ? AND uid = ? AND occurrence = ?";
                let key = [user.as_str(), id.as_str(), uid.as_str(), occurrence.as_str()];
                execute(connection, sql, key)?;
            }
            for event in &upserts {
                event.write(connection, &user, &id)?;
            }
            let raised = expected.wrapping_add(1);
            set_inputs(connection, &user, raised)?;
            Ok(Some(raised))
        })
        .await
    }

    async fn remove_calendar(
        &self,
        user: &UserId,
        id: &CalendarId,
        expected: u64,
    ) -> Result<bool, StoreError> {
        let (user, id) = (user.clone(), id.clone());
        self.write("remove a calendar", move |connection| {
            if !has_inputs(connection, &user, expected)? {
                return Ok(false);
            }
            let key = [user.as_str(), id.as_str()];
            execute(connection, "DELETE FROM events WHERE user = ? AND calendar = ?", key)?;
            execute(connection, "DELETE FROM calendars WHERE user = ? AND calendar = ?", key)?;
            set_inputs(connection, &user, expected.wrapping_add(1))?;
            Ok(true)
        })
        .await
    }
}

/// An event as columns.
struct EventRow {
    uid: EventUid,
    occurrence: Occurrence,
    start_from: String,
    start_until: String,
    doc: String,
}

impl EventRow {
    fn of(operation: &'static str, event: &CalendarEvent) -> Result<Self, StoreError> {
        let (from, until) = event.when.start_bounds();
        Ok(Self {
            uid: event.uid.clone(),
            occurrence: event.occurrence.clone(),
            start_from: instant(from),
            start_until: instant(until),
            doc: encode::<EventV1>(operation, event)?,
        })
    }

    /// The calendar is that of the mirror, whatever the event says.
    fn write(
        &self,
        connection: &Connection,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<(), Failure> {
        let sql = "INSERT INTO events \
            (user, calendar, uid, occurrence, start_from, start_until, doc) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
            ON CONFLICT (user, calendar, uid, occurrence) \
            DO UPDATE SET start_from = ?5, start_until = ?6, doc = ?7";
        let params = params![
            user.as_str(),
            calendar.as_str(),
            self.uid.as_str(),
            self.occurrence.as_str(),
            self.start_from,
            self.start_until,
            self.doc,
        ];
        execute(connection, sql, params).map(|_| ())
    }
}
