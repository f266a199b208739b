//! Experiments that run: their arms, and what may be said of them.

use std::sync::Arc;

use app::experiments::{ExperimentError, Told, board, report};
use app::ports::StoreError;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::experiment::report::{ArmReport, Finding};
use domain::experiment::{Treatment, WordSource};
use domain::statistics::Interval;
use jiff::Timestamp;
use maud::{Markup, html};

use super::past::Past;
use super::read::Overview;
use super::{experiment_acts as acts, layout, page as pages, words};
use crate::body::experiment_report::verdict;
use crate::extract::Names;
use crate::state::ApiState;

/// Experiments that are shown at once.
const SHOWN_MAX: usize = 6;

/// The panel.
pub(super) fn panel(seen: &Overview) -> Markup {
    html! {
        section #experiments .panel .is-wide aria-labelledby="experiments-title" {
            h2 #experiments-title { "Experiments" }
            p .quiet {
                @if seen.experiments.is_empty() { "No experiment is running. " }
                a href=(acts::LIST) { "All experiments, and a new one" }
            }
            @for told in &seen.experiments {
                h3 {
                    a href=(address(&told.run.experiment.name)) { (told.run.experiment.name) }
                    " · " (says(told))
                }
                (arms(told))
            }
        }
    }
}

pub(super) fn address(name: &str) -> String {
    format!("{}/{name}", acts::LIST)
}

fn says(told: &Told) -> &'static str {
    match verdict(told) {
        "broken_assignment" => "users are not in the arms as they should be",
        "false_alarm" => "arms that do the same seem to differ: a false alarm",
        "no_false_alarm" => "arms that do the same do not differ",
        "difference" => "there is a difference",
        _ => "no verdict yet",
    }
}

fn arms(told: &Told) -> Markup {
    let name = &told.run.experiment.name;
    let metric = words::plain(told.run.experiment.metric.name());
    html! {
        div .wide role="group" aria-label={ "Arms of " (name) } tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Arm" } th scope="col" .n { "Users exposed" }
                        th scope="col" .n { (metric) ", of users" }
                        th scope="col" .n { "95 % interval" }
                        th scope="col" .n { "Against the first, at every look" }
                        th scope="col" { "Says" }
                    }
                }
                tbody { @for one in &told.report.arms { (arm(one)) } }
            }
        }
    }
}

fn arm(arm: &ArmReport) -> Markup {
    let rate = words::share(arm.figures.share());
    let none = || words::NONE.to_owned();
    let interval = arm.rate.map_or_else(none, |_| percents(arm.interval));
    let known = arm.comparison.filter(|_| arm.rate.is_some());
    html! {
        tr {
            th scope="row" { (arm.name) }
            td .n { (words::count(arm.figures.exposed)) }
            td .n { (rate) " of " (words::count(arm.figures.of)) }
            td .n { (interval) }
            td .n {
                @if let Some(known) = known { (percents(known.at_every_look)) } @else { "–" }
            }
            td {
                @match arm.comparison.map(|comparison| comparison.finding) {
                    None => "compared with",
                    Some(Finding::Better) => strong .is-good { "better" },
                    Some(Finding::Worse) => strong .is-bad { "worse" },
                    Some(Finding::NoVerdictYet) => span .is-unknown { "no verdict yet" },
                    Some(Finding::BrokenAssignment) => span .is-bad { "nothing can be said" },
                }
            }
        }
    }
}

/// What an arm does, in words.
pub(super) fn does(of: Treatment) -> String {
    let writer = |source| match source {
        WordSource::Template => "texts by the templates",
        WordSource::Model => "texts by the model",
    };
    let parts = [
        of.lead.map(|lead| format!("lead time {} minutes", lead.minutes())),
        of.source.map(|source| writer(source).to_owned()),
        of.prompt.map(|prompt| format!("prompt {prompt}")),
        of.template.map(|template| format!("template {}", template.number())),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn percents(of: Interval) -> String {
    format!("{:.1} to {:.1} %", of.low * 100.0, of.high * 100.0)
}

/// `GET /dashboard/experiments/{experiment}`
pub(super) async fn page(State(state): State<Arc<ApiState>>, names: Names) -> Response {
    match report(&state.experimenting(), names.experiment()).await {
        Ok(told) => layout::still("Experiment", &body(&told)).into_response(),
        Err(failed) => pages::broken(failed.into()),
    }
}

fn body(told: &Told) -> Markup {
    let run = &told.run;
    let it = &run.experiment;
    let costs = told.report.arms.iter().zip(&told.counts);
    html! {
        main #main tabindex="-1" {
            p .back { a href=(acts::LIST) { "Experiments" } }
            h1 { "Experiment: " (it.name) }
            p .lead { (run.state.name()) " · " (says(told)) }
            p .quiet {
                "From " (words::instant(it.starts_at)) " to " (words::instant(it.ends_at))
                ", compared by " (words::plain(it.metric.name()))
                ". As of " (words::instant(told.at)) "."
            }
            (arms(told))
            ul .quiet {
                @for arm in &it.arms { li { "Arm " (arm.name) ": " (does(arm.treatment)) } }
            }
            h2 { "What was sent" }
            div .wide role="group" aria-label="What was sent" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Arm" } th scope="col" .n { "Sent" }
                            th scope="col" .n { "Delivered" } th scope="col" .n { "Segments" }
                            th scope="col" .n { "Texts" } th scope="col" .n { "Model" }
                            th scope="col" .n { "Opted out" }
                            th scope="col" .n { "Opened a link, of users" }
                        }
                    }
                    tbody {
                        @for (arm, counts) in costs {
                            @let f = &counts.figures;
                            tr {
                                th scope="row" { (arm.name) }
                                td .n { (words::count(f.sent)) }
                                td .n { (words::count(f.delivered)) }
                                td .n { (words::count(f.segments)) }
                                td .n { (words::dollars(f.texts_cost_microdollars)) }
                                td .n { (words::dollars(f.model.cost_microdollars)) }
                                td .n { (words::count(f.stopped)) }
                                td .n {
                                    (words::share(arm.figures.opens()))
                                    @if f.exposed > 0 { " (" (percents(arm.opened)) ")" }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(proposed) = run.awaits_approval() {
                p .lead { "Arm " (proposed.arm) " awaits approval: make it usual, or stop." }
                p .quiet { (words::instant(proposed.at)) " · " (proposed.evidence) }
            }
            (acts::of(told))
            h2 { "What was decided" }
            ol .trail {
                @for decided in &run.decided {
                    li {
                        time datetime=(decided.at.to_string()) { (words::instant(decided.at)) }
                        p {
                            (decided.state.name())
                            @if let Some(arm) = &decided.arm { ": " (arm) }
                            " · " (decided.by) " · " (decided.reason)
                        }
                    }
                }
            }
        }
    }
}

/// The reports of the experiments that run, the latest first.
pub(super) async fn running(
    state: &ApiState,
    past: &Past,
    now: Timestamp,
) -> Result<Vec<Told>, StoreError> {
    let board = board(&*state.control).await?;
    let mut told = Vec::new();
    for run in board.runs.iter().rev().filter(|run| run.is_on(now)).take(SHOWN_MAX) {
        let name = &run.experiment.name;
        if let Some(kept) = past.report(now, name) {
            told.push(kept);
            continue;
        }
        match report(&state.experimenting(), name).await {
            Ok(fresh) => {
                past.keep_report(now, &fresh);
                told.push(fresh);
            }
            Err(ExperimentError::Store(failed)) => return Err(failed),
            // It went between two looks at the board.
            Err(_) => {}
        }
    }
    Ok(told)
}
