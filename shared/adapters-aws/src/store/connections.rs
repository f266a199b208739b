//! Connections of calendars: an item of its own beside each calendar, so that a look which finds
//! nothing new writes a small item and leaves the document alone.
//!
//! The index of the next looks is sparse and sharded by user. It lags behind its table: a
//! connection read through it is a hint.

use app::ports::{Connection, Connections, DueSync, StoreError};
use app::records::ConnectionV1;
use async_trait::async_trait;
use domain::ids::{CalendarId, UserId};
use domain::limits;
use jiff::Timestamp;

use super::DynamoStore;
use super::attributes::{
    Item, instant, item, joined, number, number_of, text, text_of, user_key, user_shard,
};
use super::documents::{DOC, decode, encode};
use super::failure::unreadable;
use super::ics_text::name_of;
use super::read::{Consistency, Query};
use super::request::Write;
use super::schema::SYNC;
use super::users::user_of;
use super::write::Written;

/// What tells a connection's item from that of a calendar.
pub(super) const CONNECTION: &str = "connection_revision";

/// The calendar's own id, which a sort key may hold shortened.
const CALENDAR_ID: &str = "calendar_id";

#[async_trait]
impl Connections for DynamoStore {
    async fn connections(&self, user: &UserId) -> Result<Vec<Connection>, StoreError> {
        const OPERATION: &str = "list the connections of a user";
        let table = &self.inner.tables.calendars;
        let query = Query::of(table, "#user = :user", [("user", text(user.as_str()))]);
        let items = self.all(OPERATION, query).await?;
        let connections = items.iter().filter(|item| item.contains_key(CONNECTION));
        let decoded = connections.map(|item| decode::<ConnectionV1>(OPERATION, table, item));
        let mut connections = decoded.collect::<Result<Vec<_>, _>>()?;
        connections.sort_by(|a, b| a.calendar.cmp(&b.calendar));
        Ok(connections)
    }

    async fn connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Option<Connection>, StoreError> {
        const OPERATION: &str = "read a connection";
        let table = &self.inner.tables.calendars;
        let found = self.get(OPERATION, table, key_of(user, calendar), Consistency::Strong).await?;
        found.map(|item| decode::<ConnectionV1>(OPERATION, table, &item)).transpose()
    }

    async fn put_connection(&self, connection: &Connection) -> Result<bool, StoreError> {
        const OPERATION: &str = "write a connection";
        let Some(before) = connection.revision.checked_sub(1) else { return Ok(false) };
        let table = &self.inner.tables.calendars;
        let mut whole = key_of(&connection.user, &connection.calendar);
        whole.extend(item([
            (CONNECTION, number(connection.revision)),
            (CALENDAR_ID, text(connection.calendar.as_str())),
            ("sync_shard", text(user_shard(&connection.user, limits::SYNC_SHARDS).to_string())),
            ("sync_at", text(instant(connection.next_sync_at))),
            (DOC, encode::<ConnectionV1>(OPERATION, table, connection)?),
        ]));
        let put = Write::put_item(table, whole);
        let put = match before {
            0 => put.only_if("attribute_not_exists(#calendar)"),
            _ => put.only_if("#connection_revision = :expected").with("expected", number(before)),
        };
        Ok(self.write(OPERATION, vec![put]).await?.is_done())
    }

    async fn remove_connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "remove a connection";
        let table = &self.inner.tables.calendars;
        let key = key_of(user, calendar);
        let found = self.get(OPERATION, table, key.clone(), Consistency::Strong).await?;
        let Some(found) = found else { return Ok(false) };
        // By its revision: a connection that was made anew meanwhile is not the one to remove.
        let revision: u64 = number_of(&found, CONNECTION)
            .ok_or_else(|| unreadable(OPERATION, table, "no number in `connection_revision`"))?;
        let delete = Write::delete_item(table, key)
            .only_if("#connection_revision = :expected")
            .with("expected", number(revision));
        match self.write(OPERATION, vec![delete]).await? {
            Written::Done => Ok(true),
            // A look ended meanwhile, or it is gone by now: try once more as things stand.
            Written::Refused(_) => {
                let again = Write::delete_item(table, key_of(user, calendar));
                Ok(self.write(OPERATION, vec![again]).await?.is_done())
            }
        }
    }

    async fn syncs_due(&self, until: Timestamp, rows: usize) -> Result<Vec<DueSync>, StoreError> {
        const OPERATION: &str = "list the syncs that are due";
        let table = &self.inner.tables.calendars;
        let mut due: Vec<(String, DueSync)> = Vec::new();
        for shard in 0..limits::SYNC_SHARDS {
            let values = [("shard", text(shard.to_string())), ("until", text(instant(until)))];
            let condition = "#sync_shard = :shard AND #sync_at <= :until";
            let mut query = Query::of(table, condition, values).through(SYNC);
            let mut read = 0;
            while read < rows {
                query.limit = Some(rows - read);
                let page = self.page(OPERATION, &query).await?;
                read += page.items.len();
                for item in &page.items {
                    due.push(self.due_sync(OPERATION, item)?);
                }
                query.start = page.next;
                if query.start.is_none() {
                    break;
                }
            }
        }
        due.sort_by(|a, b| a.0.cmp(&b.0));
        due.truncate(rows);
        Ok(due.into_iter().map(|(_, due)| due).collect())
    }
}

impl DynamoStore {
    fn due_sync(
        &self,
        operation: &'static str,
        item: &Item,
    ) -> Result<(String, DueSync), StoreError> {
        let table = &self.inner.tables.calendars;
        let bad = || unreadable(operation, table, "an entry of the index of syncs is unreadable");
        let at = text_of(item, "sync_at").ok_or_else(bad)?.to_owned();
        let calendar = text_of(item, CALENDAR_ID).and_then(|id| CalendarId::parse(id).ok());
        let user = user_of(operation, table, item)?;
        Ok((at, DueSync { user, calendar: calendar.ok_or_else(bad)? }))
    }
}

/// The key of a connection: no hash of a part or of a long name is this word.
fn key_of(user: &UserId, calendar: &CalendarId) -> Item {
    user_key(user, "calendar", joined(&[&name_of(calendar), "connection"]))
}
