//! A collector of OpenTelemetry on loopback.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use beforehand::system::traces::Exporter;
use prost::Message;
use tokio::net::TcpListener;
use traces::Traces;
use traces::wire::{ExportRequest, Value, WireSpan};
use transport::{ReqwestTransport, TransportSettings};

/// Keeps what it is given, or refuses it.
#[derive(Debug, Clone, Default)]
pub struct Collector {
    bodies: Arc<Mutex<Vec<Bytes>>>,
    refuses: Arc<Mutex<bool>>,
}

impl Collector {
    /// Listens, and makes what exports `traces` to it.
    pub async fn of(traces: &Traces) -> (Self, Exporter) {
        let collector = Self::default();
        let kept = collector.clone();
        let take = move |headers: HeaderMap, body: Bytes| {
            let kept = kept.clone();
            async move { kept.take(&headers, body) }
        };
        let router = Router::new().route(traces::PATH, post(take));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        let transport = ReqwestTransport::new(&TransportSettings::default()).expect("a client");
        let endpoint = format!("http://{address}/").parse().expect("an address");
        (collector, Exporter::new(traces.clone(), &endpoint, Arc::new(transport)))
    }

    /// From now on it is out of order, or in order again.
    pub fn refuse(&self, is: bool) {
        *self.refuses.lock().unwrap_or_else(PoisonError::into_inner) = is;
    }

    fn take(&self, headers: &HeaderMap, body: Bytes) -> StatusCode {
        if *self.refuses.lock().unwrap_or_else(PoisonError::into_inner) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        if headers.get("content-type").is_none_or(|given| given != traces::CONTENT_TYPE) {
            return StatusCode::UNSUPPORTED_MEDIA_TYPE;
        }
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).push(body);
        StatusCode::OK
    }

    /// The bodies that it was given.
    pub fn bodies(&self) -> Vec<Bytes> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The spans in them.
    pub fn spans(&self) -> Vec<WireSpan> {
        let read = |body| ExportRequest::decode(body).expect("an export");
        let exports = self.bodies().into_iter().map(read);
        let of_resources = exports.flat_map(|export| export.resource_spans);
        let of_scopes = of_resources.flat_map(|resource| resource.scope_spans);
        of_scopes.flat_map(|scope| scope.spans).collect()
    }
}

/// An attribute of a span, as text.
pub fn attribute(span: &WireSpan, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
    }
}
