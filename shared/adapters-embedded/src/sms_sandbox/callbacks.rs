//! The webhooks that the sandbox posts: what they hold and when a failed one is tried again.

use async_trait::async_trait;
use jiff::Timestamp;

use super::config::SandboxConfig;
use super::ids;
use super::signing::signature;
use super::text::{SandboxText, TextStatus};

/// Posts webhooks for the sandbox: over HTTP in a live process, straight into a router in tests.
#[async_trait]
pub trait CallbackSender: Send + Sync {
    /// Posts one webhook and returns what was answered, whatever its status.
    async fn post(&self, callback: Callback) -> Result<CallbackAnswer, CallbackFault>;
}

/// One signed webhook, ready to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Where it goes, without a fragment.
    pub url: String,
    /// Its headers; among them the content type and the signature.
    pub headers: Vec<(&'static str, String)>,
    /// The URL-encoded form.
    pub body: String,
}

/// The answer to a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackAnswer {
    /// HTTP status.
    pub status: u16,
    /// TwiML, or nothing.
    pub body: String,
}

/// Why a webhook got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackFault {
    /// Nobody listens (`ct` in the connection overrides).
    #[error("the webhook could not be reached: {0}")]
    NotConnected(String),
    /// Connected, but no answer came (`rt` in the connection overrides).
    #[error("the webhook gave no answer: {0}")]
    NoAnswer(String),
}

/// What the fragment of a webhook's URL says about retries (Twilio's "connection overrides").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overrides {
    /// `rc`: retries, at most 5.
    pub(super) retries_max: u32,
    on_4xx: bool,
    on_5xx: bool,
    on_not_connected: bool,
    on_no_answer: bool,
}

impl Overrides {
    /// Splits a URL into what is posted to and signed, and what the fragment says. Without `rc`
    /// there is one retry, without `rp` only for a connection that could not be made.
    pub(super) fn split(url: &str) -> (&str, Self) {
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        let mut retries_max = 1;
        let mut policy = "ct";
        for (name, value) in fragment.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "rc" => retries_max = value.parse().unwrap_or(1).min(5),
                "rp" => policy = value,
                _ => {}
            }
        }
        let on = |class: &str| policy.split(',').any(|word| word == class || word == "all");
        let overrides = Self {
            retries_max,
            on_4xx: on("4xx"),
            on_5xx: on("5xx"),
            on_not_connected: on("ct"),
            on_no_answer: on("rt"),
        };
        (url, overrides)
    }

    /// Whether an attempt that ended so is worth another one.
    pub(super) fn wants_retry(&self, outcome: &Result<CallbackAnswer, CallbackFault>) -> bool {
        match outcome {
            Ok(answer) => match answer.status {
                400..=499 => self.on_4xx,
                500..=599 => self.on_5xx,
                _ => false,
            },
            Err(CallbackFault::NotConnected(_)) => self.on_not_connected,
            Err(CallbackFault::NoAnswer(_)) => self.on_no_answer,
        }
    }
}

/// The callback that reports `status`, and when it is tried again; `None` if the text names no URL.
pub(super) fn status_callback(
    config: &SandboxConfig,
    text: &SandboxText,
    status: TextStatus,
    error_code: Option<u32>,
    at: Timestamp,
) -> Option<(Callback, Overrides)> {
    let url = text.status_callback.as_deref()?;
    let mut form = vec![
        ("ApiVersion", super::API_VERSION.to_owned()),
        ("MessageSid", text.sid.clone()),
        ("MessageStatus", status.to_string()),
        ("SmsSid", text.sid.clone()),
        ("SmsStatus", status.to_string()),
        ("To", text.to.clone()),
        ("AccountSid", config.account_sid.clone()),
    ];
    if let Some(from) = &text.from {
        form.push(("From", from.clone()));
    }
    if let Some(service) = &text.messaging_service_sid {
        form.push(("MessagingServiceSid", service.clone()));
    }
    if status.is_failure() {
        form.push(("ErrorCode", error_code.unwrap_or(super::UNKNOWN_ERROR).to_string()));
    }
    if status.is_final() {
        form.push(("RawDlrDoneDate", at.strftime("%y%m%d%H%M").to_string()));
    }
    Some(signed(config, url, form, &format!("{}{status}", text.sid)))
}

/// A signed webhook for a URL with or without a fragment. `token_of` is anything that is the same
/// for retries of one webhook and differs between webhooks.
pub(super) fn signed(
    config: &SandboxConfig,
    url: &str,
    form: Vec<(&'static str, String)>,
    token_of: &str,
) -> (Callback, Overrides) {
    let (url, overrides) = Overrides::split(url);
    let form: Vec<(String, String)> =
        form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let signature = signature(&config.auth_token, url, &form);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let number = token_of.bytes().fold(0, |sum: u64, byte| {
        sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u64::from(byte) + 1)
    });
    let headers = vec![
        ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
        ("User-Agent", "TwilioProxy/1.1".to_owned()),
        ("X-Twilio-Signature", signature),
        ("I-Twilio-Idempotency-Token", ids::sid("", config.seed, number)),
    ];
    (Callback { url: url.to_owned(), headers, body }, overrides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_says_what_is_tried_again() {
        let check = |url: &str, expected_url: &str, retries_max: u32, expected: [bool; 4]| {
            let (url, overrides) = Overrides::split(url);
            assert_eq!((url, overrides.retries_max), (expected_url, retries_max));
            let answer = |status| Ok(CallbackAnswer { status, body: String::new() });
            let outcomes = [
                answer(404),
                answer(503),
                Err(CallbackFault::NotConnected(String::new())),
                Err(CallbackFault::NoAnswer(String::new())),
            ];
            assert_eq!(outcomes.map(|outcome| overrides.wants_retry(&outcome)), expected);
            assert!(!overrides.wants_retry(&answer(204)));
        };
        let url = "https://host/path?a=b%23";
        check(url, url, 1, [false, false, true, false]);
        check(&format!("{url}#rc=5&rp=4xx,5xx,ct,rt"), url, 5, [true; 4]);
        check(&format!("{url}#rc=99&rp=all"), url, 5, [true; 4]);
        check(&format!("{url}#rc=0"), url, 0, [false, false, true, false]);
        check(&format!("{url}#ct=100&rp=rt"), url, 1, [false, false, false, true]);
    }
}
