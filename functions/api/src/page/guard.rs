//! What every page answers with, and who may send its forms.
//!
//! The cookie of a session is `SameSite=Strict`, its forms carry a token of the session, and what
//! comes from another site is refused before either is looked at.

use std::sync::Arc;

use app::links::{Purpose, SESSION_FOR};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::ids::UserId;
use domain::time::ahead;
use domain::user::User;
use jiff::tz::TimeZone;

use super::Form;
use super::layout::note;
use super::words::{Words, language_of, words};
use crate::gate::Gate;
use crate::pages::{is_same_origin, keep_to_itself, without_scheme};
use crate::problem::Problem;
use crate::state::ApiState;

/// The name of the session's cookie.
const COOKIE: &str = "beforehand";

/// Where the cookie is sent to.
pub(super) const HOME: &str = "/me";

/// Where people sign up.
pub(super) const JOIN: &str = "/join";

/// Turns away what another site sent, and adds the headers that keep a page to itself.
pub(super) async fn guard(
    State(state): State<Arc<ApiState>>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let language = language_of(request.headers());
    let mut response = if is_read || is_own(request.headers(), &state.pages.base_url) {
        next.run(request).await
    } else {
        not_ours(words(language))
    };
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind == Some(b"application/problem+json") {
        response = in_words(words(language), &response);
    }
    let headers = response.headers_mut();
    keep_to_itself(headers);
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex"));
    response
}

/// What is told to programs, as it is told to people; the log knows the rest.
fn in_words(words: &Words, response: &Response) -> Response {
    let status = response.status();
    let page = if status == StatusCode::TOO_MANY_REQUESTS {
        note(words, &words.page.busy, &words.page.busy_help)
    } else {
        note(words, &words.page.trouble, &words.page.trouble_help)
    };
    let mut told = (status, page).into_response();
    if let Some(after) = response.headers().get(header::RETRY_AFTER) {
        told.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    told
}

/// Slows down whoever tries out links, and whoever has texts sent.
pub(super) async fn not_too_often(
    State(gate): State<Gate>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let is_sign_up = parts.method == Method::POST && parts.uri.path() == JOIN;
    let visit = gate.count_visit(&parts);
    let counted = visit.and_then(|()| if is_sign_up { gate.count_sign_up(&parts) } else { Ok(()) });
    match counted {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(seconds) => Problem::too_many_for(seconds).into_response(),
    }
}

/// Whether what changes something comes from our own pages.
fn is_own(headers: &HeaderMap, base_url: &str) -> bool {
    let origin = headers.get(header::ORIGIN).map(|origin| is_our_origin(origin, headers, base_url));
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        Some(site) => site == b"same-origin" && origin.unwrap_or(true),
        // Browsers that do not tell the site tell the origin.
        None => origin.unwrap_or(false),
    }
}

/// A proxy may have changed the host, but then the public address is configured.
fn is_our_origin(origin: &HeaderValue, headers: &HeaderMap, base_url: &str) -> bool {
    let given = origin.to_str().ok().and_then(without_scheme);
    let public = without_scheme(base_url).and_then(|rest| rest.split('/').next());
    let is_public = |given: &str| public.is_some_and(|public| given.eq_ignore_ascii_case(public));
    is_same_origin(origin, headers) || given.is_some_and(is_public)
}

/// Whoever is signed in.
pub(super) struct Visitor {
    pub(super) user: User,
    /// The rules of their zone.
    pub(super) zone: TimeZone,
    /// What their forms carry.
    pub(super) form: String,
    session: String,
}

impl Visitor {
    /// The words they read.
    pub(super) fn words(&self) -> &'static Words {
        words(self.user.locale.language)
    }

    /// Whether a form is one of this session's.
    fn sent(&self, state: &ApiState, token: &str) -> bool {
        state.pages.links.is_form_of(&self.session, token)
    }
}

impl FromRequestParts<Arc<ApiState>> for Visitor {
    type Rejection = Response;

