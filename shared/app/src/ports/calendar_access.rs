//! What opens calendars.

use std::fmt;

use async_trait::async_trait;
use domain::calendar_address::CalendarAddress;
use jiff::Timestamp;

use super::PullError;

/// A text that opens something. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever opens something with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(•••)")
    }
}

/// What opens a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// An address at which an iCalendar document is published.
    IcsAddress {
        /// The address.
        address: CalendarAddress,
    },
    /// An account at a CalDAV server.
    CalDav {
        /// Where it is: a server, an account or a calendar.
        address: CalendarAddress,
        /// The name that opens the account.
        user: Hidden,
        /// The password that opens it, best one that was made for this.
        password: Hidden,
        /// The name of the calendar, where the account has several.
        calendar: Option<String>,
    },
    /// A calendar of an account at Google.
    Google {
        /// Its name there; `primary` is the account's own.
        calendar: String,
        /// What access is had for, again and again, until its owner takes it back.
        refresh_token: Hidden,
    },
}

/// Lets people allow us to read their calendars.
#[async_trait]
pub trait Consent: Send + Sync {
    /// The page at which somebody allows it. `state` comes back with their answer; `challenge` is
    /// the hash of the verifier that redeems it (RFC 7636, S256).
    fn page(&self, state: &str, challenge: &str) -> String;

    /// What the answer is worth: a refresh token.
    async fn redeem(&self, code: &str, verifier: &str, now: Timestamp)
    -> Result<Hidden, PullError>;
}

impl Access {
    /// The host the calendar lives on.
    pub fn host(&self) -> &str {
        match self {
            Self::IcsAddress { address } | Self::CalDav { address, .. } => address.host(),
            Self::Google { .. } => "Google Calendar",
        }
    }
}
