//! The change feed.

use app::ports::{ChangeFeed, FeedEntry, StoreError};
use app::records::ReminderV1;
use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::columns::{limit, number};
use super::control::cursor;
use super::failure::Failure;
use super::rows::{decode, execute};

/// The cursor of what is folded.
pub(super) const FOLDED_UNTIL: &str = "folded_until";

/// Entries that stay after they were folded, for people who look.
const TAIL: i64 = 1_000;

#[async_trait]
impl ChangeFeed for SqliteStore {
    async fn changes_after(
        &self,
        sequence: u64,
        rows: usize,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        const OPERATION: &str = "read the change feed";
        let sql = "SELECT sequence, doc FROM feed \
            WHERE sequence > ? AND doc IS NOT NULL ORDER BY sequence LIMIT ?";
        let entries = self
            .read_many(OPERATION, move |connection| {
                let mut statement = connection.prepare_cached(sql)?;
                let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
                let found = statement.query_map(params![number(sequence), limit(rows)], columns)?;
                Ok(found.collect::<Result<Vec<(i64, String)>, _>>()?)
            })
            .await?;
        let entry = |(sequence, doc): (i64, String)| {
            let row = decode::<ReminderV1>(OPERATION, &doc)?;
            Ok(FeedEntry { sequence: sequence.cast_unsigned(), row })
        };
        entries.into_iter().map(entry).collect()
    }
}

/// How far the feed has been folded.
pub(super) fn folded_until(connection: &Connection) -> Result<i64, Failure> {
    Ok(cursor(connection, FOLDED_UNTIL)?.unwrap_or(0))
}

/// Drops what was folded, but for a tail and the last entry.
pub(super) fn prune(connection: &Connection) -> Result<(), Failure> {
    let sql = "DELETE FROM feed \
        WHERE sequence <= ? AND sequence < (SELECT max(sequence) FROM feed)";
    let until = folded_until(connection)?.saturating_sub(TAIL);
    execute(connection, sql, params![until]).map(|_| ())
}
