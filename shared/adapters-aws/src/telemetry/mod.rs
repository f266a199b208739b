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
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;

use self::line::JsonLines;

/// What all measurements lie under in CloudWatch.
pub const NAMESPACE: &str = "Beforehand";

/// Lambda's own variable for the least level that is kept.
const LEVEL_VARIABLE: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Starts logging to the standard output. A second call changes nothing.
///
/// `function` and `deployment` say whose the measurements are.
pub fn start(function: &'static str, deployment: &str, clock: Arc<dyn Clock>) {
    let level = std::env::var(LEVEL_VARIABLE).unwrap_or_default();
    let lines = JsonLines { function, deployment: deployment.to_owned(), clock };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(&level))
        .fmt_fields(JsonFields::new())
        .event_format(lines)
        .with_writer(io::stdout)
        .finish();
    // Fails only if somebody logs already, which is as good.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Libraries that say much below WARN of what only they care about.
const LIBRARIES: [&str; 7] = [
    "aws_smithy_http_client",
    "aws_smithy_runtime",
    "h2",
    "hyper_util",
    "lambda_runtime",
    "reqwest",
    "rustls",
];

/// Our lines from the wanted level on, those of libraries only if they warn; TRACE is everything.
fn filter(level: &str) -> EnvFilter {
    let level = level.trim().to_ascii_lowercase();
    let level = match level.as_str() {
        "trace" => return EnvFilter::new("trace"),
        "debug" | "warn" | "error" => level.as_str(),
        "fatal" => "error",
        _ => "info",
    };
    let quiet = if level == "error" { "error" } else { "warn" };
    let libraries = LIBRARIES.iter().map(|name| format!("{name}={quiet}"));
    let directives: Vec<_> = std::iter::once(level.to_owned()).chain(libraries).collect();
    EnvFilter::new(directives.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_that_lambda_names_is_kept() {
        let check = |level: &str, expected: &str| {
            let filter = filter(level).to_string();
            assert!(filter.split(',').any(|part| part == expected), "{level}: {filter}");
        };
        check("", "info");
        check("INFO", "info");
        check("DEBUG", "debug");
        check("DEBUG", "hyper_util=warn");
        check("FATAL", "error");
        check("nonsense", "info");
        check("TRACE", "trace");
    }
}
