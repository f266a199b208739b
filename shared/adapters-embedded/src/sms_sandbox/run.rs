//! What happens as time goes by: status changes, callbacks, and their retries.

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;

use super::SmsSandbox;
use super::callbacks::{
    Callback, CallbackAnswer, CallbackFault, CallbackSender, Overrides, status_callback,
};
use super::course::later;
use super::entry::CallbackId;
use super::records::Record;
use super::state::{State, Work};

/// A callback that is about to be posted, with the instant it was due.
pub(super) struct Attempt {
    id: CallbackId,
    callback: Callback,
    overrides: Overrides,
    retries_done: u32,
    due_at: Timestamp,
    /// The journal's line that tells of the text.
    line: u64,
}

impl SmsSandbox {
    /// When something is due next; `None` if nothing is pending.
    pub fn next_due(&self) -> Option<Timestamp> {
        let due = self.lock().next_due()?;
        // While the journal cannot be written nothing is done, and a runner should not spin.
        let is_stuck = self.is_forgetful();
        let again = is_stuck.then(|| later((self.clock)(), self.config.callback_retry_wait));
        Some(due.max(again.unwrap_or(due)))
    }

    /// Waits until work was added, so that a live runner that sleeps until
    /// [`SmsSandbox::next_due`] looks again. Work added while nobody waited is not missed.
    pub async fn work_added(&self) {
        self.work_added.notified().await;
    }

    /// Does everything that is due by `now`, in the order of time: changes statuses and posts
    /// their callbacks, failed ones again as their URL's fragment says. It returns when nothing
    /// that is due by `now` is left. Changes bear the instant they were due at.
    ///
    /// What cannot be kept on disk is not told: callbacks wait until the journal can be written.
    pub async fn run_due(&self, now: Timestamp, callbacks: &dyn CallbackSender) {
        let at_once = self.config.callbacks_at_once.max(1);
        loop {
            if self.is_forgetful() && self.kept().await.is_err() {
                return;
            }
            let due = self.take_callbacks(now, at_once);
            if due.is_empty() {
                return;
            }
            let line = due.iter().map(|attempt| attempt.line).max().unwrap_or_default();
            if self.line_kept(line).await.is_err() {
                let mut state = self.lock();
                for attempt in due {
                    state.add_work(attempt.due_at, Work::Post(attempt.id));
                }
                return;
            }
            let attempts = due.into_iter().map(|attempt| self.attempt(attempt, callbacks));
            stream::iter(attempts).buffer_unordered(at_once).collect::<()>().await;
        }
    }

    /// What is posted for a callback; `None` if it has ended, or its text was dropped.
    pub(super) fn attempt_of(&self, state: &State, id: CallbackId) -> Option<Attempt> {
        let entry = state.entry(id.number)?;
        let pending = entry.callback(id.index)?;
        let (status, at) = (pending.status, pending.at);
        let written = status_callback(&self.config, &entry.text, status, entry.error_code, at)?;
        let (callback, overrides) = written;
        let due_at = pending.due_at.unwrap_or(at);
        let (retries_done, line) = (pending.retries_done, entry.line);
        Some(Attempt { id, callback, overrides, retries_done, due_at, line })
    }

    /// Posts one callback, and queues it again if it failed and may be tried again.
    pub(super) async fn attempt(&self, attempt: Attempt, callbacks: &dyn CallbackSender) {
        let Attempt { id, callback, overrides, retries_done, due_at, .. } = attempt;
        let outcome = callbacks.post(callback).await;
        let is_taken = is_taken(&outcome);
        let comes_again =
            !is_taken && retries_done < overrides.retries_max && overrides.wants_retry(&outcome);
        let mut state = self.lock();
        state.callbacks_posted += 1;
        if comes_again {
            // Counted from the attempt: one that was made late is not tried again at once.
            let at = later(due_at.max((self.clock)()), self.config.callback_retry_wait);
            self.note(&Record::again(id, at));
            if state.entry_mut(id.number).is_some_and(|entry| entry.retry_callback(id.index, at)) {
                state.add_work(at, Work::Post(id));
            }
            drop(state);
            self.work_added.notify_one();
        } else {
            state.callbacks_given_up += u64::from(!is_taken);
            self.note(&Record::ended(id, !is_taken));
            if let Some(entry) = state.entry_mut(id.number) {
                entry.end_callback(id.index);
            }
        }
    }

    /// Changes statuses until so many callbacks are due, or nothing is.
    fn take_callbacks(&self, now: Timestamp, at_most: usize) -> Vec<Attempt> {
        let mut state = self.lock();
        let mut taken = Vec::new();
        while taken.len() < at_most {
            let Some(work) = state.take_due(now) else { break };
            match work {
                Work::Step(number) => self.step(&mut state, number),
                Work::Post(id) => taken.extend(self.attempt_of(&state, id)),
            }
        }
        taken
    }

    fn step(&self, state: &mut State, number: u64) {
        // A text that was dropped meanwhile takes no more steps.
        let Some(entry) = state.entry_mut(number) else { return };
        let sender = self.config.service_sender(entry.text.messaging_service_sid.as_deref());
        let Some(due) = entry.step(sender) else { return };
        self.announce(&entry.text);
        self.note(&Record::Step(number));
        let next_at = entry.steps.front().map(|(_, at)| *at);
        for callback in due {
            let id = CallbackId { number, index: callback.index };
            state.add_work(callback.due_at.unwrap_or(callback.at), Work::Post(id));
        }
        if let Some(at) = next_at {
            state.add_work(at, Work::Step(number));
        }
    }
}

fn is_taken(outcome: &Result<CallbackAnswer, CallbackFault>) -> bool {
    matches!(outcome, Ok(answer) if answer.status < 400)
}
