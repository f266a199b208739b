//! The sandbox's memory on disk: an append-only file of JSON lines.
//!
//! Changes are appended under the sandbox's own lock, so their order in the file is the order in
//! which they happened. A thread of its own writes and flushes whatever has come together since
//! the last flush; whoever must not speak before a change is safe waits with [`Journal::kept`].

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde::Serialize;
use tokio::sync::watch;
use tracing::{error, info, warn};

/// Below this size nothing is compacted: 4 MiB, a few thousand texts.
const COMPACT_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// Why a journal cannot be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it open.
    #[error("open the sandbox's journal {}: another process has it open; stop that one first", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("open the sandbox's journal {}: {source}", .path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A later release wrote it.
    #[error(
        "open the sandbox's journal {}: it has version {found}, this release knows {known}; \
         run the release that wrote it, or a later one",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
        /// The newest version this code knows.
        known: u32,
    },
    /// A line in its midst is not one of ours.
    #[error(
        "open the sandbox's journal {}: line {line} is not readable; move the file away to start \
         with an empty sandbox",
        .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// What was appended could not be written; it is kept in memory and written as soon as that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotKept;

/// A journal that is open.
#[derive(Debug)]
pub(super) struct Journal {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    wake: Condvar,
    progress: watch::Sender<Progress>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Lines that are not written yet.
    buffer: Vec<u8>,
    /// What may stand in the place of the file and of the beginning of `buffer`.
    replacement: Option<Replacement>,
    /// How many lines were ever appended.
    appended: u64,
    /// The length the file will have once everything is written.
    bytes: u64,
    /// Its length when it was last compacted.
    compacted_bytes: u64,
    /// Whether a write that failed should be tried again now.
    is_retry_wanted: bool,
    is_closed: bool,
}

/// A compacted journal.
#[derive(Debug)]
struct Replacement {
    all: Vec<u8>,
    /// How many bytes of the buffer it stands for.
    covers: usize,
}

/// How far the writer has come.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// How many lines are safe.
    kept: u64,
    /// How many writes have failed.
    failures: u64,
    is_failing: bool,
}

/// The file as the writer sees it.
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    /// How much of it is whole; anything beyond is the rest of a write that failed.
    good_bytes: u64,
}

impl JournalFile {
    /// Opens the file, makes it if it is not there, and keeps other processes out. Whoever opens
    /// it reads it first and then says with [`JournalFile::truncate`] how much of it is whole.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let system = |source| JournalError::System { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(path).map_err(system)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::InUse { path: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(system(source)),
        }
        sync_folder(path).map_err(system)?;
        Ok(Self { path: path.to_owned(), file, good_bytes: 0 })
    }

    pub(super) fn reader(&self) -> &File {
        &self.file
    }

    /// Cuts off what lies beyond `bytes`: the rest of a line that was being written when the
    /// process ended. Returns whether there was any.
    pub(super) fn truncate(&mut self, bytes: u64) -> io::Result<bool> {
        self.good_bytes = bytes;
        let has_rest = self.file.metadata()?.len() > bytes;
        if has_rest {
            self.file.set_len(bytes)?;
        }
        Ok(has_rest)
    }

    /// Whether nothing was written to it so far.
    pub(super) fn is_empty(&self) -> bool {
        self.good_bytes == 0
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        #[cfg(test)]
        tests::disk_of(&self.path)?;
        self.truncate(self.good_bytes)?;
        self.file.write_all(lines)?;
        self.file.sync_data()?;
        self.good_bytes += lines.len() as u64;
        Ok(())
    }

    /// Puts another file with these lines in its place, at once or not at all.
    fn replace(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        let new_path = PathBuf::from(name);
        let mut options = OpenOptions::new();
        let mut file = options.append(true).create(true).open(&new_path)?;
        file.set_len(0)?;
        file.try_lock()?;
        file.write_all(lines)?;
        file.sync_data()?;
        fs::rename(&new_path, &self.path)?;
        sync_folder(&self.path)?;
        self.file = file;
        self.good_bytes = lines.len() as u64;
        Ok(())
    }
}

/// Makes a new name in a folder safe.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")))?;
    // Some systems cannot flush a folder, and need not.
    if cfg!(unix) { folder.sync_all() } else { Ok(()) }
}

