//! Calendars that are connected to an address.

use std::sync::Arc;

use app::sync::{Connect, ask_for_sync, connect};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::calendars::{no_calendar, too_many};
use crate::body::connection::{ConnectionBody, ConnectionView, ConnectionsView};
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// List the calendars of a user that are connected, and how they do.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/connections",
    tag = "calendars",
    operation_id = "list_connections",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "The connections", body = ConnectionsView))
)]
pub(crate) async fn list(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ConnectionsView>, Problem> {
    let user = names.user()?;
    state.user(&user).await?;
    let connections = state.connections.connections(&user).await?;
    let connections = connections.iter().map(ConnectionView::from).collect();
    Ok(Json(ConnectionsView { connections }))
}

/// Connect a calendar to an address, or to another one.
///
/// It is looked at right away and then again and again; the answer does not wait for that. See the
/// list of connections for how it went.
#[utoipa::path(
    put,
    path = "/v1/users/{user}/calendars/{calendar}/connection",
    tag = "calendars",
    operation_id = "connect_calendar",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("calendar" = String, Path, description = "A name that you choose, unique in the user"),
    ),
    request_body = ConnectionBody,
    responses(
        (status = 200, description = "The calendar was connected before", body = ConnectionView),
        (status = 201, description = "The calendar is connected", body = ConnectionView),
        (status = 409, description = "The user has as many calendars as one may have, or the name \
            is that of one that was put as a document",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn connect_one(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<ConnectionBody>,
) -> Result<(StatusCode, Json<ConnectionView>), Problem> {
    let (user, calendar) = (names.user()?, names.calendar()?);
    let new = body.read(user.clone(), calendar).map_err(Problem::fields)?;
    match connect(&state.connecting(), &new, state.clock.now()).await? {
        Connect::Connected { connection, is_new } => {
            let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, Json(ConnectionView::from(&*connection))))
        }
        Connect::NoUser => Err(Problem::no_user(&user)),
        Connect::TooMany => Err(too_many()),
        Connect::HasDocument => Err(Problem::conflict(
            "a calendar of this name was put as a document: remove it first, or choose another \
             name",
        )),
    }
}

/// Look at a connected calendar now.
///
/// The answer does not wait for the look.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/calendars/{calendar}/sync",
    tag = "calendars",
    operation_id = "sync_calendar",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("calendar" = String, Path, description = "The calendar's name"),
    ),
    responses((status = 202, description = "The look is asked for", body = ConnectionView))
)]
pub(crate) async fn sync_now(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<(StatusCode, Json<ConnectionView>), Problem> {
    let (user, calendar) = (names.user()?, names.calendar()?);
    state.user(&user).await?;
    let connection = state.connections.connection(&user, &calendar).await?;
    let connection = connection.ok_or_else(|| no_calendar(&calendar))?;
    ask_for_sync(&state.connecting(), &user, &calendar, state.clock.now()).await;
    Ok((StatusCode::ACCEPTED, Json(ConnectionView::from(&connection))))
}
