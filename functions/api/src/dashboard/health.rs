//! Whether it is well: alerts by state, the last ticks; and looking after an alert.

use std::sync::Arc;

use app::alerts::acknowledge;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::read::Overview;
use super::{PATH, layout, page, words};
use crate::body::alerts::{AcknowledgeBody, AlertView, AlertsView, IncidentView};
use crate::extract::Names;
use crate::problem::Problem;
use crate::state::ApiState;

/// Incidents of the past that are listed of a rule.
const HISTORY_MAX: usize = 3;

/// One sentence, and the numbers behind it.
pub(super) fn summary(seen: &Overview) -> Markup {
    let view = AlertsView::of(&seen.board, seen.now);
    let in_state = |state: &str| view.alerts.iter().filter(|alert| alert.state == state).count();
    let critical = view.alerts.iter().filter(|a| a.incident.is_some() && a.severity == "critical");
    let (mark, verdict) = match (view.is_stale, view.open, critical.count()) {
        (true, _, _) => ("bad", "Nobody watches: the monitor does not run".to_owned()),
        (_, 0, _) if seen.rollout.is_on => ("good", "No alert is open".to_owned()),
        (_, 0, _) => ("warn", "No alert is open, and reminders are switched off".to_owned()),
        (_, 1, 0) => ("warn", "1 warning is open".to_owned()),
        (_, open, 0) => ("warn", format!("{open} warnings are open")),
        (_, 1, _) => ("bad", "1 critical alert is open".to_owned()),
        (_, open, critical) => {
            ("bad", format!("{open} alerts are open, {critical} of them critical"))
        }
    };
    let ran = |at: Option<jiff::Timestamp>| {
        at.map_or_else(|| "never".to_owned(), |at| words::ago(at, seen.now))
    };
    html! {
        section #health .panel .health .{ "is-" (mark) } aria-labelledby="health-title" {
            h2 #health-title { (verdict) }
            dl .facts {
                div { dt { "Rules that hold" } dd { (in_state("ok")) } }
                div { dt { "Firing" } dd { (in_state("firing")) } }
                div { dt { "Not enough data" } dd { (in_state("not_enough_data")) } }
                div { dt { "Monitor looked" } dd { (ran(view.looked_at)) } }
                div { dt { "Days begun" } dd { (ran(seen.ticked_at)) } }
                div { dt { "Texts handed over" } dd { (ran(seen.promoted_at)) } }
            }
        }
    }
}

/// Every rule: first those with open incidents.
pub(super) fn alerts(seen: &Overview) -> Markup {
    let view = AlertsView::of(&seen.board, seen.now);
    let mut rules: Vec<(&str, Vec<&AlertView>)> = Vec::new();
    for alert in &view.alerts {
        match rules.iter_mut().find(|(rule, _)| *rule == alert.rule) {
            Some((_, alerts)) => alerts.push(alert),
            None => rules.push((&alert.rule, vec![alert])),
        }
    }
    rules.sort_by_key(|(_, alerts)| urgency(alerts));
    html! {
        section #alerts .panel aria-labelledby="alerts-title" {
            h2 #alerts-title { "Alerts" }
            ul .rules {
                @for (rule, alerts) in &rules { (of_rule(rule, alerts, seen)) }
            }
        }
    }
}

/// What comes first: open incidents that nobody looks after, critical before others.
fn urgency(alerts: &[&AlertView]) -> u8 {
    let of = |alert: &&AlertView| match (&alert.incident, alert.state) {
        (Some(open), _) => {
            u8::from(alert.severity != "critical") + 2 * u8::from(open.acknowledged_by.is_some())
        }
        (None, "firing") => 4,
        (None, "not_enough_data") => 6,
        (None, _) => 5,
    };
    alerts.iter().map(of).min().unwrap_or(u8::MAX)
}

