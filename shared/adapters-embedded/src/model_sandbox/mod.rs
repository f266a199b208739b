//! A stand-in for a language model that speaks OpenAI's chat completions: it writes well, or as
//! badly as it is told to.
//!
//! It has no clock and no dice: the same questions in the same order get the same answers. What it
//! knows of an event it reads out of the prompt, as a model would.

#[cfg(test)]
mod tests;
mod writes;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use serde_json::json;

use self::writes::{Asked, good, malicious, wrong};

/// The name it gives for itself.
pub const MODEL_NAME: &str = "sandbox-model";

/// Bytes of a question at most.
const QUESTION_BYTES_MAX: usize = 64 * 1024;

/// Answers that are no answers, one after the other.
const BROKEN: u64 = 8;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum ModelMode {
    /// Every text is right.
    #[default]
    Good,
    /// It never answers.
    Slow,
    /// Every text says something that is not so: hour, day, title, number, language.
    Wrong,
    /// Every text wants something: a link, a code, an instruction, letters that look like others.
    Malicious,
    /// No answer holds a text: errors, garbage, nothing, too much.
    Broken,
}

impl ModelMode {
    /// Every mode.
    pub const ALL: [Self; 5] = [Self::Good, Self::Slow, Self::Wrong, Self::Malicious, Self::Broken];

    /// Its name in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Slow => "slow",
            Self::Wrong => "wrong",
            Self::Malicious => "malicious",
            Self::Broken => "broken",
        }
    }

    /// The mode of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// The request left, and no answer will come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the model does not answer")]
pub struct NoAnswer;

/// A model of its own.
#[derive(Debug, Default)]
pub struct ModelSandbox {
    mode: AtomicU8,
    questions: AtomicU64,
}

#[derive(Deserialize)]
struct Question {
    messages: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    role: String,
    content: String,
}

impl ModelSandbox {
    /// A model that behaves so.
    pub fn new(mode: ModelMode) -> Self {
        let sandbox = Self::default();
        sandbox.set(mode);
        sandbox
    }

    /// Behaves otherwise from now on.
    pub fn set(&self, mode: ModelMode) {
        self.mode.store(mode as u8, Ordering::Relaxed);
    }

    /// How many questions it was asked.
    pub fn questions(&self) -> u64 {
        self.questions.load(Ordering::Relaxed)
    }

    /// The API as a router, to be served on loopback.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new().fallback(serve).with_state(Arc::clone(self))
    }

    /// One request, answered in process.
    ///
    /// # Errors
    /// [`NoAnswer`], if it is slow.
    pub fn handle_in_process(
        &self,
        request: &http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, NoAnswer> {
        let refused = |status: StatusCode| {
            let body = Bytes::from(json!({"error": {"message": status.to_string()}}).to_string());
            with_status(status, body)
        };
        if request.method() != Method::POST || !request.uri().path().ends_with("/chat/completions")
        {
            return Ok(refused(StatusCode::NOT_FOUND));
        }
        let Some(asked) = asked(request.body()) else {
            return Ok(refused(StatusCode::BAD_REQUEST));
        };
        let turn = self.questions.fetch_add(1, Ordering::Relaxed);
        let mode = self.mode.load(Ordering::Relaxed);
        let mode = ModelMode::ALL.into_iter().find(|known| *known as u8 == mode);
        let text = match mode.unwrap_or_default() {
            ModelMode::Good => good(&asked),
            ModelMode::Slow => return Err(NoAnswer),
            ModelMode::Wrong => wrong(&asked, turn),
            ModelMode::Malicious => malicious(&asked, turn),
            ModelMode::Broken => return Ok(broken(turn, refused)),
        };
        Ok(completion(&json!({ "text": text }).to_string(), "stop"))
    }
}

fn asked(body: &[u8]) -> Option<Asked> {
    let question: Question = serde_json::from_slice(body).ok()?;
    let part = |role| question.messages.iter().rev().find(|part| part.role == role);
    Asked::read(&part("system")?.content, &part("user")?.content)
}

/// What a provider answers: tokens are counted as a fourth of the letters.
fn completion(content: &str, finish_reason: &str) -> http::Response<Bytes> {
    let tokens = content.len().div_ceil(4);
    let body = json!({
        "id": "chatcmpl-sandbox",
        "object": "chat.completion",
        "model": MODEL_NAME,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content},
            "finish_reason": finish_reason,
        }],
        "usage": {"prompt_tokens": 320, "completion_tokens": tokens, "total_tokens": 320 + tokens},
    });
    with_status(StatusCode::OK, Bytes::from(body.to_string()))
}

fn broken(
    turn: u64,
    refused: impl Fn(StatusCode) -> http::Response<Bytes>,
) -> http::Response<Bytes> {
    match turn % BROKEN {
        0 => refused(StatusCode::TOO_MANY_REQUESTS),
        1 => refused(StatusCode::INTERNAL_SERVER_ERROR),
        2 => with_status(StatusCode::OK, Bytes::from_static(b"<html>Bad gateway</html>")),
        3 => completion("", "stop"),
        4 => completion("{\"text\": \"\"}", "stop"),
        5 => completion("Sure! Here is your reminder.", "stop"),
        6 => completion(&"and so on ".repeat(500), "length"),
        _ => refused(StatusCode::UNAUTHORIZED),
    }
}

fn with_status(status: StatusCode, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

async fn serve(State(sandbox): State<Arc<ModelSandbox>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, QUESTION_BYTES_MAX).collect().await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = http::Request::from_parts(parts, body.to_bytes());
    match sandbox.handle_in_process(&request) {
        Ok(answer) => answer.map(Body::from),
        // Until whoever asked gives up.
        Err(NoAnswer) => pending().await,
    }
}
