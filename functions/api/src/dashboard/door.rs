//! Who gets in, and from where. A browser's cookie stands for the token that it was signed in with:
//! it is sealed, and what it holds is judged as if it had come in the header. So whatever opens the
//! API opens the dashboard, and nothing else does.

use app::seals::{Sealed, Seals};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};

use super::{PATH, layout, signing_in};
use crate::gate::{Gate, admit_operator};
use crate::pages::{is_same_origin, keep_to_itself};
use crate::state::ApiState;

/// The name of the cookie.
const COOKIE: &str = "beforehand_dashboard";

/// How long a browser stays signed in.
const SIGNED_IN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What a cookie is sealed for.
const PLACE: [&str; 2] = ["dashboard", "session"];

/// Refuses what another site sends, and adds the headers that keep the rest to itself.
pub(super) async fn from_our_pages(request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_reading || is_own(request.headers()) {
        next.run(request).await
    } else {
        let words = "Another site sent this form, or the browser does not say who did: \
                     nothing was done. Open the dashboard itself and send it again.";
        layout::told(StatusCode::FORBIDDEN, "Nothing was done", words)
    };
    let headers = response.headers_mut();
    keep_to_itself(headers);
    response
}

/// Slows down whoever tries out tokens in the form.
pub(super) async fn not_too_often(
    State(gate): State<Gate>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    match gate.count_visit(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(seconds) => {
            let words = format!("Too many requests came from your address: wait {seconds} s.");
            let page = layout::told(StatusCode::TOO_MANY_REQUESTS, "Wait a moment", &words);
            ([(header::RETRY_AFTER, seconds)], page).into_response()
        }
    }
}

/// Lets operators through, and asks everybody else to sign in.
pub(super) async fn only_operators(
    State(gate): State<Gate>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers_mut();
    let is_from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if !headers.contains_key(header::AUTHORIZATION)
        && let Some(value) = authorization(gate.state(), headers)
    {
        headers.insert(header::AUTHORIZATION, value);
    }
    let response = admit_operator(&gate, request, next).await;
    if response.status() != StatusCode::UNAUTHORIZED {
        return response;
    }
    if is_from_elsewhere {
        // A browser keeps a strict cookie to itself when a link of another site, such as that of
        // an alert in a chat, leads here. Asked again by our own page, it sends it.
        return layout::asked_again().into_response();
    }
    signing_in::page(StatusCode::UNAUTHORIZED, None)
}

/// A cookie that stands for a token.
pub(super) fn cookie(state: &ApiState, token: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    let until = state.clock.now().checked_add(SIGNED_IN_FOR).ok()?;
    let sealed = seal(&state.seals, until, token)?;
    let value = kept(sealed.as_str(), SIGNED_IN_FOR.as_secs(), headers);
    HeaderValue::from_str(&value).ok()
}

/// What takes the cookie away.
pub(super) fn no_cookie(headers: &HeaderMap) -> Option<HeaderValue> {
    HeaderValue::from_str(&kept("", 0, headers)).ok()
}

/// Only browsers on this machine may keep it without encryption on the way.
fn kept(value: &str, seconds: i64, headers: &HeaderMap) -> String {
    // A proxy, which says how it was reached, may name this machine as the host.
    let is_proxied = headers.contains_key("x-forwarded-proto");
    let is_local = !is_proxied && host(headers).is_some_and(is_loopback);
    let secure = if is_local { "" } else { "; Secure" };
    format!("{COOKIE}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// What a request's cookie stands for.
fn authorization(state: &ApiState, headers: &HeaderMap) -> Option<HeaderValue> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    });
    let token = open(&state.seals, state.clock.now(), pairs.next()?)?;
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn seal(seals: &Seals, until: Timestamp, token: &str) -> Option<Sealed> {
    seals.seal(&PLACE, &format!("{} {token}", until.as_second())).ok()
}

fn open(seals: &Seals, now: Timestamp, cookie: &str) -> Option<String> {
    let opened = seals.open(&PLACE, &Sealed::from_store(cookie.to_owned())).ok()?;
    let (until, token) = opened.split_once(' ')?;
    let until: i64 = until.parse().ok()?;
    (now.as_second() < until).then(|| token.to_owned())
}

/// Whether one of our own pages sent a form. Browsers say so in a header that no page can forge;
/// those too old for it tell the origin at least.
fn is_own(headers: &HeaderMap) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => is_same_origin(origin, headers),
        (None, None) => false,
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    let name = name.trim_matches(['[', ']']);
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_opens_for_a_day_and_only_unchanged() {
        let seals = Seals::new(b"a secret of tests", &[]);
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let sealed = seal(&seals, now + SIGNED_IN_FOR, "correct-horse-battery").unwrap();
        let cookie = sealed.as_str();
        assert!(!cookie.contains("horse"), "the token is not readable");
        assert_eq!(open(&seals, now, cookie).as_deref(), Some("correct-horse-battery"));
        assert_eq!(open(&seals, now + SIGNED_IN_FOR, cookie), None, "its day is over");
        let (start, end) = cookie.split_at(cookie.len() - 1);
        let other = if end == "A" { "B" } else { "A" };
        assert_eq!(open(&seals, now, &format!("{start}{other}")), None, "it was changed");
        assert_eq!(open(&Seals::new(b"another", &[]), now, cookie), None, "another deployment");
    }

    #[test]
    fn only_forms_of_our_own_pages_count() {
        let check = |given: &[(&'static str, &'static str)], expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("ops.test:8080"));
            for (name, value) in given {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_own(&headers), expected, "{given:?}");
        };
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://ops.test:8080")], true);
        check(&[("origin", "http://ops.test:8080")], true);
        check(&[], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://ops.test:8080")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "none")], false);
        check(&[("origin", "https://evil.test")], false);
        check(&[("origin", "null")], false);
    }

    #[test]
    fn only_this_machine_may_go_without_encryption() {
        let check = |host: &str, expected: bool| assert_eq!(is_loopback(host), expected, "{host}");
        check("localhost:4180", true);
        check("127.0.0.1:4180", true);
        check("[::1]:4180", true);
        check("reminders.test", false);
        check("localhost.evil.test:80", false);
    }
}
