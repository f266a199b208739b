//! What opens calendars.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::calendar_address::CalendarAddress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// A calendar of an account at Microsoft.
    Microsoft {
        /// Its id there; `primary` is the account's own.
        calendar: String,
        /// What access is had for, until its owner takes it back; each use brings a newer one.
        refresh_token: Hidden,
    },
}

/// Who keeps calendars of accounts, which their owners must allow us to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// Google Calendar.
    Google,
    /// Microsoft 365 and Outlook.com.
    Microsoft,
}

impl Keeper {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Google, Self::Microsoft];

    /// The word that names it in addresses, notes and commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }

    /// What people call its calendars.
    pub fn title(self) -> &'static str {
        match self {
            Self::Google => "Google Calendar",
            Self::Microsoft => "Microsoft Outlook",
        }
    }

    /// What opens a calendar there.
    pub fn access(self, calendar: String, refresh_token: Hidden) -> Access {
        match self {
            Self::Google => Access::Google { calendar, refresh_token },
            Self::Microsoft => Access::Microsoft { calendar, refresh_token },
        }
    }
}

/// Those who let people allow us to read their calendars, as far as they are set up.
#[derive(Clone, Default)]
pub struct Consents(Vec<(Keeper, Arc<dyn Consent>)>);

impl Consents {
    /// Of these.
    pub fn new(known: Vec<(Keeper, Arc<dyn Consent>)>) -> Self {
        Self(known)
    }

    /// The one that keeps these calendars, where it is set up.
    pub fn of(&self, keeper: Keeper) -> Option<&dyn Consent> {
        self.0.iter().find(|(known, _)| *known == keeper).map(|(_, consent)| &**consent)
    }
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
            Self::Google { .. } => Keeper::Google.title(),
            Self::Microsoft { .. } => Keeper::Microsoft.title(),
        }
    }
}
