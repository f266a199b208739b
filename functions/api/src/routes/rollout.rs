//! The rollout: its switch, its stages, its gate, its decisions.

use std::sync::Arc;

use app::rollout::{
    Author, advance, decisions, name_users, progress, resume, roll_back, set_settings, switch,
};
use axum::Json;
use axum::extract::State;

use crate::body::rollout::{
    CourseView, DecisionBody, DecisionsAsked, DecisionsView, NamesBody, RolloutBody, RolloutView,
};
use crate::body::rollout_settings::RolloutSettingsBody;
use crate::extract::{Asked, JsonBody};
use crate::problem::Problem;
use crate::state::ApiState;

/// Decisions of one answer.
const DECISIONS_MAX: usize = 100;

/// Show the rollout.
#[utoipa::path(
    get,
    path = "/v1/rollout",
    tag = "rollout",
    operation_id = "show_rollout",
    responses((status = 200, description = "The rollout", body = RolloutView))
)]
pub(crate) async fn show(State(state): State<Arc<ApiState>>) -> Result<Json<RolloutView>, Problem> {
    Ok(Json((&state.control.rollout().await?).into()))
}

/// Switch reminders on or off for everybody.
///
/// Off is the kill switch: no text is claimed from then on, and what waits is cancelled
/// `rolled_back`. On again, what is still ahead is restored.
#[utoipa::path(
    put,
    path = "/v1/rollout",
    tag = "rollout",
    operation_id = "switch_rollout",
    request_body = RolloutBody,
    responses((status = 200, description = "The rollout as it stands now", body = RolloutView))
)]
pub(crate) async fn turn(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<RolloutBody>,
) -> Result<Json<RolloutView>, Problem> {
    let by = ("operator".to_owned(), "switched by hand".to_owned());
    let rollout = switch(&state.switching(), body.on, author(&state, by)).await?;
    Ok(Json((&rollout).into()))
}

/// Show how the rollout goes: what the gate said at its last daily look, and what it still needs.
#[utoipa::path(
    get,
    path = "/v1/rollout/course",
    tag = "rollout",
    operation_id = "show_rollout_course",
    responses((status = 200, description = "The rollout's course", body = CourseView))
)]
pub(crate) async fn course(
    State(state): State<Arc<ApiState>>,
) -> Result<Json<CourseView>, Problem> {
    let rollout = state.control.rollout().await?;
    let course = progress(&*state.control).await?;
    Ok(Json(CourseView::of(&rollout, &course)))
}

/// Go on to the next stage: if the gate has passed, or by `force`.
#[utoipa::path(
    post,
    path = "/v1/rollout/advance",
    tag = "rollout",
    operation_id = "advance_rollout",
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The rollout as it stands now", body = RolloutView),
        (status = 409, description = "The gate has not passed, or there is no next stage"),
    )
)]
pub(crate) async fn go_on(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<RolloutView>, Problem> {
    let author = author(&state, body.words()?);
    Ok(Json((&advance(&state.switching(), body.force, author).await?).into()))
}

/// Go back to the stage before, or to an earlier one.
///
/// No text of a user who is outside now is claimed from then on, and what waits of theirs is
/// cancelled `rolled_back`.
#[utoipa::path(
    post,
    path = "/v1/rollout/rollback",
    tag = "rollout",
    operation_id = "roll_back",
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The rollout as it stands now", body = RolloutView),
        (status = 409, description = "It is there already, or further back"),
    )
)]
pub(crate) async fn go_back(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<RolloutView>, Problem> {
    let (author, stage) = (author(&state, body.words()?), body.stage()?);
    Ok(Json((&roll_back(&state.switching(), stage, author).await?).into()))
}

/// Go on where reminders were switched off: with the same users, and what is still ahead.
#[utoipa::path(
    post,
    path = "/v1/rollout/resume",
    tag = "rollout",
    operation_id = "resume_rollout",
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The rollout as it stands now", body = RolloutView),
        (status = 409, description = "It is on"),
    )
)]
pub(crate) async fn go_on_again(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<RolloutView>, Problem> {
    let author = author(&state, body.words()?);
    Ok(Json((&resume(&state.switching(), author).await?).into()))
}

/// Show what the monitor does by itself, and what is never allowed.
#[utoipa::path(
    get,
    path = "/v1/rollout/settings",
    tag = "rollout",
    operation_id = "show_rollout_settings",
    responses((status = 200, description = "What is configured", body = RolloutSettingsBody))
)]
pub(crate) async fn configured(
    State(state): State<Arc<ApiState>>,
) -> Result<Json<RolloutSettingsBody>, Problem> {
    Ok(Json(progress(&*state.control).await?.settings.into()))
}

/// Configure what the monitor does by itself, and what is never allowed.
#[utoipa::path(
    put,
    path = "/v1/rollout/settings",
    tag = "rollout",
    operation_id = "configure_rollout",
    request_body = RolloutSettingsBody,
    responses((status = 200, description = "What is configured now", body = RolloutSettingsBody))
)]
pub(crate) async fn configure(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<RolloutSettingsBody>,
) -> Result<Json<RolloutSettingsBody>, Problem> {
    let settings = body.settings()?;
    set_settings(&state.switching(), settings).await?;
    Ok(Json(settings.into()))
}

/// Name the users of the first two stages. Nobody who gets reminders may fall out.
#[utoipa::path(
    put,
    path = "/v1/rollout/names",
    tag = "rollout",
    operation_id = "name_rollout_users",
    request_body = NamesBody,
    responses(
        (status = 200, description = "The rollout as it stands now", body = RolloutView),
        (status = 409, description = "Somebody would fall out, or too many are named"),
    )
)]
pub(crate) async fn name(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<NamesBody>,
) -> Result<Json<RolloutView>, Problem> {
    let NamesBody { internal, beta, salt } = body;
    Ok(Json((&name_users(&state.switching(), internal, beta, &salt).await?).into()))
}

/// Show what was decided, by whom, why, and on what evidence.
#[utoipa::path(
    get,
    path = "/v1/rollout/decisions",
    tag = "rollout",
    operation_id = "show_rollout_decisions",
    params(DecisionsAsked),
    responses((status = 200, description = "The decisions", body = DecisionsView))
)]
pub(crate) async fn decided(
    State(state): State<Arc<ApiState>>,
    Asked(asked): Asked<DecisionsAsked>,
) -> Result<Json<DecisionsView>, Problem> {
    let after = asked.after.unwrap_or(0);
    if i64::try_from(after).is_err() {
        return Err(Problem::field("after", "no rollout has so high a version".to_owned()));
    }
    let found = decisions(&*state.control, after, DECISIONS_MAX).await?;
    Ok(Json(DecisionsView { decisions: found.into_iter().map(Into::into).collect() }))
}

pub(crate) fn author(state: &ApiState, (by, reason): (String, String)) -> Author {
    Author { by, reason, at: state.clock.now() }
}
