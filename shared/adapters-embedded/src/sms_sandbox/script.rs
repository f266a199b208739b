//! What tests and the phone page tell the sandbox to do with the texts to come.

use std::collections::{HashMap, VecDeque};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::config::Delays;
use super::text::TextStatus;

/// What happens to one create request and to the text that comes of it. The default is what Twilio
/// does on a good day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// What the request gets to hear.
    pub answer: Answer,
    /// What becomes of the text, if it was taken.
    pub fate: Fate,
    /// Which status callbacks are posted, and when.
    pub callbacks: CallbackPlan,
    /// How long each status takes; `None`: as configured.
    pub delays: Option<Delays>,
}

impl Script {
    /// A script that only changes the answer.
    pub fn answer(answer: Answer) -> Self {
        Self { answer, ..Self::default() }
    }

    /// A script that only changes what becomes of the text.
    pub fn fate(fate: Fate) -> Self {
        Self { fate, ..Self::default() }
    }

    /// The same with other callbacks.
    pub fn with_callbacks(self, callbacks: CallbackPlan) -> Self {
        Self { callbacks, ..self }
    }

    /// The same with other delays.
    pub fn with_delays(self, delays: Delays) -> Self {
        Self { delays: Some(delays), ..self }
    }
}

/// What a request gets to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What the request deserves.
    #[default]
    Proper,
    /// The request never arrives: in process [`super::SandboxFault::NotReached`]. Over HTTP the
    /// request has already arrived, so there the connection is closed without an answer.
    NotReached,
    /// 429 with code 20429: not processed.
    RateLimited,
    /// Refused with this HTTP status and Twilio code.
    Reject {
        /// HTTP status, 400 to 499.
        status: u16,
        /// Twilio's code.
        code: u32,
    },
    /// HTTP 500.
    ServerError {
        /// Whether the text was taken before the error.
        processed: bool,
    },
    /// The answer never comes: in process [`super::SandboxFault::AnswerLost`], over HTTP the
    /// connection is closed without an answer.
    Lost {
        /// Whether the text was taken before.
        processed: bool,
    },
}

/// What becomes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Sent and delivered.
    #[default]
    Deliver,
    /// Sent, then `undelivered`.
    Undeliver {
        /// Twilio's code.
        code: u32,
    },
    /// `failed` instead of sent.
    Fail {
        /// Twilio's code.
        code: u32,
    },
    /// No news after this status.
    StopAt(TextStatus),
}

/// Which status callbacks of a text are posted, and when.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackPlan {
    /// Each as the status changes; none for the first status, as Twilio has it.
    #[default]
    AsItHappens,
    /// None.
    Never,
    /// Each as the status changes, twice.
    Twice,
    /// All when the last status is reached, the last one first.
    Reversed,
    /// All before the create request is answered.
    BeforeAnswer,
    /// Exactly these, whatever the text's own status is at the time.
    Exactly(Vec<PlannedCallback>),
}

/// One callback of [`CallbackPlan::Exactly`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct PlannedCallback {
    /// The status it reports.
    pub status: TextStatus,
    /// When it is posted.
    pub when: CallbackTime,
}

/// When a planned callback is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackTime {
    /// Before the create request is answered.
    BeforeAnswer,
    /// So long after the text was created; equal times keep their order.
    After(SignedDuration),
}

/// The scripts in force. The most particular one is taken: next for the number, always for the
/// number, next of all, always.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    next_to: HashMap<String, VecDeque<Script>>,
    always_to: HashMap<String, Script>,
    next: VecDeque<Script>,
    always: Script,
    reads: VecDeque<Answer>,
}

impl Scripts {
    pub(super) fn add_next(&mut self, script: &Script, times: usize) {
        self.next.extend(std::iter::repeat_n(script.clone(), times));
    }

    pub(super) fn add_next_to(&mut self, to: &str, script: &Script, times: usize) {
        let queue = self.next_to.entry(to.to_owned()).or_default();
        queue.extend(std::iter::repeat_n(script.clone(), times));
    }

    pub(super) fn set_always(&mut self, script: Script) {
        self.always = script;
    }

    pub(super) fn set_always_to(&mut self, to: &str, script: Script) {
        self.always_to.insert(to.to_owned(), script);
    }

    pub(super) fn add_reads(&mut self, answer: Answer, times: usize) {
        self.reads.extend(std::iter::repeat_n(answer, times));
    }

    pub(super) fn for_create(&mut self, to: &str) -> Script {
        if let Some(script) = self.next_to.get_mut(to).and_then(VecDeque::pop_front) {
            return script;
        }
        if let Some(script) = self.always_to.get(to) {
            return script.clone();
        }
        self.next.pop_front().unwrap_or_else(|| self.always.clone())
    }

    pub(super) fn for_read(&mut self) -> Answer {
        self.reads.pop_front().unwrap_or_default()
    }
}
