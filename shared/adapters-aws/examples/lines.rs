//! Writes log lines with measurements, by the real subscriber. For `tests/judges/run`.

use std::sync::Arc;

use app::ports::Clock;
use jiff::Timestamp;
use tracing::{error, info, warn};

struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn main() {
    let at = "2026-11-24T15:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    adapters_aws::telemetry::start("sender", "beforehand", Arc::new(At(at)), None);
    // As the use cases write them: counts, durations, several at once, beside other fields.
    info!(metric.promoted = 3, metric.lateness_ms = 12_u64, "Promoted 3");
    info!(metric.posts = 1, metric.lateness_ms = -4_i64, metric.turn_wait_ms = 0, "Posted");
    warn!(reminder.id = %"3f2a", metric.alerts_not_delivered = 1, "Said \"{}\"", "no\n");
    error!(rollout.is_on = false, metric.rollout_rolled_back = 1, "Rolled back");
    info!(metric.size_bytes = 1.5, "Half");
    info!(dimension.country = "US", metric.recent_country_sent = 4, "Sent to US");
    info!(dimension.quantile = "0.5", metric.lateness_seconds = Some(0.25), "Durations");
    info!(metric.delivery_ratio = None::<f64>, metric.texts = 7, "No rate of nothing");
    info!(reminder.id = %"3f2a", "No measurement at all");
}
