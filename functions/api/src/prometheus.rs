//! Figures in Prometheus's text exposition format, 0.0.4.
//!
//! All are gauges: the counters lie in the store, a reminder moves from state to state, and what
//! belongs to somebody who was erased is taken out. A rate of nothing is left out, never zero.
//! (`prometheus-client` keeps counters of its own, and has no summaries.)

use std::fmt::Write as _;

use app::figures::Now;
use domain::figures::Figures;
use domain::sketch::Sketch;

/// The figures as text.
pub(crate) fn text(now: &Now) -> String {
    let mut page = Page(String::new());
    let Now { ever, last_day, countries, sources } = now;
    page.states("beforehand_reminders", "Reminders by the state they are in.", ever);
    let counted = [
        ("texts", "Texts that the provider took.", ever.texts),
        ("attempts", "Attempts that the provider saw.", ever.attempts),
        ("segments", "Segments of the texts.", ever.segments),
        ("opt_outs", "Numbers that opted out.", ever.opted_out),
        ("users_texted", "Users who were texted, each once a UTC day.", ever.users_texted),
        ("late_reminders", "Reminders planned after their instant had passed.", ever.late),
        ("deferred_reminders", "Reminders that quiet hours put off.", ever.deferred),
        ("model_calls", "Reminders for whose text a model was asked.", ever.model.calls),
        ("model_texts", "Reminders whose text is a model's.", ever.model.used),
        ("model_input_tokens", "Tokens that models read.", ever.model.input_tokens),
        ("model_output_tokens", "Tokens that models wrote.", ever.model.output_tokens),
    ];
    for (name, help, value) in counted {
        page.gauge(&format!("beforehand_{name}"), help, value);
    }
    let dollars = micros(ever.model.cost_microdollars);
    page.gauge("beforehand_model_cost_dollars", "What the models cost, in US dollars.", dollars);
    let dollars = micros(ever.texts_cost_microdollars);
    page.gauge("beforehand_texts_cost_dollars", "What the texts cost, in US dollars.", dollars);
    page.codes("beforehand_provider_errors", "Attempts that failed, by error code.", ever);
    let help = "Attempts of the last 24 hours that failed, by error code.";
    page.codes("beforehand_recent_provider_errors", help, last_day);
    let named = countries.iter().map(|(name, figures)| (name.as_str(), figures)).collect();
    page.parts("country", "the country of the number", named);
    page.parts(
        "source",
        "where the text came from",
        sources.iter().map(|(n, f)| (*n, f)).collect(),
    );
    let help = "Reminders of the last 24 hours by the state they are in.";
    page.states("beforehand_recent_reminders", help, last_day);
    let rates = [
        ("delivery", "Delivered, of those sent in the last 24 hours.", last_day.delivery()),
        ("model_success", "Texts of models, of those asked for.", last_day.model_success()),
        ("opt_out", "Opted out, of the users texted in the last 24 hours.", last_day.opt_outs()),
        ("deferral", "Put off by quiet hours, of all of the last 24 hours.", last_day.deferral()),
        ("daily_limit", "Beyond the daily limit, of all of them.", last_day.limiting()),
        ("users_limited", "Users with one beyond it, of those texted.", last_day.users_limiting()),
    ];
    for (name, help, share) in rates {
        if let Some(rate) = share.rate() {
            page.gauge(&format!("beforehand_{name}_ratio"), help, rate);
        }
    }
    page.summary("delivery", "From the claim to the receipt of delivery.", &last_day.delivery_ms);
    page.summary("lateness", "From the planned instant to the claim.", &last_day.lateness_ms);
    page.summary("generation", "What models took.", &last_day.generation_ms);
    page.0
}

struct Page(String);

/// A count among figures.
type Counted = fn(&Figures) -> u64;

