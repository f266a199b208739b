//! Log lines as JSON, which CloudWatch Logs reads by field, and measurements in the same lines.
//!
//! A field whose name begins with `metric.` is a measurement: `info!(metric.promoted = 3, ...)`
//! makes the line one of CloudWatch's embedded metric format, which becomes a metric without a
//! request. The use cases need to know nothing of it, and a laptop shows such fields as any others.
//!
//! There are crates that write this format; they bring a registry of metrics, a recorder behind a
//! global, and their own idea of when to flush. One line per measurement needs none of that.

mod line;

use std::io;
use std::sync::Arc;

use app::ports::Clock;
use traces::{TraceLayer, Traces};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;

use self::line::JsonLines;

/// What all measurements lie under in CloudWatch.
pub const NAMESPACE: &str = "Beforehand";

/// Lambda's own variable for the least level that is kept.
const LEVEL_VARIABLE: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Starts logging to the standard output. A second call changes nothing.
///
/// `function` and `deployment` say whose the measurements are. Spans are collected by `traces`, if
/// they are exported, whatever the level of the log is.
pub fn start(
    function: &'static str,
    deployment: &str,
    clock: Arc<dyn Clock>,
    traces: Option<&Traces>,
) {
    let level = std::env::var(LEVEL_VARIABLE).unwrap_or_default();
    let lines = JsonLines { function, deployment: deployment.to_owned(), clock };
    let layer = tracing_subscriber::fmt::layer()
        .fmt_fields(JsonFields::new())
        .event_format(lines)
        .with_writer(io::stdout);
    let spans = traces.map(|traces| traces.layer().with_filter(filter_fn(TraceLayer::wants)));
    let layer = layer.with_filter(filter(&level));
    let subscriber = tracing_subscriber::registry().with(layer).with(spans);
    // Fails only if somebody logs already, which is as good.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Collects the spans of `function`.
pub fn traces(function: &str, deployment: &str, clock: &Arc<dyn Clock>) -> Traces {
    let clock = clock.clone();
    let now = move || u64::try_from(clock.now().as_nanosecond()).unwrap_or_default();
    Traces::new(function, deployment, now)
}

/// Libraries that say much below WARN of what only they care about.
const LIBRARIES: [&str; 5] =
    ["aws_smithy_runtime", "hyper_util", "lambda_runtime", "reqwest", "rustls"];

/// Our lines from the wanted level on, those of libraries only if they warn. Nothing below INFO is
/// compiled into a function: it would be what libraries send and receive, personal data with it.
///
/// Filters of this kind are made by code. Those that users write need expressions to be read, which
/// is half a megabyte and a part of every cold start.
fn filter(level: &str) -> Targets {
    let level = match level.trim().to_ascii_lowercase().as_str() {
        "warn" => LevelFilter::WARN,
        "error" | "fatal" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let quiet = level.min(LevelFilter::WARN);
    let libraries = LIBRARIES.map(|name| (name, quiet));
    Targets::new().with_default(level).with_targets(libraries)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn the_level_that_lambda_names_is_kept() {
        let check = |level: &str, target: &str, least: Level| {
            let filter = filter(level);
            assert!(filter.would_enable(target, &least), "{level}: {target} {least}");
            let all = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
            for below in all.into_iter().filter(|below| *below > least) {
                assert!(!filter.would_enable(target, &below), "{level}: {target} {below}");
            }
        };
        check("", "app::send", Level::INFO);
        check("INFO", "app::send", Level::INFO);
        check("INFO", "hyper_util::client", Level::WARN);
        check("WARN", "app::send", Level::WARN);
        check("FATAL", "app::send", Level::ERROR);
        check("FATAL", "hyper_util", Level::ERROR);
        check("nonsense", "app::send", Level::INFO);
        check("TRACE", "app::send", Level::INFO);
    }
}
