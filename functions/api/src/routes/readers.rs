//! What readers do with reminders, and the links that let them.

use std::sync::Arc;

use app::snooze::{SnoozeOutcome, acknowledge, snooze};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::ReminderId;
use domain::snooze::SnoozeTime;

use super::reminders::{find, missing, view};
use crate::body::readers::{LinkView, SnoozeBody};
use crate::body::reminder::ReminderView;
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Make a link to a user's own page.
///
/// Whoever opens it within 24 hours is signed in as that user for 12 hours, sees their reminders
/// and may change their settings: hand it to nobody else.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/link",
    tag = "users",
    operation_id = "link_user",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 201, description = "The link", body = LinkView))
)]
pub(crate) async fn link_page(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    let user = state.user(&names.user()?).await?.id;
    let (url, expires_at) = state.pages.page_url(&user, state.clock.now());
    Ok((StatusCode::CREATED, Json(LinkView { url, expires_at })))
}

/// Make a link to one reminder.
///
/// Whoever opens it may say that they have seen the reminder, put it off, cancel it or rate it,
/// until 48 hours after its event begins.
#[utoipa::path(
    post,
    path = "/v1/reminders/{reminder}/link",
    tag = "reminders",
    operation_id = "link_reminder",
    params(("reminder" = String, Path, description = "The reminder's id")),
    responses((status = 201, description = "The link", body = LinkView))
)]
pub(crate) async fn link_one(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<(StatusCode, Json<LinkView>), Problem> {
    let row = find(&state, names.reminder()?).await?;
    let (url, expires_at) = state.pages.reminder_url(&row);
    Ok((StatusCode::CREATED, Json(LinkView { url, expires_at })))
}

/// Put a reminder off by 5, 10 or 15 minutes.
///
/// One that waits moves, counted from where the plan had put it. One that was texted is followed
/// by another, which is texted once; asking again while that one waits changes nothing. Three
/// times at most, never beyond the event's start, into quiet hours or above the daily limit.
#[utoipa::path(
    post,
    path = "/v1/reminders/{reminder}/snooze",
    tag = "reminders",
    operation_id = "snooze_reminder",
    params(("reminder" = String, Path, description = "The reminder's id")),
    request_body = SnoozeBody,
    responses(
        (status = 200, description = "The reminder that will be texted", body = ReminderView),
        (status = 409, description = "It cannot be put off; the detail says why", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn snooze_one(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<SnoozeBody>,
) -> Result<Json<ReminderView>, Problem> {
    let id = names.reminder()?;
    let time =
        SnoozeTime::from_minutes(body.minutes).map_err(|bad| Problem::field("minutes", bad))?;
    let user = find(&state, id).await?.user;
    match snooze(&state.snoozing(), &user, id, time, state.clock.now()).await? {
        SnoozeOutcome::Snoozed(row) | SnoozeOutcome::Already(row) => view(&state, &row).await,
        SnoozeOutcome::Refused(refused) => {
            Err(Problem::conflict(format!("the reminder cannot be put off: {refused}")))
        }
        SnoozeOutcome::Missing => Err(missing(id)),
    }
}

/// Say that a reminder was seen.
///
/// The first time counts.
#[utoipa::path(
    post,
    path = "/v1/reminders/{reminder}/acknowledge",
    tag = "reminders",
    operation_id = "acknowledge_reminder",
    params(("reminder" = String, Path, description = "The reminder's id")),
    responses(
        (status = 200, description = "The reminder", body = ReminderView),
        (status = 409, description = "Nothing of it was texted", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn acknowledge_one(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ReminderView>, Problem> {
    let id: ReminderId = names.reminder()?;
    let user = find(&state, id).await?.user;
    match acknowledge(&*state.reminders, &user, id, state.clock.now()).await? {
        Some(row) => view(&state, &row).await,
        None => {
            Err(Problem::conflict("nothing of the reminder was texted, so nobody can have seen it"))
        }
    }
}
