//! From spans of `tracing` to spans of traces.

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::queue::Traces;
use crate::spans::{Known, Place, Span};

/// The crate whose spans are steps of a reminder. Those of libraries are theirs.
const USE_CASES: &str = "app";

/// Collects the spans of the use cases.
#[derive(Debug, Clone)]
pub struct TraceLayer {
    traces: Traces,
}

/// A span that has not ended.
struct Open(Span);

impl TraceLayer {
    pub(crate) fn new(traces: Traces) -> Self {
        Self { traces }
    }

    /// Whether a subscriber that keeps little else should keep this for us: the spans of the use
    /// cases, and their errors, which say that a span has failed.
    pub fn wants(metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target().split("::").next() == Some(USE_CASES);
        is_ours && (metadata.is_span() || *metadata.level() == Level::ERROR)
    }

    /// Where the span around a new one is.
    fn around<S>(parent: Option<SpanRef<'_, S>>) -> Option<Place>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let scope = parent.into_iter().flat_map(|parent| parent.scope());
        let mut places = scope.filter_map(|span| {
            let extensions = span.extensions();
            extensions.get::<Open>().map(|open| open.0.place)
        });
        places.next()
    }
}

impl<S> Layer<S> for TraceLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !Self::wants(attributes.metadata()) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let mut known = Known::default();
        attributes.record(&mut known);
        let around = Self::around(span.parent());
        let trace = known.trace().or(around.map(|place| place.trace));
        let trace = trace.unwrap_or_else(|| self.traces.trace_id());
        // A parent is of the same trace; what is around it in another is linked to.
        let parent = around.filter(|place| place.trace == trace);
        let link = around.filter(|place| place.trace != trace);
        span.extensions_mut().insert(Open(Span {
            name: attributes.metadata().name(),
            place: Place { trace, span: self.traces.span_id() },
            parent: parent.map(|place| place.span),
            links: link.into_iter().collect(),
            began_at: self.traces.now(),
            ended_at: 0,
            known,
            has_failed: false,
        }));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            values.record(&mut open.0.known);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        if let Some(span) = context.event_span(event)
            && let Some(open) = span.extensions_mut().get_mut::<Open>()
        {
            open.0.has_failed = true;
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Open(mut ended)) = span.extensions_mut().remove::<Open>() else { return };
        ended.ended_at = self.traces.now().max(ended.began_at);
        ended.links.extend(ended.known.link());
        ended.has_failed |= ended.known.is_failure();
        self.traces.put(ended);
    }
}
