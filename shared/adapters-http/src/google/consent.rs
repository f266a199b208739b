//! How people allow us to read their calendars.

use app::ports::{Consent, Hidden, PullError};
use async_trait::async_trait;
use jiff::Timestamp;
use url::Url;

use super::wire::Tokens;
use super::{Google, failure};
use crate::feed::{later, needs_person};

/// What we ask for: to read events, nothing else.
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

#[async_trait]
impl Consent for Google {
    fn page(&self, state: &str, challenge: &str) -> String {
        let settings = &self.settings;
        let Ok(mut url) = Url::parse(&settings.authorize_url) else { return String::new() };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &settings.redirect_url)
            .append_pair("scope", SCOPE)
            .append_pair("state", state)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256")
            // A refresh token, also for somebody who allowed it before.
            .append_pair("access_type", "offline")
            .append_pair("prompt", "consent");
        url.into()
    }

    async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Hidden, PullError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", &self.settings.redirect_url),
        ];
        let response = self.ask_for_tokens(&form).await?;
        if response.status() != 200 {
            return Err(failure::of_tokens(&response, now));
        }
        let tokens: Tokens = serde_json::from_slice(response.body())
            .map_err(|_| later("Google's token server answers in words that we do not know"))?;
        let is_allowed = tokens.scope.is_none_or(|scope| scope.split(' ').any(|it| it == SCOPE));
        if !is_allowed {
            // People may untick what they do not want to allow.
            return Err(needs_person("reading the calendar's events was not allowed"));
        }
        let refresh = tokens.refresh_token.map(Hidden::new);
        refresh.ok_or_else(|| later("Google handed out no refresh token"))
    }
}
