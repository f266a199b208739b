//! What operators do about experiments: define, start, end, promote, take back; each with a name
//! and a reason.

use std::sync::Arc;

use app::experiments::{
    ExperimentError, ExperimentPorts, Told, board, create, promote, roll_back, start, stop,
};
use app::rollout::Author;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use domain::experiment::Treatment;
use domain::experiment::board::{Board, Run, RunState};
use domain::time::utc_date;
use jiff::{Span, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;

use super::experiments::{address, does};
use super::layout::who;
use super::past::Past;
use super::{layout, page as pages, words};
use crate::body::experiments::{ExperimentBody, PromotionBody};
use crate::body::rollout::DecisionBody;
use crate::definition::definition;
use crate::extract::Names;
use crate::problem::Problem;
use crate::routes::rollout::author;
use crate::state::ApiState;

/// Where all of them are.
pub(super) const LIST: &str = "/dashboard/experiments";

/// Days that an experiment lasts if nobody says otherwise.
const DAYS: i64 = 30;

/// What a definition may look like, from today on; docs/EXPERIMENTS.md says more.
fn example(now: Timestamp) -> String {
    let first = utc_date(now);
    let last = first.saturating_add(Span::new().days(DAYS));
    format!(
        r#"name = "leads"
layer = "time"
metric = "rating"         # delivery, rating or opt_out
promotion = "by_hand"     # or when_approved, or by_itself
starts_at = {first}T00:00:00Z
ends_at = {last}T00:00:00Z

[[arms]]                  # others are compared with the first
name = "as-ever"
weight = 1

[[arms]]                  # lead_minutes, source, prompt, template
name = "early"
weight = 1
lead_minutes = 30
"#
    )
}

/// `GET /dashboard/experiments`
pub(super) async fn page(State(state): State<Arc<ApiState>>) -> Response {
    match board(&*state.control).await {
        Ok(board) => {
            let list = list(&board, state.clock.now());
            layout::still("Experiments", &list).into_response()
        }
        Err(failed) => pages::broken(failed.into()),
    }
}

fn list(board: &Board, now: Timestamp) -> Markup {
    let usual = board.usual;
    let usual = Treatment {
        lead: usual.lead,
        source: usual.source,
        prompt: Some(usual.prompt),
        template: Some(usual.template.unwrap_or_default()),
    };
    html! {
        main #main tabindex="-1" {
            p .back { a href=(super::PATH) { "Dashboard" } }
            h1 { "Experiments" }
            p .quiet { "Usual for whom no arm treats otherwise: " (does(usual)) "." }
            @if board.runs.is_empty() { p { "There is none yet." } } @else { (table(board)) }
            h2 { "Define one" }
            p .quiet { "It is a draft until it is started." }
            form .acknowledge method="post" action=(LIST) {
                label for="definition" { "Definition, in TOML or JSON" }
                textarea #definition name="definition" required rows="18" cols="60"
                    spellcheck="false" { (example(now)) }
                (who("create"))
                button { "Keep it as a draft" }
            }
        }
    }
}

fn table(board: &Board) -> Markup {
    html! {
        div .wide role="group" aria-label="All experiments" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { "Experiment" } th scope="col" { "State" }
                        th scope="col" { "From" } th scope="col" { "To" }
                        th scope="col" { "Arms" }
                    }
                }
                tbody { @for run in board.runs.iter().rev() { (row(run)) } }
            }
        }
    }
}

fn row(run: &Run) -> Markup {
    let it = &run.experiment;
    let arms: Vec<_> = it.arms.iter().map(|arm| arm.name.as_str()).collect();
    html! {
        tr {
            th scope="row" { a href=(address(&it.name)) { (it.name) } }
            td { (run.state.name()) }
            td { (words::instant(it.starts_at)) }
            td { (words::instant(it.ends_at)) }
            td { (arms.join(", ")) }
        }
    }
}

