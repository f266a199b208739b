//! What Twilio's answers mean.

use app::ports::{ListedText, TextState};
use bytes::Bytes;
use domain::ids::MessageSid;
use domain::reminder::{DeliveryStatus, SendOutcome};
use http::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::Deserialize;

use super::Sender;
use transport::TransportFault;

/// Twilio's code for a resource that does not exist.
pub(super) const NOT_FOUND: u32 = 20404;

/// Twilio's code for too many requests.
const TOO_MANY_REQUESTS: u32 = 20429;

/// What a trial account puts before every body. It stands in the account's records too, where it
/// would keep us from recognising our own text.
const TRIAL_PREFIX: &str = "Sent from your Twilio trial account - ";

/// A refusal: HTTP status and Twilio's code, if the answer is Twilio's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: Option<u32>,
}

impl Refusal {
    pub(super) fn of(answer: &Response<Bytes>) -> Self {
        #[derive(Deserialize)]
        struct Body {
            code: u32,
        }
        let body: Option<Body> = serde_json::from_slice(answer.body()).ok();
        Self { status: answer.status().as_u16(), code: body.map(|body| body.code) }
    }
}

/// What became of a create request, and why if it was not accepted.
///
/// Whatever leaves a doubt is `Unknown`. That goes for a 4xx without Twilio's code, too: it comes
/// from something in between, which may have passed the request on.
pub(super) fn outcome(
    answer: &Result<Response<Bytes>, TransportFault>,
) -> (SendOutcome, Option<String>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(fault @ TransportFault::NotSent { .. }) => {
            return (SendOutcome::NotProcessed, Some(fault.to_string()));
        }
        Err(fault @ TransportFault::MayHaveBeenProcessed { .. }) => {
            return (SendOutcome::Unknown, Some(fault.to_string()));
        }
    };
    if answer.status().is_success() {
        return match Message::parse(answer.body()).and_then(|message| message.sid()) {
            Some(sid) => (SendOutcome::Accepted(sid), None),
            None => (SendOutcome::Unknown, Some("the answer is not readable".to_owned())),
        };
    }
    let Refusal { status, code } = Refusal::of(answer);
    let reason = match code {
        Some(code) => format!("status {status}, code {code}"),
        None => format!("status {status} without a code of Twilio's"),
    };
    let outcome = match (status, code) {
        (429, _) | (400..=499, Some(TOO_MANY_REQUESTS)) => SendOutcome::NotProcessed,
        (400..=499, Some(code)) => SendOutcome::Rejected(code),
        _ => SendOutcome::Unknown,
    };
    (outcome, Some(reason))
}

/// A message resource, as far as we read it. Every field may be null in Twilio's specification.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    sid: Option<String>,
    body: Option<String>,
    status: Option<String>,
    direction: Option<String>,
    from: Option<String>,
    messaging_service_sid: Option<String>,
    date_created: Option<String>,
    date_sent: Option<String>,
    error_code: Option<u32>,
}

impl Message {
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    pub(super) fn sid(&self) -> Option<MessageSid> {
        self.sid.as_deref().and_then(|sid| MessageSid::parse(sid).ok())
    }

    /// How far it got. A status that we do not know yet is one of the way, not of the end.
    pub(super) fn state(&self) -> Option<TextState> {
        let status = delivery_status(self.status.as_deref()?).unwrap_or(DeliveryStatus::Queued);
        Some(TextState { status, code: self.error_code })
    }

    /// Whether it was created through the API from our sender.
    pub(super) fn is_from(&self, sender: &Sender) -> bool {
        let is_created = self.direction.as_deref().is_none_or(|way| way == "outbound-api");
        let is_ours = match sender {
            Sender::Number(number) => self.from.as_ref() == Some(number),
            Sender::Service(sid) => self.messaging_service_sid.as_ref() == Some(sid),
        };
        is_created && is_ours
    }

    pub(super) fn created_at(&self) -> Option<Timestamp> {
        self.date_created.as_deref().and_then(instant)
    }

    pub(super) fn sent_at(&self) -> Option<Timestamp> {
        self.date_sent.as_deref().and_then(instant)
    }

    /// The text for the port; `None` if something that matters cannot be read.
    pub(super) fn listed(&self) -> Option<ListedText> {
        let body = self.body.as_deref()?;
        let body = body.strip_prefix(TRIAL_PREFIX).unwrap_or(body).to_owned();
        let (sid, created_at, state) = (self.sid()?, self.created_at()?, self.state()?);
        Some(ListedText { sid, body, created_at, state })
    }
}

fn instant(date: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}

/// Our word for a status of an outbound text.
fn delivery_status(status: &str) -> Option<DeliveryStatus> {
    Some(match status {
        "accepted" | "scheduled" | "queued" => DeliveryStatus::Queued,
        "sending" => DeliveryStatus::Sending,
        "sent" => DeliveryStatus::Sent,
        // The last two occur outside SMS: read on a phone, and delivered to some devices.
        "delivered" | "read" | "partially_delivered" => DeliveryStatus::Delivered,
        "undelivered" => DeliveryStatus::Undelivered,
        "failed" => DeliveryStatus::Failed,
        "canceled" => DeliveryStatus::Cancelled,
        _ => return None,
    })
}
