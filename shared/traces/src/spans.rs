//! What is known of a span, and which trace it belongs to.

use std::fmt;

use sha2::{Digest, Sha256};
use tracing::field::{Field, Visit};

use crate::wire::Value;

/// The field that puts a span into the trace of a reminder.
const REMINDER: &str = "reminder.id";

/// The field that puts a span into the trace of a zone's local day.
const DAY: &str = "day.began";

/// The field that links a span to the trace of a zone's local day.
const DAY_LINK: &str = "day.planned";

/// The fields that leave the process. A list of what may, and not of what may not: whatever else
/// a span comes to know of people stays here.
pub const ATTRIBUTES: [&str; 13] = [
    REMINDER, DAY, DAY_LINK, "attempt", "changes", "jobs", "outcome", "revision", "rows", "state",
    "status", "users", "zones",
];

/// A trace's id: never nothing.
pub(crate) type TraceId = [u8; 16];

/// A span's id: never nothing.
pub(crate) type SpanId = [u8; 8];

/// Where a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) trace: TraceId,
    pub(crate) span: SpanId,
}

/// A span.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) parent: Option<SpanId>,
    pub(crate) links: Vec<Place>,
    pub(crate) began_at: u64,
    pub(crate) ended_at: u64,
    pub(crate) known: Known,
    pub(crate) has_failed: bool,
}

/// The trace of the day that begins in a zone: `key` is the zone, a slash and the date.
pub fn trace_of_day(key: &str) -> [u8; 16] {
    let digest = Sha256::digest(key);
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id
}

/// The trace of a reminder, by its id as it is written: 32 hexadecimal digits.
fn trace_of_reminder(id: &str) -> Option<TraceId> {
    (id.len() == 32).then(|| u128::from_str_radix(id, 16).ok())?.map(u128::to_be_bytes)
}

/// The fields of a span that leave the process.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Known(pub(crate) Vec<(&'static str, Value)>);

impl Known {
    fn text(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find_map(|(name, value)| match value {
            Value::Text(text) if *name == wanted => Some(text.as_str()),
            _ => None,
        })
    }

    /// The trace that the fields put their span into.
    pub(crate) fn trace(&self) -> Option<TraceId> {
        let reminder = self.text(REMINDER).and_then(trace_of_reminder);
        reminder.or_else(|| self.text(DAY).map(trace_of_day))
    }

    /// What else it belongs to. The day's trace has many spans, none of which is meant.
    pub(crate) fn link(&self) -> Option<Place> {
        let trace = trace_of_day(self.text(DAY_LINK)?);
        let mut span = [0; 8];
        span.copy_from_slice(&trace[..8]);
        Some(Place { trace, span })
    }

    /// Whether the step says of itself that it failed.
    pub(crate) fn is_failure(&self) -> bool {
        self.text("outcome") == Some("failed")
    }

    fn put(&mut self, field: &Field, value: Value) {
        let Some(name) = ATTRIBUTES.into_iter().find(|name| *name == field.name()) else { return };
        self.0.retain(|(known, _)| *known != name);
        self.0.push((name, value));
    }
}

impl Visit for Known {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Number(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Number(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::Text(format!("{value:?}")));
    }
}
