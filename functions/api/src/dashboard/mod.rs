//! The operators' dashboard: how the system does, at a glance, and from each number down to the
//! reminders behind it. HTML made on the server, which can be read without scripts.

mod assets;
mod charts;
mod codes;
mod door;
mod experiment_acts;
mod experiments;
mod health;
mod layout;
mod lists;
mod page;
mod panels;
mod past;
mod read;
mod rollout;
mod rollout_acts;
mod signing_in;
mod why;
mod words;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Extension, Router};

use crate::gate::Gate;

/// Where it lies.
pub(crate) const PATH: &str = "/dashboard";

/// Bytes of a form: a token or a name.
const FORM_BYTES_MAX: usize = 8 * 1024;

/// The pages. Everything but the signing in asks for the operator, as the API does.
pub(crate) fn router(gate: &Gate) -> Router {
    let guarded = Router::new()
        .route("/", get(page::page))
        .route("/main", get(page::main_part))
        .route("/behind", get(lists::page))
        .route("/reminders/{reminder}", get(why::page))
        .route("/alerts/{rule}/acknowledge", post(health::look_after))
        .route("/rollout", get(rollout_acts::page))
        .route("/rollout/advance", post(rollout_acts::go_on))
        .route("/rollout/rollback", post(rollout_acts::go_back))
        .route("/rollout/resume", post(rollout_acts::go_on_again))
        .route("/rollout/off", post(rollout_acts::off))
        .route("/experiments", get(experiment_acts::page).post(experiment_acts::define))
        .route("/experiments/{experiment}", get(experiments::page))
        .route("/experiments/{experiment}/start", post(experiment_acts::begin))
        .route("/experiments/{experiment}/stop", post(experiment_acts::end))
        .route("/experiments/{experiment}/promote", post(experiment_acts::promote_arm))
        .route("/experiments/{experiment}/rollback", post(experiment_acts::take_back))
        .layer(Extension(Arc::<past::Past>::default()))
        .layer(from_fn_with_state(gate.clone(), door::only_operators));
    let open = Router::new()
        .route("/sign-in", post(signing_in::sign_in).layer(Extension(gate.clone())))
        .route_layer(from_fn_with_state(gate.clone(), door::not_too_often))
        .route("/sign-out", post(signing_in::sign_out))
        .route("/assets/{version}/{name}", get(assets::serve));
    let routes = guarded
        .merge(open)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn(door::from_our_pages))
        .with_state(Arc::clone(gate.state()));
    let beside = get(|| async { Redirect::permanent(PATH) });
    Router::new().nest(PATH, routes).route("/dashboard/", beside)
}
