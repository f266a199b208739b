//! The figures as measurements, under the names that Prometheus reads them by, for deployments
//! where logs become metrics: CloudWatch's embedded format (see `adapters-aws`).

use domain::figures::Figures;
use domain::sketch::Sketch;
use tracing::info;

use super::Now;

/// Notes how things stand. Lines are told apart by their dimensions; a rate of nothing is no
/// measurement.
pub fn measure(now: &Now) {
    let Now { ever, last_day, countries, sources } = now;
    info!(
        metric.texts = ever.texts,
        metric.attempts = ever.attempts,
        metric.segments = ever.segments,
        metric.opt_outs = ever.opted_out,
        metric.users_texted = ever.users_texted,
        metric.late_reminders = ever.late,
        metric.deferred_reminders = ever.deferred,
        metric.model_calls = ever.model.calls,
        metric.model_texts = ever.model.used,
        metric.texts_cost_dollars = dollars(ever.texts_cost_microdollars),
        metric.model_cost_dollars = dollars(ever.model.cost_microdollars),
        metric.delivery_ratio = last_day.delivery().rate(),
        metric.model_success_ratio = last_day.model_success().rate(),
        metric.opt_out_ratio = last_day.opt_outs().rate(),
        metric.deferral_ratio = last_day.deferral().rate(),
        metric.daily_limit_ratio = last_day.limiting().rate(),
        metric.users_limited_ratio = last_day.users_limiting().rate(),
        "Figures of all time, and rates of the last 24 hours"
    );
    states(last_day);
    for (code, count) in &ever.error_codes {
        let (code, recent) = (code.as_str(), last_day.error_codes.get(code).copied());
        info!(
            dimension.code = code,
            metric.provider_errors = count,
            metric.recent_provider_errors = recent.unwrap_or(0),
            "Failed by {code}"
        );
    }
    for (thousandths, quantile) in [(500, "0.5"), (950, "0.95"), (990, "0.99")] {
        let seconds = |sketch: &Sketch| sketch.quantile(thousandths).map(seconds);
        info!(
            dimension.quantile = quantile,
            metric.delivery_seconds = seconds(&last_day.delivery_ms),
            metric.lateness_seconds = seconds(&last_day.lateness_ms),
            metric.generation_seconds = seconds(&last_day.generation_ms),
            "Durations of the last 24 hours"
        );
    }
    for (country, of) in countries {
        let (country, sent, delivered) = (country.as_str(), of.sent, of.delivered);
        info!(
            dimension.country = country,
            metric.recent_country_sent = sent,
            metric.recent_country_delivered = delivered,
            "Sent to {country}"
        );
    }
    for (source, of) in sources {
        let (source, sent, delivered) = (*source, of.sent, of.delivered);
        info!(
            dimension.source = source,
            metric.recent_source_sent = sent,
            metric.recent_source_delivered = delivered,
            "Sent as written by a {source}"
        );
    }
}

fn states(figures: &Figures) {
    for (state, count) in figures.states() {
        info!(
            dimension.state = state,
            dimension.reason = "none",
            metric.recent_reminders = count,
            "Are {state}"
        );
    }
    let by = [("cancelled", &figures.cancelled_by), ("skipped", &figures.skipped_by)];
    for (state, reasons) in by {
        for (reason, count) in reasons {
            let reason = reason.as_str();
            info!(
                dimension.state = state,
                dimension.reason = reason,
                metric.recent_reminders = count,
                "Are {state}: {reason}"
            );
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for a picture")]
fn dollars(micros: u64) -> f64 {
    micros as f64 / 1_000_000.0
}

#[expect(clippy::cast_precision_loss, reason = "for a picture")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
