//! A phone texts one of our numbers.

use jiff::Timestamp;

use super::callbacks::{CallbackAnswer, CallbackFault, CallbackSender, signed};
use super::config::OptOutHandling;
use super::course;
use super::entry::Entry;
use super::opt_out::OptOutWord;
use super::records::Record;
use super::script::{CallbackPlan, Fate};
use super::state::State;
use super::text::{Direction, SandboxText, TextStatus};
use super::{API_VERSION, SmsSandbox, ids, segments_of, twiml};

/// Retries of an inbound webhook that follow at once; Twilio makes them within 15 seconds.
const RETRIES_AT_ONCE_MAX: u32 = 5;

/// A text that somebody's phone sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundText {
    /// The phone.
    pub from: String,
    /// Our number.
    pub to: String,
    /// The words.
    pub body: String,
}

/// What came of an inbound text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundOutcome {
    /// The inbound text.
    pub sid: String,
    /// What the webhook answered; `None` if none is configured.
    pub answer: Option<Result<CallbackAnswer, CallbackFault>>,
    /// The texts on their way to the phone: Twilio's own answer, then the webhook's.
    pub replies: Vec<String>,
    /// Replies of the webhook that were held back because the phone had opted out.
    pub replies_refused: usize,
}

impl SmsSandbox {
    /// Lets a phone send a text: handles the opt-out words as configured, posts the inbound
    /// webhook, and sends what it answers. Replies go through the same statuses as other texts.
    pub async fn inbound(
        &self,
        inbound: InboundText,
        now: Timestamp,
        callbacks: &dyn CallbackSender,
    ) -> InboundOutcome {
        let word = match self.config.opt_out {
            OptOutHandling::Off => None,
            _ => OptOutWord::parse(&inbound.body),
        };
        let (sid, own_reply) = self.record_inbound(&inbound, word, now);
        // A phone that says STOP is heard even while the disk is full.
        let _ = self.kept().await;
        let answer = match &self.config.inbound_url {
            Some(url) => Some(self.post_inbound(url, &sid, &inbound, word, callbacks).await),
            None => None,
        };
        let bodies = match &answer {
            Some(Ok(answer)) if (200..300).contains(&answer.status) => twiml::replies(&answer.body),
            _ => Vec::new(),
        };
        let (sent, replies_refused) = self.send_replies(&inbound, bodies, now);
        let replies = own_reply.into_iter().chain(sent).collect();
        let _ = self.kept().await;
        InboundOutcome { sid, answer, replies, replies_refused }
    }

    /// Sends what the webhook answered; returns the sids, and how many were held back.
    fn send_replies(
        &self,
        inbound: &InboundText,
        bodies: Vec<String>,
        now: Timestamp,
    ) -> (Vec<String>, usize) {
        let mut replies = Vec::new();
        let mut refused = 0;
        let mut state = self.lock();
        for body in bodies {
            if state.opted_out.contains(&(inbound.to.clone(), inbound.from.clone())) {
                refused += 1;
            } else {
                let direction = Direction::OutboundReply;
                replies.push(self.send_reply(&mut state, inbound, body, direction, now));
            }
        }
        drop(state);
        self.work_added.notify_one();
        (replies, refused)
    }

    /// Keeps the inbound text, and carries out the word. The second value is the sid of Twilio's
    /// own answer: STOP and START are answered only when they change something.
    fn record_inbound(
        &self,
        inbound: &InboundText,
        word: Option<OptOutWord>,
        now: Timestamp,
    ) -> (String, Option<String>) {
        let mut state = self.lock();
        state.inbound += 1;
        let text = SandboxText {
            status: TextStatus::Received,
            direction: Direction::Inbound,
            ..self.new_text(&state, &inbound.to, &inbound.from, inbound.body.clone(), now)
        };
        let sid = text.sid.clone();
        self.keep(&mut state, Entry::finished(text));
        let pair = (inbound.to.clone(), inbound.from.clone());
        if let Some(is_out) = word.and_then(OptOutWord::opts_out) {
            let (ours, phone) = pair.clone();
            self.note(&Record::OptOut { ours, phone, is_out });
        }
        let answers = match word {
            Some(OptOutWord::Stop) => state.opted_out.insert(pair),
            Some(OptOutWord::Start) => state.opted_out.remove(&pair),
            Some(OptOutWord::Help) => !state.opted_out.contains(&pair),
            None => false,
        };
        let reply = word.filter(|_| answers).map(|word| {
            let body = word.reply().to_owned();
            self.send_reply(&mut state, inbound, body, Direction::OptOutReply, now)
        });
        (sid, reply)
    }

    async fn post_inbound(
        &self,
        url: &str,
        sid: &str,
        inbound: &InboundText,
        word: Option<OptOutWord>,
        callbacks: &dyn CallbackSender,
    ) -> Result<CallbackAnswer, CallbackFault> {
        let mut form = vec![
            ("ToCountry", "US".to_owned()),
            ("SmsMessageSid", sid.to_owned()),
            ("NumMedia", "0".to_owned()),
            ("SmsSid", sid.to_owned()),
            ("SmsStatus", TextStatus::Received.to_string()),
            ("Body", inbound.body.clone()),
            ("To", inbound.to.clone()),
            ("NumSegments", segments_of(&inbound.body).to_string()),
            ("MessageSid", sid.to_owned()),
            ("AccountSid", self.config.account_sid.clone()),
            ("From", inbound.from.clone()),
            ("ApiVersion", API_VERSION.to_owned()),
        ];
        let advanced = self.config.opt_out == OptOutHandling::ProviderAdvanced;
        if let Some(word) = word.filter(|_| advanced) {
            form.push(("OptOutType", word.as_str().to_owned()));
        }
        let (callback, overrides) = signed(&self.config, url, form, sid);
        let mut retries_done = 0;
        loop {
            let outcome = callbacks.post(callback.clone()).await;
            let retries_max = overrides.retries_max.min(RETRIES_AT_ONCE_MAX);
            if retries_done == retries_max || !overrides.wants_retry(&outcome) {
                return outcome;
            }
            retries_done += 1;
        }
    }

    fn send_reply(
        &self,
        state: &mut State,
        inbound: &InboundText,
        body: String,
        direction: Direction,
        now: Timestamp,
    ) -> String {
        let text = self.new_text(state, &inbound.from, &inbound.to, body, now);
        self.send_own(state, SandboxText { direction, ..text }, now)
    }

    /// Sends a text that is of the provider's own making, without callbacks. Returns its sid.
    pub(super) fn send_own(&self, state: &mut State, text: SandboxText, now: Timestamp) -> String {
        let sid = text.sid.clone();
        let course = course::lay_out(
            text.status,
            now,
            text.validity_seconds,
            Fate::Deliver,
            self.config.delays,
        );
        let number = self.keep(state, Entry::new(text, course, CallbackPlan::Never));
        self.start_steps(state, number);
        sid
    }

    /// A queued text without callbacks, under the next sid.
    pub(super) fn new_text(
        &self,
        state: &State,
        to: &str,
        from: &str,
        body: String,
        now: Timestamp,
    ) -> SandboxText {
        SandboxText {
            sid: ids::sid("SM", self.config.seed, state.next_number()),
            to: to.to_owned(),
            from: Some(from.to_owned()),
            messaging_service_sid: None,
            segments: segments_of(&body),
            body,
            status: TextStatus::Queued,
            direction: Direction::OutboundReply,
            error_code: None,
            created_at: now,
            sent_at: None,
            delivered_at: None,
            updated_at: now,
            status_callback: None,
            validity_seconds: 36_000,
        }
    }
}