impl Journal {
    /// Goes on with a file that was read.
    pub(super) fn start(file: JournalFile) -> io::Result<Self> {
        let inner = Inner { bytes: file.good_bytes, ..Inner::default() };
        let shared = Arc::new(Shared {
            inner: Mutex::new(inner),
            wake: Condvar::new(),
            progress: watch::Sender::default(),
        });
        let of_writer = Arc::clone(&shared);
        let run = move || of_writer.write_until_closed(file);
        let writer = std::thread::Builder::new().name("sandbox-journal".to_owned()).spawn(run)?;
        Ok(Self { shared, writer: Some(writer) })
    }

    /// Appends a line. Call it under the lock that guards what the line tells.
    pub(super) fn append(&self, line: &impl Serialize) {
        let mut inner = self.shared.lock();
        let before = inner.buffer.len();
        if let Err(error) = serde_json::to_writer(&mut inner.buffer, line) {
            // Nothing the sandbox keeps has a key or number that JSON could not hold.
            inner.buffer.truncate(before);
            error!("The sandbox could not write a line of its journal: {error}");
            return;
        }
        inner.buffer.push(b'\n');
        inner.bytes += (inner.buffer.len() - before) as u64;
        inner.appended += 1;
        drop(inner);
        self.shared.wake.notify_one();
    }

    /// Whether most of the file is about things that are no longer kept.
    pub(super) fn is_bloated(&self) -> bool {
        let inner = self.shared.lock();
        inner.bytes > COMPACT_BYTES_MIN && inner.bytes > inner.compacted_bytes * 2
    }

    /// Lets these lines stand in place of everything so far. Call it as [`Journal::append`].
    pub(super) fn replace(&self, all: Vec<u8>) {
        let mut inner = self.shared.lock();
        inner.bytes = all.len() as u64;
        inner.compacted_bytes = inner.bytes;
        let covers = inner.buffer.len();
        inner.replacement = Some(Replacement { all, covers });
        drop(inner);
        self.shared.wake.notify_one();
    }

    /// Whether the last write failed.
    pub(super) fn is_failing(&self) -> bool {
        self.shared.progress.borrow().is_failing
    }

    /// Waits until everything appended so far is on disk.
    pub(super) async fn kept(&self) -> Result<(), NotKept> {
        let mut progress = self.shared.progress.subscribe();
        let before = *progress.borrow_and_update();
        let wanted = {
            let mut inner = self.shared.lock();
            inner.is_retry_wanted = before.is_failing;
            inner.appended
        };
        if before.is_failing {
            self.shared.wake.notify_one();
        }
        let ended = |now: &Progress| now.kept >= wanted || now.failures > before.failures;
        match progress.wait_for(ended).await {
            Ok(now) if now.kept >= wanted => Ok(()),
            _ => Err(NotKept),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.wake.notify_one();
        if let Some(writer) = self.writer.take() {
            // A panic there was reported when it happened.
            let _ = writer.join();
        }
    }
}

/// Lines on their way to the file.
struct Batch {
    lines: Vec<u8>,
    replacement: Option<Replacement>,
    /// How many lines were appended up to here.
    appended: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self, mut file: JournalFile) {
        while let Some(Batch { mut lines, replacement, appended }) = self.next_batch() {
            if let Some(replacement) = replacement {
                match file.replace(&replacement.all) {
                    Ok(()) => lines = lines.split_off(replacement.covers),
                    Err(error) => self.not_compacted(&file, &lines, &error),
                }
            }
            match file.append(&lines) {
                Ok(()) => self.succeeded(&file, appended),
                Err(error) => self.failed(&file, lines, &error),
            }
        }
    }

