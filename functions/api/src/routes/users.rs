//! Users and their settings.

use std::sync::Arc;

use app::users::{AddUser, ChangeSettings, SettingsChange, add_user, change_settings_if};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::{Extension, Json};
use domain::access::Caller;
use domain::ids::UserId;
use domain::user::User;

use crate::body::settings::{Reading, SettingsBody};
use crate::body::user::{NewUserBody, SettingsView, UserView, UsersAsked, UsersView};
use crate::etag;
use crate::extract::{Asked, JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Users on a page if nothing else is asked for.
const PAGE: usize = 100;

/// The most users on a page.
const PAGE_MAX: usize = 500;

/// Add a user.
///
/// Their number is opted in from now on, unless its owner opted out before: an opt-out outlives
/// its users.
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "users",
    operation_id = "add_user",
    request_body = NewUserBody,
    responses(
        (status = 201, description = "The user as they are stored", body = UserView),
        (status = 409, description = "The id is taken", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<NewUserBody>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    let new = body.read(reading(&state)).map_err(Problem::fields)?;
    let id = new.id.clone();
    match add_user(&state.users, new, state.clock.now()).await? {
        AddUser::Added(user) => Ok((StatusCode::CREATED, Json(UserView::from(&*user)))),
        AddUser::Taken => Err(Problem::conflict(format!(
            "the id {:?} is taken: choose another, or change that user's settings",
            id.as_str()
        ))),
    }
}

/// List users, in an order that stays the same.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "users",
    operation_id = "list_users",
    params(UsersAsked),
    responses((status = 200, description = "A page of users", body = UsersView))
)]
pub(crate) async fn list(
    State(state): State<Arc<ApiState>>,
    Asked(asked): Asked<UsersAsked>,
) -> Result<Json<UsersView>, Problem> {
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Problem::field("limit", format!("choose 1 to {PAGE_MAX} users a page")));
    }
    let after = asked.after.as_deref().map(UserId::parse).transpose();
    let after = after.map_err(|bad| Problem::field("after", bad))?;
    // One more than asked for tells whether another page follows.
    let mut users = state.user_store().users(after.as_ref(), limit + 1).await?;
    let has_more = users.len() > limit;
    users.truncate(limit);
    let next = users.last().filter(|_| has_more).map(|user| user.id.as_str().to_owned());
    Ok(Json(UsersView { users: users.iter().map(UserView::from).collect(), next }))
}

/// Show a user, with their calendars and consent.
#[utoipa::path(
    get,
    path = "/v1/users/{user}",
    tag = "users",
    operation_id = "show_user",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "The user", body = UserView))
)]
pub(crate) async fn show(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<UserView>, Problem> {
    let user = state.user(&names.user()?).await?;
    let calendars = state.users.mirror.calendars.calendars(&user.id).await?;
    let phone = state.phones.phone(&state.users.phone_keys.key(&user.phone)).await?;
    let consent = phone.map(|phone| phone.consent);
    let calendars = calendars.iter().map(Into::into).collect();
    Ok(Json(UserView::from(&user).with_details(consent, calendars)))
}

/// Shows the user whose id is the name of an operation.
pub(crate) async fn show_import(state: State<Arc<ApiState>>) -> Result<Json<UserView>, Problem> {
    show(state, Names::of("user", "import")).await
}

/// Show a user's settings.
///
/// The header `ETag` names them as they are now, for `If-Match` of a change.
#[utoipa::path(
    get,
    path = "/v1/users/{user}/settings",
    tag = "users",
    operation_id = "show_settings",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "The settings", body = SettingsView,
        headers(("ETag" = String, description = "Names the settings as they are"))))
)]
pub(crate) async fn settings(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<SettingsView>), Problem> {
    let user = state.user(&names.user()?).await?;
    Ok((tagged(&state, &user), Json(SettingsView::from(&user))))
}

/// Change a user's settings.
///
/// Only what is named changes. Reminders that are still ahead follow; what was texted is not
/// texted again. With `If-Match` nothing changes unless the settings are still those that the tag
/// names. Only an operator may say `verified`.
#[utoipa::path(
    patch,
    path = "/v1/users/{user}/settings",
    tag = "users",
    operation_id = "change_settings",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the settings that the \
            change was thought of"),
    ),
    request_body = SettingsBody,
    responses(
        (status = 200, description = "The user as they are stored now", body = UserView,
            headers(("ETag" = String, description = "Names the settings as they are now"))),
        (status = 412, description = "The settings are others than `If-Match` names",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(state): State<Arc<ApiState>>,
    Extension(caller): Extension<Option<Caller>>,
    names: Names,
    headers: HeaderMap,
    JsonBody(body): JsonBody<SettingsBody>,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<UserView>), Problem> {
    let user = names.user()?;
    let vouches = body.verified.is_some();
    if vouches && !caller.is_some_and(|caller| caller.is_operator) {
        return Err(Problem::forbidden("only an operator may say whether a number is verified"));
    }
    let change = body.read(reading(&state)).map_err(Problem::fields)?;
    carry_out(&state, &user, &change, &headers).await
}

/// Vouch that a user's number is theirs.
///
/// Nobody is texted at a number nobody vouches for.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/phone/verified",
    tag = "users",
    operation_id = "verify_phone",
    params(("user" = String, Path, description = "The user's id")),
    responses((status = 200, description = "The user as they are stored now", body = UserView))
)]
pub(crate) async fn vouch(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<UserView>, Problem> {
    let change = SettingsChange { is_phone_verified: Some(true), ..SettingsChange::default() };
    let (_, view) = carry_out(&state, &names.user()?, &change, &HeaderMap::new()).await?;
    Ok(view)
}

async fn carry_out(
    state: &ApiState,
    user: &UserId,
    change: &SettingsChange,
    headers: &HeaderMap,
) -> Result<([(header::HeaderName, HeaderValue); 1], Json<UserView>), Problem> {
    let is_expected =
        |user: &User| etag::matches(headers, &etag::of(user, &state.users.phone_keys));
    match change_settings_if(&state.users, user, change, &is_expected).await? {
        Some(ChangeSettings::Changed(user) | ChangeSettings::Unchanged(user)) => {
            Ok((tagged(state, &user), Json(UserView::from(&*user))))
        }
        Some(ChangeSettings::Refused(bad)) => Err(Problem::invalid(bad.to_string())),
        Some(ChangeSettings::NoUser) => Err(Problem::no_user(user)),
        None => Err(Problem::changed(
            "the settings are not those that `If-Match` names: read them again",
        )),
    }
}

fn tagged(state: &ApiState, user: &User) -> [(header::HeaderName, HeaderValue); 1] {
    [(header::ETAG, etag::of(user, &state.users.phone_keys))]
}

/// How names and numbers in requests are read.
pub(crate) fn reading(state: &ApiState) -> Reading<'_> {
    Reading {
        zones: &state.users.zones,
        country: state.default_country.as_deref(),
        countries: &state.users.countries,
    }
}
