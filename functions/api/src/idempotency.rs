//! Writes that are made once, by the header `Idempotency-Key`.

use app::once::{self, Answer, Begin, Made};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::Caller;
use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::routes::Listed;
use crate::state::ApiState;

/// The header that names a request.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Tells that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Characters of a key.
const KEY_CHARS_MAX: usize = 255;

/// Headers of an answer that are its own; the others are made anew.
const KEPT: [HeaderName; 2] = [header::CONTENT_TYPE, header::ETAG];

/// Makes a request, or repeats the answer of the first one with its key.
pub(crate) async fn once(
    state: &ApiState,
    caller: &Caller,
    operation: &Listed,
    request: Request,
    next: Next,
) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD)
        || !request.headers().contains_key(KEY)
    {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let key = match key(&parts) {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let Ok(bytes) = to_bytes(body, operation.body_bytes_max).await else {
        return Problem::too_large("the body is larger than this operation takes").into_response();
    };
    let (asked, now) = (hash(&parts, &bytes), state.clock.now());
    let begun = once::begin(&*state.control, &state.seals, (&caller.name, &key), asked, now).await;
    let ticket = match begun {
        Ok(Begin::Make(ticket)) => ticket,
        Ok(Begin::Repeat(answer)) => return repeated(answer),
        Ok(refused) => return refusal(&refused).into_response(),
        Err(failed) => return Problem::from(failed).into_response(),
    };
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    let (made, response) = made(operation, response).await;
    once::finish(&*state.control, &state.seals, ticket, made, state.clock.now()).await;
    response
}

fn key(parts: &Parts) -> Result<String, Problem> {
    let mut given = parts.headers.get_all(KEY).iter();
    let key = given.next().and_then(|key| key.to_str().ok()).map(str::trim).unwrap_or_default();
    let fits = (1..=KEY_CHARS_MAX).contains(&key.len());
    let is_only = given.next().is_none();
    if fits && is_only && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key.to_owned());
    }
    let what = format!("`Idempotency-Key` is one of 1 to {KEY_CHARS_MAX} visible ASCII characters");
    Err(Problem::malformed(what))
}

/// A hash of all that is asked.
fn hash(parts: &Parts, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    let kind = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let tag = parts.headers.get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    for part in [parts.method.as_str().as_bytes(), address.as_bytes(), kind, tag, body] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn repeated(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        let name = KEPT.into_iter().find(|kept| kept.as_str() == name);
        if let (Some(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn refusal(refused: &Begin) -> Problem {
    match refused {
        Begin::OtherRequest => Problem::invalid(
            "this `Idempotency-Key` was used for another request: choose a new one for each",
        ),
        Begin::MadeBefore => Problem::conflict(
            "the request with this `Idempotency-Key` was made, and its answer was not kept: look \
             how things stand",
        ),
        _ => Problem::under_way(),
    }
}

/// What became of a request, and its answer.
async fn made(operation: &Listed, response: Response) -> (Made, Response) {
    let status = response.status();
    // Trouble of ours passes, and so do limits.
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return (Made::Nothing, response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return (Made::Answered(None), Problem::broken("the answer was lost").into_response());
    };
    // A secret is shown once and kept nowhere.
    let may_be_kept = !operation.path.starts_with("/keys");
    let answer = may_be_kept.then(|| kept(&parts, &bytes)).flatten();
    (Made::Answered(answer), Response::from_parts(parts, Body::from(bytes)))
}

fn kept(parts: &axum::http::response::Parts, bytes: &Bytes) -> Option<Answer> {
    let headers = KEPT.iter().filter_map(|name| {
        let value = parts.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    Some(Answer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: std::str::from_utf8(bytes).ok()?.to_owned(),
    })
}
