//! What can go wrong in the store, in our words.

use app::ports::StoreError;
use app::records::BadRecord;
use rusqlite::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The surroundings are at fault, for everybody and perhaps not for long.
    #[error("{0}")]
    Surroundings(String),
    /// This one request cannot be done.
    #[error("{0}")]
    Request(String),
}

impl Failure {
    /// As the port has it.
    pub(super) fn into_error(self, operation: &'static str) -> StoreError {
        match self {
            Self::Surroundings(_) => StoreError::Transient { operation, source: Box::new(self) },
            Self::Request(what) => StoreError::Permanent { operation, what },
        }
    }

    /// The thread that does the work is gone, or fell over this.
    pub(super) fn no_answer() -> Self {
        Self::Surroundings("the store's thread gave no answer; restart the process".to_owned())
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        // Only codes, never the library's words: those may quote what was to be written.
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return Self::Request(match error {
                rusqlite::Error::InvalidColumnType(index, name, kind) => {
                    format!("column {index} ({name}) holds {kind}, which does not belong there")
                }
                rusqlite::Error::FromSqlConversionFailure(index, kind, _) => {
                    format!("column {index} holds {kind} that cannot be read")
                }
                _ => "the store was asked in a way it does not understand".to_owned(),
            });
        };
        let code = failure.extended_code;
        match failure.code {
            ErrorCode::DiskFull => Self::Surroundings(
                "the disk is full: free some space; nothing that was stored is lost".to_owned(),
            ),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Surroundings(
                "another program holds a lock on the database file: close it there".to_owned(),
            ),
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed => {
                Self::Surroundings(format!("the disk refused to read or write (SQLite {code})"))
            }
            ErrorCode::OutOfMemory | ErrorCode::OperationInterrupted => {
                Self::Surroundings(format!("no memory, or interrupted (SQLite {code})"))
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Request(format!(
                "the database file is damaged (SQLite {code}): stop, keep a copy of it, and \
                 restore a backup or use the sqlite3 shell's .recover"
            )),
            _ => Self::Request(format!("the database refused it (SQLite {code})")),
        }
    }
}

impl From<BadRecord> for Failure {
    fn from(bad: BadRecord) -> Self {
        Self::Request(bad.to_string())
    }
}
