//! Experiments: defined, started, reported on, stopped, promoted, taken back.

use std::sync::Arc;

use app::experiments::{board, create, promote, report, roll_back, start, stop};
use axum::Json;
use axum::extract::State;

use crate::body::experiment_report::ReportView;
use crate::body::experiments::{ExperimentBody, ExperimentView, ExperimentsView, PromotionBody};
use crate::body::rollout::DecisionBody;
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::routes::rollout::author;
use crate::state::ApiState;

/// Show all experiments, and what is usual beside them.
#[utoipa::path(
    get,
    path = "/v1/experiments",
    tag = "experiments",
    operation_id = "list_experiments",
    responses((status = 200, description = "The experiments", body = ExperimentsView))
)]
pub(crate) async fn list(
    State(state): State<Arc<ApiState>>,
) -> Result<Json<ExperimentsView>, Problem> {
    Ok(Json((&board(&*state.control).await?).into()))
}

/// Define an experiment. It is a draft until it is started.
#[utoipa::path(
    post,
    path = "/v1/experiments",
    tag = "experiments",
    operation_id = "create_experiment",
    request_body = ExperimentBody,
    responses(
        (status = 200, description = "The experiment", body = ExperimentView),
        (status = 409, description = "The name is taken, or another has the same users"),
        (status = 422, description = "It cannot be run"),
    )
)]
pub(crate) async fn add(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<ExperimentBody>,
) -> Result<Json<ExperimentView>, Problem> {
    let (experiment, words) = body.read()?;
    let author = author(&state, words);
    Ok(Json((&create(&state.experimenting(), experiment, &author).await?).into()))
}

/// Show an experiment, and what was decided about it.
#[utoipa::path(
    get,
    path = "/v1/experiments/{experiment}",
    tag = "experiments",
    operation_id = "show_experiment",
    params(("experiment" = String, Path, description = "Its name")),
    responses((status = 200, description = "The experiment", body = ExperimentView))
)]
pub(crate) async fn show(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ExperimentView>, Problem> {
    let name = names.experiment();
    let board = board(&*state.control).await?;
    let run = board.run(name).ok_or_else(|| Problem::not_found("there is no such experiment"))?;
    Ok(Json(run.into()))
}

/// Tell what an experiment has shown so far. One may look as often as one likes.
#[utoipa::path(
    get,
    path = "/v1/experiments/{experiment}/report",
    tag = "experiments",
    operation_id = "report_experiment",
    params(("experiment" = String, Path, description = "Its name")),
    responses((status = 200, description = "The report", body = ReportView))
)]
pub(crate) async fn tell(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<ReportView>, Problem> {
    Ok(Json((&report(&state.experimenting(), names.experiment()).await?).into()))
}

/// Start a draft. The plans of all users are made anew, and put them in its arms.
#[utoipa::path(
    post,
    path = "/v1/experiments/{experiment}/start",
    tag = "experiments",
    operation_id = "start_experiment",
    params(("experiment" = String, Path, description = "Its name")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The experiment", body = ExperimentView),
        (status = 409, description = "It is no draft"),
    )
)]
pub(crate) async fn begin(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ExperimentView>, Problem> {
    let author = author(&state, body.words()?);
    Ok(Json((&start(&state.experimenting(), names.experiment(), &author).await?).into()))
}

/// End an experiment without a consequence.
#[utoipa::path(
    post,
    path = "/v1/experiments/{experiment}/stop",
    tag = "experiments",
    operation_id = "stop_experiment",
    params(("experiment" = String, Path, description = "Its name")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The experiment", body = ExperimentView),
        (status = 409, description = "It is over already"),
    )
)]
pub(crate) async fn end(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ExperimentView>, Problem> {
    let author = author(&state, body.words()?);
    Ok(Json((&stop(&state.experimenting(), names.experiment(), &author).await?).into()))
}

/// Make what an arm does usual for everybody, and end the experiment: if the arm won, or by
/// `force`.
#[utoipa::path(
    post,
    path = "/v1/experiments/{experiment}/promote",
    tag = "experiments",
    operation_id = "promote_arm",
    params(("experiment" = String, Path, description = "Its name")),
    request_body = PromotionBody,
    responses(
        (status = 200, description = "The experiment", body = ExperimentView),
        (status = 409, description = "The arm did not win"),
    )
)]
pub(crate) async fn promote_arm(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<PromotionBody>,
) -> Result<Json<ExperimentView>, Problem> {
    let author = author(&state, body.words()?);
    let which = (names.experiment(), body.arm.as_str());
    Ok(Json((&promote(&state.experimenting(), which, body.force, &author).await?).into()))
}

/// Take a promotion back: what was usual before is usual again.
#[utoipa::path(
    post,
    path = "/v1/experiments/{experiment}/rollback",
    tag = "experiments",
    operation_id = "roll_back_promotion",
    params(("experiment" = String, Path, description = "Its name")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The experiment", body = ExperimentView),
        (status = 409, description = "Nothing of it was promoted, or something else was since"),
    )
)]
pub(crate) async fn take_back(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<ExperimentView>, Problem> {
    let author = author(&state, body.words()?);
    Ok(Json((&roll_back(&state.experimenting(), names.experiment(), &author).await?).into()))
}