    /// Whoever is not signed in, no longer, or with something made up, is told the same.
    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<ApiState>,
    ) -> Result<Self, Response> {
        let gone = || not_found(&parts.headers);
        let session = cookie(&parts.headers).ok_or_else(gone)?;
        let now = state.clock.now();
        let id = state.pages.links.open_page(Purpose::Session, &session, now).ok_or_else(gone)?;
        let user = state.user_store().user(&id).await;
        let user = user.map_err(|failed| Problem::from(failed).into_response())?;
        let user = user.ok_or_else(gone)?;
        let zone = state.users.zones.rules(&user.zone).unwrap_or(TimeZone::UTC);
        let form = state.pages.links.form_token(&session);
        Ok(Self { user, zone, form, session })
    }
}

/// A form that its visitor sent from a page of ours.
pub(super) struct Sent {
    pub(super) visitor: Visitor,
    pub(super) form: Form,
}

impl FromRequest<Arc<ApiState>> for Sent {
    type Rejection = Response;

    /// What another site made them send is refused.
    async fn from_request(request: Request, state: &Arc<ApiState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, state).await?;
        let form = Form::from_request(Request::from_parts(parts, body), state).await?;
        let is_ours = visitor.sent(state, form.get("token"));
        if is_ours { Ok(Self { visitor, form }) } else { Err(not_ours(visitor.words())) }
    }
}

/// The one answer to whatever opens nothing.
pub(super) fn not_found(headers: &HeaderMap) -> Response {
    let words = words(language_of(headers));
    let page = note(words, &words.page.gone, &words.page.gone_help);
    (StatusCode::NOT_FOUND, page).into_response()
}

/// The one answer to a form that is not the session's.
pub(super) fn not_ours(words: &Words) -> Response {
    let page = note(words, &words.page.refused, &words.page.refused_help);
    (StatusCode::FORBIDDEN, page).into_response()
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';'));
    let ours = |pair: &str| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then(|| value.to_owned())
    };
    pairs.find_map(ours)
}

/// Signs a browser in.
pub(super) fn signed_in(state: &ApiState, user: &UserId) -> HeaderValue {
    let until = ahead(state.clock.now(), SESSION_FOR);
    let session = state.pages.links.page(Purpose::Session, user, until);
    set_cookie(state, &session, SESSION_FOR.as_secs())
}

/// Signs a browser out.
pub(super) fn signed_out(state: &ApiState) -> HeaderValue {
    set_cookie(state, "", 0)
}

fn set_cookie(state: &ApiState, value: &str, seconds: i64) -> HeaderValue {
    let secure = if state.pages.base_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={value}; Path={HOME}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    // Of letters, digits, `-` and `_` only.
    HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_come_from_our_own_pages_only() {
        let check = |site: Option<&str>, origin: Option<&str>, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8730"));
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            let found = is_own(&headers, "https://a.example/b");
            assert_eq!(found, expected, "{site:?} {origin:?}");
        };
        check(Some("same-origin"), None, true);
        check(Some("same-origin"), Some("http://127.0.0.1:8730"), true);
        check(Some("same-origin"), Some("https://a.example"), true);
        check(Some("same-origin"), Some("https://b.example"), false);
        check(Some("same-site"), Some("http://127.0.0.1:8730"), false);
        check(Some("cross-site"), None, false);
        check(Some("none"), None, false);
        check(None, Some("http://127.0.0.1:8730"), true);
        check(None, Some("null"), false);
        check(None, Some("https://a.example.evil.example"), false);
        check(None, None, false);
    }

    #[test]
    fn only_our_own_cookie_counts() {
        let check = |value: &str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, value.parse().unwrap());
            assert_eq!(cookie(&headers).as_deref(), expected, "{value}");
        };
        check("beforehand=abc", Some("abc"));
        check("a=b; beforehand=abc; c", Some("abc"));
        check("notbeforehand=abc", None);
        check("", None);
    }
}
