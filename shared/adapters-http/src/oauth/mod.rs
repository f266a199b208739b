//! The client that people allow to read their calendars (OAuth 2.0 with PKCE: RFC 6749, RFC 7636):
//! what is the same at everybody who keeps calendars of accounts.

mod settings;
mod tokens;

use std::sync::Arc;

use app::ports::{Hidden, PullError};
use bytes::Bytes;
use domain::time::ahead;
use form_urlencoded::Serializer;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use url::Url;

pub use self::settings::{AccountSettings, BadAccountSettings, BadDeployment, Configured, Places};

use self::tokens::{Kept, TokenCache, TokenFault, Tokens};
use crate::feed::{later, needs_person, retry_after};
use transport::Transport;

/// A token is not used in its last minutes: a look with all its pages must end before it does.
const SPARE: SignedDuration = SignedDuration::from_mins(3);

/// How long a token is good for if nothing is said of that.
const USUAL: i64 = 3_600;

/// Speaks to somebody who keeps calendars, for everybody who allowed it.
pub(crate) struct Client {
    pub(crate) settings: AccountSettings,
    transport: Arc<dyn Transport>,
    tokens: TokenCache,
}

/// A request of the API.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    /// JSON, if there is a body.
    pub(crate) body: Option<String>,
    /// What is wished for, but not insisted on (RFC 7240).
    pub(crate) prefer: Option<&'static str>,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(url: &'a str) -> Self {
        Self { method: Method::GET, url, body: None, prefer: None }
    }

    pub(crate) fn with(method: Method, url: &'a str, body: &serde_json::Value) -> Self {
        Self { method, url, body: Some(body.to_string()), prefer: None }
    }
}

impl Client {
    pub(crate) fn new(
        settings: AccountSettings,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, BadAccountSettings> {
        settings.check()?;
        Ok(Self { settings, transport, tokens: TokenCache::default() })
    }

    /// Who it is, as people say.
    pub(crate) fn name(&self) -> &'static str {
        self.settings.name
    }

    /// What is said when somebody took back what they had allowed.
    pub(crate) fn revoked(&self) -> PullError {
        needs_person(&format!(
            "{} no longer lets us read the calendar: the permission was withdrawn, or expired; \
             connect the calendar anew",
            self.name()
        ))
    }

    /// What is said of an answer in words that we do not know.
    pub(crate) fn unreadable(&self) -> PullError {
        later(&format!("the answer of {} is not what its documents say", self.name()))
    }

