//! Codes that prove that somebody holds a phone, as Twilio Verify (v2) makes them: texted from a
//! number of its own, good for ten minutes, the same one again while it is, and gone after it was
//! right once or wrong five times. Codes are not kept over a restart.

use std::collections::HashMap;

use bytes::Bytes;
use http::{Method, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::answers::{ApiError, json as answer_of};
use super::course::later;
use super::create::is_phone_number;
use super::text::{Direction, SandboxText};
use super::{SmsSandbox, ids};

/// Where codes come from: no number of the account.
const SENDER: &str = "73742";

/// How long a code is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);

/// How often a code is sent, and how often one may be guessed at.
const TIMES_MAX: u32 = 5;

/// Codes have six digits.
const CODES: u64 = 1_000_000;

/// Codes that are good, by phone.
pub(super) type Codes = HashMap<String, SentCode>;

/// A code that is on a phone.
#[derive(Debug, Clone)]
pub(super) struct SentCode {
    sid: String,
    code: String,
    until: Timestamp,
    sent: u32,
    tried: u32,
}

/// The parameters of both requests.
#[derive(Default)]
struct CodeForm {
    to: String,
    channel: String,
    code: String,
}

impl CodeForm {
    fn parse(form: &[u8]) -> Self {
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            let field = match name.as_ref() {
                "To" => &mut parsed.to,
                "Channel" => &mut parsed.channel,
                "Code" => &mut parsed.code,
                _ => continue,
            };
            *field = value.into_owned();
        }
        parsed
    }
}

impl SmsSandbox {
    /// The answer to a request to Verify: `resource` is a service and what is asked of it.
    pub(super) fn verify(
        &self,
        request: &http::Request<Bytes>,
        resource: &str,
        now: Timestamp,
    ) -> Response<Bytes> {
        let form = CodeForm::parse(request.body());
        match (request.method(), resource.split_once('/')) {
            (&Method::POST, Some((service, what))) if service == self.config.verify_service => {
                match what {
                    "Verifications" => self.start_code(&form, now),
                    "VerificationCheck" => self.check_code(&form, now),
                    _ => unknown(),
                }
            }
            _ => unknown(),
        }
    }

    fn start_code(&self, form: &CodeForm, now: Timestamp) -> Response<Bytes> {
        if !is_phone_number(&form.to) || form.channel != "sms" {
            return ApiError::of_code(400, 60200).into_response();
        }
        let mut state = self.lock();
        let good = state.codes.remove(&form.to).filter(|code| now < code.until);
        let number = state.next_number();
        let mut sent = good.unwrap_or_else(|| SentCode {
            sid: ids::sid("VE", self.config.seed, number),
            code: format!("{:06}", ids::mix(self.config.seed ^ number) % CODES),
            until: later(now, GOOD_FOR),
            sent: 0,
            tried: 0,
        });
        let is_too_often = sent.sent >= TIMES_MAX;
        let answer = if is_too_often {
            ApiError::of_code(429, 60203).into_response()
        } else {
            sent.sent += 1;
            let body = format!("Your verification code is: {}", sent.code);
            let text = self.new_text(&state, &form.to, SENDER, body, now);
            self.send_own(&mut state, SandboxText { direction: Direction::Code, ..text }, now);
            self.told(&sent, &form.to, "pending", 201)
        };
        state.codes.insert(form.to.clone(), sent);
        drop(state);
        self.work_added.notify_one();
        answer
    }

    fn check_code(&self, form: &CodeForm, now: Timestamp) -> Response<Bytes> {
        let mut state = self.lock();
        let Some(mut sent) = state.codes.remove(&form.to).filter(|code| now < code.until) else {
            return unknown();
        };
        if sent.code == form.code {
            return self.told(&sent, &form.to, "approved", 200);
        }
        sent.tried += 1;
        if sent.tried > TIMES_MAX {
            return ApiError::of_code(429, 60202).into_response();
        }
        let answer = self.told(&sent, &form.to, "pending", 200);
        state.codes.insert(form.to.clone(), sent);
        answer
    }

    fn told(&self, sent: &SentCode, to: &str, status: &str, http: u16) -> Response<Bytes> {
        let body = json!({
            "sid": sent.sid,
            "service_sid": self.config.verify_service,
            "account_sid": self.config.account_sid,
            "to": to,
            "channel": "sms",
            "status": status,
            "valid": status == "approved",
        });
        answer_of(http, body.to_string().into())
    }
}

fn unknown() -> Response<Bytes> {
    ApiError::of_code(404, 20404).into_response()
}
