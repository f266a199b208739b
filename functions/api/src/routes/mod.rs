//! Which operation answers where.

pub(crate) mod alerts;
pub(crate) mod calendars;
pub(crate) mod connections;
pub(crate) mod days;
pub(crate) mod import;
pub(crate) mod metrics;
pub(crate) mod people;
pub(crate) mod readers;
pub(crate) mod reminders;
pub(crate) mod rollout;
pub(crate) mod system;
pub(crate) mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{MethodRouter, delete, get, patch, post, put};

use crate::auth::{never_cached, require_token};
use crate::page;
use crate::problem::Problem;
use crate::state::ApiState;

/// The path that all operations lie below.
pub(crate) const PREFIX: &str = "/v1";

/// Bytes of a JSON body.
const JSON_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a calendar: the largest real exports hold about 20 MiB.
const ICS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of an import: more than its lines may hold.
const IMPORT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the API answers, wired up.
pub fn router(state: ApiState) -> Router {
    let state = Arc::new(state);
    let guarded = guarded()
        .router
        // A user may be called "import".
        .route("/users/import", get(users::show_import))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::clone(&state), require_token));
    let open = open().router.method_not_allowed_fallback(wrong_method);
    let routes = guarded.merge(open).layer(map_response(never_cached));
    let routes = routes.with_state(Arc::clone(&state));
    // Where Prometheus looks unless it is told otherwise.
    let exposed = Router::new()
        .route("/metrics", get(metrics::exposed))
        .layer(from_fn_with_state(Arc::clone(&state), require_token))
        .layer(map_response(never_cached))
        .with_state(Arc::clone(&state));
    Router::new().nest(PREFIX, routes).merge(exposed).merge(page::router(&state))
}

/// Routes, and a list of them that the tests compare with the document.
pub(crate) struct Routes {
    router: Router<Arc<ApiState>>,
    pub(crate) listed: Vec<(Method, &'static str)>,
}

impl Routes {
    fn new() -> Self {
        Self { router: Router::new(), listed: Vec::new() }
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        body_bytes_max: usize,
        handler: MethodRouter<Arc<ApiState>>,
    ) -> Self {
        self.listed.push((method, path));
        let handler = handler.layer(DefaultBodyLimit::max(body_bytes_max));
        self.router = self.router.route(path, handler);
        self
    }

    fn get(self, path: &'static str, handler: MethodRouter<Arc<ApiState>>) -> Self {
        self.add(Method::GET, path, JSON_BYTES_MAX, handler)
    }

    fn post(self, path: &'static str, handler: MethodRouter<Arc<ApiState>>) -> Self {
        self.add(Method::POST, path, JSON_BYTES_MAX, handler)
    }
}

/// What everybody may ask.
pub(crate) fn open() -> Routes {
    Routes::new().get("/health", get(system::health))
}

/// What only the operator may ask.
pub(crate) fn guarded() -> Routes {
    Routes::new()
        .get("/users", get(users::list))
        .post("/users", post(users::add))
        .add(Method::POST, "/users/import", IMPORT_BYTES_MAX, post(import::import))
        .get("/users/{user}", get(users::show))
        .add(Method::DELETE, "/users/{user}", JSON_BYTES_MAX, delete(people::erase))
        .get("/users/{user}/export", get(people::export))
        .add(Method::PATCH, "/users/{user}/settings", JSON_BYTES_MAX, patch(users::change))
        .post("/users/{user}/phone/verified", post(users::vouch))
        .add(
            Method::PUT,
            "/users/{user}/calendars/{calendar}",
            ICS_BYTES_MAX,
            put(calendars::store),
        )
        .add(
            Method::DELETE,
            "/users/{user}/calendars/{calendar}",
            JSON_BYTES_MAX,
            delete(calendars::remove),
        )
        .get("/users/{user}/connections", get(connections::list))
        .add(
            Method::PUT,
            "/users/{user}/calendars/{calendar}/connection",
            JSON_BYTES_MAX,
            put(connections::connect_one),
        )
        .post("/users/{user}/calendars/{calendar}/sync", post(connections::sync_now))
        .get("/users/{user}/reminders", get(days::reminders))
        .get("/users/{user}/why", get(days::why))
        .get("/users/{user}/outlook", get(days::outlook))
        .get("/reminders/{reminder}", get(reminders::show))
        .post("/reminders/{reminder}/cancel", post(reminders::cancel_one))
        .get("/reminders/{reminder}/why", get(reminders::why))
        .post("/users/{user}/outlook", post(days::what_if))
        .post("/users/{user}/link", post(readers::link_page))
        .post("/reminders/{reminder}/link", post(readers::link_one))
        .post("/reminders/{reminder}/snooze", post(readers::snooze_one))
        .post("/reminders/{reminder}/acknowledge", post(readers::acknowledge_one))
        .get("/rollout", get(rollout::show))
        .add(Method::PUT, "/rollout", JSON_BYTES_MAX, put(rollout::turn))
        .get("/rollout/course", get(rollout::course))
        .get("/rollout/decisions", get(rollout::decided))
        .add(Method::PUT, "/rollout/names", JSON_BYTES_MAX, put(rollout::name))
        .post("/rollout/advance", post(rollout::go_on))
        .post("/rollout/rollback", post(rollout::go_back))
        .post("/rollout/resume", post(rollout::go_on_again))
        .get("/alerts", get(alerts::show))
        .post("/alerts/{rule}/acknowledge", post(alerts::look_after))
        .get("/metrics", get(metrics::everybody))
        .get("/metrics/prometheus", get(metrics::exposed))
        .post("/metrics/rebuild", post(metrics::count_anew))
        .get("/users/{user}/metrics", get(metrics::one))
        .get("/verify", get(system::recount))
}

async fn nothing_here(request: Request) -> Problem {
    let path = request.uri().path();
    Problem::not_found(format!("no operation answers at {PREFIX}{path}"))
}

async fn wrong_method(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    Problem::wrong_method(format!("{PREFIX}{path} does not answer {method}"))
}
