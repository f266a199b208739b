//! People's own pages, and the links that open them: made on the server, of forms that need no
//! script, in the language that their reader gets texts in.

mod act;
mod assets;
mod calendars;
mod card;
mod codes;
mod data;
mod guard;
mod home;
mod join;
mod layout;
mod link;
mod settings;
mod sign_in;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::gate::Gate;

/// Bytes of a form: the longest words, each byte percent-encoded, and the rest.
const FORM_BYTES_MAX: usize = 32 * 1024;

/// Fields of a form.
const FIELDS_MAX: usize = 64;

/// The routes of the pages.
pub(crate) fn router(gate: &Gate) -> Router {
    let state = gate.state();
    Router::new()
        .route("/join", get(join::show).post(join::sign_up))
        .route("/me", get(home::show))
        .route("/me/in", get(sign_in::show))
        .route("/me/out", post(sign_in::leave))
        .route("/me/act", post(home::act))
        .route("/me/settings", get(settings::show).post(settings::save))
        .route("/me/settings/preview", post(settings::preview))
        .route("/me/data", get(data::show))
        .route("/me/consent", post(data::consent))
        .route("/me/phone", post(codes::act))
        .route("/me/calendars", post(calendars::join))
        .route("/me/export", get(data::export))
        .route("/me/calendar.ics", get(data::export_ics))
        .route("/me/erase", post(data::erase))
        .route("/r", get(link::show).post(link::act))
        .route_layer(from_fn_with_state(gate.clone(), guard::not_too_often))
        .route("/me/assets/{version}/{name}", get(assets::serve))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(state), guard::guard))
        .with_state(Arc::clone(state))
}

/// What a form says.
struct Form(Vec<(String, String)>);

impl Form {
    /// The field of this name; empty if there is none.
    fn get(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field of this name.
    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether there is a field of this name.
    fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let axum::Form(mut fields) = form.map_err(IntoResponse::into_response)?;
        fields.truncate(FIELDS_MAX);
        Ok(Self(fields))
    }
}

/// What a query says was done.
fn done_of(query: Option<&str>) -> Option<&str> {
    query?.split('&').find_map(|part| part.strip_prefix("done="))
}
