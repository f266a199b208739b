//! The store in one SQLite file: every port of the store, durable, readable with the `sqlite3`
//! shell while it runs.
//!
//! One thread owns the connection that writes. It takes whatever is waiting, carries it out in one
//! transaction, and answers after the commit, so that many small changes share one flush to the
//! disk. Reads of few items are answered by the same thread, whose pages are at hand, before what
//! waits beside them is written; reads of many items have a thread of their own. Items are turned
//! into JSON and back by whoever asks.

mod calendars;
mod claims;
mod columns;
mod connections;
mod control;
mod dead_letters;
mod erasure;
mod events;
mod examine;
mod failure;
mod feed;
mod metrics;
mod migrations;
mod open;
mod passing;
mod phones;
mod reminders;
mod retention;
mod rows;
mod sums;
mod turns;
mod users;
mod worker;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use app::ports::{Clock, StoreClock, StoreError, StoreTime};
use async_trait::async_trait;
use rusqlite::Connection;

pub use dead_letters::DeadLetter;
pub use examine::{Examined, examine};
pub use open::OpenError;

use failure::Failure;
use worker::{Kind, Worker};

/// The store. Clones share one file; when the last is dropped, what was asked for is finished and
/// the file is closed and free for others.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    // None for a store in memory, which has but one connection. Dropped first: readers must be
    // gone for the writer's last checkpoint to be whole.
    reader: Option<Worker>,
    writer: Worker,
    clock: Arc<dyn Clock>,
    // Dropped last: only then may another process open the file.
    _lock: Option<open::Lock>,
}

impl SqliteStore {
    /// Opens the store in a file, which is made if there is none, as is the folder it lies in.
    ///
    /// # Errors
    /// [`OpenError`] says what is in the way and what to do about it. Nothing is changed then.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let opened = open::open_file(path)?;
        let inner = Inner {
            reader: Some(Worker::start("store-reader", opened.reader)),
            writer: Worker::start("store", opened.writer),
            clock,
            _lock: Some(opened.lock),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A store that lasts as long as the process.
    ///
    /// # Errors
    /// [`OpenError`], if there is no memory for it.
    pub fn in_memory(clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let writer = Worker::start("store", open::open_memory()?);
        Ok(Self { inner: Arc::new(Inner { reader: None, writer, clock, _lock: None }) })
    }

    /// Carries out work that may change something. It is all or nothing, and may be carried out
    /// again from the start if work beside it fails.
    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.ask(Kind::Write, operation, work).await
    }

    /// Reads a few items. It sees every change that was answered before.
    ///
    /// The writer answers: its pages are at hand. Connections of their own read each page anew that
    /// changed since, which took more processor time when it was tried.
    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.inner.writer.ask(Kind::Read, operation, work).await
    }

    /// As [`Self::read`], for what may be many items, where others must not have to wait for it.
    async fn read_many<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnMut(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = self.inner.reader.as_ref().unwrap_or(&self.inner.writer);
        reader.ask(Kind::Read, operation, work).await
    }
}

/// The store runs in this process, by the same clock.
#[async_trait]
impl StoreClock for SqliteStore {
    async fn store_time(&self) -> Result<StoreTime, StoreError> {
        let now = self.inner.clock.now();
        Ok(StoreTime { store_at: now, local_at: now })
    }
}
