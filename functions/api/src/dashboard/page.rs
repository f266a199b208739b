//! The page itself, and the part of it that the script fetches again.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use super::past::Past;
use super::read::{Overview, overview};
use super::{experiments, health, layout, panels, rollout, words};
use crate::problem::Problem;
use crate::state::ApiState;

/// `GET /dashboard`
pub(super) async fn page(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
) -> Response {
    match overview(&state, &past).await {
        Ok(seen) => layout::live("Dashboard", &main(&seen)).into_response(),
        Err(failed) => broken(failed.into()),
    }
}

/// `GET /dashboard/main`
pub(super) async fn main_part(
    State(state): State<Arc<ApiState>>,
    Extension(past): Extension<Arc<Past>>,
) -> Response {
    match overview(&state, &past).await {
        Ok(seen) => Html(main(&seen).into_string()).into_response(),
        Err(failed) => broken(failed.into()),
    }
}

/// What went wrong, as a page.
pub(super) fn broken(problem: Problem) -> Response {
    let words = problem.detail().to_owned();
    let status = problem.into_response().status();
    layout::told(status, "This cannot be shown", &words)
}

fn main(seen: &Overview) -> Markup {
    html! {
        main #main tabindex="-1" {
            h1 .unseen { "Dashboard" }
            (health::summary(seen))
            (health::alerts(seen))
            (panels::funnel(seen))
            (panels::today(seen))
            (panels::days(seen))
            (panels::times(seen))
            (panels::delivery(seen))
            (panels::texts(seen))
            div .column {
                (panels::people(seen))
                (rollout::panel(seen))
            }
            (experiments::panel(seen))
            (panels::day_by_day(seen))
            p .quiet #as-of {
                "As of " time datetime=(seen.now.to_string()) { (words::instant(seen.now)) } "."
            }
        }
    }
}
