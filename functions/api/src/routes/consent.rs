//! Calendars of accounts at Google and Microsoft: their owners allow us to read them, at a page of
//! whoever keeps them.

use std::sync::Arc;

use app::ports::{Consent, Keeper};
use app::sync::{Allowed, Asked, Connect, allow, ask_consent};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::body::consent::{ConsentAnswer, ConsentBody, ConsentView};
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Make the page at which a user allows us to read their calendar at Google.
///
/// The calendar is connected as soon as they did; nothing is stored before.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/calendars/{calendar}/google",
    tag = "calendars",
    operation_id = "ask_google",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("calendar" = String, Path, description = "A name that you choose, unique in the user"),
    ),
    request_body = ConsentBody,
    responses(
        (status = 200, description = "Where the user must go", body = ConsentView),
        (status = 409, description = "Google Calendar is not set up here",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ask_google(
    state: State<Arc<ApiState>>,
    names: Names,
    body: JsonBody<ConsentBody>,
) -> Result<Json<ConsentView>, Problem> {
    ask(Keeper::Google, state, names, body).await
}

/// Make the page at which a user allows us to read their calendar at Microsoft.
///
/// The calendar is connected as soon as they did; nothing is stored before.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/calendars/{calendar}/microsoft",
    tag = "calendars",
    operation_id = "ask_microsoft",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("calendar" = String, Path, description = "A name that you choose, unique in the user"),
    ),
    request_body = ConsentBody,
    responses(
        (status = 200, description = "Where the user must go", body = ConsentView),
        (status = 409, description = "Microsoft is not set up here",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ask_microsoft(
    state: State<Arc<ApiState>>,
    names: Names,
    body: JsonBody<ConsentBody>,
) -> Result<Json<ConsentView>, Problem> {
    ask(Keeper::Microsoft, state, names, body).await
}

async fn ask(
    keeper: Keeper,
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<ConsentBody>,
) -> Result<Json<ConsentView>, Problem> {
    let (user, calendar) = (names.user()?, names.calendar()?);
    let ask = body.read(user.clone(), calendar, keeper).map_err(Problem::fields)?;
    let consent = consent(&state, keeper)?;
    match ask_consent(&state.connecting(), consent, &ask, state.clock.now()).await? {
        Asked::Page { address, good_until } => Ok(Json(ConsentView { address, good_until })),
        Asked::NoUser => Err(Problem::no_user(&user)),
    }
}

/// Where Google sends people back to after they decided.
///
/// It wants no token, for it is opened by people's browsers; what travelled with them is sealed.
#[utoipa::path(
    get,
    path = "/v1/google/callback",
    tag = "calendars",
    operation_id = "google_callback",
    params(ConsentAnswer),
    security(()),
    responses(
        (status = 200, description = "The calendar is connected", content_type = "text/plain",
            body = String),
        (status = 400, description = "It is not, and why", content_type = "text/plain",
            body = String),
        (status = 409, description = "Whoever keeps calendars there is not set up here",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn back_from_google(
    state: State<Arc<ApiState>>,
    answer: Query<ConsentAnswer>,
) -> Result<Response, Problem> {
    come_back(Keeper::Google, state, answer).await
}

/// Where Microsoft sends people back to after they decided.
///
/// It wants no token, for it is opened by people's browsers; what travelled with them is sealed.
#[utoipa::path(
    get,
    path = "/v1/microsoft/callback",
    tag = "calendars",
    operation_id = "microsoft_callback",
    params(ConsentAnswer),
    security(()),
    responses(
        (status = 200, description = "The calendar is connected", content_type = "text/plain",
            body = String),
        (status = 400, description = "It is not, and why", content_type = "text/plain",
            body = String),
        (status = 409, description = "Whoever keeps calendars there is not set up here",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn back_from_microsoft(
    state: State<Arc<ApiState>>,
    answer: Query<ConsentAnswer>,
) -> Result<Response, Problem> {
    come_back(Keeper::Microsoft, state, answer).await
}

async fn come_back(
    keeper: Keeper,
    State(state): State<Arc<ApiState>>,
    Query(answer): Query<ConsentAnswer>,
) -> Result<Response, Problem> {
    let consent = consent(&state, keeper)?;
    let now = state.clock.now();
    let given = answer.into_allow();
    let allowed = allow(&state.connecting(), (keeper, consent), &given, now).await?;
    let again = "Ask for a new link, and try again.";
    Ok(match allowed {
        Allowed::Connected(Connect::Connected { .. }) => {
            told(StatusCode::OK, "Your calendar is connected. You may close this page.")
        }
        Allowed::Connected(Connect::NoUser) => refused("There is no such user any more."),
        Allowed::Connected(Connect::TooMany) => {
            refused("You have as many calendars as one may have. Remove one first.")
        }
        Allowed::Connected(Connect::HasDocument) => {
            refused("A calendar of this name was given as a document. Remove it first.")
        }
        Allowed::Unknown => refused(&format!("This link is none of ours, or is damaged. {again}")),
        Allowed::TooLate => refused(&format!("This link is too old. {again}")),
        Allowed::Refused => refused("You did not allow it, so nothing was connected."),
        Allowed::NotRedeemed(error) => {
            refused(&format!("Your calendar is not connected: {error}. {again}"))
        }
    })
}

fn consent(state: &ApiState, keeper: Keeper) -> Result<&dyn Consent, Problem> {
    state.consents.of(keeper).ok_or_else(|| {
        Problem::conflict(format!(
            "{} is not set up here: docs/CALENDARS.md says how; or connect the calendar's secret \
             address in iCal format",
            keeper.title()
        ))
    })
}

fn refused(words: &str) -> Response {
    told(StatusCode::BAD_REQUEST, words)
}

/// A sentence for somebody at a browser, whose address holds what nobody else should be told.
fn told(status: StatusCode, words: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, format!("{words}\n")).into_response()
}
