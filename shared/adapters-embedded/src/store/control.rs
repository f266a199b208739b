//! What controls everybody.

use app::ports::{Control, Document, StoreError};
use app::records::{BadRecord, PaceV1, RolloutV2, from_json};
use async_trait::async_trait;
use domain::pace::Pace;
use domain::rollout::Rollout;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::columns::{instant, parse_instant};
use super::failure::Failure;
use super::passing;
use super::rows::{encode, execute, one};
use super::turns;

#[async_trait]
impl Control for SqliteStore {
    async fn rollout(&self) -> Result<Rollout, StoreError> {
        self.read("read the rollout", stored_rollout).await
    }

    async fn put_rollout(&self, rollout: &Rollout) -> Result<bool, StoreError> {
        const OPERATION: &str = "set the rollout";
        let version = rollout.version;
        let doc = encode::<RolloutV2>(OPERATION, rollout)?;
        self.write(OPERATION, move |connection| {
            if stored_rollout(connection)?.version.checked_add(1) != Some(version) {
                return Ok(false);
            }
            let sql = "INSERT INTO control (kind, name, value) VALUES ('rollout', 'switch', ?1) \
                ON CONFLICT (kind, name) DO UPDATE SET value = ?1";
            execute(connection, sql, [&doc])?;
            Ok(true)
        })
        .await
    }

    async fn document(&self, kind: &str, name: &str) -> Result<Option<Document>, StoreError> {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        self.read("read a document", move |connection| stored_document(connection, &kind, &name))
            .await
    }

    async fn put_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
    ) -> Result<bool, StoreError> {
        let (kind, name, document) = (kind.to_owned(), name.to_owned(), document.clone());
        self.write("write a document", move |connection| {
            write_document(connection, &kind, &name, &document)
        })
        .await
    }

    async fn put_passing_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let (kind, name, document) = (kind.to_owned(), name.to_owned(), document.clone());
        self.write("write a document", move |connection| {
            passing::remove_passed(connection, now)?;
            let is_written = write_document(connection, &kind, &name, &document)?;
            if is_written {
                passing::note(connection, &kind, &name, until)?;
            }
            Ok(is_written)
        })
        .await
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        let (kind, after) = (kind.to_owned(), after.unwrap_or_default().to_owned());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read("list documents", move |connection| {
            let sql = "SELECT name, value FROM control WHERE kind = ?1 AND name > ?2 \
                ORDER BY name LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![kind, after, limit], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })?;
            let rows = rows.collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|(name, value)| Ok((name, document_of(&value)?))).collect()
        })
        .await
    }

    async fn promoted_until(&self) -> Result<Option<Timestamp>, StoreError> {
        let until = self
            .read("read the promoter's cursor", |connection| {
                cursor::<String>(connection, "promoted_until")?.map(parse_instant).transpose()
            })
            .await?;
        Ok(until)
    }

    async fn set_promoted_until(&self, until: Timestamp) -> Result<(), StoreError> {
        let until = instant(until);
        self.write("move the promoter's cursor", move |connection| {
            raise_cursor(connection, "promoted_until", &until)
        })
        .await
    }

    async fn pace(&self, sender: &str) -> Result<Pace, StoreError> {
        let sender = sender.to_owned();
        self.read("read a pace", move |connection| stored_pace(connection, &sender)).await
    }

    async fn put_pace(&self, sender: &str, pace: &Pace) -> Result<bool, StoreError> {
        const OPERATION: &str = "set a pace";
        let (sender, version) = (sender.to_owned(), pace.version);
        let doc = encode::<PaceV1>(OPERATION, pace)?;
        self.write(OPERATION, move |connection| {
            if stored_pace(connection, &sender)?.version.checked_add(1) != Some(version) {
                return Ok(false);
            }
            let sql = "INSERT INTO control (kind, name, value) VALUES ('pace', ?1, ?2) \
                ON CONFLICT (kind, name) DO UPDATE SET value = ?2";
            execute(connection, sql, [&sender, &doc])?;
            Ok(true)
        })
        .await
    }

    async fn take_turns(
        &self,
        sender: &str,
        second: Timestamp,
        wanted: u32,
    ) -> Result<u32, StoreError> {
        let sender = sender.to_owned();
        self.write("take turns", move |connection| turns::add(connection, &sender, second, wanted))
            .await
    }
}

/// A cursor, if it was ever set.
pub(super) fn cursor<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> Result<Option<T>, Failure> {
    one(connection, "SELECT value FROM control WHERE kind = 'cursor' AND name = ?", [name])
}

/// Moves a cursor ahead, never back.
pub(super) fn raise_cursor(
    connection: &Connection,
    name: &str,
    to: impl rusqlite::ToSql,
) -> Result<(), Failure> {
    let sql = "INSERT INTO control (kind, name, value) VALUES ('cursor', ?1, ?2) \
        ON CONFLICT (kind, name) DO UPDATE SET value = ?2 WHERE value < ?2";
    execute(connection, sql, params![name, to]).map(|_| ())
}

fn stored_pace(connection: &Connection, sender: &str) -> Result<Pace, Failure> {
    let sql = "SELECT value FROM control WHERE kind = 'pace' AND name = ?";
    match one::<String>(connection, sql, [sender])? {
        Some(doc) => Ok(from_json::<PaceV1>(&doc)?),
        None => Ok(Pace::default()),
    }
}

fn stored_rollout(connection: &Connection) -> Result<Rollout, Failure> {
    let sql = "SELECT value FROM control WHERE kind = 'rollout' AND name = 'switch'";
    match one::<String>(connection, sql, [])? {
        Some(doc) => Ok(from_json::<RolloutV2>(&doc)?),
        None => Ok(Rollout::default()),
    }
}

fn write_document(
    connection: &Connection,
    kind: &str,
    name: &str,
    document: &Document,
) -> Result<bool, Failure> {
    let before = stored_document(connection, kind, name)?;
    let version = before.map_or(0, |before| before.version);
    if version.checked_add(1) != Some(document.version) {
        return Ok(false);
    }
    let sql = "INSERT INTO control (kind, name, value) VALUES (?1, ?2, ?3) \
        ON CONFLICT (kind, name) DO UPDATE SET value = ?3";
    let value = format!("{} {}", document.version, document.body);
    execute(connection, sql, params![kind, name, value])?;
    Ok(true)
}

fn stored_document(
    connection: &Connection,
    kind: &str,
    name: &str,
) -> Result<Option<Document>, Failure> {
    let sql = "SELECT value FROM control WHERE kind = ?1 AND name = ?2";
    let value = one::<String>(connection, sql, params![kind, name])?;
    value.map(|value| document_of(&value)).transpose()
}

/// A document as it is stored: its version, a space, its body.
fn document_of(value: &str) -> Result<Document, Failure> {
    let parts = value
        .split_once(' ')
        .and_then(|(version, body)| Some(Document::new(version.parse().ok()?, body.to_owned())));
    parts.ok_or_else(|| {
        let place = "(no version before the document)".to_owned();
        Failure::from(BadRecord::Malformed { what: "document", place })
    })
}
