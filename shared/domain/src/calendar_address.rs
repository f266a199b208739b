//! Where a calendar that somebody subscribes to is found.

use std::fmt;

use crate::limits;

/// The address of a calendar. It often is a secret in itself: whoever has it reads the calendar,
/// so it shows only its host.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarAddress(String);

/// Why a text is no address of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not one of ours.
    #[error("must begin with https:// or webcal://")]
    Scheme,
    /// Nothing, or nothing usable, where the host should stand.
    #[error("names no host")]
    Host,
    /// It would be sent to whatever the address redirects to.
    #[error("must not hold a user name or password")]
    Credentials,
    /// Spaces, letters beyond ASCII, control characters.
    #[error("must hold no spaces and no letters beyond ASCII: copy it as the calendar shows it")]
    Characters,
    /// Too long.
    #[error("has more than {} characters", limits::ADDRESS_CHARS_MAX)]
    TooLong,
}

impl CalendarAddress {
    /// Reads an address. `webcal` is `https` by another name.
    pub fn parse(given: &str) -> Result<Self, BadAddress> {
        let given = given.trim();
        if given.len() > limits::ADDRESS_CHARS_MAX {
            return Err(BadAddress::TooLong);
        }
        if !given.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadAddress::Characters);
        }
        let (scheme, rest) = given.split_once("://").ok_or(BadAddress::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" | "webcal" | "webcals" => "https",
            // Not encrypted: whoever fetches it decides whether that is allowed.
            "http" => "http",
            _ => return Err(BadAddress::Scheme),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let address = Self(format!("{scheme}://{rest}"));
        if address.authority().contains('@') {
            return Err(BadAddress::Credentials);
        }
        if address.host().is_empty() {
            return Err(BadAddress::Host);
        }
        Ok(address)
    }

    /// The whole address, for whoever fetches it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The host, which may be shown.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((literal, _)) => literal,
            None => authority.split(':').next().unwrap_or_default(),
        }
    }

    fn authority(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '\\']).next().unwrap_or_default()
    }
}

impl fmt::Debug for CalendarAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CalendarAddress({}…)", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_keep_their_secret() {
        let check = |given: &str, whole: &str, host: &str| {
            let address = CalendarAddress::parse(given).unwrap();
            assert_eq!((address.reveal(), address.host()), (whole, host));
            assert!(!format!("{address:?}").contains("secret"));
        };
        check(" webcal://a.example/secret.ics ", "https://a.example/secret.ics", "a.example");
        check("HTTPS://a.example:8443?secret#x", "https://a.example:8443?secret", "a.example");
        check("https://[::1]:8443/secret", "https://[::1]:8443/secret", "::1");
        check("http://a.example/secret", "http://a.example/secret", "a.example");
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        let check = |given: &str, expected| {
            assert_eq!(CalendarAddress::parse(given), Err(expected), "{given}");
        };
        check("a.example/calendar.ics", BadAddress::Scheme);
        check("file:///etc/passwd", BadAddress::Scheme);
        check("gopher://a.example/", BadAddress::Scheme);
        check("https:///calendar.ics", BadAddress::Host);
        check("https://user:secret@a.example/", BadAddress::Credentials);
        check("https://a.example/a b", BadAddress::Characters);
        check("https://exämple.org/", BadAddress::Characters);
        check("https://a.example/\r\nHost: b", BadAddress::Characters);
        let of_length = |chars| format!("https://a.example/{}", "a".repeat(chars - 18));
        assert!(CalendarAddress::parse(&of_length(limits::ADDRESS_CHARS_MAX)).is_ok());
        check(&of_length(limits::ADDRESS_CHARS_MAX + 1), BadAddress::TooLong);
    }
}
