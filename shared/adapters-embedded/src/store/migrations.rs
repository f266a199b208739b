//! The tables, from nothing to this version.

use rusqlite::{Connection, TransactionBehavior};

/// Each step takes the file from the version before to the next. Released steps never change.
pub(super) const STEPS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
];

/// Marks our files (`PRAGMA application_id`): "BFHD".
pub(super) const APPLICATION_ID: i32 = 0x4246_4844;

/// The version of the tables that this code works with.
pub(super) fn known_version() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// The version of the tables in a file; 0 if it has none yet.
pub(super) fn found_version(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the tables up to date, each step whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    for (step, version) in STEPS.iter().zip(1..) {
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if found_version(&change)? >= version {
            continue;
        }
        change.execute_batch(step)?;
        change.pragma_update(None, "application_id", APPLICATION_ID)?;
        change.pragma_update(None, "user_version", version)?;
        change.commit()?;
    }
    Ok(())
}
