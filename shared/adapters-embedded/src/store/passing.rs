//! Documents that pass: a row `passing` for each, in order of when that is, and a row
//! `passing_until` that finds it again. What DynamoDB does by itself is done here with each write.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::columns::instant;
use super::failure::Failure;
use super::rows::{execute, one};

/// Documents that one write removes, more than it adds.
const REMOVED_MAX: u32 = 8;

/// Notes when a document passes, in place of what was noted before.
pub(super) fn note(
    connection: &Connection,
    kind: &str,
    name: &str,
    until: Timestamp,
) -> Result<(), Failure> {
    let (document, until) = (format!("{kind} {name}"), instant(until));
    let sql = "SELECT value FROM control WHERE kind = 'passing_until' AND name = ?";
    if let Some(before) = one::<String>(connection, sql, [&document])? {
        let sql = "DELETE FROM control WHERE kind = 'passing' AND name = ?";
        execute(connection, sql, [format!("{before} {document}")])?;
    }
    let sql = "INSERT INTO control (kind, name, value) VALUES ('passing_until', ?1, ?2) \
        ON CONFLICT (kind, name) DO UPDATE SET value = ?2";
    execute(connection, sql, [&document, &until])?;
    let sql = "INSERT INTO control (kind, name, value) VALUES ('passing', ?, '')";
    execute(connection, sql, [format!("{until} {document}")]).map(|_| ())
}

/// Removes some of the documents that have passed at `now`.
pub(super) fn remove_passed(connection: &Connection, now: Timestamp) -> Result<(), Failure> {
    let sql = "SELECT name FROM control WHERE kind = 'passing' AND name < ? ORDER BY name LIMIT ?";
    let mut statement = connection.prepare_cached(sql)?;
    let passed = statement.query_map(params![instant(now), REMOVED_MAX], |row| row.get(0))?;
    let passed = passed.collect::<Result<Vec<String>, _>>()?;
    for noted in passed {
        let document = noted.split_once(' ').map_or("", |(_, document)| document);
        let (kind, name) = document.split_once(' ').unwrap_or_default();
        let sql = "DELETE FROM control WHERE (kind, name) IN \
            (VALUES (?1, ?2), ('passing_until', ?3), ('passing', ?4))";
        execute(connection, sql, params![kind, name, document, noted])?;
    }
    Ok(())
}
