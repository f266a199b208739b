//! The door: authentication, routes, and the faults that a script asks for.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State as Extracted};
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::stream;
use http::{Method, Response, header};
use http_body_util::{BodyExt as _, Limited};

use super::answers::ApiError;
use super::create::{CreateForm, Created};
use super::entry::CallbackId;
use super::script::Answer;
use super::state::Work;
use super::{API_VERSION, SmsSandbox};

/// Bytes of a request's body at most.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What a request meets instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SandboxFault {
    /// The request never arrived.
    #[error("connection refused")]
    NotReached,
    /// The request arrived, and may have been processed, but no answer came.
    #[error("connection closed before the answer")]
    AnswerLost,
}

impl SmsSandbox {
    /// The API as a router, to be served on loopback.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(Arc::clone(self))
    }

    /// One request, answered in process. This is what an in-process transport calls.
    pub async fn handle_in_process(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<Response<Bytes>, SandboxFault> {
        if self.is_forgetful() && self.kept().await.is_err() {
            return Ok(forgetful(request.method()));
        }
        let Created { answer, before_answer } = self.route(&request);
        // Whatever is told must be known after a restart, too.
        if self.kept().await.is_err() {
            self.post_later(&before_answer);
            return Ok(ApiError::of_code(500, 20500).into_response());
        }
        if !before_answer.is_empty() {
            self.post_before_answer(before_answer).await;
        }
        answer
    }

    fn route(&self, request: &http::Request<Bytes>) -> Created {
        let only = |answer| Created { answer, before_answer: Vec::new() };
        let path = request.uri().path();
        let within = format!("/{API_VERSION}/Accounts/{}/Messages", self.config.account_sid);
        if !self.is_authentic(request) {
            return only(Ok(ApiError::of_code(401, 20003).into_response()));
        }
        let now = (self.clock)();
        if let Some(resource) = path.strip_prefix("/v2/Services/") {
            return only(self.read(|| self.verify(request, resource, now)));
        }
        let resource = path.strip_prefix(&within).and_then(|rest| rest.strip_suffix(".json"));
        match (request.method(), resource) {
            (&Method::POST, Some("")) => self.create(create_form(request), now),
            (&Method::GET, Some("")) => {
                let query = request.uri().query().unwrap_or_default();
                only(self.read(|| self.list(query, now)))
            }
            (&Method::GET, Some(sid)) => {
                let sid = sid.strip_prefix('/').unwrap_or_default();
                only(self.read(|| self.fetch(sid)))
            }
            (_, Some(_)) => only(Ok(ApiError::of_code(405, 20004).into_response())),
            (_, None) => only(Ok(ApiError::of_code(404, 20404).into_response())),
        }
    }

    /// A read, or what the script puts in its place.
    fn read(
        &self,
        answer: impl FnOnce() -> Response<Bytes>,
    ) -> Result<Response<Bytes>, SandboxFault> {
        let scripted = self.lock().scripts.for_read();
        let refusal = match scripted {
            Answer::Proper => return Ok(answer()),
            Answer::NotReached => return Err(SandboxFault::NotReached),
            Answer::Lost { .. } => return Err(SandboxFault::AnswerLost),
            Answer::RateLimited => ApiError::of_code(429, 20429),
            Answer::Reject { status, code } => ApiError::of_code(status, code),
            Answer::ServerError { .. } => ApiError::of_code(500, 20500),
        };
        Ok(refusal.into_response())
    }

    fn is_authentic(&self, request: &http::Request<Bytes>) -> bool {
        let given = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Basic "))
            .and_then(|value| STANDARD.decode(value).ok())
            .and_then(|value| String::from_utf8(value).ok());
        let Some((user, secret)) = given.as_deref().and_then(|given| given.split_once(':')) else {
            return false;
        };
        let account = (self.config.account_sid.as_str(), self.config.auth_token.as_str());
        let keys = self.config.api_keys.iter().map(|(sid, secret)| (sid.as_str(), secret.as_str()));
        keys.chain([account]).any(|pair| pair == (user, secret))
    }

    async fn post_before_answer(&self, callbacks: Vec<CallbackId>) {
        let connected = {
            let sender = self.before_answer.lock();
            sender.unwrap_or_else(std::sync::PoisonError::into_inner).clone()
        };
        let Some(sender) = connected.and_then(|sender| sender.upgrade()) else {
            return self.post_later(&callbacks);
        };
        for id in callbacks {
            let attempt = self.attempt_of(&self.lock(), id);
            if let Some(attempt) = attempt {
                self.attempt(attempt, sender.as_ref()).await;
            }
        }
    }

    fn post_later(&self, callbacks: &[CallbackId]) {
        let now = (self.clock)();
        let mut state = self.lock();
        callbacks.iter().for_each(|id| state.add_work(now, Work::Post(*id)));
    }
}

/// The answer of a sandbox that cannot write its journal: it takes nothing, and does not say what
/// it might have forgotten after a restart.
fn forgetful(method: &Method) -> Response<Bytes> {
    let refusal = match *method {
        Method::POST => ApiError::of_code(429, 20429),
        _ => ApiError::of_code(500, 20500),
    };
    refusal.into_response()
}

/// The parameters of a create request. A body that is not a form has none.
fn create_form(request: &http::Request<Bytes>) -> CreateForm {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let is_form = content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if is_form { CreateForm::parse(request.body()) } else { CreateForm::default() }
}

async fn serve(Extracted(sandbox): Extracted<Arc<SmsSandbox>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, REQUEST_BYTES_MAX).collect().await else {
        return ApiError::new(413, 20001, "Request too large").into_response().map(Body::from);
    };
    let request = http::Request::from_parts(parts, body.to_bytes());
    match sandbox.handle_in_process(request).await {
        Ok(response) => response.map(Body::from),
        // A body that breaks before its first byte makes the server close the connection before
        // it has written anything.
        Err(fault) => {
            let broken = stream::once(async move { Err::<Bytes, _>(io::Error::other(fault)) });
            Body::from_stream(broken).into_response()
        }
    }
}
