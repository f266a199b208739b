//! How single values stand in columns.
//!
//! Instants are UTC in RFC 3339 without the closing `Z`, so that the order of the text is the
//! order of time whatever their precision (`09:15:00` < `09:15:00.5`), and the `sqlite3` shell's
//! date functions read them. Numbers that only rise are compared for equality alone, so all 64
//! bits may be used.

use jiff::Timestamp;

use super::failure::Failure;

/// An instant as text.
pub(super) fn instant(at: Timestamp) -> String {
    let mut text = at.to_string();
    text.pop();
    text
}

/// The instant that a text names.
pub(super) fn parse_instant(mut text: String) -> Result<Timestamp, Failure> {
    text.push('Z');
    text.parse().map_err(|_| Failure::Request("a column holds no readable instant".to_owned()))
}

/// A number as SQLite keeps it.
pub(super) fn number(value: u64) -> i64 {
    value.cast_signed()
}

/// How many rows to fetch.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
