//! Handing spans to a collector of OpenTelemetry, beside everything else: nothing waits for it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use tokio::time::{MissedTickBehavior, interval};
use traces::Traces;
use transport::Transport;
use url::Url;

/// How often spans are exported.
const EVERY: Duration = Duration::from_secs(1);

/// Exports the spans that are collected.
#[derive(Clone)]
pub struct Exporter {
    traces: Traces,
    url: String,
    transport: Arc<dyn Transport>,
}

impl Exporter {
    /// To the collector at `endpoint`.
    pub fn new(traces: Traces, endpoint: &Url, transport: Arc<dyn Transport>) -> Self {
        let url = format!("{}{}", endpoint.as_str().trim_end_matches('/'), traces::PATH);
        Self { traces, url, transport }
    }

    /// Exports once a second, until it is dropped.
    pub(super) async fn run(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.flush().await;
        }
    }

    /// Exports what waits.
    pub async fn flush(&self) {
        self.traces.export(|body| self.post(body)).await;
    }

    async fn post(&self, body: Vec<u8>) -> Result<(), String> {
        let request = Request::post(&self.url)
            .header(CONTENT_TYPE, traces::CONTENT_TYPE)
            .body(Bytes::from(body))
            .map_err(|error| error.to_string())?;
        let answer = self.transport.send(request).await.map_err(|fault| fault.to_string())?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("the collector answered {status}")) }
    }
}
