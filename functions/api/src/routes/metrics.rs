//! Figures of everybody and of one, for programs, people and Prometheus.

use std::sync::Arc;

use app::figures::{RebuildPorts, days, days_of, hours, now, rebuild};
use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::figures::Dimension;
use domain::ids::UserId;
use domain::time::{ahead, utc_date};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::body::metrics::{
    MetricsAsked, MetricsView, RebuildAsked, RebuiltView, UserMetricsAsked, UserMetricsView,
};
use crate::extract::{Asked, Names, date};
use crate::problem::Problem;
use crate::prometheus;
use crate::routes::days::today;
use crate::state::ApiState;

/// Most days at once: each is 24 hours of shards to read.
const DAYS_MAX: u32 = 92;

/// Most days at once by the hour.
const DAYS_BY_HOUR_MAX: u32 = 7;

/// Days that are told of a user unless others are asked for.
const USER_DAYS: u32 = 7;

/// Tell the figures of everybody, by UTC dates or hours.
#[utoipa::path(
    get,
    path = "/v1/metrics",
    tag = "metrics",
    operation_id = "metrics",
    params(MetricsAsked),
    responses((status = 200, description = "The figures", body = MetricsView))
)]
pub(crate) async fn everybody(
    State(state): State<Arc<ApiState>>,
    Asked(asked): Asked<MetricsAsked>,
) -> Result<Json<MetricsView>, Problem> {
    let dimension = asked.dimension.as_deref().map_or(Ok(Dimension::all()), Dimension::parse);
    let dimension = dimension.map_err(|bad| Problem::field("dimension", bad))?;
    let by_hour = match asked.by.as_deref() {
        None | Some("day") => false,
        Some("hour") => true,
        Some(_) => return Err(Problem::field("by", "say day or hour")),
    };
    let from = asked.from.as_deref().map(|given| date("from", given)).transpose()?;
    let from = from.unwrap_or_else(|| utc_date(state.clock.now()));
    let to = asked.to.as_deref().map(|given| date("to", given)).transpose()?.unwrap_or(from);
    let days_max = if by_hour { DAYS_BY_HOUR_MAX } else { DAYS_MAX };
    let last = shifted(from, i64::from(days_max) - 1);
    if to < from || to > last {
        return Err(Problem::field("to", format!("choose a date from {from} to {last}")));
    }
    let metrics = &*state.metrics;
    Ok(Json(if by_hour {
        let (begin, end) = (midnight(from)?, ahead(midnight(to)?, SignedDuration::from_hours(24)));
        MetricsView::of_hours(
            &dimension,
            (from, to),
            &hours(metrics, &dimension, begin, end).await?,
        )
    } else {
        MetricsView::of_days(&dimension, (from, to), days(metrics, &dimension, from, to).await?)
    }))
}

/// Tell the figures of a user's last days.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/metrics",
    tag = "metrics",
    operation_id = "user_metrics",
    params(("user" = String, Path, description = "The user's id"), UserMetricsAsked),
    responses((status = 200, description = "The figures, by local dates", body = UserMetricsView))
)]
pub(crate) async fn one(
    State(state): State<Arc<ApiState>>,
    names: Names,
    Asked(asked): Asked<UserMetricsAsked>,
) -> Result<Json<UserMetricsView>, Problem> {
    let user = state.user(&names.user()?).await?;
    let back = asked.days.unwrap_or(USER_DAYS);
    if !(1..=DAYS_MAX).contains(&back) {
        return Err(Problem::field("days", format!("choose 1 to {DAYS_MAX}")));
    }
    let to = today(&state, &user)?;
    let from = shifted(to, 1 - i64::from(back));
    let series = days_of(&*state.metrics, &user.id, from, to).await?;
    Ok(Json(UserMetricsView::of(&user, (from, to), &series)))
}

/// Tell the figures in the words of Prometheus: of all time, and of the last 24 hours.
#[utoipa::path(
    get,
    path = "/v1/metrics/prometheus",
    tag = "metrics",
    operation_id = "prometheus",
    responses((status = 200, description = "The figures, in the text exposition format 0.0.4",
        body = String, content_type = "text/plain; version=0.0.4"))
)]
pub(crate) async fn exposed(State(state): State<Arc<ApiState>>) -> Result<Response, Problem> {
    let users = &*state.users.users;
    let figures = now(&*state.metrics, users, state.clock.now()).await?;
    let kind = (CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Ok(([kind], prometheus::text(&figures)).into_response())
}

/// Count what the change feed did not bring, some users at a time. What is counted stays.
#[utoipa::path(
    post,
    path = "/v1/metrics/rebuild",
    tag = "metrics",
    operation_id = "rebuild_metrics",
    params(RebuildAsked),
    responses((status = 200, description = "What was done; go on after `next`", body = RebuiltView))
)]
pub(crate) async fn count_anew(
    State(state): State<Arc<ApiState>>,
    Asked(asked): Asked<RebuildAsked>,
) -> Result<Json<RebuiltView>, Problem> {
    let after = asked.after.as_deref().map(UserId::parse).transpose();
    let after = after.map_err(|bad| Problem::field("after", bad))?;
    let ports = RebuildPorts {
        users: state.users.users.clone(),
        reminders: state.reminders.clone(),
        metrics: state.metrics.clone(),
    };
    Ok(Json(rebuild(&ports, after.as_ref()).await?.into()))
}

fn shifted(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

fn midnight(on: Date) -> Result<Timestamp, Problem> {
    let midnight = on.to_datetime(jiff::civil::Time::midnight());
    TimeZone::UTC.to_timestamp(midnight).map_err(|_| Problem::field("from", "too far away"))
}
