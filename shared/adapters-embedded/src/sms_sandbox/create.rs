//! Creating a text: what is asked for, what is refused, and what becomes of it.

use http::Response;
use jiff::Timestamp;

use bytes::Bytes;

use super::SmsSandbox;
use super::answers::{ApiError, MessageJson, json};
use super::course;
use super::entry::{CallbackId, Entry};
use super::http_api::SandboxFault;
use super::records::Record;
use super::script::{Answer, CallbackPlan, Script};
use super::state::{State, Work};
use super::text::{Direction, SandboxText, TextStatus};
use super::{ids, segments_of};

/// Characters in a body at most.
const BODY_CHARS_MAX: usize = 1_600;

/// Seconds that a text may stay in the queue at most, and if nothing is said.
const VALIDITY_SECONDS_MAX: u32 = 36_000;

/// The parameters of a create request that the sandbox looks at; Twilio's others are ignored.
#[derive(Debug, Default, Clone)]
pub(super) struct CreateForm {
    to: String,
    from: String,
    messaging_service_sid: String,
    body: String,
    status_callback: String,
    validity_period: String,
}

impl CreateForm {
    pub(super) fn parse(form: &[u8]) -> Self {
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            let field = match name.as_ref() {
                "To" => &mut parsed.to,
                "From" => &mut parsed.from,
                "MessagingServiceSid" => &mut parsed.messaging_service_sid,
                "Body" => &mut parsed.body,
                "StatusCallback" => &mut parsed.status_callback,
                "ValidityPeriod" => &mut parsed.validity_period,
                _ => continue,
            };
            *field = value.into_owned();
        }
        parsed
    }
}

/// A create request that passed every check.
struct Checked {
    form: CreateForm,
    sender: String,
    validity_seconds: u32,
}

/// How a create request ends: what it gets to hear, and what must be posted before it does.
pub(super) struct Created {
    pub(super) answer: Result<Response<Bytes>, SandboxFault>,
    pub(super) before_answer: Vec<CallbackId>,
}

impl Created {
    fn answered(answer: Result<Response<Bytes>, SandboxFault>) -> Self {
        Self { answer, before_answer: Vec::new() }
    }
}

impl SmsSandbox {
    pub(super) fn create(&self, form: CreateForm, now: Timestamp) -> Created {
        let mut state = self.lock();
        let script = state.scripts.for_create(&form.to);
        let refusal = match script.answer {
            Answer::NotReached => return Created::answered(Err(SandboxFault::NotReached)),
            Answer::Lost { processed: false } => {
                return Created::answered(Err(SandboxFault::AnswerLost));
            }
            Answer::RateLimited => Some(ApiError::of_code(429, 20429)),
            Answer::ServerError { processed: false } => Some(ApiError::of_code(500, 20500)),
            _ => None,
        };
        let checked = match refusal {
            Some(refusal) => Err(refusal),
            None => self.check(&state, form),
        };
        let checked = match (checked, script.answer) {
            (Ok(_), Answer::Reject { status, code }) => Err(ApiError::of_code(status, code)),
            (checked, _) => checked,
        };
        let checked = match checked {
            Ok(checked) => checked,
            Err(refusal) => return Created::answered(Ok(refusal.into_response())),
        };
        let answer_kind = script.answer;
        let (number, before_answer) = self.accept(&mut state, checked, script, now);
        let answer = match answer_kind {
            Answer::ServerError { .. } => Ok(ApiError::of_code(500, 20500).into_response()),
            Answer::Lost { .. } => Err(SandboxFault::AnswerLost),
            _ => Ok(self.message_response(&state, number, 201)),
        };
        drop(state);
        self.work_added.notify_one();
        Created { answer, before_answer }
    }

    pub(super) fn message_response(
        &self,
        state: &State,
        number: u64,
        status: u16,
    ) -> Response<Bytes> {
        let Some(text) = state.text(number) else {
            return ApiError::of_code(404, 20404).into_response();
        };
        let message = MessageJson::of(text, &self.config.account_sid);
        json(status, serde_json::to_vec(&message).unwrap_or_default().into())
    }

