//! Opening the file: one process at a time, with every way it can fail told apart.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrations;

/// How long to wait for a lock that somebody's `sqlite3` shell holds for a moment.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Pages in the write-ahead log before they are copied into the file (4 KiB each): a page that
/// changes often is then copied once instead of many times.
const CHECKPOINT_PAGES: i32 = 8_192;

/// The most memory for pages that the writer keeps at hand.
const WRITER_CACHE_KIB: i32 = 32 * 1_024;

/// The same for the reader: whatever the writer changes, it has to look at anew anyway.
const READER_CACHE_KIB: i32 = 4 * 1_024;

/// Why a store cannot be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "open {path}: {} has it open; stop that one first, or use another folder",
        .process.map_or("another process".to_owned(), |id| format!("process {id}")),
        path = .path.display()
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// Which process, if it said so.
        process: Option<u32>,
    },
    /// Another program holds a lock on the file.
    #[error("open {}: another program holds a lock on it; close it there", .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The file or its folder cannot be written.
    #[error(
        "open {path}: the folder or the file is not writable; make it so for the user this runs \
         as, or use another folder",
        path = .path.display()
    )]
    NotWritable {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("open {}: the disk is full; free some space and start again", .path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error(
        "open {path}: this is not a database of ours; move it away or use another folder",
        path = .path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a later release.
    #[error(
        "open {path}: its tables have version {found}, this release knows {known}; \
         run the release that wrote it, or a later one",
        path = .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: i32,
        /// The newest version this code knows.
        known: i32,
    },
    /// The file is damaged.
    #[error(
        "open {path}: the database is damaged; keep a copy of it, then restore a backup or use the \
         sqlite3 shell's .recover",
        path = .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite found.
        #[source]
        source: rusqlite::Error,
    },
    /// The system refused something else.
    #[error("open {path}: the system refused", path = .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
    /// SQLite refused something else.
    #[error("open {path}: SQLite refused", path = .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What it said.
        #[source]
        source: rusqlite::Error,
    },
}

/// Held as long as the store is open. The system lets go of it however the process ends.
pub(super) struct Lock {
    _file: File,
}

pub(super) struct Opened {
    pub(super) writer: Connection,
    pub(super) reader: Connection,
    pub(super) lock: Lock,
}

/// Opens a file, makes sure it is ours, and brings it up to date.
pub(super) fn open_file(path: &Path) -> Result<Opened, OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| of_system(path, error))?;
    }
    let lock = lock(path)?;
    let of_sqlite = |error| of_sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut writer = Connection::open_with_flags(path, flags).map_err(of_sqlite)?;
    writer.busy_timeout(BUSY_WAIT).map_err(of_sqlite)?;
    check_ours(&writer, path)?;
    // SQLite opens what it may not write for reading only, without a word.
    if writer.is_readonly("main").map_err(of_sqlite)? {
        return Err(OpenError::NotWritable { path: path.to_owned() });
    }
    set_up(&mut writer).map_err(of_sqlite)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags).map_err(of_sqlite)?;
    reader.busy_timeout(BUSY_WAIT).map_err(of_sqlite)?;
    tune(&reader, READER_CACHE_KIB).map_err(of_sqlite)?;
    Ok(Opened { writer, reader, lock })
}

/// Opens a database without a file.
pub(super) fn open_memory() -> Result<Connection, OpenError> {
    let path = Path::new(":memory:");
    let of_sqlite = |error| of_sqlite(path, error);
    let mut connection = Connection::open_in_memory().map_err(of_sqlite)?;
    tune(&connection, WRITER_CACHE_KIB).map_err(of_sqlite)?;
    migrations::migrate(&mut connection).map_err(of_sqlite)?;
    Ok(connection)
}

fn set_up(writer: &mut Connection) -> rusqlite::Result<()> {
    writer.pragma_update(None, "journal_mode", "wal")?;
    // A claim must survive a power cut, or its text might go out twice.
    writer.pragma_update(None, "synchronous", "full")?;
    writer.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    writer.pragma_update(None, "journal_size_limit", i64::from(CHECKPOINT_PAGES) * 4_096 * 2)?;
    tune(writer, WRITER_CACHE_KIB)?;
    migrations::migrate(writer)
}

fn tune(connection: &Connection, cache_kib: i32) -> rusqlite::Result<()> {
    // SQLite takes a negative number for KiB.
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // Who is erased is gone from the file, too, and not only from its tables.
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Looks before anything is written.
pub(super) fn check_ours(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let of_sqlite = |error| of_sqlite(path, error);
    let found = migrations::found_version(connection).map_err(of_sqlite)?;
    let mark: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(of_sqlite)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(of_sqlite)?;
    let is_new = found == 0 && mark == 0 && tables == 0;
    if !is_new && mark != migrations::APPLICATION_ID {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    let known = migrations::known_version();
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// Takes the lock beside the file, so that the file itself stays free for the `sqlite3` shell.
fn lock(path: &Path) -> Result<Lock, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(PathBuf::from(name)).map_err(|error| of_system(path, error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Only for the message; a lock without a readable process is one all the same.
            let _ = file.read_to_string(&mut text);
            let process = text.trim().parse().ok();
            return Err(OpenError::InUse { path: path.to_owned(), process });
        }
        Err(TryLockError::Error(error)) => return Err(of_system(path, error)),
    }
    let note = |file: &mut File| {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    note(&mut file).map_err(|error| of_system(path, error))?;
    Ok(Lock { _file: file })
}

pub(super) fn of_system(path: &Path, source: io::Error) -> OpenError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            OpenError::NotWritable { path }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::DiskFull { path },
        _ => OpenError::System { path, source },
    }
}

pub(super) fn of_sqlite(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OpenError::DiskFull { path },
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, source },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path },
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenError::NotWritable { path },
        _ => OpenError::Sqlite { path, source },
    }
}
