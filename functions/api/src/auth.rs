//! The operator's token.

use std::fmt;

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;

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

    /// Whether this is the token. How long it takes says nothing about how much of it was right.
    pub(crate) fn is(&self, given: &str) -> bool {
        bool::from(given.as_bytes().ct_eq(self.0.as_bytes()))
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(•••)")
    }
}

/// What a request's `Authorization` carries as a bearer token (RFC 6750). None if it has no such
/// header, more than one, or one of another scheme.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (given.next(), given.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    // RFC 9110, 11.1: the scheme's case does not matter.
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
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
            let opens = bearer(&headers).is_some_and(|given| token.is(given));
            assert_eq!(opens, expected, "{authorization:?}");
        };
        check(Some("Bearer correct-horse-battery"), true);
        check(Some("bearer  correct-horse-battery "), true);
        check(Some("Bearer correct-horse-batter"), false);
        check(Some("Bearer correct-horse-battery!"), false);
        check(Some("Bearer "), false);
        check(Some("Basic correct-horse-battery"), false);
        check(Some("correct-horse-battery"), false);
        check(None, false);
        let mut twice = HeaderMap::new();
        for value in ["Bearer correct-horse-battery", "Bearer other"] {
            twice.append(header::AUTHORIZATION, value.parse().unwrap());
        }
        assert_eq!(bearer(&twice), None, "which of them is meant?");
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
