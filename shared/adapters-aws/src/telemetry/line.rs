//! One event of `tracing` as one line of JSON.

use std::fmt;
use std::sync::Arc;

use app::ports::Clock;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::NAMESPACE;

/// What the name of a measurement begins with.
const METRIC: &str = "metric.";

/// What the name of a dimension of a line's measurements begins with.
const DIMENSION: &str = "dimension.";

/// The field whose value ties lines of one reminder together, whichever function wrote them.
const TRACED: &str = "reminder.id";

/// The dimension that all measurements have.
const DEPLOYMENT: &str = "deployment";

/// Writes events as flat JSON objects.
pub(super) struct JsonLines {
    pub(super) function: &'static str,
    pub(super) deployment: String,
    pub(super) clock: Arc<dyn Clock>,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // What the spans around it know: the invocation's request, above all. Inner ones count.
        for span in context.event_scope().into_iter().flatten() {
            if let Some(written) = span.extensions().get::<FormattedFields<N>>()
                && let Ok(known) = serde_json::from_str::<Map<String, Value>>(&written.fields)
            {
                for (name, value) in known {
                    fields.0.entry(name).or_insert(value);
                }
            }
        }
        let line = self.line(fields.0, event);
        writeln!(writer, "{}", Value::Object(line))
    }
}

impl JsonLines {
    fn line(&self, fields: Map<String, Value>, event: &Event<'_>) -> Map<String, Value> {
        let now = self.clock.now();
        let (metrics, mut line): (Map<_, _>, Map<_, _>) =
            fields.into_iter().partition(|(name, _)| name.starts_with(METRIC));
        if let Some(id) = line.get(TRACED) {
            line.insert("trace_id".to_owned(), id.clone());
        }
        line.insert("timestamp".to_owned(), now.to_string().into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        line.insert("function".to_owned(), self.function.into());
        if metrics.is_empty() {
            return line;
        }
        let mut dimensions = vec![DEPLOYMENT.to_owned()];
        let told: Vec<_> =
            line.keys().filter(|name| name.starts_with(DIMENSION)).cloned().collect();
        for name in told {
            let bare = name.trim_start_matches(DIMENSION).to_owned();
            if let Some(value) = line.remove(&name) {
                line.insert(bare.clone(), value);
            }
            dimensions.push(bare);
        }
        let mut names: Vec<_> = metrics.keys().map(String::as_str).collect();
        names.sort_unstable();
        let measured: Vec<_> = names.into_iter().map(measured).collect();
        for (name, value) in metrics {
            line.insert(bare(&name).to_owned(), value);
        }
        line.insert(DEPLOYMENT.to_owned(), self.deployment.as_str().into());
        let about = json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [dimensions],
                "Metrics": measured,
            }],
        });
        line.insert("_aws".to_owned(), about);
        line
    }
}

fn bare(name: &str) -> &str {
    name.strip_prefix(METRIC).unwrap_or(name)
}

/// A measurement's name and unit; its unit is how its name ends.
fn measured(name: &str) -> Value {
    let name = bare(name);
    let unit = match name.rsplit('_').next() {
        Some("ms") => "Milliseconds",
        Some("bytes") => "Bytes",
        Some("seconds") => "Seconds",
        Some("ratio" | "dollars") => "None",
        _ => "Count",
    };
    json!({ "Name": name, "Unit": unit })
}

/// The fields of an event.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use jiff::Timestamp;
    use tracing::{info, info_span, warn};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::fmt::format::JsonFields;

    use super::*;

    struct At(Timestamp);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            self.0
        }
    }

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// The lines that `log` writes.
    fn lines(log: impl FnOnce()) -> Vec<Value> {
        let kept = Kept::default();
        let clock = Arc::new(At("2026-11-24T15:00:00Z".parse().unwrap()));
        let lines = JsonLines { function: "sender", deployment: "beforehand".to_owned(), clock };
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(JsonFields::new())
            .event_format(lines)
            .with_writer(kept.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_flat_and_traced_by_its_reminder() {
        let id = "3f2a9c00000000000000000000000000";
        let written = lines(|| {
            let _span = info_span!("invoke", requestId = "r-1").entered();
            warn!(reminder.id = %id, code = 30003, is_last = true, "Said \"{}\"", "no\n");
        });
        let expected = json!({
            "timestamp": "2026-11-24T15:00:00Z",
            "level": "WARN",
            "target": module_path!(),
            "function": "sender",
            "message": "Said \"no\n\"",
            "reminder.id": id,
            "trace_id": id,
            "code": 30003,
            "is_last": true,
            "requestId": "r-1",
        });
        assert_eq!(written, [expected]);
    }

    #[test]
    fn a_measurement_is_in_cloudwatchs_embedded_format() {
        let written = lines(|| info!(metric.promoted = 3, metric.lateness_ms = -4_i64, "Did"));
        let about = json!({
            "Timestamp": 1_795_532_400_000_i64,
            "CloudWatchMetrics": [{
                "Namespace": "Beforehand",
                "Dimensions": [["deployment"]],
                "Metrics": [
                    { "Name": "lateness_ms", "Unit": "Milliseconds" },
                    { "Name": "promoted", "Unit": "Count" },
                ],
            }],
        });
        let line = &written[0];
        assert_eq!(line["_aws"], about);
        assert_eq!((&line["promoted"], &line["lateness_ms"]), (&json!(3), &json!(-4)));
        assert_eq!(line["deployment"], "beforehand");
        assert!(line.get("metric.promoted").is_none());
    }

    #[test]
    fn a_measurement_may_have_dimensions_of_its_own_and_nothing_is_no_measurement() {
        let nothing: Option<f64> = None;
        let written = lines(|| {
            info!(dimension.country = "US", metric.sent = 3, metric.cost_dollars = 0.5, "Sent");
            info!(metric.delivery_ratio = nothing, "No rate");
        });
        let directive = &written[0]["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["deployment", "country"]]));
        assert_eq!(directive["Metrics"][0], json!({ "Name": "cost_dollars", "Unit": "None" }));
        assert_eq!((&written[0]["country"], &written[0]["sent"]), (&json!("US"), &json!(3)));
        assert!(written[1].get("_aws").is_none());
    }
}
