//! Keys of machines.

use std::sync::Arc;

use app::api_keys::{self, KeyError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::body::key::{KeyView, KeysView, MadeKeyView, NewKeyBody};
use crate::extract::{JsonBody, Names};
use crate::problem::Problem;
use crate::state::ApiState;

/// Make a key for a machine.
///
/// The answer holds all of it, and nothing else ever does: only its hash is kept.
#[utoipa::path(
    post,
    path = "/v1/keys",
    tag = "keys",
    operation_id = "create_key",
    request_body = NewKeyBody,
    responses(
        (status = 201, description = "The key, shown this once", body = MadeKeyView),
        (status = 409, description = "There are as many as may be", body = Problem,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(state): State<Arc<ApiState>>,
    JsonBody(body): JsonBody<NewKeyBody>,
) -> Result<(StatusCode, Json<MadeKeyView>), Problem> {
    let now = state.clock.now();
    let new = body.read(now).map_err(Problem::fields)?;
    let entropy = state.guard.entropy.as_ref();
    let entropy = entropy.ok_or_else(|| Problem::conflict("this system makes no keys"))?;
    if let Some(user) = &new.user {
        // A key for somebody who comes later would be theirs unseen.
        state.user(user).await?;
    }
    let made = api_keys::create(&*state.control, &**entropy, new, now).await?;
    Ok((StatusCode::CREATED, Json(MadeKeyView::of(made, now))))
}

/// List the keys of machines, with those that open nothing any more.
#[utoipa::path(
    get,
    path = "/v1/keys",
    tag = "keys",
    operation_id = "list_keys",
    responses((status = 200, description = "The keys, oldest first", body = KeysView))
)]
pub(crate) async fn list(State(state): State<Arc<ApiState>>) -> Result<Json<KeysView>, Problem> {
    let (keys, now) = (api_keys::list(&*state.control).await?, state.clock.now());
    Ok(Json(KeysView { keys: keys.iter().map(|key| KeyView::of(key, now)).collect() }))
}

/// Revoke a machine's key. It opens nothing from then on.
///
/// Revoking it twice is the same as once.
#[utoipa::path(
    delete,
    path = "/v1/keys/{key}",
    tag = "keys",
    operation_id = "revoke_key",
    params(("key" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The key, revoked", body = KeyView))
)]
pub(crate) async fn revoke(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<Json<KeyView>, Problem> {
    let now = state.clock.now();
    let revoked = api_keys::revoke(&*state.control, names.key(), now).await?;
    let missing = || Problem::not_found("there is no key of that id; see the list of keys");
    Ok(Json(KeyView::of(&revoked.ok_or_else(missing)?, now)))
}

impl From<KeyError> for Problem {
    fn from(failed: KeyError) -> Self {
        match failed {
            KeyError::Store(failed) => failed.into(),
            KeyError::TooMany => Self::conflict(failed.to_string()),
            KeyError::NoEntropy(cause) => {
                tracing::error!(error = %cause, "No key can be made");
                Self::broken("the system gives no random bytes; see the log")
            }
        }
    }
}