/// What may be done about an experiment as it stands.
pub(super) fn of(told: &Told) -> Markup {
    let act = |what: &str, title: &str, says: &str| act(&told.run, what, title, says);
    html! {
        @match told.run.state {
            RunState::Draft => {
                (act("start", "Start it", "Put users in its arms"))
                (act("stop", "Give it up", "Stop without a consequence"))
            }
            RunState::Running => {
                (act("stop", "End it", "Stop without a consequence"))
                (promotes(told))
            }
            RunState::Stopped => (promotes(told)),
            RunState::Promoted => {
                (act("rollback", "Take it back", "Make usual what was usual before"))
            }
        }
    }
}

fn act(run: &Run, what: &str, title: &str, says: &str) -> Markup {
    html! {
        h2 { (title) }
        form .acknowledge method="post" action={ (address(&run.experiment.name)) "/" (what) } {
            (who(what))
            button { (says) }
        }
    }
}

fn promotes(told: &Told) -> Markup {
    let proposed = told.run.awaits_approval();
    let is_proposed = |arm: &str| proposed.is_some_and(|proposed| proposed.arm == arm);
    html! {
        h2 { "Promote an arm" }
        form .acknowledge method="post"
            action={ (address(&told.run.experiment.name)) "/promote" } {
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

/// A definition, who made it, and why.
#[derive(Debug, Deserialize)]
pub(super) struct Defined {
    definition: String,
    by: String,
    reason: String,
}

impl Defined {
    fn body(self) -> Result<ExperimentBody, Problem> {
        let unreadable = |why: String| Problem::field("definition", why);
        let mut value = definition(&self.definition).map_err(unreadable)?;
        if let Value::Object(fields) = &mut value {
            fields.insert("by".to_owned(), self.by.into());
            fields.insert("reason".to_owned(), self.reason.into());
        }
        serde_json::from_value(value).map_err(|bad| unreadable(bad.to_string()))
    }
}

/// `POST /dashboard/experiments`
pub(super) async fn define(
    State(state): State<Arc<ApiState>>,
    Form(body): Form<Defined>,
) -> Response {
    let defined = async {
        let (experiment, words) = body.body()?.read()?;
        Ok(create(&state.experimenting(), experiment, &author(&state, words)).await?)
    };
    shown(defined.await)
}

/// `POST /dashboard/experiments/{experiment}/start`
pub(super) async fn begin(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
    names: Names,
    Form(body): Form<DecisionBody>,
) -> Response {
    decided(&state, &past, &names, body.words(), start).await
}

/// `POST /dashboard/experiments/{experiment}/stop`
pub(super) async fn end(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
    names: Names,
    Form(body): Form<DecisionBody>,
) -> Response {
    decided(&state, &past, &names, body.words(), stop).await
}

/// `POST /dashboard/experiments/{experiment}/promote`
pub(super) async fn promote_arm(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
    names: Names,
    Form(body): Form<PromotionBody>,
) -> Response {
    let promote = async |ports: &ExperimentPorts, name: &str, author: &Author| {
        promote(ports, (name, &body.arm), body.force, author).await
    };
    decided(&state, &past, &names, body.words(), promote).await
}

/// `POST /dashboard/experiments/{experiment}/rollback`
pub(super) async fn take_back(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
    names: Names,
    Form(body): Form<DecisionBody>,
) -> Response {
    decided(&state, &past, &names, body.words(), roll_back).await
}

/// Carries out what somebody decided about an experiment, and shows it as it is then.
async fn decided(
    state: &ApiState,
    past: &Past,
    names: &Names,
    words: Result<(String, String), Problem>,
    act: impl AsyncFnOnce(&ExperimentPorts, &str, &Author) -> Result<Run, ExperimentError>,
) -> Response {
    let run = async {
        let author = author(state, words?);
        Ok(act(&state.experimenting(), names.experiment(), &author).await?)
    };
    let run = run.await;
    past.forget_reports();
    shown(run)
}

fn shown(run: Result<Run, Problem>) -> Response {
    match run {
        Ok(run) => Redirect::to(&address(&run.experiment.name)).into_response(),
        Err(problem) => pages::broken(problem),
    }
}
