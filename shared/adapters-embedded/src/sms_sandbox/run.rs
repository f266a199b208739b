//! What happens as time goes by: status changes, callbacks, and their retries.

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;

use super::SmsSandbox;
use super::callbacks::{CallbackSender, PendingCallback, status_callback};
use super::course::later;
use super::script::CallbackPlan;
use super::state::{State, Work};
use super::text::TextStatus;

/// A callback that is about to be posted, with the instant it was due.
pub(super) struct Attempt {
    pub(super) callback: PendingCallback,
    pub(super) at: Timestamp,
}

impl SmsSandbox {
    /// When something is due next; `None` if nothing is pending.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.lock().next_due()
    }

    /// Waits until work was added, so that a live runner that sleeps until
    /// [`SmsSandbox::next_due`] looks again. Work added while nobody waited is not missed.
    pub async fn work_added(&self) {
        self.work_added.notified().await;
    }

    /// Does everything that is due by `now`, in the order of time: changes statuses and posts
    /// their callbacks, failed ones again as their URL's fragment says. It returns when nothing
    /// that is due by `now` is left. Changes bear the instant they were due at.
    pub async fn run_due(&self, now: Timestamp, callbacks: &dyn CallbackSender) {
        let at_once = self.config.callbacks_at_once.max(1);
        loop {
            let due = self.take_callbacks(now, at_once);
            if due.is_empty() {
                return;
            }
            let attempts = due.into_iter().map(|attempt| self.attempt(attempt, callbacks));
            stream::iter(attempts).buffer_unordered(at_once).collect::<()>().await;
        }
    }

    /// Posts one callback, and queues it again if it failed and may be tried again.
    pub(super) async fn attempt(&self, attempt: Attempt, callbacks: &dyn CallbackSender) {
        let Attempt { mut callback, at } = attempt;
        let outcome = callbacks.post(callback.callback.clone()).await;
        let mut state = self.lock();
        state.callbacks_posted += 1;
        if matches!(&outcome, Ok(answer) if answer.status < 400) {
            return;
        }
        let may_retry = callback.retries_done < callback.overrides.retries_max;
        if may_retry && callback.overrides.wants_retry(&outcome) {
            callback.retries_done += 1;
            let at = later(at, self.config.callback_retry_wait);
            state.add_work(at, Work::Post(Box::new(callback)));
            drop(state);
            self.work_added.notify_one();
        } else {
            state.callbacks_given_up += 1;
        }
    }

    /// Changes statuses until so many callbacks are due, or nothing is.
    fn take_callbacks(&self, now: Timestamp, at_most: usize) -> Vec<Attempt> {
        let mut state = self.lock();
        let mut taken = Vec::new();
        while taken.len() < at_most {
            let Some((at, work)) = state.take_due(now) else { break };
            match work {
                Work::Step(number) => self.step(&mut state, number),
                Work::Post(callback) => taken.push(Attempt { callback: *callback, at }),
            }
        }
        taken
    }

    fn step(&self, state: &mut State, number: u64) {
        // A text that was dropped meanwhile takes no more steps.
        let Some(entry) = state.entry_mut(number) else { return };
        let Some((status, at)) = entry.steps.pop_front() else { return };
        entry.text.status = status;
        entry.text.updated_at = at;
        match status {
            TextStatus::Sent => entry.text.sent_at = Some(at),
            TextStatus::Delivered => entry.text.delivered_at = Some(at),
            _ => {}
        }
        if status.is_failure() {
            entry.text.error_code = entry.error_code;
        }
        if entry.text.from.is_none() {
            entry.text.from = self.service_sender(entry.text.messaging_service_sid.as_deref());
        }
        self.announce(&entry.text);
        let next_at = entry.steps.front().map(|(_, at)| *at);
        let follow = |callback: PendingCallback| (at, Work::Post(Box::new(callback)));
        let callback = || status_callback(&self.config, &entry.text, status, entry.error_code, at);
        let posts: Vec<(Timestamp, Work)> = match entry.plan {
            CallbackPlan::AsItHappens => callback().map(follow).into_iter().collect(),
            CallbackPlan::Twice => callback().into_iter().chain(callback()).map(follow).collect(),
            CallbackPlan::Reversed => {
                let callback = callback();
                entry.held.extend(callback);
                if next_at.is_none() {
                    entry.held.drain(..).rev().map(follow).collect()
                } else {
                    Vec::new()
                }
            }
            CallbackPlan::Never | CallbackPlan::BeforeAnswer | CallbackPlan::Exactly(_) => {
                Vec::new()
            }
        };
        for (at, work) in posts {
            state.add_work(at, work);
        }
        if let Some(at) = next_at {
            state.add_work(at, Work::Step(number));
        }
    }

    /// The number that a messaging service sends from.
    pub(super) fn service_sender(&self, sid: Option<&str>) -> Option<String> {
        let mut services = self.config.messaging_services.iter();
        services.find(|service| Some(service.sid.as_str()) == sid).map(|found| found.sender.clone())
    }
}
