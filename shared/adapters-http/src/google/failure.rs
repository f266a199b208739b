//! What Google means when it says no.

use app::ports::PullError;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::wire::ApiFault;
use crate::feed::{needs_person, retry_after};
use crate::oauth::Client;

/// Reasons of 403 that pass.
const QUOTAS: [&str; 5] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "calendarUsageLimitsExceeded",
];

/// A status of the API that is no answer.
pub(super) fn of_api(client: &Client, response: &Response<Bytes>, now: Timestamp) -> PullError {
    let after = retry_after(response.headers(), now);
    let status = response.status().as_u16();
    let told = |what: String| PullError::Later { what, after };
    match status {
        401 => client.revoked(),
        403 => {
            let reasons = serde_json::from_slice::<ApiFault>(response.body());
            let reasons = reasons.map(|fault| fault.error.errors).unwrap_or_default();
            let is = |known: &[&str]| reasons.iter().any(|it| known.contains(&it.reason.as_str()));
            if is(&QUOTAS) || after.is_some() {
                return told("Google asks us to come back later (quota)".to_owned());
            }
            if is(&["accessNotConfigured"]) {
                // The operator's to mend, and nothing that the calendar's owner could do.
                return told("Google's Calendar API is not switched on for our client".to_owned());
            }
            client.revoked()
        }
        404 | 410 => needs_person(
            "there is no such calendar at Google, or it is no longer shared with the account; \
             connect it anew",
        ),
        _ => told(format!("Google answers {status}")),
    }
}
