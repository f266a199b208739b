//! Bugs that a person files because the rollout must not go on with them.

use std::sync::Arc;

use app::rollout::{bugs, close_bug, file_bug};
use axum::Json;
use axum::extract::State;

use super::rollout::author;
use crate::body::bugs::{BugView, BugsView};
use crate::body::rollout::DecisionBody;
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Show the bugs that block the rollout, and those that did.
#[utoipa::path(
    get,
    path = "/v1/rollout/bugs",
    tag = "rollout",
    operation_id = "show_rollout_bugs",
    responses((status = 200, description = "The bugs", body = BugsView))
)]
pub(crate) async fn show(State(state): State<Arc<ApiState>>) -> Result<Json<BugsView>, Problem> {
    Ok(Json(bugs(&*state.control).await?.into()))
}

/// File a bug that blocks the rollout: no gate passes until it is closed.
#[utoipa::path(
    post,
    path = "/v1/rollout/bugs",
    tag = "rollout",
    operation_id = "file_rollout_bug",
    request_body = DecisionBody,
    responses((status = 200, description = "The bug with its number", body = BugView))
)]
pub(crate) async fn file(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<BugView>, Problem> {
    let author = author(&state, body.words()?);
    Ok(Json(file_bug(&*state.control, author).await?.into()))
}

/// Close a bug: it blocks the rollout no more.
#[utoipa::path(
    post,
    path = "/v1/rollout/bugs/{number}/close",
    tag = "rollout",
    operation_id = "close_rollout_bug",
    params(("number" = u64, Path, description = "The bug's number")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The bug, closed", body = BugView),
        (status = 404, description = "There is no such bug"),
    )
)]
pub(crate) async fn close(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<BugView>, Problem> {
    let (author, number) = (author(&state, body.words()?), names.bug()?);
    Ok(Json(close_bug(&*state.control, number, author).await?.into()))
}
