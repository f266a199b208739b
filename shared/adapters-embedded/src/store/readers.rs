//! Connections that only read, used by whoever asks on their own thread.
//!
//! A read of one item takes a few microseconds, less than handing it to another thread would, and
//! it waits for no flush of what others write.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::failure::Failure;
use super::open;

/// Connections that are kept for the next read.
const IDLE_MAX: usize = 8;

/// Long reads at once; others wait.
const LONG_READS_MAX: usize = 4;

/// Connections to one file.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    long_reads: Semaphore,
}

impl Readers {
    /// None is open yet; they are opened as they are needed.
    pub(super) fn new(path: &Path) -> Self {
        let (idle, long_reads) = (Mutex::default(), Semaphore::new(LONG_READS_MAX));
        Self { path: path.to_owned(), idle, long_reads }
    }

    /// Reads, on this thread. Sees every change that was committed before.
    pub(super) fn read<T>(
        &self,
        mut work: impl FnMut(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = work(&connection);
        let mut idle = self.idle();
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        result
    }

    /// Waits for a place among the long reads.
    pub(super) async fn place(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // It is never closed, so there always is one.
        self.long_reads.acquire().await.ok()
    }

    fn open(&self) -> Result<Connection, Failure> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        open::tune_reader(&connection)?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // A list of connections is whole whatever happened to who held it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
