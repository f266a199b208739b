//! Health, the rollout switch and the recount.

use std::sync::Arc;

use app::causes::in_full;
use app::rollout::switch;
use app::verify::verify;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracing::warn;

use crate::body::system::{HealthView, RolloutBody, RolloutView};
use crate::body::verify::VerifyView;
use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::state::ApiState;

/// Say whether the system is well. Needs no token.
#[utoipa::path(
    get,
    path = "/v1/health",
    tag = "system",
    operation_id = "health",
    security(()),
    responses(
        (status = 200, description = "It is", body = HealthView),
        (status = 503, description = "The store does not answer", body = HealthView),
    )
)]
pub(crate) async fn health(State(state): State<Arc<ApiState>>) -> (StatusCode, Json<HealthView>) {
    let reached = state.control.rollout().await;
    if let Err(failed) = &reached {
        warn!(error = in_full(failed), "The store does not answer the health check");
    }
    let (code, status, store) = match reached {
        Ok(_) => (StatusCode::OK, "ok", "reachable"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "degraded", "unreachable"),
    };
    let view = HealthView {
        status,
        version: state.version.clone(),
        zone_database: state.users.zones.version().to_owned(),
        store,
        now: state.clock.now(),
    };
    (code, Json(view))
}

/// Show the rollout switch.
#[utoipa::path(
    get,
    path = "/v1/rollout",
    tag = "system",
    operation_id = "show_rollout",
    responses((status = 200, description = "The switch", body = RolloutView))
)]
pub(crate) async fn rollout(
    State(state): State<Arc<ApiState>>,
) -> Result<Json<RolloutView>, Problem> {
    Ok(Json(state.control.rollout().await?.into()))
}

/// Switch reminders on or off for everybody.
///
/// Off is the kill switch: no text is claimed from then on, and what waits is cancelled
/// `rolled_back`. On again, what is still ahead is restored.
#[utoipa::path(
    put,
    path = "/v1/rollout",
    tag = "system",
    operation_id = "switch_rollout",
    request_body = RolloutBody,
    responses((status = 200, description = "The switch as it stands now", body = RolloutView))
)]
pub(crate) async fn switch_rollout(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<RolloutBody>,
) -> Result<Json<RolloutView>, Problem> {
    Ok(Json(switch(&state.switching(), body.on).await?.into()))
}

/// Recount everything: what is stored adds up and keeps the promise, or here is what does not.
#[utoipa::path(
    get,
    path = "/v1/verify",
    tag = "system",
    operation_id = "verify",
    responses((status = 200, description = "What the recount found", body = VerifyView))
)]
pub(crate) async fn recount(
    State(state): State<Arc<ApiState>>,
) -> Result<Json<VerifyView>, Problem> {
    let report = verify(&state.verifying(), state.clock.now()).await?;
    Ok(Json(report.into()))
}
