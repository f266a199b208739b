//! A stand-in for Twilio: its HTTP protocol, its signed webhooks, its opt-out words, and phones
//! that can be looked at.
//!
//! The real adapter always runs; only what lies beyond it is replaced. The sandbox keeps texts in
//! memory, within bounds. It has no clock and starts no task: handlers ask the clock they were
//! given, and status changes and callbacks wait in a queue ordered by time until somebody calls
//! [`SmsSandbox::run_due`]. The same seed and the same calls give the same sids and the same order.
//!
//! Twilio does not forget texts when our process ends. A sandbox that was opened with a journal
//! does not, either: nothing it says, in an answer or a callback, is untrue after it was killed
//! and started again. Scripts are not kept.

mod answers;
mod callbacks;
mod codes;
mod config;
mod course;
mod create;
mod entry;
mod http_api;
mod ids;
mod inbound;
mod journal;
mod opt_out;
mod reads;
mod records;
mod run;
mod script;
mod signing;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod twiml;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use jiff::Timestamp;
use tokio::sync::{Notify, broadcast};

pub use self::callbacks::{Callback, CallbackAnswer, CallbackFault, CallbackSender};
pub use self::config::{Delays, MessagingService, OptOutHandling, SandboxConfig};
pub use self::http_api::SandboxFault;
pub use self::inbound::{InboundOutcome, InboundText};
pub use self::journal::JournalError;
pub use self::script::{Answer, CallbackPlan, CallbackTime, Fate, PlannedCallback, Script};
pub use self::signing::signature;
pub use self::text::{Direction, SandboxText, TextStatus};

use self::entry::Entry;
use self::journal::{Journal, JournalFile, NotKept};
use self::records::Record;
use self::state::State;

/// The version in every path of the API.
const API_VERSION: &str = "2010-04-01";

/// Twilio's code where the carrier gave no reason.
const UNKNOWN_ERROR: u32 = 30008;

/// Changes that a slow reader of [`SmsSandbox::subscribe`] may lag behind before it misses some.
const CHANGES_KEPT: usize = 4_096;

/// Tells the sandbox what time it is.
pub type SandboxClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A Twilio account of its own, with the phones of everybody it texts.
pub struct SmsSandbox {
    config: SandboxConfig,
    clock: SandboxClock,
    state: Mutex<State>,
    journal: Option<Journal>,
    /// Held weakly: what receives the callbacks usually holds the sandbox.
    before_answer: Mutex<Option<Weak<dyn CallbackSender>>>,
    changes: broadcast::Sender<SandboxText>,
    work_added: Notify,
}

/// What happened in a sandbox since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SandboxCounts {
    /// Texts taken from the API.
    pub created: u64,
    /// Texts that phones sent.
    pub inbound: u64,
    /// Texts dropped because there were more than `texts_max`.
    pub dropped: u64,
    /// Status callbacks posted, each attempt counted.
    pub callbacks_posted: u64,
    /// Status callbacks that failed and were not tried again.
    pub callbacks_given_up: u64,
}

impl SmsSandbox {
    /// An empty sandbox that lives in memory only.
    pub fn new(config: SandboxConfig, clock: SandboxClock) -> Self {
        Self::with(config, clock, State::default(), None)
    }

    /// A sandbox that remembers what it did before, from a file that it makes if it is not there.
    /// Pending statuses and callbacks go on from where they were; a callback that was under way
    /// when the process ended is posted again.
    ///
    /// Waiting for the disk needs no runtime of its own: a thread writes.
    ///
    /// # Errors
    /// [`JournalError`] if the file cannot be opened, is in use, or is not one of ours.
    pub fn open(
        config: SandboxConfig,
        clock: SandboxClock,
        journal: impl AsRef<Path>,
    ) -> Result<Self, JournalError> {
        let path = journal.as_ref();
        let mut file = JournalFile::open(path)?;
        let state = records::read_back(&mut file, path, &config)?;
        let is_new = file.is_empty();
        let journal = Journal::start(file)
            .map_err(|source| JournalError::System { path: path.to_owned(), source })?;
        if is_new {
            journal.append(&Record::begin(&state), true);
        }
        Ok(Self::with(config, clock, state, Some(journal)))
    }

    fn with(
        config: SandboxConfig,
        clock: SandboxClock,
        state: State,
        journal: Option<Journal>,
    ) -> Self {
        Self {
            config,
            clock,
            state: Mutex::new(state),
            journal,
            before_answer: Mutex::new(None),
            changes: broadcast::channel(CHANGES_KEPT).0,
            work_added: Notify::new(),
        }
    }