impl Page {
    /// A line. Writing to a string does not fail.
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(line);
        self.0.push('\n');
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, help, "gauge");
        self.line(format_args!("{name} {value}"));
    }

    /// Reasons and states are words of ours, which need no escapes.
    fn states(&mut self, name: &str, help: &str, figures: &Figures) {
        self.head(name, help, "gauge");
        for (state, count) in figures.states() {
            self.line(format_args!("{name}{{state=\"{state}\",reason=\"\"}} {count}"));
        }
        let by = [("cancelled", &figures.cancelled_by), ("skipped", &figures.skipped_by)];
        for (state, reasons) in by {
            for (reason, count) in reasons {
                self.line(format_args!("{name}{{state=\"{state}\",reason=\"{reason}\"}} {count}"));
            }
        }
    }

    /// The codes are those of a list of ours, and `other`.
    fn codes(&mut self, name: &str, help: &str, figures: &Figures) {
        self.head(name, help, "gauge");
        for (code, count) in &figures.error_codes {
            self.line(format_args!("{name}{{code=\"{code}\"}} {count}"));
        }
    }

    /// What was sent and delivered in the last 24 hours. Parts have names of ours.
    fn parts(&mut self, what: &str, words: &str, parts: Vec<(&str, &Figures)>) {
        let told: [(&str, Counted); 2] =
            [("sent", |figures| figures.sent), ("delivered", |figures| figures.delivered)];
        for (name, of) in told {
            let metric = format!("beforehand_recent_{what}_{name}");
            let help = format!("Reminders {name} in the last 24 hours, by {words}.");
            self.head(&metric, &help, "gauge");
            for (part, figures) in &parts {
                self.line(format_args!("{metric}{{{what}=\"{part}\"}} {}", of(figures)));
            }
        }
    }

    /// Durations of the last 24 hours, in seconds.
    fn summary(&mut self, name: &str, help: &str, sketch: &Sketch) {
        let name = format!("beforehand_{name}_seconds");
        self.head(&name, &format!("{help} The last 24 hours."), "summary");
        for thousandths in [500, 950, 990] {
            if let Some(ms) = sketch.quantile(thousandths) {
                let (share, value) = (millis(thousandths), millis(ms));
                self.line(format_args!("{name}{{quantile=\"{share}\"}} {value}"));
            }
        }
        self.line(format_args!("{name}_sum {}", millis(sketch.sum())));
        self.line(format_args!("{name}_count {}", sketch.count()));
    }
}

/// Thousandths as a decimal.
fn millis(value: u64) -> String {
    decimal(value, 1_000, 3)
}

/// Millionths as a decimal.
fn micros(value: u64) -> String {
    decimal(value, 1_000_000, 6)
}

fn decimal(value: u64, unit: u64, digits: usize) -> String {
    let (whole, rest) = (value / unit, value % unit);
    let text = format!("{whole}.{rest:0digits$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use domain::figures::Counts;

    use super::*;

    fn figures(counts: &[(&str, i64)]) -> Figures {
        let counts: Counts = counts.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        Figures::of_counts(&counts)
    }

    #[test]
    fn met_03_of_nothing_there_are_no_rates() {
        let text = text(&Now::default());
        assert!(!text.contains("_ratio") && !text.contains("quantile"), "{text}");
        assert!(text.contains("beforehand_delivery_seconds_count 0\n"), "{text}");
        assert!(text.contains("beforehand_model_cost_dollars 0\n"), "{text}");
    }

    #[test]
    fn figures_are_told_in_seconds_dollars_and_shares() {
        let day = [
            ("planned", 5),
            ("posted", 4),
            ("delivered", 3),
            ("failed", 1),
            ("skipped", 1),
            ("skipped.too_late", 1),
            ("code.30003", 2),
            ("code.other", 1),
            ("d~20", 3),
            ("d.sum", 1_500),
        ];
        let ever = [
            ("texts", 3),
            ("texts.cost_microdollars", 35_400),
            ("model.cost_microdollars", 1_250_000),
        ];
        let text = text(&Now {
            ever: figures(&ever),
            last_day: figures(&day),
            countries: vec![("US".to_owned(), figures(&day))],
            sources: vec![("model", figures(&day))],
        });
        for line in [
            "beforehand_texts 3",
            "beforehand_model_cost_dollars 1.25",
            "beforehand_texts_cost_dollars 0.0354",
            "beforehand_recent_provider_errors{code=\"30003\"} 2",
            "beforehand_recent_provider_errors{code=\"other\"} 1",
            "beforehand_recent_country_sent{country=\"US\"} 4",
            "beforehand_recent_source_delivered{source=\"model\"} 3",
            "beforehand_delivery_ratio 0.75",
            "beforehand_recent_reminders{state=\"skipped\",reason=\"too_late\"} 1",
            "beforehand_delivery_seconds{quantile=\"0.95\"} 0.02",
            "beforehand_delivery_seconds_sum 1.5",
            "beforehand_delivery_seconds_count 3",
            "# TYPE beforehand_delivery_seconds summary",
        ] {
            assert!(text.lines().any(|told| told == line), "{line}\n{text}");
        }
        assert!(text.ends_with('\n'));
    }
}
