//! Alerts: what is wrong now, what was, and who looks after it.

use std::sync::Arc;

use app::alerts::{acknowledge, board};
use axum::Json;
use axum::extract::State;
use domain::alerts::rules;

use crate::body::alerts::{AcknowledgeBody, AlertsView};
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Show how every rule stands, and its incidents.
#[utoipa::path(
    get,
    path = "/v1/alerts",
    tag = "alerts",
    operation_id = "show_alerts",
    responses((status = 200, description = "The alerts", body = AlertsView))
)]
pub(crate) async fn show(State(state): State<Arc<ApiState>>) -> Result<Json<AlertsView>, Problem> {
    view(&state).await
}

/// Say that somebody looks after a rule's open incidents. The channels are told within a minute.
#[utoipa::path(
    post,
    path = "/v1/alerts/{rule}/acknowledge",
    tag = "alerts",
    operation_id = "acknowledge_alert",
    params(("rule" = String, Path, description = "The rule")),
    request_body = AcknowledgeBody,
    responses(
        (status = 200, description = "The alerts as they stand now", body = AlertsView),
        (status = 404, description = "There is no such rule"),
        (status = 409, description = "No incident of it is open that nobody looks after"),
    )
)]
pub(crate) async fn look_after(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<AcknowledgeBody>,
) -> Result<Json<AlertsView>, Problem> {
    let (rule, by) = (names.rule(), body.name()?);
    if !rules().iter().any(|known| known.name == rule) {
        return Err(Problem::not_found(format!("there is no rule {rule:?}")));
    }
    if acknowledge(&*state.control, rule, by, state.clock.now()).await? == 0 {
        let what = format!("no incident of {rule} is open that nobody looks after");
        return Err(Problem::conflict(what));
    }
    view(&state).await
}

async fn view(state: &ApiState) -> Result<Json<AlertsView>, Problem> {
    let board = board(&*state.control).await?;
    Ok(Json(AlertsView::of(&board, state.clock.now())))
}
