//! Spans that have ended and were not exported yet.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{info, warn};

use crate::layer::TraceLayer;
use crate::spans::{Span, SpanId, TraceId};
use crate::wire::body;

/// Spans that wait at most, a few megabytes of them. What ends beyond is lost and counted: traces
/// are for looking into things, and no text waits for them.
pub const SPANS_MAX: usize = 8_192;

/// Spans of one export.
const BATCH: usize = 512;

/// How long a collector that did not take a batch is left alone, in nanoseconds.
const LEFT_ALONE: u64 = 30_000_000_000;

/// Tells the time, in nanoseconds of Unix time.
type Now = dyn Fn() -> u64 + Send + Sync;

/// Collects spans. Clones are the same collection.
#[derive(Clone)]
pub struct Traces(Arc<Inner>);

struct Inner {
    resource: Vec<(&'static str, String)>,
    now: Box<Now>,
    names: RandomState,
    named: AtomicU64,
    waiting: Mutex<Waiting>,
    /// Until when the collector is left alone; 0 while it takes what it is given.
    held_until: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    spans: VecDeque<Span>,
    lost: u64,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

/// What one export says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// How many spans that are.
    pub spans: usize,
    /// How many were lost since the batch before, because too many waited.
    pub lost: u64,
    /// The protobuf message `ExportTraceServiceRequest`.
    pub body: Vec<u8>,
}

impl Traces {
    /// A collection of the spans of `service`, a part of `deployment`; `now` tells the time in
    /// nanoseconds of Unix time.
    pub fn new(
        service: &str,
        deployment: &str,
        now: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        let resource = vec![
            ("service.namespace", deployment.to_owned()),
            ("service.name", service.to_owned()),
            ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        Self(Arc::new(Inner {
            resource,
            now: Box::new(now),
            names: RandomState::new(),
            named: AtomicU64::new(0),
            waiting: Mutex::default(),
            held_until: AtomicU64::new(0),
        }))
    }

    /// What a subscriber of `tracing` is given, so that spans come here.
    pub fn layer(&self) -> TraceLayer {
        TraceLayer::new(self.clone())
    }

    /// How many spans wait.
    pub fn waiting(&self) -> usize {
        self.held().spans.len()
    }

    /// Takes what an export may hold, oldest first; none if nothing waits.
    pub fn take(&self) -> Option<Batch> {
        let (spans, lost) = {
            let mut waiting = self.held();
            let most = waiting.spans.len().min(BATCH);
            if most == 0 {
                return None;
            }
            (waiting.spans.drain(..most).collect::<Vec<_>>(), std::mem::take(&mut waiting.lost))
        };
        Some(Batch { spans: spans.len(), lost, body: body(&self.0.resource, spans) })
    }

    /// Hands over all that waits, batch by batch, by `post`, which says why the collector did not
    /// take one. That batch is lost, so that nothing is ever told twice; the others wait until the
    /// collector is asked again, half a minute later.
    pub async fn export<F>(&self, post: impl Fn(Vec<u8>) -> F)
    where
        F: Future<Output = Result<(), String>>,
    {
        let held = &self.0.held_until;
        let was_down = held.load(Ordering::Relaxed) > 0;
        if self.now() < held.load(Ordering::Relaxed) {
            return;
        }
        while let Some(Batch { spans, lost, body }) = self.take() {
            if lost > 0 {
                warn!(spans = lost, "Lost {lost} spans: more ended than were exported");
            }
            if let Err(why) = post(body).await {
                held.store(self.now().saturating_add(LEFT_ALONE), Ordering::Relaxed);
                // An outage is told once.
                if !was_down {
                    warn!(spans, "Could not export {spans} spans: {why}");
                }
                return;
            }
            if held.swap(0, Ordering::Relaxed) > 0 {
                info!("Traces are exported again");
            }
        }
    }

    pub(crate) fn put(&self, span: Span) {
        let mut waiting = self.held();
        if waiting.spans.len() < SPANS_MAX {
            waiting.spans.push_back(span);
        } else {
            waiting.lost += 1;
        }
    }

    fn held(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> u64 {
        (self.0.now)()
    }

    /// An id that no other span has: the hash of a counter, by keys that are this process's own.
    pub(crate) fn span_id(&self) -> SpanId {
        self.number().max(1).to_be_bytes()
    }

    pub(crate) fn trace_id(&self) -> TraceId {
        let number = u128::from(self.number()) << 64 | u128::from(self.number());
        number.max(1).to_be_bytes()
    }

    fn number(&self) -> u64 {
        self.0.names.hash_one(self.0.named.fetch_add(1, Ordering::Relaxed))
    }
}
