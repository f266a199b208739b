//! Who we are to Google, and where its servers are.

use app::ports::Hidden;
use url::Url;

/// Who we are to Google, and where its servers are.
#[derive(Debug, Clone)]
pub struct GoogleSettings {
    /// The client that people allow to read their calendars.
    pub client_id: String,
    /// What the client proves itself with.
    pub client_secret: Hidden,
    /// The page at which people allow it.
    pub authorize_url: String,
    /// Where tokens are handed out.
    pub token_url: String,
    /// Where the calendar API is, up to `/calendars`.
    pub api_url: String,
    /// Where Google sends people back to; it must be registered with the client.
    pub redirect_url: String,
    /// Where Google pushes to; none where it cannot reach us: it wants https.
    pub push_url: Option<String>,
}

/// Settings that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an http or https address without a fragment")]
pub struct BadGoogleSettings(&'static str);

impl GoogleSettings {
    /// Where people are sent back to, below the public base URL.
    pub const CALLBACK_PATH: &'static str = "/v1/google/callback";
    /// Where Google pushes to, below the public base URL.
    pub const PUSH_PATH: &'static str = "/webhooks/google";
    /// Google's own page.
    pub const AUTHORIZE_URL: &'static str = "https://accounts.google.com/o/oauth2/v2/auth";
    /// Google's own token endpoint.
    pub const TOKEN_URL: &'static str = "https://oauth2.googleapis.com/token";
    /// Google's own API.
    pub const API_URL: &'static str = "https://www.googleapis.com/calendar/v3";

    /// Google's own addresses.
    pub fn new(client_id: String, client_secret: Hidden, redirect_url: String) -> Self {
        Self {
            client_id,
            client_secret,
            authorize_url: Self::AUTHORIZE_URL.to_owned(),
            token_url: Self::TOKEN_URL.to_owned(),
            api_url: Self::API_URL.to_owned(),
            redirect_url,
            push_url: None,
        }
    }

    /// Google's own addresses, for a system that others reach at `base_url`.
    pub fn of_deployment(client_id: String, client_secret: Hidden, base_url: &str) -> Self {
        let redirect_url = format!("{base_url}{}", Self::CALLBACK_PATH);
        let push_url = format!("{base_url}{}", Self::PUSH_PATH);
        let is_reached = base_url.starts_with("https://");
        Self {
            push_url: is_reached.then_some(push_url),
            ..Self::new(client_id, client_secret, redirect_url)
        }
    }

    /// With other addresses, where they are given: those of a stand-in.
    #[must_use]
    pub fn at(
        mut self,
        authorize_url: Option<String>,
        token_url: Option<String>,
        api_url: Option<String>,
    ) -> Self {
        let places = [
            (&mut self.authorize_url, authorize_url),
            (&mut self.token_url, token_url),
            (&mut self.api_url, api_url),
        ];
        for (place, given) in places {
            if let Some(given) = given {
                given.trim_end_matches('/').clone_into(place);
            }
        }
        self
    }

    pub(super) fn check(&self) -> Result<(), BadGoogleSettings> {
        let places = [
            ("the authorize address", &self.authorize_url),
            ("the token address", &self.token_url),
            ("the API's address", &self.api_url),
            ("the redirect address", &self.redirect_url),
        ];
        for (what, place) in places {
            let is_good = Url::parse(place).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.fragment().is_none()
            });
            if !is_good {
                return Err(BadGoogleSettings(what));
            }
        }
        Ok(())
    }
}
