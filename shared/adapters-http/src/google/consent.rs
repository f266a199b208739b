//! How people allow us to read their calendars.

use app::ports::{Consent, Hidden, PullError};
use async_trait::async_trait;
use jiff::Timestamp;

use super::Google;

/// What we ask for: to read events, nothing else.
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

#[async_trait]
impl Consent for Google {
    fn page(&self, state: &str, challenge: &str) -> String {
        // A refresh token, also for somebody who allowed it before.
        let more = [("scope", SCOPE), ("access_type", "offline"), ("prompt", "consent")];
        self.client.page(state, challenge, &more)
    }

    async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Hidden, PullError> {
        self.client.redeem(code, verifier, |scope| scope == SCOPE, now).await
    }
}
