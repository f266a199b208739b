//! Who we are to those who keep calendars, and where their servers are.

use app::ports::Hidden;
use url::Url;

use transport::BadTransport;

/// Where somebody who keeps calendars usually is, and what of ours they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// Who it is, as people say.
    pub name: &'static str,
    /// Their page at which people allow us to read their calendars.
    pub authorize_url: &'static str,
    /// Where they hand out tokens.
    pub token_url: &'static str,
    /// Where their API is.
    pub api_url: &'static str,
    /// Where people are sent back to, below the public base URL.
    pub callback_path: &'static str,
    /// Where they push to, below the public base URL.
    pub push_path: &'static str,
}

/// Who we are to somebody who keeps calendars, and where their servers are.
#[derive(Debug, Clone)]
pub struct AccountSettings {
    /// Who it is, as people say.
    pub name: &'static str,
    /// The client that people allow to read their calendars.
    pub client_id: String,
    /// What the client proves itself with.
    pub client_secret: Hidden,
    /// The page at which people allow it.
    pub authorize_url: String,
    /// Where tokens are handed out.
    pub token_url: String,
    /// Where the API is.
    pub api_url: String,
    /// Where people are sent back to; it must be registered with the client.
    pub redirect_url: String,
    /// Where changes are pushed to; none where nobody reaches us: they want https.
    pub push_url: Option<String>,
}

/// Settings that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} of {name} is not an http or https address without a fragment")]
pub struct BadAccountSettings {
    name: &'static str,
    what: &'static str,
}

/// A client as a deployment names it: its id, its secret, and where the consent page, the token
/// endpoint and the API are if not at the usual addresses.
pub type Configured = (String, Option<String>, [Option<String>; 3]);

/// Why a deployment cannot speak to those who keep calendars.
#[derive(Debug, thiserror::Error)]
pub enum BadDeployment {
    /// There is a client, and nothing to prove it with.
    #[error("a client of {0} is named, but the secrets hold no client secret for it")]
    NoSecret(&'static str),
    /// The addresses.
    #[error(transparent)]
    Settings(#[from] BadAccountSettings),
    /// The HTTP client.
    #[error(transparent)]
    Transport(#[from] BadTransport),
}

impl AccountSettings {
    /// The usual addresses, for a system that others reach at `base_url`.
    pub fn new(places: &Places, client_id: String, client_secret: Hidden, base_url: &str) -> Self {
        let push_url = format!("{base_url}{}", places.push_path);
        Self {
            name: places.name,
            client_id,
            client_secret,
            authorize_url: places.authorize_url.to_owned(),
            token_url: places.token_url.to_owned(),
            api_url: places.api_url.to_owned(),
            redirect_url: format!("{base_url}{}", places.callback_path),
            push_url: base_url.starts_with("https://").then_some(push_url),
        }
    }

    /// As a deployment names it.
    ///
    /// # Errors
    /// [`BadDeployment::NoSecret`].
    pub fn deployed(
        places: &Places,
        (client_id, secret, [authorize, token, api]): Configured,
        base_url: &str,
    ) -> Result<Self, BadDeployment> {
        let secret = Hidden::new(secret.ok_or(BadDeployment::NoSecret(places.name))?);
        Ok(Self::new(places, client_id, secret, base_url).at(authorize, token, api))
    }

    /// With other addresses, where they are given: those of a stand-in, or of one organisation.
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

    pub(super) fn check(&self) -> Result<(), BadAccountSettings> {
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
                return Err(BadAccountSettings { name: self.name, what });
            }
        }
        Ok(())
    }
}