    /// What it was made with.
    pub fn config(&self) -> &SandboxConfig {
        &self.config
    }

    /// Names who posts the callbacks that a script wants posted before the create request is
    /// answered. Without it, or once it is gone, they are due at the instant of creation instead.
    pub fn connect(&self, callbacks: &Arc<dyn CallbackSender>) {
        let mut connected = self.before_answer.lock().unwrap_or_else(PoisonError::into_inner);
        *connected = Some(Arc::downgrade(callbacks));
    }

    /// What happens to the next `times` create requests.
    pub fn script_next(&self, script: &Script, times: usize) {
        self.lock().scripts.add_next(script, times);
    }

    /// What happens to the next `times` create requests to one number.
    pub fn script_next_to(&self, to: &str, script: &Script, times: usize) {
        self.lock().scripts.add_next_to(to, script, times);
    }

    /// What happens to every create request that no other script speaks of.
    pub fn script_always(&self, script: Script) {
        self.lock().scripts.set_always(script);
    }

    /// What happens to every create request to one number that no `script_next_to` speaks of.
    pub fn script_always_to(&self, to: &str, script: Script) {
        self.lock().scripts.set_always_to(to, script);
    }

    /// What the next `times` fetch and list requests get to hear.
    pub fn script_reads(&self, answer: Answer, times: usize) {
        self.lock().scripts.add_reads(answer, times);
    }

    /// Forgets every script.
    pub fn clear_scripts(&self) {
        self.lock().scripts = script::Scripts::default();
    }

    /// All texts kept, oldest first.
    pub fn texts(&self) -> Vec<SandboxText> {
        self.lock().texts().cloned().collect()
    }

    /// The texts that a test or page asks for, oldest first.
    pub fn texts_where(&self, wanted: impl Fn(&SandboxText) -> bool) -> Vec<SandboxText> {
        self.lock().texts().filter(|text| wanted(text)).cloned().collect()
    }

    /// The texts that came after the first `seen` of all, oldest first, and how many came so far.
    pub fn texts_after(&self, seen: u64) -> (Vec<SandboxText>, u64) {
        let state = self.lock();
        let all = state.next_number();
        ((seen..all).filter_map(|number| state.text(number)).cloned().collect(), all)
    }

    /// One text.
    pub fn text(&self, sid: &str) -> Option<SandboxText> {
        let state = self.lock();
        state.number_of(sid).and_then(|number| state.text(number)).cloned()
    }

    /// What happened so far.
    pub fn counts(&self) -> SandboxCounts {
        let state = self.lock();
        SandboxCounts {
            created: state.created,
            inbound: state.inbound,
            dropped: state.dropped(),
            callbacks_posted: state.callbacks_posted,
            callbacks_given_up: state.callbacks_given_up,
        }
    }

    /// Every text as it is after each change from now on, for a page that shows them live.
    pub fn subscribe(&self) -> broadcast::Receiver<SandboxText> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a line to the journal, if there is one, and returns its number. Called while the
    /// state is locked.
    fn note(&self, line: &Record<&Entry>) -> u64 {
        let must_flush = line.must_survive_power_cuts();
        self.journal.as_ref().map_or(0, |journal| journal.append(line, must_flush))
    }

    /// Waits until everything so far is safe, if there is a journal.
    async fn kept(&self) -> Result<(), NotKept> {
        match &self.journal {
            Some(journal) => journal.kept(journal.appended()).await,
            None => Ok(()),
        }
    }

    /// Waits until a line of the journal is safe, if there is one.
    async fn line_kept(&self, line: u64) -> Result<(), NotKept> {
        match &self.journal {
            Some(journal) => journal.kept(line).await,
            None => Ok(()),
        }
    }

    /// Whether what happened last could not be written to the journal.
    fn is_forgetful(&self) -> bool {
        self.journal.as_ref().is_some_and(Journal::is_failing)
    }

    fn compact_if_bloated(&self, state: &State) {
        let Some(journal) = self.journal.as_ref().filter(|journal| journal.is_bloated()) else {
            return;
        };
        match records::all_lines(state) {
            Ok(lines) => journal.replace(lines),
            Err(error) => tracing::error!("The sandbox's journal cannot be compacted: {error}"),
        }
    }

    fn announce(&self, text: &SandboxText) {
        if self.changes.receiver_count() > 0 {
            // It fails only if the last receiver has just gone.
            let _ = self.changes.send(text.clone());
        }
    }
}

/// How many parts Twilio bills for a text.
fn segments_of(body: &str) -> u32 {
    u32::try_from(domain::segments::count(body).segments).unwrap_or(u32::MAX)
}
