//! Health and the recount.

use std::sync::Arc;

use app::causes::in_full;
use app::verify::verify;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracing::warn;

use crate::body::system::HealthView;
use crate::body::verify::VerifyView;
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
