//! What a link to one reminder opens: the reminder, and what its reader may do about it.
//!
//! Opening it changes nothing, since phones and mail programs open links by themselves to show what
//! is behind them. That somebody looks at it is what the page's script says, which those do not
//! run; it is noted for the reports of experiments. The token stands in the query, which no access
//! log holds.

use std::sync::Arc;

use app::links::Links;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use domain::reminder::Reminder;
use domain::user::User;
use jiff::tz::TimeZone;
use maud::html;

use super::act::{Wish, carry_out, said};
use super::card::{Eyes, Forms, card};
use super::guard::not_found;
use super::layout::single;
use super::words::words;
use super::{Form, done_of};
use crate::problem::Problem;
use crate::state::ApiState;

/// What a link opens.
struct Opened {
    token: String,
    row: Reminder,
    user: User,
    zone: TimeZone,
}

/// Shows the reminder.
pub(super) async fn show(
    State(state): State<Arc<ApiState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(opened) = open(&state, query.as_deref()).await? else {
        return Ok(not_found(&headers));
    };
    let words = words(opened.user.locale.language);
    let eyes =
        Eyes { words, locale: opened.user.locale, zone: &opened.zone, now: state.clock.now() };
    let said = done_of(query.as_deref()).and_then(|done| said(done, &eyes));
    let action = format!("/r?{}", opened.token);
    let forms = Forms { action: &action, hidden: html! {}, is_alone: true };
    let is_new = opened.row.trial.opened_at.is_none();
    let body = html! { ul .cards data-looked[is_new] { (card(&opened.row, &eyes, Some(&forms))) } };
    Ok(single(words, &words.page.title, said.as_deref(), &body).into_response())
}

/// Does something about it.
pub(super) async fn act(
    State(state): State<Arc<ApiState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let opened = open(&state, query.as_deref()).await?;
    let wish = Wish::read(form.get("do"), form.get("words"));
    let (Some(opened), Some(wish)) = (opened, wish) else { return Ok(not_found(&headers)) };
    let is_look = wish == Wish::Open;
    let done = carry_out(&state, &opened.user.id, opened.row.id, wish).await?;
    if is_look {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let back = |done| Redirect::to(&format!("/r?{}&done={done}", opened.token)).into_response();
    Ok(done.map_or_else(|| not_found(&headers), back))
}

/// Whatever is wrong with a link, it just opens nothing.
async fn open(state: &ApiState, query: Option<&str>) -> Result<Option<Opened>, Problem> {
    let token = query.unwrap_or_default().split('&').next().unwrap_or_default();
    let Some(link) = Links::claimed(token) else { return Ok(None) };
    let Some(row) = state.reminders.find_reminder(link.id).await? else { return Ok(None) };
    if !state.pages.links.opens(&link, &row.user, state.clock.now()) {
        return Ok(None);
    }
    let Some(user) = state.user_store().user(&row.user).await? else { return Ok(None) };
    let zone = state.users.zones.rules(&user.zone).unwrap_or(TimeZone::UTC);
    Ok(Some(Opened { token: token.to_owned(), row, user, zone }))
}
