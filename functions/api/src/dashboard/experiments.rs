//! Experiments that run: their arms, and what may be said of them; and their ends.

use std::sync::Arc;

use app::experiments::{ExperimentError, Told, board, promote, report, stop};
use app::ports::StoreError;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use domain::experiment::board::RunState;
use domain::experiment::report::{ArmReport, Finding};
use domain::experiment::{Treatment, WordSource};
use domain::statistics::Interval;
use jiff::Timestamp;
use maud::{Markup, html};

use super::past::Past;
use super::read::Overview;
use super::{PATH, layout, page as pages, words};
use crate::body::experiment_report::verdict;
use crate::body::experiments::PromotionBody;
use crate::body::rollout::DecisionBody;
use crate::extract::Names;
use crate::problem::Problem;
use crate::routes::rollout::author;
use crate::state::ApiState;

/// Experiments that are shown at once.
const SHOWN_MAX: usize = 6;

/// Letters of a name and of a reason.
const WORDS_MAX: &str = "200";

/// The panel.
pub(super) fn panel(seen: &Overview) -> Markup {
    html! {
        section #experiments .panel .is-wide aria-labelledby="experiments-title" {
            h2 #experiments-title { "Experiments" }
            @if seen.experiments.is_empty() { p .quiet { "No experiment is running." } }
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

fn address(name: &str) -> String {
    format!("{PATH}/experiments/{name}")
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
fn does(of: Treatment) -> String {
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
            p .back { a href=(PATH) { "Dashboard" } }
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
            @if run.state == RunState::Running { (ends(told)) }
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

/// The two ways to end it.
fn ends(told: &Told) -> Markup {
    let address = address(&told.run.experiment.name);
    let proposed = told.run.awaits_approval();
    let is_proposed = |arm: &str| proposed.is_some_and(|proposed| proposed.arm == arm);
    html! {
        h2 { "End it" }
        form .acknowledge method="post" action={ (address) "/stop" } {
            (who("stop"))
            button { "Stop without a consequence" }
        }
        form .acknowledge method="post" action={ (address) "/promote" } {
            label for="arm" { "Arm" }
            select #arm name="arm" required {
                @for arm in &told.report.arms {
                    option value=(arm.name) selected[is_proposed(&arm.name)] { (arm.name) }
                }
            }
            (who("promote"))
            label { input type="checkbox" name="force" value="true"; " although it did not win" }
            button { "Make this arm usual for everybody" }
        }
    }
}

fn who(form: &str) -> Markup {
    html! {
        label for={ "by-" (form) } { "Your name" }
        input #{ "by-" (form) } name="by" required maxlength=(WORDS_MAX) autocomplete="name";
        label for={ "why-" (form) } { "Reason" }
        input #{ "why-" (form) } name="reason" required maxlength=(WORDS_MAX) autocomplete="off";
    }
}

/// `POST /dashboard/experiments/{experiment}/stop`
pub(super) async fn end(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
    names: Names,
    Form(body): Form<DecisionBody>,
) -> Response {
    let ended = async {
        let author = author(&state, body.words()?);
        stop(&state.experimenting(), names.experiment(), &author).await?;
        Ok(())
    };
    ended_by(ended.await, &names, &past)
}

/// `POST /dashboard/experiments/{experiment}/promote`
pub(super) async fn promote_arm(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
    names: Names,
    Form(body): Form<PromotionBody>,
) -> Response {
    let ended = async {
        let author = author(&state, body.words()?);
        let which = (names.experiment(), body.arm.as_str());
        promote(&state.experimenting(), which, body.force, &author).await?;
        Ok(())
    };
    ended_by(ended.await, &names, &past)
}

fn ended_by(ended: Result<(), Problem>, names: &Names, past: &Past) -> Response {
    past.forget_reports();
    match ended {
        Ok(()) => Redirect::to(&address(names.experiment())).into_response(),
        Err(problem) => pages::broken(problem),
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
