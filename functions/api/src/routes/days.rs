//! Days of a user: their reminders, why, and what would be.

use std::sync::Arc;

use app::simulate::{SimulateError, simulate, simulate_with};
use app::why::why_day;
use axum::Json;
use axum::extract::State;
use domain::ids::UserId;
use domain::time::local_date;
use domain::user::User;
use jiff::Span;
use jiff::civil::Date;

use super::users::reading;
use crate::body::outlook::{DayAsked, OutlookView, WhatIfBody};
use crate::body::reminder::{DaysAsked, ReminderView, RemindersView};
use crate::body::why::WhyDayView;
use crate::extract::{Asked, JsonBody, Names, date};
use crate::problem::Problem;
use crate::state::ApiState;

/// Most days at once.
const DAYS_MAX: i64 = 62;

/// List the reminders of a user's days.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/reminders",
    tag = "reminders",
    operation_id = "list_reminders",
    params(("user" = String, Path, description = "The user's id"), DaysAsked),
    responses((status = 200, description = "The reminders, by `send_at`", body = RemindersView))
)]
pub(crate) async fn reminders(
    State(state): State<Arc<ApiState>>,
    names: Names,
    Asked(asked): Asked<DaysAsked>,
) -> Result<Json<RemindersView>, Problem> {
    let user = state.user(&names.user()?).await?;
    let (from, to) = days(&state, &user, &asked)?;
    let rows = state.reminders.reminders_between(&user.id, from, to).await?;
    Ok(Json(RemindersView {
        user: user.id.as_str().to_owned(),
        zone: user.zone.as_str().to_owned(),
        from,
        to,
        reminders: rows.iter().map(|row| ReminderView::of(row, user.locale)).collect(),
    }))
}

/// Say why a user's day went, or goes, as it does.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/why",
    tag = "reminders",
    operation_id = "why_day",
    params(("user" = String, Path, description = "The user's id"), DayAsked),
    responses((status = 200, description = "Each reminder with its reason, and the events that \
        got none", body = WhyDayView))
)]
pub(crate) async fn why(
    State(state): State<Arc<ApiState>>,
    names: Names,
    Asked(asked): Asked<DayAsked>,
) -> Result<Json<WhyDayView>, Problem> {
    let user = state.user(&names.user()?).await?;
    let on = day(&state, &user, asked.date.as_deref())?;
    let told = why_day(&state.explaining(), &user.id, on).await?;
    told.map(|day| Json(day.into())).ok_or_else(|| Problem::no_user(&user.id))
}

/// Show what a user is or would be texted on a day.
///
/// The answer comes from the planner's own rules, on the calendars and settings as they are now;
/// nothing is written.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/outlook",
    tag = "reminders",
    operation_id = "outlook",
    params(("user" = String, Path, description = "The user's id"), DayAsked),
    responses((status = 200, description = "The day as it is or would be", body = OutlookView))
)]
pub(crate) async fn outlook(
    State(state): State<Arc<ApiState>>,
    names: Names,
    Asked(asked): Asked<DayAsked>,
) -> Result<Json<OutlookView>, Problem> {
    let user = state.user(&names.user()?).await?;
    let on = day(&state, &user, asked.date.as_deref())?;
    let told = simulate(&state.simulating(), &user.id, on, state.clock.now()).await;
    let told = told.map_err(|failed| told_as(failed, &user.id))?;
    Ok(Json(OutlookView::of(user.id.as_str(), on, told)))
}

/// Show what a user would be texted on a day with other settings.
///
/// What is named in `settings` is tried; the answer is what the planner would then do, and nothing
/// is written.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/outlook",
    tag = "reminders",
    operation_id = "what_if",
    params(("user" = String, Path, description = "The user's id")),
    request_body = WhatIfBody,
    responses((status = 200, description = "The day as it would be", body = OutlookView))
)]
pub(crate) async fn what_if(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<WhatIfBody>,
) -> Result<Json<OutlookView>, Problem> {
    let user = state.user(&names.user()?).await?;
    let change = body.settings.read(reading(&state)).map_err(Problem::fields)?;
    let on = day(&state, &user, body.date.as_deref())?;
    let told = simulate_with(&state.simulating(), &user.id, on, &change, state.clock.now()).await;
    let told = told.map_err(|failed| told_as(failed, &user.id))?;
    Ok(Json(OutlookView::of(user.id.as_str(), on, told)))
}

pub(crate) fn told_as(failed: SimulateError, user: &UserId) -> Problem {
    match failed {
        SimulateError::NoUser => Problem::no_user(user),
        SimulateError::UnknownZone(unknown) => Problem::field("zone", unknown),
        SimulateError::TooFar { .. } => Problem::field("date", failed),
        SimulateError::Refused(bad) => Problem::invalid(bad.to_string()),
        SimulateError::Store(failed) => failed.into(),
    }
}

fn day(state: &ApiState, user: &User, given: Option<&str>) -> Result<Date, Problem> {
    match given {
        Some(given) => date("date", given),
        None => today(state, user),
    }
}

fn days(state: &ApiState, user: &User, asked: &DaysAsked) -> Result<(Date, Date), Problem> {
    let (from, to) = match (&asked.date, &asked.from, &asked.to) {
        (None, None, None) => {
            let today = today(state, user)?;
            (today, today)
        }
        (Some(on), None, None) => {
            let on = date("date", on)?;
            (on, on)
        }
        (None, Some(from), Some(to)) => (date("from", from)?, date("to", to)?),
        _ => {
            let detail = "ask for one `date`, or for `from` and `to`";
            return Err(Problem::malformed(detail));
        }
    };
    let last = from.saturating_add(Span::new().days(DAYS_MAX));
    if from <= to && to <= last {
        Ok((from, to))
    } else {
        let detail = format!("choose a date from {from} to {last}");
        Err(Problem::field("to", detail))
    }
}

pub(crate) fn today(state: &ApiState, user: &User) -> Result<Date, Problem> {
    let zone = state.users.zones.rules(&user.zone);
    let zone = zone.map_err(|unknown| Problem::field("zone", unknown))?;
    Ok(local_date(state.clock.now(), &zone))
}
