//! The messages of OTLP, as far as spans need them, for who writes them and who reads them.
//!
//! Numbers and types of the fields are those of `opentelemetry/proto` (`trace/v1`, `common/v1`,
//! `resource/v1`, `collector/trace/v1`), which are stable; `tests/judges` compares.

use prost::{Message, Oneof};

use crate::spans::{Place, Span};

/// `ExportTraceServiceRequest`.
#[derive(Clone, PartialEq, Message)]
pub struct ExportRequest {
    /// By process.
    #[prost(message, repeated, tag = "1")]
    pub resource_spans: Vec<ResourceSpans>,
}

/// Spans of one process.
#[derive(Clone, PartialEq, Message)]
pub struct ResourceSpans {
    /// Which process.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    /// By library.
    #[prost(message, repeated, tag = "2")]
    pub scope_spans: Vec<ScopeSpans>,
}

/// What a process is.
#[derive(Clone, PartialEq, Message)]
pub struct Resource {
    /// What is known of it.
    #[prost(message, repeated, tag = "1")]
    pub attributes: Vec<KeyValue>,
}

/// Spans of one library.
#[derive(Clone, PartialEq, Message)]
pub struct ScopeSpans {
    /// Which library.
    #[prost(message, optional, tag = "1")]
    pub scope: Option<Scope>,
    /// The spans.
    #[prost(message, repeated, tag = "2")]
    pub spans: Vec<WireSpan>,
}

/// `InstrumentationScope`.
#[derive(Clone, PartialEq, Message)]
pub struct Scope {
    /// What it is called.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Of which release.
    #[prost(string, tag = "2")]
    pub version: String,
}

/// `Span`.
#[derive(Clone, PartialEq, Message)]
pub struct WireSpan {
    /// Its trace: 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// It: 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
    /// What is around it; empty for nothing.
    #[prost(bytes = "vec", tag = "4")]
    pub parent_span_id: Vec<u8>,
    /// What it is called.
    #[prost(string, tag = "5")]
    pub name: String,
    /// Which kind.
    #[prost(int32, tag = "6")]
    pub kind: i32,
    /// When it began.
    #[prost(fixed64, tag = "7")]
    pub start_time_unix_nano: u64,
    /// When it ended.
    #[prost(fixed64, tag = "8")]
    pub end_time_unix_nano: u64,
    /// What is known of it.
    #[prost(message, repeated, tag = "9")]
    pub attributes: Vec<KeyValue>,
    /// What else it belongs to.
    #[prost(message, repeated, tag = "13")]
    pub links: Vec<Link>,
    /// How it ended; none for well.
    #[prost(message, optional, tag = "15")]
    pub status: Option<Status>,
}

/// `Span.Link`.
#[derive(Clone, PartialEq, Message)]
pub struct Link {
    /// Its trace: 16 bytes.
    #[prost(bytes = "vec", tag = "1")]
    pub trace_id: Vec<u8>,
    /// It: 8 bytes.
    #[prost(bytes = "vec", tag = "2")]
    pub span_id: Vec<u8>,
}

/// `Status`.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    /// The code.
    #[prost(int32, tag = "3")]
    pub code: i32,
}

/// An attribute.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// What it is; none if it is of a type that we do not write.
#[derive(Clone, PartialEq, Message)]
pub struct AnyValue {
    /// Its value.
    #[prost(oneof = "Value", tags = "1, 3")]
    pub value: Option<Value>,
}

/// The types that we write.
#[derive(Clone, PartialEq, Oneof)]
pub enum Value {
    /// Text.
    #[prost(string, tag = "1")]
    Text(String),
    /// A whole number.
    #[prost(int64, tag = "3")]
    Number(i64),
}

/// `SPAN_KIND_INTERNAL`: all spans are steps of ours.
const INTERNAL: i32 = 1;

/// `STATUS_CODE_ERROR`.
const ERROR: i32 = 2;

/// The body of an export.
pub(crate) fn body(resource: &[(&'static str, String)], spans: Vec<Span>) -> Vec<u8> {
    let about = resource.iter().map(|(key, value)| pair(key, Value::Text(value.clone())));
    let scope =
        Scope { name: "beforehand".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let spans = spans.into_iter().map(wire_span).collect();
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans }];
    let resource = Some(Resource { attributes: about.collect() });
    ExportRequest { resource_spans: vec![ResourceSpans { resource, scope_spans }] }.encode_to_vec()
}

fn wire_span(span: Span) -> WireSpan {
    let link = |place: Place| Link { trace_id: place.trace.into(), span_id: place.span.into() };
    let attributes = span.known.0.into_iter().map(|(key, value)| pair(key, value));
    WireSpan {
        trace_id: span.place.trace.into(),
        span_id: span.place.span.into(),
        parent_span_id: span.parent.map(Vec::from).unwrap_or_default(),
        name: span.name.to_owned(),
        kind: INTERNAL,
        start_time_unix_nano: span.began_at,
        end_time_unix_nano: span.ended_at,
        attributes: attributes.collect(),
        links: span.links.into_iter().map(link).collect(),
        status: span.has_failed.then_some(Status { code: ERROR }),
    }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
}
