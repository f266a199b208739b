//! Coming in by a link, and leaving.

use std::sync::Arc;

use app::links::Purpose;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::guard::{HOME, Sent, not_found, signed_in, signed_out};
use super::layout::{moving_on, note};
use super::words::words;
use crate::problem::Problem;
use crate::state::ApiState;

/// Signs a browser in and goes on to the page.
///
/// It goes on by itself, not by a redirect: a browser that came from elsewhere sends no strict
/// cookie along with what it is redirected to.
pub(super) async fn show(
    State(state): State<Arc<ApiState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = query.as_deref().unwrap_or_default().split('&').next().unwrap_or_default();
    let id = state.pages.links.open_page(Purpose::SignIn, token, state.clock.now());
    let Some(id) = id else { return Ok(not_found(&headers)) };
    let Some(user) = state.user_store().user(&id).await? else { return Ok(not_found(&headers)) };
    let page = moving_on(words(user.locale.language), HOME);
    Ok(([(header::SET_COOKIE, signed_in(&state, &id))], page).into_response())
}

/// Signs a browser out.
pub(super) async fn leave(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, .. }: Sent,
) -> Response {
    let words = visitor.words();
    let page = note(words, &words.page.signed_out, &words.page.signed_out_help);
    ([(header::SET_COOKIE, signed_out(&state))], page).into_response()
}
