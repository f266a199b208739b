//! Connections of calendars.

use app::ports::{Connection, Connections, DueSync, StoreError};
use app::records::ConnectionV1;
use async_trait::async_trait;
use domain::ids::{CalendarId, UserId};
use jiff::Timestamp;
use rusqlite::{Connection as Database, params};

use super::SqliteStore;
use super::columns::{instant, limit, number};
use super::failure::Failure;
use super::rows::{all, decode, decode_all, encode, execute, one};

#[async_trait]
impl Connections for SqliteStore {
    async fn connections(&self, user: &UserId) -> Result<Vec<Connection>, StoreError> {
        const OPERATION: &str = "list the connections of a user";
        let user = user.clone();
        let sql = "SELECT doc FROM connections WHERE user = ? ORDER BY calendar";
        let work = move |database: &Database| all::<String>(database, sql, [user.as_str()]);
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<ConnectionV1>(OPERATION, &docs)
    }

    async fn connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Option<Connection>, StoreError> {
        const OPERATION: &str = "read a connection";
        let (user, calendar) = (user.clone(), calendar.clone());
        let sql = "SELECT doc FROM connections WHERE user = ? AND calendar = ?";
        let work = move |database: &Database| {
            one::<String>(database, sql, [user.as_str(), calendar.as_str()])
        };
        let doc = self.read(OPERATION, work).await?;
        doc.map(|doc| decode::<ConnectionV1>(OPERATION, &doc)).transpose()
    }

    async fn put_connection(&self, connection: &Connection) -> Result<bool, StoreError> {
        const OPERATION: &str = "write a connection";
        let Some(before) = connection.revision.checked_sub(1) else { return Ok(false) };
        let (user, calendar) = (connection.user.clone(), connection.calendar.clone());
        let next_sync_at = instant(connection.next_sync_at);
        let revision = number(connection.revision);
        let doc = encode::<ConnectionV1>(OPERATION, connection)?;
        self.write(OPERATION, move |database| {
            let sql = "SELECT revision FROM connections WHERE user = ? AND calendar = ?";
            let found = one::<i64>(database, sql, [user.as_str(), calendar.as_str()])?;
            if found.unwrap_or_default() != number(before) {
                return Ok(false);
            }
            let sql = "INSERT INTO connections (user, calendar, next_sync_at, revision, doc) \
                VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (user, calendar) \
                DO UPDATE SET next_sync_at = ?3, revision = ?4, doc = ?5";
            let params = params![user.as_str(), calendar.as_str(), next_sync_at, revision, doc];
            execute(database, sql, params)?;
            Ok(true)
        })
        .await
    }

    async fn remove_connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<bool, StoreError> {
        let (user, calendar) = (user.clone(), calendar.clone());
        self.write("remove a connection", move |database| {
            let sql = "DELETE FROM connections WHERE user = ? AND calendar = ?";
            Ok(execute(database, sql, [user.as_str(), calendar.as_str()])? > 0)
        })
        .await
    }

    async fn syncs_due(&self, until: Timestamp, rows: usize) -> Result<Vec<DueSync>, StoreError> {
        const OPERATION: &str = "list the syncs that are due";
        let until = instant(until);
        let found = self
            .read_many(OPERATION, move |database: &Database| {
                let sql = "SELECT user, calendar FROM connections WHERE next_sync_at <= ? \
                    ORDER BY next_sync_at, user, calendar LIMIT ?";
                let mut statement = database.prepare_cached(sql)?;
                let names = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                let found = statement.query_map(params![until, limit(rows)], names)?;
                Ok(found.collect::<Result<Vec<(String, String)>, _>>()?)
            })
            .await?;
        let due = |(user, calendar): (String, String)| {
            let user = UserId::parse(&user).ok()?;
            Some(DueSync { user, calendar: CalendarId::parse(&calendar).ok()? })
        };
        found.into_iter().map(due).collect::<Option<Vec<_>>>().ok_or_else(|| {
            Failure::Request("a stored id is not usable".to_owned()).into_error(OPERATION)
        })
    }
}
