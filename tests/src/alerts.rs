//! The channels of alerts, in process, and figures that a test says.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use adapters_http::alerts::{EmailSettings, PagerDuty, PagerDutySettings, Slack, SmtpEmail};
use app::ports::{AlertChannel, AlertFigures, AlertNotice, ChannelError, Figures, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use domain::alerts::Channel;
use domain::alerts::digest::Digest;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::Value;
use transport::{Transport, TransportFault};

/// The other side of a channel: what it heard, unless it is down.
#[derive(Default)]
pub struct Ear {
    is_down: AtomicBool,
    heard: Mutex<Vec<Value>>,
}

impl Ear {
    /// Lets it answer nothing but errors, or be well again.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// What it heard since this was asked last.
    pub fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut *self.heard.lock().expect("no test fails inside"))
    }

    fn hear(&self, what: Value) -> bool {
        let is_up = !self.is_down.load(Ordering::Relaxed);
        if is_up {
            self.heard.lock().expect("no test fails inside").push(what);
        }
        is_up
    }
}

/// Below the adapters of PagerDuty and Slack.
struct Below(Arc<Ear>);

#[async_trait]
impl Transport for Below {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let body = serde_json::from_slice(request.body()).expect("adapters send JSON");
        let status = if self.0.hear(body) { 202 } else { 503 };
        Ok(Response::builder().status(status).body(Bytes::new()).expect("a response"))
    }
}

/// E-mail, as its adapter puts it together; that it also sends it is tested on a mail server.
struct Mail(Arc<Ear>);

#[async_trait]
impl AlertChannel for Mail {
    fn channel(&self) -> Channel {
        Channel::Email
    }

    async fn tell(&self, notice: &AlertNotice) -> Result<(), ChannelError> {
        let mail = serde_json::json!({
            "kind": notice.kind.name(),
            "rule": notice.rule,
            "key": notice.dedup_key,
        });
        self.hear(mail)
    }

    async fn summarise(&self, digest: &Digest) -> Result<(), ChannelError> {
        let settings = EmailSettings {
            smtp_url: "smtp://mail.test".to_owned(),
            from: "beforehand@example.org".to_owned(),
            to: vec!["ops@example.org".to_owned()],
        };
        let adapter = SmtpEmail::new(&settings).expect("the settings are right");
        let mail = adapter.summary(digest).expect("it can be put together").formatted();
        let mail = String::from_utf8(mail).expect("mail is text");
        self.hear(serde_json::json!({ "kind": "summary", "mail": mail }))
    }
}

impl Mail {
    fn hear(&self, mail: Value) -> Result<(), ChannelError> {
        let failed = || ChannelError::Transient("a fault of this test".into());
        if self.0.hear(mail) { Ok(()) } else { Err(failed()) }
    }
}

/// All three channels.
#[derive(Default, Clone)]
pub struct Ears {
    /// PagerDuty.
    pub pager: Arc<Ear>,
    /// Slack.
    pub chat: Arc<Ear>,
    /// E-mail.
    pub email: Arc<Ear>,
}

impl Ears {
    /// The real adapters, on these ears.
    pub fn channels(&self) -> Vec<Arc<dyn AlertChannel>> {
        let settings = PagerDutySettings {
            base_url: "https://pager.test".to_owned(),
            routing_key: "0123456789abcdef0123456789abcdef".to_owned(),
        };
        let pager = PagerDuty::new(&settings, Arc::new(Below(self.pager.clone())));
        let slack = Slack::new("https://chat.test/hook", Arc::new(Below(self.chat.clone())));
        vec![
            Arc::new(pager.expect("the settings are right")),
            Arc::new(slack.expect("the settings are right")),
            Arc::new(Mail(self.email.clone())),
        ]
    }

    /// What PagerDuty heard: `action dedup_key`.
    pub fn paged(&self) -> Vec<String> {
        let line = |event: Value| {
            let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", text("event_action"), text("dedup_key"))
        };
        self.pager.heard().into_iter().map(line).collect()
    }

    /// What Slack heard: its short text, up to the sentence.
    pub fn chatted(&self) -> Vec<String> {
        let line = |message: Value| {
            let text = message["text"].as_str().unwrap_or_default();
            text.split(": ").take(2).collect::<Vec<_>>().join(": ")
        };
        self.chat.heard().into_iter().map(line).collect()
    }

    /// What was mailed: `kind rule`.
    pub fn mailed(&self) -> Vec<String> {
        let text = |mail: &Value, name: &str| mail[name].as_str().unwrap_or_default().to_owned();
        let line = |mail: Value| format!("{} {}", text(&mail, "kind"), text(&mail, "rule"));
        self.email.heard().into_iter().map(line).collect()
    }
}

/// Figures that a test says.
#[derive(Default)]
pub struct SaidFigures(Mutex<AlertFigures>);

impl SaidFigures {
    /// From now on.
    pub fn say(&self, figures: AlertFigures) {
        *self.0.lock().expect("no test fails inside") = figures;
    }
}

#[async_trait]
impl Figures for SaidFigures {
    async fn figures(&self, _: Timestamp) -> Result<AlertFigures, StoreError> {
        Ok(self.0.lock().expect("no test fails inside").clone())
    }
}
