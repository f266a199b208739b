//! Twilio Verify (v2), behind [`app::ports::PhoneCodes`]: it makes the codes, sends them from
//! numbers of its own, keeps them for ten minutes and counts guesses.

use std::sync::Arc;

use app::ports::{CodeCheck, CodeSent, CodeService, GatewayError, PhoneCodes};
use async_trait::async_trait;
use bytes::Bytes;
use domain::phone::PhoneNumber;
use domain::texts::Language;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use serde::Deserialize;

use super::TwilioError;
use super::answers::{NOT_FOUND, Refusal};
use super::settings::{BadSettings, Credentials, is_sid, web_address};
use transport::{BadTransport, ReqwestTransport, Transport, TransportSettings};

/// Twilio's code for a verification that was guessed at too often.
const GUESSED_TOO_OFTEN: u32 = 60202;

/// Twilio's code for a code that cannot be one, such as one of too many digits.
const INVALID_PARAMETER: u32 = 60200;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum BadVerify {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] BadSettings),
    /// The transport.
    #[error(transparent)]
    Transport(#[from] BadTransport),
}

/// Has codes sent and checked by one service of Twilio Verify.
pub struct TwilioVerify {
    service_url: String,
    authorization: HeaderValue,
    transport: Arc<dyn Transport>,
}

impl TwilioVerify {
    /// Twilio's own address.
    pub const BASE_URL: &'static str = "https://verify.twilio.com";

    /// A client for a service: `VA` and 32 hexadecimal digits, of an account that its auth token
    /// opens.
    ///
    /// # Errors
    /// [`BadSettings`], which says what is wrong.
    pub fn new(service: CodeService, transport: Arc<dyn Transport>) -> Result<Self, BadSettings> {
        let CodeService { account, secret, service, base_url } = service;
        let base_url = base_url.as_deref().unwrap_or(Self::BASE_URL);
        web_address("base URL of Verify", base_url)?;
        if !is_sid(&service) {
            return Err(BadSettings::VerifyServiceSid);
        }
        let service_url = format!("{}/v2/Services/{service}", base_url.trim_end_matches('/'));
        let credentials = Credentials { user: account, secret: secret.reveal().to_owned() };
        Ok(Self { service_url, authorization: credentials.authorization()?, transport })
    }

    /// As [`Self::new`], in a function; none where no service is configured.
    ///
    /// # Errors
    /// As [`Self::new`], and a transport that cannot be made.
    pub fn of_function(
        service: Option<CodeService>,
    ) -> Result<Option<Arc<dyn PhoneCodes>>, BadVerify> {
        let Some(service) = service else { return Ok(None) };
        let transport = ReqwestTransport::new(&TransportSettings::of_functions())?;
        Ok(Some(Arc::new(Self::new(service, Arc::new(transport))?)))
    }

    async fn post(
        &self,
        resource: &str,
        form: &[(&str, &str)],
    ) -> Result<Response<Bytes>, TwilioError> {
        let request = Request::post(format!("{}/{resource}", self.service_url))
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Serializer::new(String::new()).extend_pairs(form).finish().into())?;
        Ok(self.transport.send(request).await?)
    }

    async fn start(&self, to: &str, language: Language) -> Result<CodeSent, TwilioError> {
        let form = [("To", to), ("Channel", "sms"), ("Locale", locale(language))];
        let answer = self.post("Verifications", &form).await?;
        if answer.status().is_success() {
            return Verification::of(&answer).map(|_| CodeSent::Sent);
        }
        match Refusal::of(&answer) {
            // Too many requests of the account say nothing of the number.
            Refusal { status: 429, code: code @ (None | Some(20429)) } => {
                Err(TwilioError::Refused { status: 429, code })
            }
            // A wrong service or account is ours to mend, and not the person's.
            Refusal { status: 400 | 403 | 429, code: Some(code) } => Ok(CodeSent::Refused(code)),
            Refusal { status, code } => Err(TwilioError::Refused { status, code }),
        }
    }

    async fn check(&self, to: &str, code: &str) -> Result<CodeCheck, TwilioError> {
        let answer = self.post("VerificationCheck", &[("To", to), ("Code", code)]).await?;
        if answer.status().is_success() {
            return Ok(match Verification::of(&answer)?.status.as_str() {
                "approved" => CodeCheck::Right,
                "pending" => CodeCheck::Wrong,
                _ => CodeCheck::Gone,
            });
        }
        match Refusal::of(&answer) {
            Refusal { code: Some(NOT_FOUND | GUESSED_TOO_OFTEN), .. } => Ok(CodeCheck::Gone),
            Refusal { code: Some(INVALID_PARAMETER), .. } => Ok(CodeCheck::Wrong),
            Refusal { status, code } => Err(TwilioError::Refused { status, code }),
        }
    }
}

#[async_trait]
impl PhoneCodes for TwilioVerify {
    async fn send_code(
        &self,
        to: &PhoneNumber,
        language: Language,
    ) -> Result<CodeSent, GatewayError> {
        self.start(to.as_e164(), language).await.map_err(|error| error.during("send a code"))
    }

    async fn check_code(&self, to: &PhoneNumber, code: &str) -> Result<CodeCheck, GatewayError> {
        self.check(to.as_e164(), code).await.map_err(|error| error.during("check a code"))
    }
}

/// What we read of a verification.
#[derive(Deserialize)]
struct Verification {
    status: String,
}

impl Verification {
    fn of(answer: &Response<Bytes>) -> Result<Self, TwilioError> {
        serde_json::from_slice(answer.body()).map_err(|_| TwilioError::Unreadable)
    }
}

/// The language of a code's text as Verify names it: its list has Portuguese of Brazil apart.
fn locale(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::De => "de",
        Language::Es => "es",
        Language::Fr => "fr",
        Language::Pt => "pt-BR",
        Language::Ja => "ja",
    }
}
