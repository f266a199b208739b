//! The consent page and the token endpoint (RFC 6749, RFC 7636).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET, GoogleServer, REDIRECT, State, told};

/// What the account's owner hands out for good.
pub(super) const REFRESH: &str = "refresh-token-of-tests";

const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

impl GoogleServer {
    /// The account's owner opens the page and allows what it asks for. Returns where they are sent
    /// back to.
    pub fn allow(&self, page: &str) -> String {
        let page = Url::parse(page).expect("an address");
        let asked: BTreeMap<String, String> = page.query_pairs().into_owned().collect();
        let expected = [
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("code_challenge_method", "S256"),
            ("access_type", "offline"),
        ];
        for (name, value) in expected {
            assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name} of {page}");
        }
        let mut state = self.lock();
        state.made += 1;
        state.is_revoked = false;
        let code = format!("code/{}", state.made);
        state.codes.insert(code.clone(), asked["code_challenge"].clone());
        let mut back = Url::parse(REDIRECT).unwrap();
        back.query_pairs_mut().append_pair("state", &asked["state"]).append_pair("code", &code);
        back.into()
    }

    /// What must stand nowhere in the open.
    pub fn secrets() -> [&'static str; 2] {
        [REFRESH, CLIENT_SECRET]
    }
}

impl State {
    pub(super) fn token(&mut self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let form: BTreeMap<String, String> =
            form_urlencoded::parse(request.body()).into_owned().collect();
        let given = |name: &str| form.get(name).map_or("", String::as_str);
        let refused = |error: &str| told(400, &json!({ "error": error }));
        if (given("client_id"), given("client_secret")) != (CLIENT_ID, CLIENT_SECRET) {
            return told(401, &json!({ "error": "invalid_client" }));
        }
        let is_first = match given("grant_type") {
            "authorization_code" => {
                // A code is good once.
                let Some(challenge) = self.codes.remove(given("code")) else {
                    return refused("invalid_grant");
                };
                let verifier = given("code_verifier");
                let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
                if verifier.len() < 43 || hash != challenge || given("redirect_uri") != REDIRECT {
                    return refused("invalid_grant");
                }
                true
            }
            "refresh_token" if self.is_revoked || given("refresh_token") != REFRESH => {
                return refused("invalid_grant");
            }
            "refresh_token" => false,
            _ => return refused("unsupported_grant_type"),
        };
        self.made += 1;
        let access = format!("access-token-{}", self.made);
        let good_until = now + SignedDuration::from_secs(3_599);
        self.access.insert(access.clone(), good_until);
        let mut body =
            json!({ "access_token": access, "expires_in": 3_599, "token_type": "Bearer" });
        if is_first {
            body["refresh_token"] = json!(REFRESH);
            body["scope"] = json!(SCOPE);
        }
        told(200, &body)
    }

    /// Whether a request carries a token that is still good.
    pub(super) fn opens(&self, request: &Request<Bytes>, now: Timestamp) -> bool {
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|given| given.strip_prefix("Bearer "));
        token.and_then(|token| self.access.get(token)).is_some_and(|until| now < *until)
    }
}