    /// Waits for lines; `None` once the journal is closed and everything was tried.
    fn next_batch(&self) -> Option<Batch> {
        let mut inner = self.lock();
        loop {
            let has_work = !inner.buffer.is_empty() || inner.replacement.is_some();
            // After a failure it is tried again when somebody asks, not in a loop.
            let is_time = !self.progress.borrow().is_failing || inner.is_retry_wanted;
            if has_work && (is_time || inner.is_closed) {
                inner.is_retry_wanted = false;
                return Some(Batch {
                    lines: std::mem::take(&mut inner.buffer),
                    replacement: inner.replacement.take(),
                    appended: inner.appended,
                });
            }
            if inner.is_closed {
                return None;
            }
            inner = self.wake.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The file stays as it is and grows on; it is tried again when it has doubled.
    fn not_compacted(&self, file: &JournalFile, lines: &[u8], why: &io::Error) {
        warn!("The SMS sandbox cannot compact its journal {}: {why}", file.path.display());
        let mut inner = self.lock();
        inner.bytes = file.good_bytes + (lines.len() + inner.buffer.len()) as u64;
        inner.compacted_bytes = inner.bytes;
    }

    fn succeeded(&self, file: &JournalFile, appended: u64) {
        let mut was_failing = false;
        self.progress.send_modify(|progress| {
            progress.kept = appended;
            was_failing = std::mem::take(&mut progress.is_failing);
        });
        if was_failing {
            info!("The SMS sandbox can write its journal {} again", file.path.display());
        }
    }

    /// Puts the lines back for the next try.
    fn failed(&self, file: &JournalFile, lines: Vec<u8>, why: &io::Error) {
        let mut inner = self.lock();
        if inner.is_closed {
            inner.buffer.clear();
            inner.replacement = None;
        } else {
            let newer = std::mem::replace(&mut inner.buffer, lines);
            if let Some(replacement) = &mut inner.replacement {
                replacement.covers += inner.buffer.len();
            }
            inner.buffer.extend_from_slice(&newer);
        }
        drop(inner);
        let mut was_failing = true;
        self.progress.send_modify(|progress| {
            progress.failures += 1;
            was_failing = std::mem::replace(&mut progress.is_failing, true);
        });
        if !was_failing {
            error!(
                "The SMS sandbox cannot write its journal {} and takes no texts until it can: {why}",
                file.path.display()
            );
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn open(path: &Path) -> JournalFile {
        let mut file = JournalFile::open(path).unwrap();
        file.truncate(fs::metadata(path).unwrap().len()).unwrap();
        file
    }

    #[tokio::test]
    async fn lines_are_on_disk_when_they_are_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::start(open(&path)).unwrap();
        for number in 0..100 {
            journal.append(&number);
        }
        assert_eq!(journal.kept().await, Ok(()));
        let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        journal.replace(b"all\n".to_vec());
        journal.append(&"more");
        assert_eq!(journal.kept().await, Ok(()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "all\n\"more\"\n");
        journal.append(&"last");
        drop(journal);
        assert_eq!(fs::read_to_string(&path).unwrap(), "all\n\"more\"\n\"last\"\n");
    }

    #[tokio::test]
    async fn a_journal_has_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::start(open(&path)).unwrap();
        let in_use = || matches!(JournalFile::open(&path), Err(JournalError::InUse { .. }));
        assert!(in_use());
        journal.replace(b"all\n".to_vec());
        assert_eq!(journal.kept().await, Ok(()));
        assert!(in_use(), "the file that replaced it is guarded, too");
        drop(journal);
        open(&path);
    }

    #[tokio::test]
    async fn what_cannot_be_compacted_grows_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let in_the_way = folder.path().join("journal.new");
        let journal = Journal::start(open(&path)).unwrap();
        journal.append(&1);
        assert_eq!(journal.kept().await, Ok(()));
        fs::create_dir(&in_the_way).unwrap();
        journal.append(&2);
        journal.replace(b"all\n".to_vec());
        journal.append(&3);
        assert_eq!(journal.kept().await, Ok(()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n3\n");
        fs::remove_dir(&in_the_way).unwrap();
        journal.replace(b"all\n".to_vec());
        journal.append(&4);
        assert_eq!(journal.kept().await, Ok(()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "all\n4\n");
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::start(open(&path)).unwrap();
        journal.append(&1);
        assert_eq!(journal.kept().await, Ok(()));
        set_disk_full(&path, true);
        journal.append(&2);
        assert_eq!(journal.kept().await, Err(NotKept));
        assert!(journal.is_failing());
        journal.append(&3);
        assert_eq!(journal.kept().await, Err(NotKept));
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
        set_disk_full(&path, false);
        assert_eq!(journal.kept().await, Ok(()));
        assert!(!journal.is_failing());
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n3\n");
    }

    /// Fills the disk that a journal is on, as far as the journal can tell, or frees it.
    pub(in super::super) fn set_disk_full(journal: &Path, is_full: bool) {
        let mark = journal.with_extension("full");
        if is_full { fs::write(mark, "") } else { fs::remove_file(mark) }.unwrap();
    }

    pub(super) fn disk_of(journal: &Path) -> io::Result<()> {
        let is_full = journal.with_extension("full").exists();
        if is_full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}
