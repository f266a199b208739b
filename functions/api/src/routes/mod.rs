//! Which operation answers where.

pub(crate) mod alerts;
pub(crate) mod bugs;
pub(crate) mod calendars;
pub(crate) mod codes;
pub(crate) mod connections;
pub(crate) mod consent;
pub(crate) mod days;
pub(crate) mod experiments;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod people;
pub(crate) mod prompts;
pub(crate) mod ratings;
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

use crate::gate::{Gate, Need, admit, never_cached};
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
    let Routes { router, listed, .. } = all();
    let gate = Gate::new(Arc::clone(&state), listed);
    let routes = router
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(gate.clone(), admit))
        .layer(map_response(never_cached))
        .with_state(Arc::clone(&state));
    // Where Prometheus looks unless it is told otherwise.
    let exposed = Router::new()
        .route("/metrics", get(metrics::exposed))
        .layer(from_fn_with_state(gate.clone(), admit))
        .layer(map_response(never_cached))
        .with_state(Arc::clone(&state));
    let pages = crate::dashboard::router(&gate).merge(page::router(&gate));
    Router::new().nest(PREFIX, routes).merge(exposed).merge(pages)
}

/// Every operation.
fn all() -> Routes {
    // A user may be called "import".
    let import = Routes::of(Need::Own).get("/users/import", get(users::show_import));
    open().and(own()).and(guarded()).and(import)
}

/// Routes, and a list of them that the tests compare with the document.
pub(crate) struct Routes {
    router: Router<Arc<ApiState>>,
    pub(crate) listed: Vec<Listed>,
    need: Need,
}

/// One operation: what it answers to, what it needs, and how much it reads.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) need: Need,
    pub(crate) body_bytes_max: usize,
}

impl Routes {
    /// Routes that all need the same.
    fn of(need: Need) -> Self {
        Self { router: Router::new(), listed: Vec::new(), need }
    }

    fn and(self, other: Self) -> Self {
        let listed = [self.listed, other.listed].concat();
        Self { router: self.router.merge(other.router), listed, need: self.need }
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        body_bytes_max: usize,
        handler: MethodRouter<Arc<ApiState>>,
    ) -> Self {
        self.listed.push(Listed { method, path, need: self.need, body_bytes_max });
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

/// What everybody may ask, without a token.
pub(crate) fn open() -> Routes {
    Routes::of(Need::Nothing)
        .get("/health", get(system::health))
        .get("/google/callback", get(consent::back_from_google))
        .get("/microsoft/callback", get(consent::back_from_microsoft))
}

/// What users may ask of what is theirs, and the operator of everybody's.
pub(crate) fn own() -> Routes {
    Routes::of(Need::Own)
        .get("/users/{user}", get(users::show))
        .add(Method::DELETE, "/users/{user}", JSON_BYTES_MAX, delete(people::erase))
        .get("/users/{user}/export", get(people::export))
        .get("/users/{user}/export.ics", get(people::export_ics))
        .get("/users/{user}/settings", get(users::settings))
        .add(Method::PATCH, "/users/{user}/settings", JSON_BYTES_MAX, patch(users::change))
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
        .post("/users/{user}/phone/code", post(codes::send))
        .post("/users/{user}/phone/code/check", post(codes::check))
        .get("/users/{user}/connections", get(connections::list))
        .add(
            Method::PUT,
            "/users/{user}/calendars/{calendar}/connection",
            JSON_BYTES_MAX,
            put(connections::connect_one),
        )
        .post("/users/{user}/calendars/{calendar}/sync", post(connections::sync_now))
        .post("/users/{user}/calendars/{calendar}/google", post(consent::ask_google))
        .post("/users/{user}/calendars/{calendar}/microsoft", post(consent::ask_microsoft))
        .get("/users/{user}/reminders", get(days::reminders))
        .get("/users/{user}/why", get(days::why))
        .get("/users/{user}/outlook", get(days::outlook))
        .get("/users/{user}/metrics", get(metrics::one))
        .get("/reminders/{reminder}", get(reminders::show))
        .post("/reminders/{reminder}/cancel", post(reminders::cancel_one))
        .get("/reminders/{reminder}/why", get(reminders::why))
        .post("/users/{user}/outlook", post(days::what_if))
        .post("/reminders/{reminder}/link", post(readers::link_one))
        .post("/reminders/{reminder}/snooze", post(readers::snooze_one))
        .post("/reminders/{reminder}/acknowledge", post(readers::acknowledge_one))
}

/// What only the operator may ask.
pub(crate) fn guarded() -> Routes {
    Routes::of(Need::Operator)
        .get("/users", get(users::list))
        .post("/users", post(users::add))
        .add(Method::POST, "/users/import", IMPORT_BYTES_MAX, post(import::import))
        .post("/users/{user}/phone/verified", post(users::vouch))
        .post("/users/{user}/link", post(readers::link_page))
        .get("/keys", get(keys::list))
        .post("/keys", post(keys::create))
        .add(Method::DELETE, "/keys/{key}", JSON_BYTES_MAX, delete(keys::revoke))
        .get("/rollout", get(rollout::show))
        .add(Method::PUT, "/rollout", JSON_BYTES_MAX, put(rollout::turn))
        .get("/rollout/course", get(rollout::course))
        .get("/rollout/decisions", get(rollout::decided))
        .add(Method::PUT, "/rollout/names", JSON_BYTES_MAX, put(rollout::name))
        .get("/rollout/settings", get(rollout::configured))
        .add(Method::PUT, "/rollout/settings", JSON_BYTES_MAX, put(rollout::configure))
        .post("/rollout/advance", post(rollout::go_on))
        .post("/rollout/rollback", post(rollout::go_back))
        .post("/rollout/resume", post(rollout::go_on_again))
        .get("/rollout/bugs", get(bugs::show))
        .post("/rollout/bugs", post(bugs::file))
        .post("/rollout/bugs/{number}/close", post(bugs::close))
        .get("/alerts", get(alerts::show))
        .post("/alerts/{rule}/acknowledge", post(alerts::look_after))
        .get("/metrics", get(metrics::everybody))
        .get("/metrics/prometheus", get(metrics::exposed))
        .post("/metrics/rebuild", post(metrics::count_anew))
        .get("/verify", get(system::recount))
        .get("/experiments", get(experiments::list))
        .post("/experiments", post(experiments::add))
        .get("/experiments/{experiment}", get(experiments::show))
        .get("/experiments/{experiment}/report", get(experiments::tell))
        .post("/experiments/{experiment}/start", post(experiments::begin))
        .post("/experiments/{experiment}/stop", post(experiments::end))
        .post("/experiments/{experiment}/promote", post(experiments::promote_arm))
        .post("/experiments/{experiment}/rollback", post(experiments::take_back))
        .get("/prompts", get(prompts::list))
        .post("/prompts", post(prompts::add))
        .post("/prompts/promote", post(prompts::promote))
        .post("/prompts/rollback", post(prompts::take_back))
        .get("/ratings", get(ratings::low))
}

async fn nothing_here(request: Request) -> Problem {
    let path = request.uri().path();
    Problem::not_found(format!("no operation answers at {PREFIX}{path}"))
}

async fn wrong_method(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    Problem::wrong_method(format!("{PREFIX}{path} does not answer {method}"))
}
