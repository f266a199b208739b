//! What scripts ask of a sandbox, in JSON, beside Twilio's own API:
//!
//! | request | what it does |
//! |---|---|
//! | `GET /sandbox/counts` | how much happened so far |
//! | `GET /sandbox/texts[?to=NUMBER]` | the texts kept, oldest first |
//! | `POST /sandbox/scripts` | what happens to create requests to come |
//! | `DELETE /sandbox/scripts` | forgets every script |
//! | `POST /sandbox/reads` | what fetch and list requests get to hear |
//! | `POST /sandbox/inbound` | lets a phone send a text |

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{
    Answer, CallbackSender, InboundText, SandboxText, Script, SmsSandbox,
};
use app::ports::Clock;
use axum::extract::{Json, Query, State};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use serde::{Deserialize, Serialize};

/// What the routes know.
#[derive(Clone)]
struct Control {
    sandbox: Arc<SmsSandbox>,
    callbacks: Arc<dyn CallbackSender>,
    clock: Arc<dyn Clock>,
}

/// Twilio's API, and under `/sandbox/` the control of the sandbox itself.
pub fn router(
    sandbox: Arc<SmsSandbox>,
    callbacks: Arc<dyn CallbackSender>,
    clock: Arc<dyn Clock>,
) -> Router {
    let twilio = sandbox.router();
    let control = Router::new()
        .route("/sandbox/counts", get(counts))
        .route("/sandbox/texts", get(texts))
        .route("/sandbox/scripts", post(script).delete(clear))
        .route("/sandbox/reads", post(reads))
        .route("/sandbox/inbound", post(inbound))
        .with_state(Control { sandbox, callbacks, clock });
    twilio.merge(control)
}

/// How much happened since the sandbox, or its journal, was made.
#[derive(Debug, Serialize)]
struct Counts {
    created: u64,
    inbound: u64,
    dropped: u64,
    callbacks_posted: u64,
    callbacks_given_up: u64,
    /// Whether a status or a callback is still to come.
    is_busy: bool,
}

async fn counts(State(control): State<Control>) -> Json<Counts> {
    let counts = control.sandbox.counts();
    Json(Counts {
        created: counts.created,
        inbound: counts.inbound,
        dropped: counts.dropped,
        callbacks_posted: counts.callbacks_posted,
        callbacks_given_up: counts.callbacks_given_up,
        is_busy: control.sandbox.next_due().is_some(),
    })
}

#[derive(Debug, Deserialize)]
struct Wanted {
    to: Option<String>,
}

async fn texts(
    State(control): State<Control>,
    Query(wanted): Query<Wanted>,
) -> Json<Vec<SandboxText>> {
    let is_wanted = |text: &SandboxText| wanted.to.as_ref().is_none_or(|to| *to == text.to);
    Json(control.sandbox.texts_where(is_wanted))
}

/// A script for the next `times` create requests, or for all of them where no number is given; for
/// those to one phone, or to any.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptWish {
    script: Script,
    times: Option<usize>,
    to: Option<String>,
}

async fn script(State(control): State<Control>, Json(wish): Json<ScriptWish>) -> StatusCode {
    let ScriptWish { script, times, to } = wish;
    match (times, to) {
        (Some(times), Some(to)) => control.sandbox.script_next_to(&to, &script, times),
        (Some(times), None) => control.sandbox.script_next(&script, times),
        (None, Some(to)) => control.sandbox.script_always_to(&to, script),
        (None, None) => control.sandbox.script_always(script),
    }
    StatusCode::NO_CONTENT
}

async fn clear(State(control): State<Control>) -> StatusCode {
    control.sandbox.clear_scripts();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadsWish {
    answer: Answer,
    times: usize,
}

async fn reads(State(control): State<Control>, Json(wish): Json<ReadsWish>) -> StatusCode {
    control.sandbox.script_reads(wish.answer, wish.times);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    from: String,
    to: String,
    body: String,
}

/// What came of it: the status of the webhook's answer, if there was one, and the replies.
#[derive(Debug, Serialize)]
struct Heard {
    sid: String,
    webhook_status: Option<u16>,
    replies: Vec<String>,
}

async fn inbound(State(control): State<Control>, Json(said): Json<Said>) -> Json<Heard> {
    let Said { from, to, body } = said;
    let text = InboundText { from, to, body };
    let outcome = control.sandbox.inbound(text, control.clock.now(), &*control.callbacks).await;
    let answer = outcome.answer.and_then(Result::ok);
    let webhook_status = answer.map(|answer| answer.status);
    Json(Heard { sid: outcome.sid, webhook_status, replies: outcome.replies })
}

#[cfg(test)]
mod tests {
    use adapters_embedded::clock::SystemClock;
    use adapters_embedded::sms_sandbox::{Callback, CallbackAnswer, CallbackFault, SandboxConfig};
    use async_trait::async_trait;
    use axum::body::Body;
    use http::{Method, Request};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    struct Nobody;

    #[async_trait]
    impl CallbackSender for Nobody {
        async fn post(&self, _: Callback) -> Result<CallbackAnswer, CallbackFault> {
            Err(CallbackFault::NotConnected("nobody listens".to_owned()))
        }
    }

    async fn ask(router: &Router, method: Method, path: &str, body: &str) -> (u16, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Content-Type", "application/json")
            // The user and password of the default account.
            .header(
                "Authorization",
                "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwNWE0ZDpzYW5kYm94",
            )
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn scripts_are_read_and_texts_and_counts_are_told() {
        let clock = Arc::new(SystemClock);
        let time: adapters_embedded::sms_sandbox::SandboxClock = Arc::new(|| SystemClock.now());
        let sandbox = Arc::new(SmsSandbox::new(SandboxConfig::default(), time));
        let router = router(sandbox, Arc::new(Nobody), clock);
        let script = r#"{"to":"+15005550101","times":2,"script":{"answer":{"lost":
            {"processed":true}},"fate":{"undeliver":{"code":30003}},"callbacks":"twice"}}"#;
        let post = async |path, body| ask(&router, Method::POST, path, body).await.0;
        let get = async |path| ask(&router, Method::GET, path, "").await;
        assert_eq!(post("/sandbox/scripts", script).await, 204);
        assert_eq!(post("/sandbox/scripts", r#"{"script":{"delays":{"sent":"2s"}}}"#).await, 204);
        assert_eq!(post("/sandbox/scripts", r#"{"script":{"answers":"lost"}}"#).await, 422);
        assert_eq!(post("/sandbox/reads", r#"{"answer":"rate_limited","times":1}"#).await, 204);
        let list = "/2010-04-01/Accounts/AC00000000000000000000000000005a4d/Messages.json";
        assert_eq!(get(list).await.0, 429);
        assert_eq!(get(list).await.0, 200);
        let said = r#"{"from":"+15005550101","to":"+15005550006","body":"HELP"}"#;
        assert_eq!(post("/sandbox/inbound", said).await, 200);
        let counts: serde_json::Value =
            serde_json::from_str(&get("/sandbox/counts").await.1).unwrap();
        assert_eq!((&counts["inbound"], &counts["is_busy"]), (&1.into(), &true.into()));
        let texts: Vec<SandboxText> =
            serde_json::from_str(&get("/sandbox/texts?to=%2B15005550006").await.1).unwrap();
        assert_eq!(texts.len(), 1);
        assert_eq!(texts[0].body, "HELP");
        assert_eq!(ask(&router, Method::DELETE, "/sandbox/scripts", "").await.0, 204);
    }
}
