//! The change feed.

use app::domain_events::Standing;
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

/// An entry as columns: sequence, doc, and where the reminder stood before.
type Columns = (i64, String, Option<String>, Option<i64>);

#[async_trait]
impl ChangeFeed for SqliteStore {
    async fn changes_after(
        &self,
        sequence: u64,
        rows: usize,
    ) -> Result<Vec<FeedEntry>, StoreError> {
        const OPERATION: &str = "read the change feed";
        let sql = "SELECT sequence, doc, was_state, was_texts FROM feed \
            WHERE sequence > ? AND doc IS NOT NULL ORDER BY sequence LIMIT ?";
        let entries = self
            .read_many(OPERATION, move |connection| {
                let mut statement = connection.prepare_cached(sql)?;
                let columns =
                    |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
                let found = statement.query_map(params![number(sequence), limit(rows)], columns)?;
                Ok(found.collect::<Result<Vec<Columns>, _>>()?)
            })
            .await?;
        let entry = |(sequence, doc, state, texts): Columns| {
            let row = decode::<ReminderV1>(OPERATION, &doc)?;
            let texts = texts.unwrap_or_default().cast_unsigned();
            let before = state.map(|state| Standing { state, texts });
            Ok(FeedEntry { sequence: sequence.cast_unsigned(), before, row })
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
