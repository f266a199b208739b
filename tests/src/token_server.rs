//! The consent page and the token endpoint of whoever keeps calendars (RFC 6749, RFC 7636), as far
//! as they are the same everywhere. It shares no code with what it tests.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

/// What is registered, and how tokens are handed out.
pub(crate) struct Registered {
    pub(crate) client_id: &'static str,
    pub(crate) client_secret: &'static str,
    pub(crate) redirect: &'static str,
    /// What the page must ask for, beside what is the same everywhere.
    pub(crate) asks: &'static [(&'static str, &'static str)],
    /// What is said to be allowed.
    pub(crate) allowed: &'static str,
    /// What the first refresh token begins with.
    pub(crate) refresh: &'static str,
    /// Whether each use of a refresh token brings another one.
    pub(crate) rotates: bool,
}

/// Tokens of one account.
pub(crate) struct TokenServer {
    registered: Registered,
    codes: BTreeMap<String, String>,
    is_revoked: bool,
    access: BTreeMap<String, Timestamp>,
    made: usize,
    /// Refresh tokens with a number below this one are good no more.
    oldest: usize,
}

impl TokenServer {
    pub(crate) fn new(registered: Registered) -> Self {
        let (codes, access) = (BTreeMap::new(), BTreeMap::new());
        Self { registered, codes, is_revoked: false, access, made: 0, oldest: 0 }
    }

    /// The account's owner opens the page and allows what it asks for. Returns where they are sent
    /// back to.
    pub(crate) fn allow(&mut self, page: &str) -> String {
        let page = Url::parse(page).expect("an address");
        let asked: BTreeMap<String, String> = page.query_pairs().into_owned().collect();
        let it = &self.registered;
        let always = [
            ("client_id", it.client_id),
            ("redirect_uri", it.redirect),
            ("response_type", "code"),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in always.iter().chain(it.asks) {
            assert_eq!(asked.get(*name).map(String::as_str), Some(*value), "{name} of {page}");
        }
        self.made += 1;
        self.is_revoked = false;
        let code = format!("code/{}", self.made);
        self.codes.insert(code.clone(), asked["code_challenge"].clone());
        let mut back = Url::parse(self.registered.redirect).unwrap();
        back.query_pairs_mut().append_pair("state", &asked["state"]).append_pair("code", &code);
        back.into()
    }

    /// All access tokens so far end at once.
    pub(crate) fn expire_access(&mut self) {
        self.access.clear();
    }

    /// All refresh tokens so far end at once, but the last.
    pub(crate) fn expire_former(&mut self) {
        self.oldest = self.made;
    }

    /// The account's owner takes back what they allowed.
    pub(crate) fn revoke(&mut self) {
        self.is_revoked = true;
        self.access.clear();
    }

    pub(crate) fn token(&mut self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let form: BTreeMap<String, String> =
            form_urlencoded::parse(request.body()).into_owned().collect();
        let given = |name: &str| form.get(name).map_or("", String::as_str);
        let refused = |error: &str| told(400, &json!({ "error": error }));
        let it = &self.registered;
        if (given("client_id"), given("client_secret")) != (it.client_id, it.client_secret) {
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
                let is_back = given("redirect_uri") == it.redirect;
                if verifier.len() < 43 || hash != challenge || !is_back {
                    return refused("invalid_grant");
                }
                true
            }
            "refresh_token" if self.is_revoked || !self.is_good(given("refresh_token")) => {
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
        if is_first || self.registered.rotates {
            body["refresh_token"] = json!(self.refresh_token());
            body["scope"] = json!(self.registered.allowed);
        }
        told(200, &body)
    }

    fn refresh_token(&self) -> String {
        match self.registered.rotates {
            true => format!("{}-{}", self.registered.refresh, self.made),
            false => self.registered.refresh.to_owned(),
        }
    }

    fn is_good(&self, refresh: &str) -> bool {
        if !self.registered.rotates {
            return refresh == self.registered.refresh;
        }
        let number = refresh.strip_prefix(self.registered.refresh);
        let number = number.and_then(|rest| rest.strip_prefix('-')?.parse::<usize>().ok());
        number.is_some_and(|number| (self.oldest..=self.made).contains(&number))
    }

    /// Whether a request carries a token that is still good.
    pub(crate) fn opens(&self, request: &Request<Bytes>, now: Timestamp) -> bool {
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|given| given.strip_prefix("Bearer "));
        token.and_then(|token| self.access.get(token)).is_some_and(|until| now < *until)
    }
}

fn told(status: u16, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status.try_into().unwrap();
    answer
}
