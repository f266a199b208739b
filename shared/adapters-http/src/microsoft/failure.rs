//! What Microsoft means when it says no.

use app::ports::PullError;
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use crate::feed::{needs_person, retry_after};
use crate::oauth::Client;

/// A status of the API that is no answer.
pub(super) fn of_api(client: &Client, response: &Response<Bytes>, now: Timestamp) -> PullError {
    let after = retry_after(response.headers(), now);
    match response.status().as_u16() {
        401 => client.revoked(),
        403 if after.is_none() => client.revoked(),
        404 => needs_person(
            "there is no such calendar at Microsoft, or the account may no longer read it; \
             connect it anew",
        ),
        403 | 429 | 503 | 509 => {
            PullError::Later { what: "Microsoft asks us to come back later".to_owned(), after }
        }
        status => PullError::Later { what: format!("Microsoft answers {status}"), after },
    }
}
