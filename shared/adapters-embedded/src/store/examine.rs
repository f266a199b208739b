//! Looking at a database file from outside: nothing is changed, not even brought up to date, and
//! the process that has it open is not disturbed.

use std::path::Path;

use domain::time::ZoneName;
use rusqlite::{Connection, OpenFlags};

use super::migrations;
use super::open::{self, OpenError};

/// What a database file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The version of its tables; 0 where there are none yet.
    pub version: i32,
    /// The version that this code works with.
    pub known_version: i32,
    /// The zones that users live in; empty where its tables are of another version.
    pub zones: Vec<ZoneName>,
}

/// Looks at the file at `path`.
///
/// # Errors
/// [`OpenError`] where it cannot be read, is not ours, is damaged, or is of a newer release.
pub fn examine(path: &Path) -> Result<Examined, OpenError> {
    let of_sqlite = |error| open::of_sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(of_sqlite)?;
    connection.busy_timeout(open::BUSY_WAIT).map_err(of_sqlite)?;
    open::check_ours(&connection, path)?;
    let version = migrations::found_version(&connection).map_err(of_sqlite)?;
    let known_version = migrations::known_version();
    let zones =
        if version == known_version { zones(&connection).map_err(of_sqlite)? } else { Vec::new() };
    Ok(Examined { version, known_version, zones })
}

fn zones(connection: &Connection) -> rusqlite::Result<Vec<ZoneName>> {
    let mut query = connection.prepare("SELECT DISTINCT zone FROM users ORDER BY zone")?;
    let names = query.query_map([], |row| row.get(0))?;
    names.map(|name| name.map(ZoneName::from_store)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::SqliteStore;

    #[test]
    fn a_file_is_looked_at_while_it_is_open_and_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        assert!(examine(&path).is_err());
        assert!(!path.exists());
        let store = SqliteStore::open(&path, Arc::new(SystemClock)).unwrap();
        let open = examine(&path).unwrap();
        assert_eq!((open.version, open.zones.len()), (open.known_version, 0));
        drop(store);
        assert_eq!(examine(&path).unwrap(), open);
    }

    #[test]
    fn what_is_not_ours_or_newer_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        fs::write(&path, "this is no database, however long it may be ".repeat(100)).unwrap();
        assert!(matches!(examine(&path), Err(OpenError::NotOurs { .. })));
        fs::remove_file(&path).unwrap();
        drop(SqliteStore::open(&path, Arc::new(SystemClock)).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 9_999).unwrap();
        drop(connection);
        assert!(matches!(examine(&path), Err(OpenError::Newer { found: 9_999, .. })));
    }
}
