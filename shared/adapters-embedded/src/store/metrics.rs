//! Counters, each change folded once.

use app::ports::{Contribution, Metrics, StoreError};
use app::records::{CountedV1, StoredContribution, from_json};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use jiff::civil::Date;
use rusqlite::{Connection, Params, Row, params};

use super::SqliteStore;
use super::columns::number;
use super::control::raise_cursor;
use super::failure::Failure;
use super::feed;
use super::rows::{encode, execute, one};

#[async_trait]
impl Metrics for SqliteStore {
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "fold a change";
        let (user, reminder) = (user.clone(), reminder.to_string());
        let next = StoredContribution { revision, contribution: contribution.clone() };
        let doc = encode::<CountedV1>(OPERATION, &next)?;
        self.write(OPERATION, move |connection| {
            let before = stored(connection, user.as_str(), &reminder)?;
            if before.as_ref().is_some_and(|before| before.revision >= revision) {
                return Ok(false);
            }
            if let Some(before) = &before {
                add(connection, user.as_str(), &before.contribution, -1)?;
            }
            add(connection, user.as_str(), &next.contribution, 1)?;
            let sql = "INSERT INTO contributions (user, reminder, doc) VALUES (?1, ?2, ?3) \
                ON CONFLICT (user, reminder) DO UPDATE SET doc = ?3";
            execute(connection, sql, [user.as_str(), &reminder, &doc])?;
            Ok(true)
        })
        .await
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        let (user, on) = (user.clone(), on.to_string());
        let sql = "SELECT name, value FROM counters \
            WHERE user = ? AND day_on = ? AND value <> 0 ORDER BY name";
        self.read("read the counters of a day", move |connection| {
            counts(connection, sql, [user.as_str(), &on])
        })
        .await
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT name, value FROM totals WHERE value <> 0 ORDER BY name";
        self.read("read the totals", move |connection| counts(connection, sql, [])).await
    }

    async fn folded_until(&self) -> Result<u64, StoreError> {
        let read = |connection: &Connection| feed::folded_until(connection);
        self.read("read how far the feed is folded", read).await.map(i64::cast_unsigned)
    }

    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError> {
        self.write("note how far the feed is folded", move |connection| {
            raise_cursor(connection, feed::FOLDED_UNTIL, number(sequence))?;
            feed::prune(connection)
        })
        .await
    }
}

fn stored(
    connection: &Connection,
    user: &str,
    reminder: &str,
) -> Result<Option<StoredContribution>, Failure> {
    let sql = "SELECT doc FROM contributions WHERE user = ? AND reminder = ?";
    let doc = one::<String>(connection, sql, [user, reminder])?;
    Ok(doc.map(|doc| from_json::<CountedV1>(&doc)).transpose()?)
}

/// Adds a contribution, or takes it back where `sign` is -1.
fn add(
    connection: &Connection,
    user: &str,
    contribution: &Contribution,
    sign: i64,
) -> Result<(), Failure> {
    let on = contribution.on.to_string();
    for (name, count) in &contribution.counts {
        let sql = "INSERT INTO counters (user, day_on, name, value) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (user, day_on, name) DO UPDATE SET value = value + ?4";
        execute(connection, sql, params![user, on, name, sign * count])?;
        let sql = "INSERT INTO totals (name, value) VALUES (?1, ?2) \
            ON CONFLICT (name) DO UPDATE SET value = value + ?2";
        execute(connection, sql, params![name, sign * count])?;
    }
    Ok(())
}

fn counts(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<(String, i64)>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows = statement.query_map(params, columns)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
