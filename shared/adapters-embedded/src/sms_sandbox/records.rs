//! What the lines of the journal say, and how they are read back.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::config::SandboxConfig;
use super::entry::{CallbackId, Entry};
use super::journal::{JournalError, JournalFile};
use super::state::State;
use super::text::Direction;

/// How much of a journal is read at a time.
const READ_BYTES: usize = 1024 * 1024;

/// The version of the lines below.
const VERSION: u32 = 1;

/// One line. `E` is the entry itself when reading, and a reference to it when writing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record<E = Entry> {
    /// The first line: where the sandbox stood when the file was made.
    Begin(Begin),
    /// A text that was kept when the file was made, in order.
    Kept(E),
    /// A new text; the oldest beyond the bound is dropped for it.
    Text(E),
    /// A text of this number took its next step.
    Step(u64),
    /// A callback was posted and will not be posted again.
    CallbackEnded { number: u64, index: u32, is_given_up: bool },
    /// A callback was posted in vain and comes again.
    CallbackAgain { number: u64, index: u32, due_at: Timestamp },
    /// A phone said STOP, or START, to one of our numbers.
    OptOut { ours: String, phone: String, is_out: bool },
}

/// Where a sandbox stands, without its texts.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Begin {
    version: u32,
    /// The number of the oldest text kept.
    first: u64,
    created: u64,
    inbound: u64,
    callbacks_posted: u64,
    callbacks_given_up: u64,
    /// Pairs of our number and a phone that said STOP to it.
    opted_out: Vec<(String, String)>,
}

impl Record<&Entry> {
    /// The first line of a journal for this state.
    pub(super) fn begin(state: &State) -> Self {
        let mut opted_out: Vec<_> = state.opted_out.iter().cloned().collect();
        opted_out.sort();
        Self::Begin(Begin {
            version: VERSION,
            first: state.dropped(),
            created: state.created,
            inbound: state.inbound,
            callbacks_posted: state.callbacks_posted,
            callbacks_given_up: state.callbacks_given_up,
            opted_out,
        })
    }
}

impl<E> Record<E> {
    /// Whether the world hears of it only once. The course of a text is laid out when it is
    /// created, and would be taken again in the same way.
    pub(super) fn must_survive_power_cuts(&self) -> bool {
        matches!(self, Self::Begin(_) | Self::Text(_) | Self::OptOut { .. })
    }

    pub(super) fn ended(id: CallbackId, is_given_up: bool) -> Self {
        Self::CallbackEnded { number: id.number, index: id.index, is_given_up }
    }

    pub(super) fn again(id: CallbackId, due_at: Timestamp) -> Self {
        Self::CallbackAgain { number: id.number, index: id.index, due_at }
    }
}

/// Everything that is kept, as the lines of a new journal.
pub(super) fn all_lines(state: &State) -> serde_json::Result<Vec<u8>> {
    let mut lines = serde_json::to_vec(&Record::begin(state))?;
    lines.push(b'\n');
    for entry in state.entries() {
        serde_json::to_writer(&mut lines, &Record::Kept(entry))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Reads a journal from its beginning. The rest of a line that was being written when the process
/// ended is cut off: nobody was told of it.
pub(super) fn read_back(
    file: &mut JournalFile,
    path: &Path,
    config: &SandboxConfig,
) -> Result<State, JournalError> {
    let system = |source| JournalError::System { path: path.to_owned(), source };
    let unreadable =
        |line, source| JournalError::Unreadable { path: path.to_owned(), line, source };
    let mut state = State::default();
    let (mut lines, mut good_bytes) = (0, 0);
    let mut bad = None;
    let mut reader = BufReader::with_capacity(READ_BYTES, file.reader());
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(system)? > 0 {
        // Only the last line may be torn.
        if let Some(error) = bad {
            return Err(unreadable(lines + 1, error));
        }
        if lines == 0 && !is_beginning(&line) {
            return Err(unreadable(1, serde::de::Error::custom("a journal begins otherwise")));
        }
        match serde_json::from_slice(&line) {
            Ok(Record::Begin(begin)) if begin.version > VERSION => {
                let (path, found) = (path.to_owned(), begin.version);
                return Err(JournalError::Newer { path, found, known: VERSION });
            }
            Ok(record) if line.ends_with(b"\n") => {
                state.replay(record, config);
                lines += 1;
                good_bytes += line.len() as u64;
            }
            Ok(_) => break,
            Err(error) => bad = Some(error),
        }
        line.clear();
    }
    drop(reader);
    if file.truncate(good_bytes).map_err(system)? {
        tracing::warn!("Cut off an unfinished line at the end of {}", path.display());
    }
    state.resume();
    Ok(state)
}

/// Whether this can be the first line, or the part of it that was written in time. Anything else
/// is a file of somebody else's, of which nothing may be cut off.
fn is_beginning(line: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"begin\":{";
    let known = line.len().min(BEGINNING.len());
    line[..known] == BEGINNING[..known]
}

impl State {
    /// Does again what a line tells. Work is queued when everything has been read.
    fn replay(&mut self, record: Record, config: &SandboxConfig) {
        match record {
            Record::Begin(begin) => self.begin(begin),
            Record::Kept(entry) => {
                self.insert(entry, config.texts_max);
            }
            Record::Text(entry) => {
                match entry.text.direction {
                    Direction::OutboundApi => self.created += 1,
                    Direction::Inbound => self.inbound += 1,
                    Direction::OutboundReply | Direction::OptOutReply | Direction::Code => {}
                }
                self.insert(entry, config.texts_max);
            }
            Record::Step(number) => {
                if let Some(entry) = self.entry_mut(number) {
                    let service = entry.text.messaging_service_sid.as_deref();
                    let sender = config.service_sender(service);
                    entry.step(sender);
                }
            }
            Record::CallbackEnded { number, index, is_given_up } => {
                self.callbacks_posted += 1;
                self.callbacks_given_up += u64::from(is_given_up);
                if let Some(entry) = self.entry_mut(number) {
                    entry.end_callback(index);
                }
            }
            Record::CallbackAgain { number, index, due_at } => {
                self.callbacks_posted += 1;
                if let Some(entry) = self.entry_mut(number) {
                    entry.retry_callback(index, due_at);
                }
            }
            Record::OptOut { ours, phone, is_out } => {
                if is_out {
                    self.opted_out.insert((ours, phone));
                } else {
                    self.opted_out.remove(&(ours, phone));
                }
            }
        }
    }

    fn begin(&mut self, begin: Begin) {
        *self = Self::starting_at(begin.first);
        self.created = begin.created;
        self.inbound = begin.inbound;
        self.callbacks_posted = begin.callbacks_posted;
        self.callbacks_given_up = begin.callbacks_given_up;
        self.opted_out = begin.opted_out.into_iter().collect();
    }
}
