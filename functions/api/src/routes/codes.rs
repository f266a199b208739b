//! People prove that they hold a phone.

use std::sync::Arc;

use app::phone_codes::{AskedForCode, CodeError, CodePorts, TriedCode, send_code, try_code};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::UserId;
use jiff::Timestamp;
use tracing::warn;

use crate::body::codes::CodeBody;
use crate::body::user::UserView;
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Send a user a code, with which they prove that their number is theirs.
///
/// It is good for ten minutes. A number gets at most five a day, and so does a user; a number that
/// opted out gets none, nor does one that is known to be the user's.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/phone/code",
    tag = "users",
    operation_id = "send_code",
    params(("user" = String, Path, description = "The user's id")),
    responses(
        (status = 202, description = "A code is on its way"),
        (status = 409, description = "None is sent: the number is verified, opted out, in a \
            country that no texts go to, not one that the provider texts; or no service that \
            makes codes is set up, or the day's ceiling is reached",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn send(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<StatusCode, Problem> {
    let (ports, user, now) = (ports(&state)?, names.user()?, state.clock.now());
    let why_not = match send_code(&ports, &user, now).await.map_err(told)? {
        AskedForCode::Sent => return Ok(StatusCode::ACCEPTED),
        AskedForCode::NoUser => return Err(Problem::no_user(&user)),
        AskedForCode::TooMany(until) => return Err(too_many(until, now)),
        AskedForCode::NotNeeded => "the number is verified".to_owned(),
        AskedForCode::OptedOut => {
            "the number opted out: its owner texts START to us first".to_owned()
        }
        AskedForCode::Country => "no texts go to that country".to_owned(),
        AskedForCode::Budget => "the day's ceiling for texts is reached: ask tomorrow".to_owned(),
        AskedForCode::Refused(code) => {
            format!("the provider sends no code there: its error {code}; is it a mobile phone?")
        }
    };
    Err(Problem::conflict(why_not))
}

/// Check the code that a user was sent. If it is right, their number is verified.
///
/// At most fifteen a day are looked at for a user, and for a number.
#[utoipa::path(
    post,
    path = "/v1/users/{user}/phone/code/check",
    tag = "users",
    operation_id = "check_code",
    params(("user" = String, Path, description = "The user's id")),
    request_body = CodeBody,
    responses(
        (status = 200, description = "It is right: the user as they are stored now",
            body = UserView),
        (status = 409, description = "No code is expected, or no service that makes codes is set \
            up", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check(
    State(state): State<Arc<ApiState>>,
    names: Names,
    JsonBody(body): JsonBody<CodeBody>,
) -> Result<Json<UserView>, Problem> {
    let (ports, user, now) = (ports(&state)?, names.user()?, state.clock.now());
    tried(try_code(&ports, &user, body.code.trim(), now).await.map_err(told)?, &user, now)
        .map(|user| Json(UserView::from(&*user)))
}

fn tried(
    tried: TriedCode,
    id: &UserId,
    now: Timestamp,
) -> Result<Box<domain::user::User>, Problem> {
    match tried {
        TriedCode::Verified(user) => Ok(user),
        TriedCode::Wrong => Err(Problem::field("code", "is not the one that was sent")),
        TriedCode::Gone => Err(Problem::conflict(
            "no code is expected: none was sent in the last ten minutes, or it was guessed at too \
             often; ask for a new one",
        )),
        TriedCode::TooMany(until) => Err(too_many(until, now)),
        TriedCode::NoUser => Err(Problem::no_user(id)),
    }
}

fn ports(state: &ApiState) -> Result<CodePorts, Problem> {
    state.coding().ok_or_else(|| {
        Problem::conflict(
            "no service that makes codes is set up: set `twilio.verify_service_sid` \
             (TwilioVerifyServiceSid on AWS), or vouch for the number as an operator",
        )
    })
}

fn too_many(until: Timestamp, now: Timestamp) -> Problem {
    let seconds = now.duration_until(until).as_secs().unsigned_abs().max(1);
    Problem::too_many_for(seconds)
}

/// What could not be done, for whoever asked.
pub(crate) fn told(failed: CodeError) -> Problem {
    match failed {
        CodeError::Store(failed) => failed.into(),
        CodeError::Provider(failed) => {
            warn!("{failed}");
            Problem::unavailable("the service that makes codes does not answer: try again")
        }
    }
}
