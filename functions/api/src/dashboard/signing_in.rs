//! Signing in: an operator's token in a form, judged by what judges the header of the API.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Form, Router};
use maud::html;
use serde::Deserialize;
use tower::ServiceExt;

use super::{PATH, door, layout};
use crate::gate::{Gate, admit_operator};
use crate::state::ApiState;

/// What the form holds.
#[derive(Deserialize)]
pub(super) struct Given {
    token: String,
}

/// `POST /dashboard/sign-in`
pub(super) async fn sign_in(
    State(state): State<Arc<ApiState>>,
    Extension(gate): Extension<Gate>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Response {
    let token = given.token.trim();
    let cookie = door::cookie(&state, token, &headers);
    match cookie {
        Some(cookie) if opens(&gate, token).await => {
            ([(header::SET_COOKIE, cookie)], Redirect::to(PATH)).into_response()
        }
        _ => page(StatusCode::UNAUTHORIZED, Some("This token does not open the dashboard.")),
    }
}

/// `POST /dashboard/sign-out`
pub(super) async fn sign_out(headers: HeaderMap) -> Response {
    match door::no_cookie(&headers) {
        Some(gone) => ([(header::SET_COOKIE, gone)], Redirect::to(PATH)).into_response(),
        None => Redirect::to(PATH).into_response(),
    }
}

/// Whether a token opens what asks for the operator: it is tried, on a route with nothing behind.
async fn opens(gate: &Gate, token: &str) -> bool {
    let tried: Router = Router::new()
        .route("/", get(|| async {}))
        .layer(from_fn_with_state(gate.clone(), only_operators));
    let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let Ok(request) = request.body(Body::empty()) else { return false };
    tried.oneshot(request).await.is_ok_and(|answer| answer.status().is_success())
}

async fn only_operators(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    admit_operator(&gate, request, next).await
}

/// The form.
pub(super) fn page(status: StatusCode, problem: Option<&str>) -> Response {
    let body = html! {
        main #main .narrow tabindex="-1" {
            h1 { "Sign in" }
            @if let Some(problem) = problem { p .notice role="alert" { (problem) } }
            form .sign-in method="post" action={ (PATH) "/sign-in" } {
                label for="token" { "Operator token" }
                input #token type="password" name="token" required maxlength="4096"
                    autocomplete="current-password" aria-describedby="hint";
                button { "Sign in" }
            }
            p #hint .quiet {
                "It is the token that opens the API: on AWS the secret of the deployment, on one "
                "machine the file " code { "operator.token" } " in the data folder. This browser "
                "stays signed in for a day; over a network it must come by https."
            }
        }
    };
    (status, layout::still("Sign in", &body)).into_response()
}