fn of_rule(rule: &str, alerts: &[&AlertView], seen: &Overview) -> Markup {
    let Some(first) = alerts.first() else { return html! {} };
    let is_open = alerts.iter().any(|alert| alert.incident.is_some());
    let is_unseen = |alert: &&AlertView| {
        alert.incident.as_ref().is_some_and(|open| open.acknowledged_by.is_none())
    };
    html! {
        li #(rule) .rule .is-open[is_open] .is-critical[first.severity == "critical"] {
            div .rule-head {
                h3 { (words::plain(rule)) }
                @for state in ["firing", "not_enough_data", "ok"] {
                    (in_state(state, alerts, seen))
                }
            }
            @if is_open {
                p { (first.says) "." }
                @for alert in alerts {
                    @if let Some(open) = &alert.incident { (incident(alert, open, seen)) }
                }
                @if alerts.iter().any(is_unseen) { (acknowledge_form(rule)) }
                p .quiet { "What to do: docs/OPERATIONS.md, " code { (first.runbook) } }
            }
            (history(alerts))
        }
    }
}

/// What stands alike is told once: `ok for 24 h: bus, plans, sends`.
fn in_state(state: &str, alerts: &[&AlertView], seen: &Overview) -> Markup {
    let alike: Vec<_> = alerts.iter().filter(|alert| alert.state == state).collect();
    let since = alike.iter().filter_map(|alert| alert.since).max();
    let keys: Vec<_> = alike.iter().map(|alert| alert.key.as_str()).collect();
    let keys = keys.join(", ");
    html! {
        @if !alike.is_empty() {
            span .state .{ "is-" (state) } {
                (words::plain(state))
                @if let Some(since) = since { " for " (words::lasting(since, seen.now)) }
                @if !keys.is_empty() { span .quiet { ": " (keys) } }
            }
        }
    }
}

fn incident(alert: &AlertView, open: &IncidentView, seen: &Overview) -> Markup {
    let waiting = open.notices.iter().filter(|notice| notice.outcome == "waiting").count();
    let lost = open.notices.iter().filter(|notice| notice.outcome == "not_delivered").count();
    html! {
        p .incident {
            strong { (alert.severity) }
            @if !alert.key.is_empty() { " · " (alert.key) }
            " · measured " (open.value) " · since " (words::instant(open.opened_at))
            " (" (words::ago(open.opened_at, seen.now)) ")"
            @if let Some(by) = &open.acknowledged_by { " · " (by) " looks after it" }
            @if waiting > 0 { " · notices that wait: " (waiting) }
            @if lost > 0 { " · notices that reached nobody: " (lost) }
        }
    }
}

fn acknowledge_form(rule: &str) -> Markup {
    html! {
        form .acknowledge method="post" action={ (PATH) "/alerts/" (rule) "/acknowledge" } {
            label for={ "by-" (rule) } { "Your name" }
            input #{ "by-" (rule) } name="by" required maxlength="100" autocomplete="name";
            button { "I look after it" span .unseen { ": " (words::plain(rule)) } }
        }
    }
}

fn history(alerts: &[&AlertView]) -> Markup {
    let over: Vec<_> = alerts.iter().flat_map(|alert| &alert.history).take(HISTORY_MAX).collect();
    html! {
        @if !over.is_empty() {
            ul .over .quiet {
                @for incident in over {
                    li {
                        "over: " (words::instant(incident.opened_at))
                        @if let Some(end) = incident.resolved_at { " to " (words::instant(end)) }
                        ", " (incident.value)
                    }
                }
            }
        }
    }
}

/// `POST /dashboard/alerts/{rule}/acknowledge`
pub(super) async fn look_after(
    State(state): State<Arc<ApiState>>,
    names: Names,
    Form(body): Form<AcknowledgeBody>,
) -> Response {
    match note(&state, names.rule(), &body).await {
        Ok(0) => layout::told(
            StatusCode::CONFLICT,
            "Nothing to look after",
            "No incident of this rule is open that nobody looks after.",
        ),
        Ok(_) => Redirect::to(&format!("{PATH}#{}", names.rule())).into_response(),
        Err(problem) => page::broken(problem),
    }
}

async fn note(state: &ApiState, rule: &str, body: &AcknowledgeBody) -> Result<usize, Problem> {
    let by = body.name()?;
    if !domain::alerts::rules().iter().any(|known| known.name == rule) {
        return Err(Problem::not_found("there is no such rule"));
    }
    Ok(acknowledge(&*state.control, rule, by, state.clock.now()).await?)
}
