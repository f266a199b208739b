//! The operator's token.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use crate::problem::Problem;
use crate::state::ApiState;

/// Fewest characters of a token: as many as 80 bits take in base 32.
const TOKEN_CHARS_MIN: usize = 16;

/// Most characters of a token; headers have limits too.
const TOKEN_CHARS_MAX: usize = 512;

/// A secret that opens the API. It is never shown.
#[derive(Clone)]
pub struct SecretToken(String);

/// A token that is too short, too long, or holds what a header cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the api token is not usable: {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX} visible ASCII characters, \
     no spaces"
)]
pub struct BadToken;

impl SecretToken {
    /// Takes a token, without the white space around it.
    ///
    /// # Errors
    /// [`BadToken`] where a header could not carry it, or it could be guessed.
    pub fn parse(given: &str) -> Result<Self, BadToken> {
        let token = given.trim();
        let fits = (TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX).contains(&token.len());
        if fits && token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(token.to_owned()))
        } else {
            Err(BadToken)
        }
    }

    /// Whether a request's `Authorization` is `Bearer` and this token. How long it takes says
    /// nothing about how much of it was right.
    fn opens(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, token)) = given.and_then(|given| given.split_once(' ')) else {
            return false;
        };
        // RFC 9110, 11.1: the scheme's case does not matter.
        scheme.eq_ignore_ascii_case("bearer")
            && bool::from(token.trim().as_bytes().ct_eq(self.0.as_bytes()))
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(•••)")
    }
}

/// Lets through who brings the token, before anything is read.
pub(crate) async fn require_token(
    State(state): State<Arc<ApiState>>,
    request: Request,
    next: Next,
) -> Response {
    match &state.operator_token {
        Some(token) if !token.opens(request.headers()) => {
            let mut refused = Problem::unauthorized().into_response();
            let scheme = HeaderValue::from_static("Bearer");
            refused.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            refused
        }
        _ => next.run(request).await,
    }
}

/// What the API answers is about people and true for a moment: nobody keeps a copy.
pub(crate) async fn never_cached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let token = SecretToken::parse(" correct-horse-battery\n").unwrap();
        let check = |authorization: Option<&str>, expected: bool| {
            let mut headers = HeaderMap::new();
            if let Some(value) = authorization {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(token.opens(&headers), expected, "{authorization:?}");
        };
        check(Some("Bearer correct-horse-battery"), true);
        check(Some("bearer  correct-horse-battery "), true);
        check(Some("Bearer correct-horse-batter"), false);
        check(Some("Bearer correct-horse-battery!"), false);
        check(Some("Bearer "), false);
        check(Some("Basic correct-horse-battery"), false);
        check(Some("correct-horse-battery"), false);
        check(None, false);
    }

    #[test]
    fn a_token_that_can_be_guessed_is_refused_and_none_is_shown() {
        for bad in ["", "short", "fifteen-letters", "with a space in it", "öööööööööööööööööö"]
        {
            assert_eq!(SecretToken::parse(bad).err(), Some(BadToken), "{bad}");
        }
        let token = SecretToken::parse("correct-horse-battery").unwrap();
        assert_eq!(format!("{token:?}"), "SecretToken(•••)");
    }
}
