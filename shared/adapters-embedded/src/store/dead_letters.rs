//! What no consumer of a queue could handle, kept until somebody has looked.

use std::collections::BTreeMap;

use app::ports::StoreError;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::columns::{instant, limit, parse_instant};
use super::failure::Failure;
use super::rows::{execute, one};

/// A queued job that was received too often without success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number in the store; 0 for one that is not stored yet.
    pub id: i64,
    /// The queue it came from.
    pub queue: String,
    /// What it says. It holds ids only, no personal data.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
    /// When it was put into the queue.
    pub added_at: Timestamp,
    /// When it was given up.
    pub dead_at: Timestamp,
}

impl SqliteStore {
    /// Keeps dead letters, all or nothing. Their `id` is not looked at.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is kept then.
    pub async fn add_dead_letters(&self, letters: Vec<DeadLetter>) -> Result<(), StoreError> {
        self.write("keep dead letters", move |connection| {
            for letter in &letters {
                let sql = "INSERT INTO dead_letters (queue, body, receives, added_at, dead_at) \
                    VALUES (?, ?, ?, ?, ?)";
                let params = params![
                    letter.queue,
                    letter.body,
                    letter.receives,
                    instant(letter.added_at),
                    instant(letter.dead_at),
                ];
                execute(connection, sql, params)?;
            }
            Ok(())
        })
        .await
    }

    /// Up to `rows` dead letters after the one with the id `after`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dead_letters(
        &self,
        after: i64,
        rows: usize,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let sql = "SELECT id, queue, body, receives, added_at, dead_at FROM dead_letters \
            WHERE id > ? ORDER BY id LIMIT ?";
        self.read_many("list dead letters", move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![after, limit(rows)])?;
            let mut letters = Vec::new();
            while let Some(row) = rows.next()? {
                letters.push(letter(row)?);
            }
            Ok(letters)
        })
        .await
    }

    /// How many dead letters there are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_dead_letters(&self) -> Result<u64, StoreError> {
        let count = |connection: &Connection| {
            Ok(one::<i64>(connection, "SELECT count(*) FROM dead_letters", [])?.unwrap_or(0))
        };
        self.read("count dead letters", count).await.map(i64::cast_unsigned)
    }

    /// How many dead letters there are of each queue that has any.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_dead_letters_by_queue(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        self.read("count dead letters", |connection| {
            let sql = "SELECT queue, count(*) FROM dead_letters GROUP BY queue";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Drops a dead letter that somebody has looked at. False if there is none of this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_dead_letter(&self, id: i64) -> Result<bool, StoreError> {
        self.write("remove a dead letter", move |connection| {
            Ok(execute(connection, "DELETE FROM dead_letters WHERE id = ?", [id])? > 0)
        })
        .await
    }
}

fn letter(row: &Row<'_>) -> Result<DeadLetter, Failure> {
    Ok(DeadLetter {
        id: row.get(0)?,
        queue: row.get(1)?,
        body: row.get(2)?,
        receives: row.get(3)?,
        added_at: parse_instant(row.get(4)?)?,
        dead_at: parse_instant(row.get(5)?)?,
    })
}
