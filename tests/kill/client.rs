//! Requests to both processes, tried again while they do not answer.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use jiff::SignedDuration;
use serde_json::Value;
use transport::{ReqwestTransport, Transport as _, TransportSettings};

use crate::{Failed, Time};

/// How long a request is tried: the system may be killed several times meanwhile.
const TRIED_FOR: SignedDuration = SignedDuration::from_secs(90);

/// The same where all is counted and nobody is killed any more.
const COUNTED_FOR: SignedDuration = SignedDuration::from_mins(20);

/// Sends requests.
#[derive(Clone)]
pub(crate) struct Client {
    transport: ReqwestTransport,
    time: Time,
    tried_for: SignedDuration,
}

/// One request.
pub(crate) struct Asked<'a> {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) token: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) body: String,
}

impl Asked<'_> {
    pub(crate) fn get(url: String) -> Self {
        Self { method: Method::GET, url, token: "", kind: "application/json", body: String::new() }
    }
}

impl Client {
    pub(crate) fn new(time: &Time) -> Result<Self, Failed> {
        Self::trying(time, Duration::from_secs(60), TRIED_FOR)
    }

    /// Counts: a recount of ten thousand reminders takes a busy machine minutes, and giving up an
    /// answer does not end the work on it.
    pub(crate) fn counting(time: &Time) -> Result<Self, Failed> {
        Self::trying(time, COUNTED_FOR.unsigned_abs(), COUNTED_FOR)
    }

    fn trying(time: &Time, timeout: Duration, tried_for: SignedDuration) -> Result<Self, Failed> {
        let settings = TransportSettings { timeout, ..TransportSettings::default() };
        let transport = ReqwestTransport::new(&settings)?;
        Ok(Self { transport, time: time.clone(), tried_for })
    }

    /// Asks until there is an answer; every request here may be repeated.
    pub(crate) async fn ask(&self, asked: &Asked<'_>) -> Result<Value, Failed> {
        let until = self.time.now() + self.tried_for;
        loop {
            match self.ask_once(asked).await {
                Ok(value) => return Ok(value),
                Err(failed) if self.time.now() >= until => return Err(failed),
                Err(_) => self.time.wait(SignedDuration::from_millis(50)).await,
            }
        }
    }

    async fn ask_once(&self, asked: &Asked<'_>) -> Result<Value, Failed> {
        let request = Request::builder()
            .method(&asked.method)
            .uri(&asked.url)
            .header(header::AUTHORIZATION, format!("Bearer {}", asked.token))
            .header(header::CONTENT_TYPE, asked.kind)
            .body(Bytes::from(asked.body.clone()))?;
        let answer = self.transport.send(request).await?;
        if !answer.status().is_success() {
            let said = String::from_utf8_lossy(answer.body()).into_owned();
            return Err(format!("{} {}: {said}", asked.method, asked.url).into());
        }
        if answer.body().is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(answer.body())?)
    }
}