    fn check(&self, state: &State, form: CreateForm) -> Result<Checked, ApiError> {
        let refuse = |code| Err(ApiError::of_code(400, code));
        if form.to.is_empty() {
            return refuse(21604);
        }
        if !is_phone_number(&form.to) {
            let message = format!("Invalid 'To' Phone Number: {}", masked(&form.to));
            return Err(ApiError::new(400, 21211, message));
        }
        let sender = self.sender(&form)?;
        if form.body.is_empty() {
            return refuse(21602);
        }
        if form.body.chars().count() > BODY_CHARS_MAX {
            return refuse(21617);
        }
        if form.to == sender {
            return refuse(21266);
        }
        if !form.status_callback.is_empty() && !is_web_address(&form.status_callback) {
            return refuse(21609);
        }
        let validity_seconds = match form.validity_period.as_str() {
            "" => VALIDITY_SECONDS_MAX,
            given => match given.parse() {
                Ok(seconds) if (1..=VALIDITY_SECONDS_MAX).contains(&seconds) => seconds,
                _ => {
                    let message = "ValidityPeriod must be an integer from 1 to 36000";
                    return Err(ApiError::new(400, 21624, message));
                }
            },
        };
        if state.opted_out.contains(&(sender.clone(), form.to.clone())) {
            return refuse(21610);
        }
        Ok(Checked { form, sender, validity_seconds })
    }

    /// The number a text would come from.
    fn sender(&self, form: &CreateForm) -> Result<String, ApiError> {
        if !form.messaging_service_sid.is_empty() {
            let mut services = self.config.messaging_services.iter();
            return match services.find(|service| service.sid == form.messaging_service_sid) {
                Some(service) => Ok(service.sender.clone()),
                None => Err(ApiError::of_code(404, 21701)),
            };
        }
        if form.from.is_empty() {
            return Err(ApiError::of_code(400, 21603));
        }
        let ours = if self.config.senders.is_empty() {
            is_phone_number(&form.from)
        } else {
            self.config.senders.contains(&form.from)
        };
        if ours { Ok(form.from.clone()) } else { Err(ApiError::of_code(400, 21606)) }
    }

    fn accept(
        &self,
        state: &mut State,
        checked: Checked,
        script: Script,
        now: Timestamp,
    ) -> (u64, Vec<CallbackId>) {
        let Checked { form, sender, validity_seconds } = checked;
        let by_service = !form.messaging_service_sid.is_empty();
        let status = if by_service { TextStatus::Accepted } else { TextStatus::Queued };
        let delays = script.delays.unwrap_or(self.config.delays);
        let course = course::lay_out(status, now, validity_seconds, script.fate, delays);
        state.created += 1;
        let text = SandboxText {
            sid: ids::sid("SM", self.config.seed, state.next_number()),
            segments: segments_of(&form.body),
            to: form.to,
            // The sender is known from the start: it shows once a service has chosen it.
            from: (!by_service).then_some(sender),
            messaging_service_sid: by_service.then_some(form.messaging_service_sid),
            body: form.body,
            status,
            direction: Direction::OutboundApi,
            error_code: None,
            created_at: now,
            sent_at: None,
            delivered_at: None,
            updated_at: now,
            status_callback: Some(form.status_callback).filter(|url| !url.is_empty()),
            validity_seconds,
        };
        let plan = if self.config.callbacks { script.callbacks } else { CallbackPlan::Never };
        let entry = Entry::new(text, course, plan);
        let (before_answer, later): (Vec<_>, Vec<_>) =
            entry.callbacks.iter().copied().partition(|each| entry.is_before_answer(each));
        let number = self.keep(state, entry);
        for callback in later {
            if let Some(at) = callback.due_at {
                let id = CallbackId { number, index: callback.index };
                state.add_work(at, Work::Post(id));
            }
        }
        self.start_steps(state, number);
        let id = |index| CallbackId { number, index };
        (number, before_answer.into_iter().map(|callback| id(callback.index)).collect())
    }

    /// Keeps a new text, in the journal too, and shows it.
    pub(super) fn keep(&self, state: &mut State, mut entry: Entry) -> u64 {
        self.announce(&entry.text);
        entry.line = self.note(&Record::Text(&entry));
        let number = state.insert(entry, self.config.texts_max);
        self.compact_if_bloated(state);
        number
    }

    /// Lets a new text begin its course.
    pub(super) fn start_steps(&self, state: &mut State, number: u64) {
        let first = state.entry(number).and_then(|entry| entry.steps.front());
        if let Some((_, at)) = first.copied() {
            state.add_work(at, Work::Step(number));
        }
    }
}

/// Whether it looks like E.164: a plus sign and 7 to 15 digits, the first not 0.
pub(super) fn is_phone_number(given: &str) -> bool {
    given.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Twilio shows the end of a number that it refuses as `XXXX`.
fn masked(number: &str) -> String {
    let kept = number.chars().count().saturating_sub(4);
    number.chars().take(kept).chain("XXXX".chars()).collect()
}

fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']))
}