    /// The page at which somebody allows it.
    pub(crate) fn page(&self, state: &str, challenge: &str, more: &[(&str, &str)]) -> String {
        let settings = &self.settings;
        let Ok(mut url) = Url::parse(&settings.authorize_url) else { return String::new() };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &settings.redirect_url)
            .append_pair("state", state)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        url.into()
    }

    /// What a code is worth, if it stands for reading events.
    pub(crate) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        is_enough: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Result<Hidden, PullError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", &self.settings.redirect_url),
        ];
        let tokens = self.ask_for_tokens(&form, now).await?;
        if !tokens.scope.is_none_or(|scope| scope.split(' ').any(is_enough)) {
            // People may untick what they do not want to allow.
            return Err(needs_person("reading the calendar's events was not allowed"));
        }
        let refresh = tokens.refresh_token.map(Hidden::new);
        refresh.ok_or_else(|| later(&format!("{} handed out no refresh token", self.name())))
    }

    /// What came in place of a refresh token.
    pub(crate) fn newer(&self, refresh: &Hidden) -> Option<Hidden> {
        self.tokens.newer(refresh)
    }

    /// One request with what opens it. An access token may be withdrawn before its time: then it
    /// is asked for anew, once.
    pub(crate) async fn call(
        &self,
        ask: Ask<'_>,
        refresh: &Hidden,
        now: Timestamp,
    ) -> Result<Response<Bytes>, PullError> {
        let mut token = self.access_token(refresh, now).await?;
        for is_last in [false, true] {
            let response = self.transport.send(self.request(&ask, &token)?).await;
            let response = response.map_err(|fault| later(&fault.to_string()))?;
            if response.status() != 401 || is_last {
                return Ok(response);
            }
            self.tokens.forget(refresh);
            token = self.access_token(refresh, now).await?;
        }
        Err(self.revoked())
    }

    fn request(&self, ask: &Ask<'_>, token: &Hidden) -> Result<Request<Bytes>, PullError> {
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.reveal()));
        let mut bearer = bearer.map_err(|_| self.unreadable())?;
        bearer.set_sensitive(true);
        let mut request =
            Request::builder().method(&ask.method).uri(ask.url).header(AUTHORIZATION, bearer);
        if ask.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(prefer) = ask.prefer {
            request = request.header("prefer", prefer);
        }
        request
            .body(Bytes::from(ask.body.clone().unwrap_or_default()))
            .map_err(|_| needs_person("the calendar cannot be asked for: connect it anew"))
    }

    /// An address of the API.
    pub(crate) fn address(&self, path: &[&str], query: Option<&str>) -> Result<String, PullError> {
        let bad = || later(&format!("the address of {} is set up wrongly", self.name()));
        let mut url = Url::parse(&self.settings.api_url).map_err(|_| bad())?;
        // Names of calendars hold `@`, `#` and `/`.
        url.path_segments_mut().map_err(|()| bad())?.pop_if_empty().extend(path);
        url.set_query(query);
        Ok(url.into())
    }

    /// A token that opens the API.
    async fn access_token(&self, refresh: &Hidden, now: Timestamp) -> Result<Hidden, PullError> {
        if let Some(token) = self.tokens.access(refresh, now) {
            return Ok(token);
        }
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        let tokens = self.ask_for_tokens(&form, now).await?;
        let access = Hidden::new(tokens.access_token);
        let good_for = SignedDuration::from_secs(tokens.expires_in.unwrap_or(USUAL)) - SPARE;
        let newer = tokens.refresh_token.map(Hidden::new).filter(|newer| newer != refresh);
        let had = Kept { access: access.clone(), good_until: ahead(now, good_for), newer };
        self.tokens.keep(refresh, had);
        Ok(access)
    }

    async fn ask_for_tokens(
        &self,
        form: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<Tokens, PullError> {
        let body = Serializer::new(String::new())
            .extend_pairs(form)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("client_secret", self.settings.client_secret.reveal())
            .finish();
        let bad = |_| later(&format!("the token address of {} is set up wrongly", self.name()));
        let request = Request::post(&self.settings.token_url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body))
            .map_err(bad)?;
        let response = self.transport.send(request).await;
        let response = response.map_err(|fault| later(&fault.to_string()))?;
        if response.status() != 200 {
            return Err(self.no_tokens(&response, now));
        }
        serde_json::from_slice(response.body()).map_err(|_| self.unreadable())
    }

    /// What it means that no token is handed out.
    fn no_tokens(&self, response: &Response<Bytes>, now: Timestamp) -> PullError {
        let (name, fault) = (self.name(), serde_json::from_slice::<TokenFault>(response.body()));
        match fault.as_ref().map(|fault| fault.error.as_str()) {
            // The latter two are said where an organisation's rules want the person themselves.
            Ok("invalid_grant" | "interaction_required" | "consent_required") => self.revoked(),
            Ok("invalid_client" | "unauthorized_client") => {
                later(&format!("{name} does not know our client: its id or secret is wrong"))
            }
            _ => PullError::Later {
                what: format!("the token server of {name} answers {}", response.status().as_u16()),
                after: retry_after(response.headers(), now),
            },
        }
    }
}

/// That a calendar is none of those whose keeper tells us of changes.
pub(crate) fn no_channel() -> PullError {
    later("the calendar can have no channel")
}
