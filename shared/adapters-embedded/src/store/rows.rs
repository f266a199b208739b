//! Reading and writing whole items.

use app::ports::StoreError;
use app::records::{self, Record};
use rusqlite::{Connection, OptionalExtension, Params};

use super::failure::Failure;

/// The first column of the first row, if there is a row.
pub(super) fn one<T: rusqlite::types::FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Option<T>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params, |row| row.get(0)).optional()?)
}

/// The first column of every row.
pub(super) fn all<T: rusqlite::types::FromSql>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<T>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Executes a statement and says how many rows it changed.
pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<usize, Failure> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// A value as it is stored.
pub(super) fn encode<R: Record>(
    operation: &'static str,
    value: &R::Value,
) -> Result<String, StoreError> {
    records::to_json::<R>(value).map_err(|bad| Failure::from(bad).into_error(operation))
}

/// A value from how it is stored.
pub(super) fn decode<R: Record>(
    operation: &'static str,
    doc: &str,
) -> Result<R::Value, StoreError> {
    records::from_json::<R>(doc).map_err(|bad| Failure::from(bad).into_error(operation))
}

/// Values from how they are stored.
pub(super) fn decode_all<R: Record>(
    operation: &'static str,
    docs: &[String],
) -> Result<Vec<R::Value>, StoreError> {
    docs.iter().map(|doc| decode::<R>(operation, doc)).collect()
}
