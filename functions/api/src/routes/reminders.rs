//! Single reminders.

use std::sync::Arc;

use app::cancel::{CancelOutcome, cancel};
use app::why::why_reminder;
use axum::Json;
use axum::extract::State;
use domain::ids::ReminderId;
use domain::reminder::Reminder;
use domain::texts::Locale;

use crate::body::reminder::ReminderView;
use crate::body::why::WhyView;
use crate::extract::Names;
use crate::problem::Problem;
use crate::state::ApiState;

/// Show a reminder.
#[utoipa::path(
    get,
    path = "/v1/reminders/{reminder}",
    tag = "reminders",
    operation_id = "show_reminder",
    params(("reminder" = String, Path, description = "The reminder's id")),
    responses((status = 200, description = "The reminder", body = ReminderView))
)]
pub(crate) async fn show(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ReminderView>, Problem> {
    let row = find(&state, names.reminder()?).await?;
    view(&state, &row).await
}

/// Cancel a reminder for good.
///
/// No later change of calendar or settings brings it back. Cancelling it twice is the same as
/// once.
#[utoipa::path(
    post,
    path = "/v1/reminders/{reminder}/cancel",
    tag = "reminders",
    operation_id = "cancel_reminder",
    params(("reminder" = String, Path, description = "The reminder's id")),
    responses(
        (status = 200, description = "The reminder, cancelled", body = ReminderView),
        (status = 409, description = "It is under way, on a phone or over", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel_one(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ReminderView>, Problem> {
    let id = names.reminder()?;
    let user = find(&state, id).await?.user;
    match cancel(&state.cancelling(), &user, id, state.clock.now()).await? {
        CancelOutcome::Cancelled(row) | CancelOutcome::Already(row) => view(&state, &row).await,
        CancelOutcome::Over(row) => {
            let name = row.state.name();
            let why = row.state.reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
            Err(Problem::conflict(format!(
                "the reminder is {name}{why}, so there is nothing left to cancel"
            )))
        }
        CancelOutcome::Missing => Err(missing(id)),
    }
}

/// Say why a reminder stands where it stands.
#[utoipa::path(
    get,
    path = "/v1/reminders/{reminder}/why",
    tag = "reminders",
    operation_id = "why_reminder",
    params(("reminder" = String, Path, description = "The reminder's id")),
    responses((status = 200, description = "One reason, and what led to it", body = WhyView))
)]
pub(crate) async fn why(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<WhyView>, Problem> {
    let id = names.reminder()?;
    let told = why_reminder(&state.explaining(), id).await?.ok_or_else(|| missing(id))?;
    Ok(Json(told.into()))
}

pub(super) async fn find(state: &ApiState, id: ReminderId) -> Result<Reminder, Problem> {
    state.reminders.find_reminder(id).await?.ok_or_else(|| missing(id))
}

pub(crate) fn missing(id: ReminderId) -> Problem {
    Problem::not_found(format!("there is no reminder {id}"))
}

pub(super) async fn view(state: &ApiState, row: &Reminder) -> Result<Json<ReminderView>, Problem> {
    let user = state.user(&row.user).await?;
    let locale: Locale = user.locale;
    Ok(Json(ReminderView::of(row, locale)))
}
