//! The sandbox seen from outside: requests in, answers and callbacks out.

mod callbacks;
mod codes;
mod inbound;
mod journal;
mod protocol;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::*;

const TO: &str = "+15005550101";
const FROM: &str = "+15005550006";
const CALLBACK: &str = "https://texts.example/twilio/status?r=1&a=2#rc=5&rp=4xx,5xx,ct,rt";

/// 2026-05-28T20:26:40Z.
const START: Timestamp = Timestamp::constant(1_780_000_000, 0);

/// A sandbox with a clock that stands where the test puts it.
struct Bench {
    sandbox: Arc<SmsSandbox>,
    now: Arc<Mutex<Timestamp>>,
    receiver: Arc<Receiver>,
}

/// Takes the callbacks and answers them as told, with 204 when told nothing.
#[derive(Default)]
struct Receiver {
    got: Mutex<Vec<Callback>>,
    answers: Mutex<VecDeque<Result<CallbackAnswer, CallbackFault>>>,
}

#[async_trait]
impl CallbackSender for Receiver {
    async fn post(&self, callback: Callback) -> Result<CallbackAnswer, CallbackFault> {
        self.got.lock().unwrap().push(callback);
        let told = self.answers.lock().unwrap().pop_front();
        told.unwrap_or(Ok(CallbackAnswer { status: 204, body: String::new() }))
    }
}

impl Receiver {
    fn answer_with(&self, status: u16, body: &str) {
        let answer = CallbackAnswer { status, body: body.to_owned() };
        self.answers.lock().unwrap().push_back(Ok(answer));
    }

    fn fail_with(&self, fault: CallbackFault) {
        self.answers.lock().unwrap().push_back(Err(fault));
    }

    fn take(&self) -> Vec<Callback> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }

    /// The `MessageStatus` of every callback so far, in order.
    fn take_statuses(&self) -> Vec<String> {
        self.take().iter().map(|callback| form(callback)["MessageStatus"].clone()).collect()
    }
}

impl Bench {
    fn new() -> Self {
        Self::with(SandboxConfig::default())
    }

    fn with(config: SandboxConfig) -> Self {
        let now = Arc::new(Mutex::new(START));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || *clock.lock().unwrap());
        let sandbox = Arc::new(SmsSandbox::new(config, clock));
        Self { sandbox, now, receiver: Arc::default() }
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Lets time pass and everything happen that is due by then.
    async fn pass(&self, duration: SignedDuration) {
        let now = self.now() + duration;
        *self.now.lock().unwrap() = now;
        self.sandbox.run_due(now, self.receiver.as_ref()).await;
    }

    async fn request(
        &self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<(u16, Value), SandboxFault> {
        let config = self.sandbox.config();
        let secret = STANDARD.encode(format!("{}:{}", config.account_sid, config.auth_token));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", format!("Basic {secret}"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(Bytes::from(body))
            .unwrap();
        let response = self.sandbox.handle_in_process(request).await?;
        let json = serde_json::from_slice(response.body()).unwrap();
        Ok((response.status().as_u16(), json))
    }

    fn messages_path(&self) -> String {
        format!("/2010-04-01/Accounts/{}/Messages.json", self.sandbox.config().account_sid)
    }

    async fn create(&self, form: &[(&str, &str)]) -> Result<(u16, Value), SandboxFault> {
        self.request("POST", &self.messages_path(), form).await
    }

    /// Creates a text that must be taken, and returns its sid.
    async fn text(&self, to: &str, body: &str) -> String {
        let form = [("To", to), ("From", FROM), ("Body", body), ("StatusCallback", CALLBACK)];
        let (status, json) = self.create(&form).await.unwrap();
        assert_eq!(status, 201, "{json}");
        json["sid"].as_str().unwrap().to_owned()
    }

    fn status_of(&self, sid: &str) -> TextStatus {
        self.sandbox.text(sid).unwrap().status
    }
}

fn form(callback: &Callback) -> BTreeMap<String, String> {
    form_urlencoded::parse(callback.body.as_bytes()).into_owned().collect()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}
