//! The rollout: its stage, and what its gate says.

use app::rollout::Look;
use domain::gates::beside::Beside;
use domain::gates::{Bound, Finding, GateMetric, Verdict};
use maud::{Markup, html};

use super::read::Overview;
use super::words;

/// The panel.
pub(super) fn panel(seen: &Overview) -> Markup {
    let (rollout, course) = (&seen.rollout, &seen.course);
    html! {
        section #rollout .panel aria-labelledby="rollout-title" {
            h2 #rollout-title { "Rollout" }
            p .lead {
                "Stage " strong { (rollout.stage.name()) }
                @if !rollout.is_on { ", " strong .is-bad { "switched off" } }
                @if let Some(next) = rollout.stage.next() { ", next " (next.name()) }
                @if course.pending.is_some() { "; the last decision is being carried out" }
                "."
            }
            @match &course.look {
                Some(look) => (gate(look)),
                None if rollout.stage.next().is_none() => {
                    p .quiet { "Everybody is in: there is no gate to pass." }
                }
                None => p .quiet { "The gate was not looked at yet: it is once a day." },
            }
        }
    }
}

fn gate(look: &Look) -> Markup {
    let report = &look.report;
    html! {
        p {
            "The gate says " strong .{ "is-" (mark(report.verdict)) } { (word(report.verdict)) }
            ", " (words::instant(look.at)) ", on day " (report.look) " of the stage"
            @if !report.is_long_enough { ", which is too early to go on" }
            "."
        }
        div .wide role="group" aria-label="The gate" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "What must hold" } th scope="col" { "Says" }
                        th scope="col" .n { "Measured" } th scope="col" .n { "Of" }
                    }
                }
                tbody {
                    @for one in &report.findings { (finding(one)) }
                    @if let Some(beside) = &report.beside { (beside_before(beside)) }
                }
            }
        }
    }
}

fn finding(finding: &Finding) -> Markup {
    let (side, bound) = match finding.criterion.bound {
        Bound::AtLeast(bound) => ("at least", bound),
        Bound::AtMost(bound) => ("at most", bound),
    };
    let metric = finding.criterion.metric;
    let of = finding.sample.map_or_else(String::new, words::count);
    let value = finding.value.map_or_else(|| words::NONE.to_owned(), |value| write(metric, value));
    html! {
        tr {
            th scope="row" { (name(metric)) " " (side) " " (write(metric, bound)) }
            td .{ "is-" (mark(finding.verdict)) } { (word(finding.verdict)) }
            td .n { (value) }
            td .n { (of) }
        }
    }
}

/// Whoever came in last, beside those before them.
fn beside_before(beside: &Beside) -> Markup {
    html! {
        tr {
            th scope="row" {
                "delivered no worse than in stage " (beside.before.name())
                " (" (words::share(beside.delivered_before)) ")"
            }
            td .{ "is-" (mark(beside.verdict)) } { (word(beside.verdict)) }
            td .n { (words::share(beside.delivered)) }
            td .n { (words::count(beside.delivered.of)) }
        }
    }
}

fn write(metric: GateMetric, value: f64) -> String {
    match metric {
        GateMetric::ModelCostUsd => format!("{value:.4} USD"),
        GateMetric::OpenFaults => format!("{value:.0}"),
        _ => format!("{:.1} %", value * 100.0),
    }
}

fn name(metric: GateMetric) -> &'static str {
    match metric {
        GateMetric::Delivered => "delivered",
        GateMetric::OptedOut => "opted out",
        GateMetric::ModelUsed => "texts of the model used",
        GateMetric::Satisfied => "satisfied",
        GateMetric::Feedback => "feedback",
        GateMetric::ModelCostUsd => "cost of the model",
        GateMetric::OpenFaults => "open faults",
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotEnoughData => "not enough data",
    }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "good",
        Verdict::Fail => "bad",
        Verdict::NotEnoughData => "unknown",
    }
}
