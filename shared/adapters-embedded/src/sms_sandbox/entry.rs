//! A text with what is still to come of it.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::course::{Course, later};
use super::script::{CallbackPlan, CallbackTime};
use super::text::{SandboxText, TextStatus};

/// A text, the statuses ahead of it, and the callbacks that have not been taken yet. This is what
/// the journal keeps of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) text: SandboxText,
    pub(super) steps: VecDeque<(TextStatus, Timestamp)>,
    pub(super) error_code: Option<u32>,
    pub(super) plan: CallbackPlan,
    /// Callbacks that wait, or are under way, in the order in which they are posted.
    pub(super) callbacks: Vec<PendingCallback>,
    /// How many callbacks the text has had so far; the next one's index.
    callbacks_made: u32,
    /// The journal's line that tells of the text: nothing is said of it before that is safe.
    #[serde(skip)]
    pub(super) line: u64,
}

/// A status callback that waits for its time, or for another attempt. It is written out and signed
/// only when it is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingCallback {
    /// Tells the callbacks of one text apart.
    pub(super) index: u32,
    /// The status it reports.
    pub(super) status: TextStatus,
    /// When the text reached that status.
    pub(super) at: Timestamp,
    /// When it is posted; `None` while it waits for the last status ([`CallbackPlan::Reversed`]).
    pub(super) due_at: Option<Timestamp>,
    pub(super) retries_done: u32,
}

/// Names a callback: the text's number and the callback's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallbackId {
    pub(super) number: u64,
    pub(super) index: u32,
}

impl Entry {
    /// A text to which nothing more happens.
    pub(super) fn finished(text: SandboxText) -> Self {
        Self {
            text,
            steps: VecDeque::new(),
            error_code: None,
            plan: CallbackPlan::Never,
            callbacks: Vec::new(),
            callbacks_made: 0,
            line: 0,
        }
    }

    /// A text at the beginning of its course, with the callbacks that do not depend on its own
    /// status.
    pub(super) fn new(text: SandboxText, course: Course, plan: CallbackPlan) -> Self {
        let created_at = text.created_at;
        let Course { steps, error_code } = course;
        let mut entry = Self { steps, error_code, ..Self::finished(text) };
        match &plan {
            CallbackPlan::Exactly(planned) => {
                for callback in planned {
                    let at = match callback.when {
                        CallbackTime::BeforeAnswer => created_at,
                        CallbackTime::After(after) => later(created_at, after),
                    };
                    entry.add_callback(callback.status, at, Some(at));
                }
            }
            CallbackPlan::BeforeAnswer => {
                let statuses: Vec<_> = entry.steps.iter().map(|(status, _)| *status).collect();
                for status in statuses {
                    entry.add_callback(status, created_at, Some(created_at));
                }
            }
            _ => {}
        }
        entry.plan = plan;
        entry
    }

    /// The callbacks that are posted before the create request is answered.
    pub(super) fn is_before_answer(&self, callback: &PendingCallback) -> bool {
        match &self.plan {
            CallbackPlan::BeforeAnswer => true,
            CallbackPlan::Exactly(planned) => {
                let index = usize::try_from(callback.index).ok();
                let planned = index.and_then(|index| planned.get(index));
                planned.is_some_and(|planned| planned.when == CallbackTime::BeforeAnswer)
            }
            _ => false,
        }
    }

    /// Takes the next step, if one is left; `sender` is the number a messaging service chooses.
    /// Returns the callbacks that are due now because of it.
    pub(super) fn step(&mut self, sender: Option<String>) -> Option<Vec<PendingCallback>> {
        let (status, at) = self.steps.pop_front()?;
        self.text.status = status;
        self.text.updated_at = at;
        match status {
            TextStatus::Sent => self.text.sent_at = Some(at),
            TextStatus::Delivered => self.text.delivered_at = Some(at),
            _ => {}
        }
        if status.is_failure() {
            self.text.error_code = self.error_code;
        }
        if self.text.from.is_none() {
            self.text.from = sender;
        }
        let known = self.callbacks.len();
        match self.plan {
            CallbackPlan::AsItHappens => self.add_callback(status, at, Some(at)),
            CallbackPlan::Twice => {
                self.add_callback(status, at, Some(at));
                self.add_callback(status, at, Some(at));
            }
            CallbackPlan::Reversed => {
                self.add_callback(status, at, None);
                if self.steps.is_empty() {
                    return Some(self.release(at));
                }
            }
            CallbackPlan::Never | CallbackPlan::BeforeAnswer | CallbackPlan::Exactly(_) => {}
        }
        let due = self.callbacks[known..].iter().filter(|callback| callback.due_at.is_some());
        Some(due.copied().collect())
    }

    /// What is known of a callback that has not been taken yet.
    pub(super) fn callback(&self, index: u32) -> Option<&PendingCallback> {
        self.callbacks.iter().find(|callback| callback.index == index)
    }

    /// A callback was taken, or given up.
    pub(super) fn end_callback(&mut self, index: u32) {
        self.callbacks.retain(|callback| callback.index != index);
    }

    /// A callback is to be tried again. False if it has ended.
    pub(super) fn retry_callback(&mut self, index: u32, due_at: Timestamp) -> bool {
        let found = self.callbacks.iter_mut().find(|callback| callback.index == index);
        let Some(callback) = found else { return false };
        callback.retries_done += 1;
        callback.due_at = Some(due_at);
        true
    }

    /// Makes the callbacks due that waited for the last status, the last one first.
    fn release(&mut self, at: Timestamp) -> Vec<PendingCallback> {
        self.callbacks.reverse();
        for callback in &mut self.callbacks {
            callback.due_at = callback.due_at.or(Some(at));
        }
        self.callbacks.clone()
    }

    fn add_callback(&mut self, status: TextStatus, at: Timestamp, due_at: Option<Timestamp>) {
        // Without an address nothing is posted.
        if self.text.status_callback.is_none() {
            return;
        }
        let index = self.callbacks_made;
        self.callbacks_made += 1;
        self.callbacks.push(PendingCallback { index, status, at, due_at, retries_done: 0 });
    }
}
