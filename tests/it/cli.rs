//! The command line, called in process: answers, refusals with their exit codes, and that it says
//! what the running system does.

mod against_a_system;
mod bad_input;
mod offline;
mod shells;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;
use tests::events::{Event, calendar};

const NOW: &str = "2026-11-23T12:00:00Z";

/// How a command ended.
#[derive(Debug)]
struct Ran {
    code: u8,
    out: String,
    err: String,
}

impl Ran {
    /// The answer of a command that succeeded.
    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|bad| panic!("{bad}: {}", self.out))
    }

    #[track_caller]
    fn assert_refused(&self, code: u8, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains(words), "{words}: {self:?}");
        assert!(self.out.is_empty(), "{self:?}");
    }
}

/// Runs a command without a terminal, environment or running system.
fn run(args: &[&str], stdin: &[u8]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = std::iter::once("beforehand").chain(args.iter().copied());
    let now: Timestamp = NOW.parse().unwrap();
    let code = beforehand::cli::run(line, &mut &*stdin, &mut out, &mut err, now);
    Ran { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// A folder for files and data.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn calendar(&self, events: &[Event]) -> String {
        self.file("test.ics", calendar(events)).to_str().unwrap().to_owned()
    }
}
