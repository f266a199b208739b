//! Twilio's Programmable Messaging, behind [`app::ports::SmsGateway`].
//!
//! Creating a text takes no idempotency key, so nothing here is ever sent twice: what is not
//! certain is [`SendOutcome::Unknown`], and the caller settles it by callback or list.

mod answers;
mod listing;
mod settings;
#[cfg(test)]
mod tests;
mod verify;

use std::sync::Arc;

use app::ports::{Clock, GatewayError, OutgoingText, SmsGateway, TextList, TextState};
use async_trait::async_trait;
use bytes::Bytes;
use domain::ids::MessageSid;
use domain::phone::PhoneNumber;
use domain::reminder::SendOutcome;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;

pub use self::settings::{BadSettings, Credentials, Sender, TwilioSettings};
pub use self::verify::{BadVerify, TwilioVerify};

use self::answers::{Message, Refusal};
use transport::{Transport, TransportFault};

/// Seconds that Twilio takes for `ValidityPeriod`.
const VALIDITY_SECONDS: std::ops::RangeInclusive<i64> = 1..=36_000;

/// Sends through one Twilio account, and asks it what became of texts.
pub struct Twilio {
    settings: TwilioSettings,
    authorization: HeaderValue,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

/// Why Twilio did not answer a question.
#[derive(Debug, thiserror::Error)]
enum TwilioError {
    #[error(transparent)]
    Transport(#[from] TransportFault),
    #[error("the request cannot be made")]
    Request(#[from] http::Error),
    #[error("refused with status {status}, code {code:?}")]
    Refused { status: u16, code: Option<u32> },
    #[error("the answer is not readable")]
    Unreadable,
}

impl TwilioError {
    fn during(self, operation: &'static str) -> GatewayError {
        GatewayError { operation, source: Box::new(self) }
    }
}

impl Twilio {
    /// A client for the account in `settings`; the clock limits how long a list is read.
    pub fn new(
        settings: TwilioSettings,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BadSettings> {
        let settings = settings.checked()?;
        let authorization = settings.credentials.authorization()?;
        Ok(Self { settings, authorization, transport, clock })
    }

    fn messages_url(&self) -> String {
        let TwilioSettings { base_url, account_sid, .. } = &self.settings;
        format!("{base_url}/2010-04-01/Accounts/{account_sid}/Messages")
    }

    fn create_request(&self, text: &OutgoingText<'_>) -> Result<Request<Bytes>, http::Error> {
        let validity = text.validity.as_secs();
        let validity = validity.clamp(*VALIDITY_SECONDS.start(), *VALIDITY_SECONDS.end());
        let mut form = Serializer::new(String::new());
        form.append_pair("To", text.to.as_e164());
        match &self.settings.sender {
            Sender::Number(number) => form.append_pair("From", number),
            Sender::Service(sid) => form.append_pair("MessagingServiceSid", sid),
        };
        form.append_pair("Body", text.body);
        form.append_pair("StatusCallback", &self.settings.callback_url(text.ids));
        form.append_pair("ValidityPeriod", &validity.to_string());
        Request::post(format!("{}.json", self.messages_url()))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish().into())
    }

    async fn get(&self, url: &str) -> Result<Response<Bytes>, TwilioError> {
        let request = Request::get(url)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
            .body(Bytes::new())?;
        Ok(self.transport.send(request).await?)
    }

    async fn fetch_state(&self, sid: &MessageSid) -> Result<Option<TextState>, TwilioError> {
        // It becomes part of a path. Twilio's sids are letters and digits.
        if !sid.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(None);
        }
        let answer = self.get(&format!("{}/{sid}.json", self.messages_url())).await?;
        if answer.status().is_success() {
            let message = Message::parse(answer.body()).ok_or(TwilioError::Unreadable)?;
            return message.state().map(Some).ok_or(TwilioError::Unreadable);
        }
        match Refusal::of(&answer) {
            // Only Twilio's own word counts: a wrong address also answers 404.
            Refusal { status: 404, code: Some(answers::NOT_FOUND) } => Ok(None),
            Refusal { status, code } => Err(TwilioError::Refused { status, code }),
        }
    }
}

#[async_trait]
impl SmsGateway for Twilio {
    async fn send(&self, text: OutgoingText<'_>) -> SendOutcome {
        let reminder = text.ids.reminder;
        let attempt = text.ids.attempt;
        let request = match self.create_request(&text) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(
                    reminder.id = %reminder, attempt, %error,
                    "The request for reminder {reminder} cannot be made"
                );
                return SendOutcome::NotProcessed;
            }
        };
        let (outcome, reason) = answers::outcome(&self.transport.send(request).await);
        if let Some(reason) = reason {
            tracing::warn!(
                reminder.id = %reminder, attempt, outcome = ?outcome, reason,
                "Reminder {reminder} was not accepted: {reason}"
            );
        }
        outcome
    }

    async fn list(&self, to: &PhoneNumber, since: Timestamp) -> Result<TextList, GatewayError> {
        self.read_list(to, since).await.map_err(|error| error.during("list texts"))
    }

    async fn fetch(&self, sid: &MessageSid) -> Result<Option<TextState>, GatewayError> {
        self.fetch_state(sid).await.map_err(|error| error.during("fetch a text"))
    }
}
