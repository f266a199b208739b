//! How people allow us to read their calendars.

use app::ports::{Consent, Hidden, PullError};
use async_trait::async_trait;
use jiff::Timestamp;

use super::Microsoft;

/// What we ask for: to read events, and to do so again and again.
const SCOPES: &str = "offline_access Calendars.Read";

#[async_trait]
impl Consent for Microsoft {
    fn page(&self, state: &str, challenge: &str) -> String {
        // Many people are signed in with several accounts.
        let more = [("scope", SCOPES), ("response_mode", "query"), ("prompt", "select_account")];
        self.client.page(state, challenge, &more)
    }

    async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Hidden, PullError> {
        // It is named in full, or by its last word.
        let is_enough = |scope: &str| {
            let word = scope.rsplit('/').next().unwrap_or_default();
            word.eq_ignore_ascii_case("Calendars.Read")
        };
        self.client.redeem(code, verifier, is_enough, now).await
    }
}
