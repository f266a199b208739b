//! Ratings, by what low-rated texts have in common.

use std::sync::Arc;

use app::opinions::{OpinionPorts, opinions};
use axum::Json;
use axum::extract::State;
use domain::ratings::STARS_MAX;

use crate::body::ratings::{RatingsAsked, RatingsView};
use crate::extract::Asked;
use crate::problem::Problem;
use crate::state::ApiState;

/// Days that are looked at unless others are asked for, and at most.
const DAYS: u32 = 30;
const DAYS_MAX: u32 = 92;

/// Ratings with fewer stars are low unless something else is asked for.
const BELOW: u8 = 3;

/// Tell what low-rated texts have in common.
#[utoipa::path(
    get,
    path = "/v1/ratings",
    tag = "ratings",
    operation_id = "low_ratings",
    params(RatingsAsked),
    responses((status = 200, description = "The ratings", body = RatingsView))
)]
pub(crate) async fn low(
    State(state): State<Arc<ApiState>>,
    Asked(asked): Asked<RatingsAsked>,
) -> Result<Json<RatingsView>, Problem> {
    let below = asked.below.unwrap_or(BELOW);
    if !(2..=STARS_MAX).contains(&below) {
        return Err(Problem::field("below", format!("choose 2 to {STARS_MAX} stars")));
    }
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("days", format!("choose 1 to {DAYS_MAX}")));
    }
    let ports =
        OpinionPorts { users: state.users.users.clone(), reminders: state.reminders.clone() };
    Ok(Json(opinions(&ports, below, days, state.clock.now()).await?.into()))
}
