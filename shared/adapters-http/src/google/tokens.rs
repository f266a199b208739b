//! Access tokens: good for an hour, kept in memory only.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use app::ports::{Hidden, PullError};
use bytes::Bytes;
use domain::time::ahead;
use form_urlencoded::Serializer;
use http::header::CONTENT_TYPE;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::wire::Tokens;
use super::{Google, failure};
use crate::feed::later;

/// Tokens that are kept; more than any function looks after within an hour.
const KEPT_MAX: usize = 10_000;

/// A token is not used in its last minutes: a look with all its pages must end before it does.
const SPARE: SignedDuration = SignedDuration::from_mins(3);

/// How long a token is good for if Google does not say.
const USUAL: i64 = 3_600;

/// Access tokens, by the hash of what they were had for.
#[derive(Default)]
pub(super) struct TokenCache {
    kept: Mutex<HashMap<[u8; 32], (Hidden, Timestamp)>>,
}

impl TokenCache {
    fn get(&self, refresh: &Hidden, now: Timestamp) -> Option<Hidden> {
        let kept = self.lock();
        let (token, good_until) = kept.get(&name(refresh))?;
        (now < *good_until).then(|| token.clone())
    }

    fn keep(&self, refresh: &Hidden, token: Hidden, good_until: Timestamp) {
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(name(refresh), (token, good_until));
    }

    pub(super) fn forget(&self, refresh: &Hidden) {
        self.lock().remove(&name(refresh));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], (Hidden, Timestamp)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(refresh: &Hidden) -> [u8; 32] {
    Sha256::digest(refresh.reveal()).into()
}

impl Google {
    /// A token that opens the API.
    pub(super) async fn access_token(
        &self,
        refresh: &Hidden,
        now: Timestamp,
    ) -> Result<Hidden, PullError> {
        if let Some(token) = self.tokens.get(refresh, now) {
            return Ok(token);
        }
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        let response = self.ask_for_tokens(&form).await?;
        if response.status() != 200 {
            return Err(failure::of_tokens(&response, now));
        }
        let tokens: Tokens = serde_json::from_slice(response.body())
            .map_err(|_| later("Google's token server answers in words that we do not know"))?;
        let token = Hidden::new(tokens.access_token);
        let good_for = SignedDuration::from_secs(tokens.expires_in.unwrap_or(USUAL)) - SPARE;
        self.tokens.keep(refresh, token.clone(), ahead(now, good_for));
        Ok(token)
    }

    /// Asks the token endpoint.
    pub(super) async fn ask_for_tokens(
        &self,
        form: &[(&str, &str)],
    ) -> Result<Response<Bytes>, PullError> {
        let body = Serializer::new(String::new())
            .extend_pairs(form)
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("client_secret", self.settings.client_secret.reveal())
            .finish();
        let request = Request::post(&self.settings.token_url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(body))
            .map_err(|_| later("Google's token address is set up wrongly"))?;
        self.transport.send(request).await.map_err(|fault| later(&fault.to_string()))
    }
}
