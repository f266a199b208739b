//! The file of the journal: opened by one process at a time, appended to, replaced whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why a journal cannot be opened, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process has it open.
    #[error(
        "open the sandbox's journal {}: another process has it open; stop that one first",
        .path.display()
    )]
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

/// The file as the writer sees it.
pub(in super::super) struct JournalFile {
    path: PathBuf,
    file: File,
    /// How much of it is whole.
    good_bytes: u64,
    /// Whether the rest of a write that failed lies beyond.
    has_rest: bool,
}

impl JournalFile {
    /// Opens the file, makes it if it is not there, and keeps other processes out. Whoever opens
    /// it reads it first and then says with [`JournalFile::truncate`] how much of it is whole.
    pub(in super::super) fn open(path: &Path) -> Result<Self, JournalError> {
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
        Ok(Self { path: path.to_owned(), file, good_bytes: 0, has_rest: false })
    }

    pub(in super::super) fn reader(&self) -> &File {
        &self.file
    }

    /// Cuts off what lies beyond `bytes`: the rest of a line that was being written when the
    /// process ended. Returns whether there was any.
    pub(in super::super) fn truncate(&mut self, bytes: u64) -> io::Result<bool> {
        self.good_bytes = bytes;
        let has_rest = self.file.metadata()?.len() > bytes;
        if has_rest {
            self.file.set_len(bytes)?;
        }
        Ok(has_rest)
    }

    /// Whether nothing was written to it so far.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.good_bytes == 0
    }

    /// How long it is.
    pub(super) fn bytes(&self) -> u64 {
        self.good_bytes
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes lines, and flushes them to the disk if they are to survive a power cut, too.
    pub(super) fn append(&mut self, lines: &[u8], must_flush: bool) -> io::Result<()> {
        #[cfg(test)]
        super::tests::disk_of(&self.path)?;
        if self.has_rest {
            self.truncate(self.good_bytes)?;
        }
        self.has_rest = true;
        self.file.write_all(lines)?;
        if must_flush {
            self.file.sync_data()?;
        }
        self.has_rest = false;
        self.good_bytes += lines.len() as u64;
        Ok(())
    }

    /// Puts another file with these lines in its place, at once or not at all.
    pub(super) fn replace(&mut self, lines: &[u8]) -> io::Result<()> {
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
        self.has_rest = false;
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
