//! What a person may ask for about themselves as a whole: everything, and nothing any more.

use std::sync::Arc;

use app::users::{erase_user, export_user};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::ids::UserId;
use jiff::tz::TimeZone;

use crate::body::ics::{ICS, calendar};
use crate::body::person::{ErasedView, ExportView};
use crate::extract::Names;
use crate::problem::Problem;
use crate::state::ApiState;

/// Export everything that is kept of a user.
///
/// It holds their number, the titles of their events and their texts: hand it to nobody else.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/export",
    tag = "users",
    operation_id = "export_user",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "Everything that is kept of them", body = ExportView))
)]
pub(crate) async fn export(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ExportView>, Problem> {
    let user = names.user()?;
    let export = export_user(&state.exporting(), &user).await?;
    let export = export.ok_or_else(|| Problem::no_user(&user))?;
    Ok(Json(ExportView::of(&export, state.clock.now())))
}

/// Export what is ahead of a user as a calendar (iCalendar).
///
/// It holds the events that are not over, each with an alarm wherever a text is planned.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/export.ics",
    tag = "users",
    operation_id = "export_user_calendar",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "Their events and planned texts",
        content_type = "text/calendar", body = String))
)]
pub(crate) async fn export_ics(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Response, Problem> {
    ics_of(&state, &names.user()?).await
}

/// What is ahead of a user as a calendar.
pub(crate) async fn ics_of(state: &ApiState, user: &UserId) -> Result<Response, Problem> {
    let export = export_user(&state.exporting(), user).await?;
    let export = export.ok_or_else(|| Problem::no_user(user))?;
    let zone = state.users.zones.rules(&export.user.zone).unwrap_or(TimeZone::UTC);
    let text = calendar(&export, &zone, state.clock.now());
    let name = "attachment; filename=\"beforehand.ics\"";
    let headers = [(header::CONTENT_TYPE, ICS), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, text).into_response())
}

/// Erase a user, with everything that is kept of them.
///
/// Nothing is texted to them from the moment the request is answered; what is queued finds nobody.
/// If their number opted out, that alone is kept, under a keyed hash of the number, so that nobody
/// texts it again. An erasure that was cut short is completed by asking again.
#[utoipa::path(
    delete,
    path = "/v1/users/{user}",
    tag = "users",
    operation_id = "erase_user",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "They are erased", body = ErasedView))
)]
pub(crate) async fn erase(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ErasedView>, Problem> {
    let user = names.user()?;
    let items = erase_user(&state.erasing(), &user).await?;
    let items = items.ok_or_else(|| Problem::no_user(&user))?;
    Ok(Json(ErasedView { user: user.as_str().to_owned(), items }))
}
