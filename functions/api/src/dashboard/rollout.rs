//! The rollout: its stage, and what its gate says.

use app::rollout::{Decision, DecisionKind, Look};
use domain::gates::{Bound, Finding, GateMetric, Verdict};
use maud::{Markup, html};

use super::read::Overview;
use super::{PATH, words};

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
            p { a href={ (PATH) "/rollout" } { "Advance, roll back, switch off or resume" } }
            @match &course.look {
                Some(look) => (gate(look)),
                None if rollout.stage.next().is_none() => {
                    p .quiet { "Everybody is in: there is no gate to pass." }
                }
                None => p .quiet { "The gate was not looked at yet: it is once a day." },
            }
            @if !seen.decided.is_empty() { (story(&seen.decided)) }
        }
    }
}

/// What was decided, the latest first, each with what it was decided on.
fn story(decided: &[Decision]) -> Markup {
    html! {
        h3 { "Decisions" }
        div .wide role="group" aria-label="Decisions" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "When" } th scope="col" { "What" }
                        th scope="col" { "By" } th scope="col" { "Why" }
                        th scope="col" { "Evidence" }
                    }
                }
                tbody { @for one in decided.iter().rev() { (decision(one)) } }
            }
        }
    }
}

fn decision(decision: &Decision) -> Markup {
    let (from, to) = (decision.from.0.name(), decision.to.0.name());
    let evidence = &decision.evidence;
    html! {
        tr {
            th scope="row" { (words::instant(decision.at)) }
            td .{ "is-" (tone(decision.kind)) } {
                (kind(decision.kind))
                @if from == to { ", " (to) } @else { ", " (from) " to " (to) }
            }
            td { (decision.by) }
            td { (decision.reason) }
            td {
                @if let Some(breach) = &evidence.breach { (breach.words()) }
                @else if let Some(look) = &evidence.look {
                    (word(look.report.verdict)) " on day " (look.report.look) ": "
                    @for (place, finding) in look.report.findings.iter().enumerate() {
                        @if place > 0 { ", " }
                        (measured(finding))
                    }
                }
                @else { (words::NONE) }
            }
        }
    }
}

/// A figure that a decision was made on: `delivered 98.2 % of 540`.
fn measured(finding: &Finding) -> String {
    let metric = finding.criterion.metric;
    let value = finding.value.map_or_else(|| words::NONE.to_owned(), |value| write(metric, value));
    let of = finding.sample.map(|of| format!(" of {}", words::count(of))).unwrap_or_default();
    format!("{} {value}{of}", name(metric))
}

fn kind(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Advanced => "advanced",
        DecisionKind::Forced => "forced",
        DecisionKind::RolledBack => "rolled back",
        DecisionKind::RolledBackByItself => "rolled back by itself",
        DecisionKind::Resumed => "resumed",
        DecisionKind::SwitchedOff => "switched off",
    }
}

fn tone(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Advanced | DecisionKind::Resumed => "good",
        DecisionKind::RolledBackByItself | DecisionKind::SwitchedOff => "bad",
        DecisionKind::Forced | DecisionKind::RolledBack => "unknown",
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
                tbody { @for one in &report.findings { (finding(one)) } }
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

fn write(metric: GateMetric, value: f64) -> String {
    match metric {
        GateMetric::ModelCostUsd => format!("{value:.4} USD"),
        GateMetric::OpenFaults
        | GateMetric::Zones
        | GateMetric::TextsOfLeast
        | GateMetric::OverBudget => format!("{value:.0}"),
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
        GateMetric::Zones => "zones of testers",
        GateMetric::TextsOfLeast => "texts of each tester",
        GateMetric::OverBudget => "budgets nearly used up",
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
