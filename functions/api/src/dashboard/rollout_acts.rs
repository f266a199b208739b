//! What operators do about the rollout, each with a name and a reason: on, back, off, on again.

use std::sync::Arc;

use app::rollout::{advance, resume, roll_back, switch};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::rollout::{Rollout, RolloutStage};
use maud::{Markup, html};

use super::layout::who;
use super::{PATH, layout, page as pages};
use crate::body::rollout::DecisionBody;
use crate::problem::Problem;
use crate::routes::rollout::author;
use crate::state::ApiState;

/// Where a form is sent that does something.
fn address(what: &str) -> String {
    format!("{PATH}/rollout/{what}")
}

/// `GET /dashboard/rollout`
pub(super) async fn page(State(state): State<Arc<ApiState>>) -> Response {
    match state.control.rollout().await {
        Ok(rollout) => layout::still("Rollout", &body(&rollout)).into_response(),
        Err(failed) => pages::broken(failed.into()),
    }
}

fn body(rollout: &Rollout) -> Markup {
    let before: Vec<_> =
        RolloutStage::ALL.into_iter().filter(|stage| *stage < rollout.stage).rev().collect();
    html! {
        main #main tabindex="-1" {
            p .back { a href=(PATH) { "Dashboard" } }
            h1 { "Rollout" }
            p .lead {
                "Stage " strong { (rollout.stage.name()) }
                @if !rollout.is_on { ", " strong .is-bad { "switched off" } }
            }
            p .quiet { "What the gate says, and what was decided, stands on the dashboard." }
            @if !rollout.is_on {
                h2 { "Resume" }
                (act("resume", &html! { button { "Go on with the same users" } }))
            }
            @if let (true, Some(next)) = (rollout.is_on, rollout.stage.next()) {
                h2 { "Advance" }
                (act("advance", &html! {
                    label {
                        input type="checkbox" name="force" value="true";
                        " although the gate has not passed"
                    }
                    button { "Go on to " (next.name()) }
                }))
            }
            @if rollout.is_on && !before.is_empty() {
                h2 { "Roll back" }
                (act("rollback", &html! {
                    label for="to" { "To stage" }
                    select #to name="to" required {
                        @for stage in &before { option value=(stage.name()) { (stage.name()) } }
                    }
                    button { "Withdraw what waits of those who are outside then" }
                }))
            }
            @if rollout.is_on {
                h2 { "Switch off" }
                (act("off", &html! { button { "Send nothing to anybody" } }))
            }
        }
    }
}

/// A form that says who does something, and why.
fn act(what: &str, rest: &Markup) -> Markup {
    html! {
        form .acknowledge method="post" action=(address(what)) {
            (who(what))
            (rest)
        }
    }
}

/// `POST /dashboard/rollout/advance`
pub(super) async fn go_on(
    State(state): State<Arc<ApiState>>,
    Form(body): Form<DecisionBody>,
) -> Response {
    done(async {
        let author = author(&state, body.words()?);
        Ok(advance(&state.switching(), body.force, author).await?)
    })
    .await
}

/// `POST /dashboard/rollout/rollback`
pub(super) async fn go_back(
    State(state): State<Arc<ApiState>>,
    Form(body): Form<DecisionBody>,
) -> Response {
    done(async {
        let (author, stage) = (author(&state, body.words()?), body.stage()?);
        Ok(roll_back(&state.switching(), stage, author).await?)
    })
    .await
}

/// `POST /dashboard/rollout/resume`
pub(super) async fn go_on_again(
    State(state): State<Arc<ApiState>>,
    Form(body): Form<DecisionBody>,
) -> Response {
    done(async {
        let author = author(&state, body.words()?);
        Ok(resume(&state.switching(), author).await?)
    })
    .await
}

/// `POST /dashboard/rollout/off`
pub(super) async fn off(
    State(state): State<Arc<ApiState>>,
    Form(body): Form<DecisionBody>,
) -> Response {
    done(async {
        let author = author(&state, body.words()?);
        Ok(switch(&state.switching(), false, author).await?)
    })
    .await
}

async fn done(change: impl Future<Output = Result<Rollout, Problem>>) -> Response {
    match change.await {
        Ok(_) => Redirect::to(&format!("{PATH}/rollout")).into_response(),
        Err(problem) => pages::broken(problem),
    }
}
