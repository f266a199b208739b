//! What Google means when it says no.

use app::ports::PullError;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use super::wire::{ApiFault, TokenFault};
use crate::feed::{later, needs_person, retry_after};

/// What is said when somebody took back what they had allowed.
pub(super) const REVOKED: &str = "Google no longer lets us read the calendar: the permission was \
     withdrawn, or expired; connect the calendar anew";

/// Reasons of 403 that pass.
const QUOTAS: [&str; 5] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "dailyLimitExceeded",
    "calendarUsageLimitsExceeded",
];

/// A status of the API that is no answer.
pub(super) fn of_api(response: &Response<Bytes>, now: Timestamp) -> PullError {
    let after = retry_after(response.headers(), now);
    let status = response.status().as_u16();
    let told = |what: String| PullError::Later { what, after };
    match status {
        401 => needs_person(REVOKED),
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
            needs_person(REVOKED)
        }
        404 | 410 => needs_person(
            "there is no such calendar at Google, or it is no longer shared with the account; \
             connect it anew",
        ),
        _ => told(format!("Google answers {status}")),
    }
}

/// A status of the token endpoint that hands out nothing.
pub(super) fn of_tokens(response: &Response<Bytes>, now: Timestamp) -> PullError {
    let fault = serde_json::from_slice::<TokenFault>(response.body());
    match fault.as_ref().map(|fault| fault.error.as_str()) {
        Ok("invalid_grant") => needs_person(REVOKED),
        Ok("invalid_client" | "unauthorized_client") => {
            later("Google does not know our client: its id or secret is set up wrongly")
        }
        _ => PullError::Later {
            what: format!("Google's token server answers {}", response.status().as_u16()),
            after: retry_after(response.headers(), now),
        },
    }
}
