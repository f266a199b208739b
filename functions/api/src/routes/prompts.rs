//! Prompts: versions, and which is in production.

use std::sync::Arc;

use app::compose::prompts::{add as keep, all};
use app::experiments::{board, set_prompt};
use axum::Json;
use axum::extract::State;

use crate::body::prompts::{LabelBody, ProductionView, PromptBody, PromptView, PromptsView};
use crate::body::rollout::DecisionBody;
use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::routes::rollout::author;
use crate::state::ApiState;

/// Show all versions of the prompt, and which is in production.
#[utoipa::path(
    get,
    path = "/v1/prompts",
    tag = "prompts",
    operation_id = "list_prompts",
    responses((status = 200, description = "The versions", body = PromptsView))
)]
pub(crate) async fn list(State(state): State<Arc<ApiState>>) -> Result<Json<PromptsView>, Problem> {
    let board = board(&*state.control).await?;
    Ok(Json(PromptsView::of(&board, all(&*state.control).await?)))
}

/// Add a version. Nobody is asked with it until an arm or the label `production` names it.
#[utoipa::path(
    post,
    path = "/v1/prompts",
    tag = "prompts",
    operation_id = "add_prompt",
    request_body = PromptBody,
    responses(
        (status = 200, description = "The version", body = PromptView),
        (status = 422, description = "The text is no prompt"),
    )
)]
pub(crate) async fn add(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<PromptBody>,
) -> Result<Json<PromptView>, Problem> {
    let author = author(&state, body.words()?);
    let kept = keep(&*state.control, &body.text, &author).await?;
    Ok(Json(PromptView::of(&board(&*state.control).await?, kept)))
}

/// Put a version in production. Texts that a model wrote before stay.
#[utoipa::path(
    post,
    path = "/v1/prompts/promote",
    tag = "prompts",
    operation_id = "promote_prompt",
    request_body = LabelBody,
    responses(
        (status = 200, description = "The version in production", body = ProductionView),
        (status = 422, description = "There is no such version"),
    )
)]
pub(crate) async fn promote(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<LabelBody>,
) -> Result<Json<ProductionView>, Problem> {
    let author = author(&state, body.words()?);
    let usual = set_prompt(&state.experimenting(), Some(body.version), &author).await?;
    Ok(Json(ProductionView { production: usual.prompt }))
}

/// Put the version that was there before back in production.
#[utoipa::path(
    post,
    path = "/v1/prompts/rollback",
    tag = "prompts",
    operation_id = "roll_back_prompt",
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The version in production", body = ProductionView),
        (status = 409, description = "No other version was there before"),
    )
)]
pub(crate) async fn take_back(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ProductionView>, Problem> {
    let author = author(&state, body.words()?);
    let usual = set_prompt(&state.experimenting(), None, &author).await?;
    Ok(Json(ProductionView { production: usual.prompt }))
}
