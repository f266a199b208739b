//! The sandbox's memory on disk: an append-only file of JSON lines.
//!
//! Changes are appended under the sandbox's own lock, so their order in the file is the order in
//! which they happened. A thread of its own writes whatever has come together meanwhile; whoever
//! must not speak before a change is safe waits with [`Journal::kept`].
//!
//! What the world hears of only once - that a text was taken - is flushed to the disk. The course
//! of a text is not: after a power cut it is taken again, and its callbacks come twice.

mod file;

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde::Serialize;
use tokio::sync::watch;
use tracing::{error, info, warn};

pub use self::file::JournalError;
pub(super) use self::file::JournalFile;

/// Below this size nothing is compacted: 4 MiB, a few thousand texts. Tests need not write as many.
const COMPACT_BYTES_MIN: u64 = if cfg!(test) { 256 * 1024 } else { 4 * 1024 * 1024 };

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
    /// Whether one of them must survive a power cut, too.
    must_flush: bool,
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

impl Journal {
    /// Goes on with a file that was read.
    pub(super) fn start(file: JournalFile) -> io::Result<Self> {
        let inner = Inner { bytes: file.bytes(), ..Inner::default() };
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

    /// Appends a line and returns its number. Call it under the lock that guards what it tells.
    pub(super) fn append(&self, line: &impl Serialize, must_flush: bool) -> u64 {
        let mut inner = self.shared.lock();
        let before = inner.buffer.len();
        if let Err(error) = serde_json::to_writer(&mut inner.buffer, line) {
            // Nothing the sandbox keeps has a key or number that JSON could not hold.
            inner.buffer.truncate(before);
            error!("The sandbox could not write a line of its journal: {error}");
            return inner.appended;
        }
        inner.buffer.push(b'\n');
        inner.bytes += (inner.buffer.len() - before) as u64;
        inner.must_flush |= must_flush;
        inner.appended += 1;
        let number = inner.appended;
        drop(inner);
        self.shared.wake.notify_one();
        number
    }

    /// The number of the last line.
    pub(super) fn appended(&self) -> u64 {
        self.shared.lock().appended
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

    /// Waits until the line of this number and all before it are safe.
    pub(super) async fn kept(&self, line: u64) -> Result<(), NotKept> {
        if self.shared.progress.borrow().kept >= line {
            return Ok(());
        }
        let mut progress = self.shared.progress.subscribe();
        let before = *progress.borrow_and_update();
        if before.is_failing {
            self.shared.lock().is_retry_wanted = true;
            self.shared.wake.notify_one();
        }
        let ended = |now: &Progress| now.kept >= line || now.failures > before.failures;
        match progress.wait_for(ended).await {
            Ok(now) if now.kept >= line => Ok(()),
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
    must_flush: bool,
    /// How many lines were appended up to here.
    appended: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_until_closed(&self, mut file: JournalFile) {
        while let Some(batch) = self.next_batch() {
            let Batch { mut lines, replacement, must_flush, appended } = batch;
            if let Some(replacement) = replacement {
                match file.replace(&replacement.all) {
                    Ok(()) => lines = lines.split_off(replacement.covers),
                    Err(error) => self.not_compacted(&file, &lines, &error),
                }
            }
            match file.append(&lines, must_flush) {
                Ok(()) => self.succeeded(&file, appended),
                Err(error) => self.failed(&file, lines, must_flush, &error),
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
                    must_flush: std::mem::take(&mut inner.must_flush),
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
        warn!("The SMS sandbox cannot compact its journal {}: {why}", file.path().display());
        let mut inner = self.lock();
        inner.bytes = file.bytes() + (lines.len() + inner.buffer.len()) as u64;
        inner.compacted_bytes = inner.bytes;
    }

    fn succeeded(&self, file: &JournalFile, appended: u64) {
        let mut was_failing = false;
        self.progress.send_modify(|progress| {
            progress.kept = appended;
            was_failing = std::mem::take(&mut progress.is_failing);
        });
        if was_failing {
            info!("The SMS sandbox can write its journal {} again", file.path().display());
        }
    }

    /// Puts the lines back for the next try.
    fn failed(&self, file: &JournalFile, lines: Vec<u8>, must_flush: bool, why: &io::Error) {
        let mut inner = self.lock();
        inner.must_flush |= must_flush;
        if inner.is_closed {
            inner.buffer.clear();
            inner.replacement = None;
        } else {
            if let Some(replacement) = &mut inner.replacement {
                replacement.covers += lines.len();
            }
            let newer = std::mem::replace(&mut inner.buffer, lines);
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
                "The SMS sandbox cannot write its journal {}, and takes no texts till then: {why}",
                file.path().display()
            );
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    impl Journal {
        async fn all_kept(&self) -> Result<(), NotKept> {
            self.kept(self.appended()).await
        }
    }

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
            journal.append(&number, true);
        }
        assert_eq!(journal.all_kept().await, Ok(()));
        let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        journal.replace(b"all\n".to_vec());
        journal.append(&"more", false);
        assert_eq!(journal.all_kept().await, Ok(()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "all\n\"more\"\n");
        journal.append(&"last", true);
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
        assert_eq!(journal.all_kept().await, Ok(()));
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
        journal.append(&1, false);
        assert_eq!(journal.all_kept().await, Ok(()));
        fs::create_dir(&in_the_way).unwrap();
        journal.append(&2, true);
        journal.replace(b"all\n".to_vec());
        journal.append(&3, false);
        assert_eq!(journal.all_kept().await, Ok(()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n3\n");
        fs::remove_dir(&in_the_way).unwrap();
        journal.replace(b"all\n".to_vec());
        journal.append(&4, true);
        assert_eq!(journal.all_kept().await, Ok(()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "all\n4\n");
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = Journal::start(open(&path)).unwrap();
        journal.append(&1, false);
        assert_eq!(journal.all_kept().await, Ok(()));
        set_disk_full(&path, true);
        journal.append(&2, true);
        assert_eq!(journal.all_kept().await, Err(NotKept));
        assert!(journal.is_failing());
        journal.append(&3, false);
        assert_eq!(journal.all_kept().await, Err(NotKept));
        assert_eq!(fs::read_to_string(&path).unwrap(), "1\n");
        set_disk_full(&path, false);
        assert_eq!(journal.all_kept().await, Ok(()));
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
