//! Webhooks as Twilio or somebody else might post them, signed or not.

use adapters_embedded::sms_sandbox::signature;
use axum::Router;
use axum::body::Body;
use domain::reminder::Reminder;
use http::Request;
use twilio_webhook::{INBOUND_PATH, STATUS_PATH};

use crate::stand_ins::answer;
use crate::users::phone_of;
use crate::world::{PUBLIC_URL, SENDER, World};

/// The header that carries the signature.
const SIGNATURE: &str = "X-Twilio-Signature";

/// A webhook that is about to be posted. What is public may be tampered with after it was signed.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The path with its query, below the public address.
    pub target: String,
    /// The parameters of the form, in order.
    pub form: Vec<(String, String)>,
    /// The signature, if it has one.
    pub signature: Option<String>,
}

impl Webhook {
    /// A form to be posted to `target`, without a signature.
    pub fn new(target: &str, form: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let form = form.iter().map(pair).collect();
        Self { target: target.to_owned(), form, signature: None }
    }

    /// A callback that says how far attempt `attempt` of a reminder got.
    pub fn status(row: &Reminder, attempt: u32, sid: &str, status: &str) -> Self {
        let target =
            format!("{STATUS_PATH}?user={}&reminder={}&attempt={attempt}", row.user, row.id);
        Self::new(&target, &[("MessageSid", sid), ("MessageStatus", status)])
    }

    /// A text from a user's phone.
    pub fn inbound(user: &str, sid: &str, body: &str) -> Self {
        let phone = phone_of(user);
        let form = [("Body", body), ("From", phone.as_e164()), ("MessageSid", sid), ("To", SENDER)];
        Self::new(INBOUND_PATH, &form)
    }

    /// With another parameter.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.form.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signed with a token, as it is now.
    pub fn signed(mut self, token: &str) -> Self {
        let url = format!("{PUBLIC_URL}{}", self.target);
        self.signature = Some(signature(token, &url, &self.form));
        self
    }

    /// Posts it; the status of the answer, and its body.
    pub async fn post(&self, router: Router) -> (u16, String) {
        let body =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.form).finish();
        let kind = "application/x-www-form-urlencoded; charset=UTF-8";
        post(router, &self.target, kind, self.signature.as_deref(), body).await
    }
}

/// Posts any body of any kind with any signature.
pub async fn post(
    router: Router,
    target: &str,
    kind: &str,
    signature: Option<&str>,
    body: String,
) -> (u16, String) {
    let mut request = Request::post(target).header("content-type", kind);
    // Whoever speaks for the public address cannot be told by the host that a request names.
    request = request.header("host", "127.0.0.1:8080");
    if let Some(signature) = signature {
        request = request.header(SIGNATURE, signature);
    }
    let request = request.body(Body::from(body)).expect("a test makes requests");
    answer(router, request).await
}

impl World {
    /// The secret with which Twilio signs.
    pub fn token(&self) -> &str {
        &self.sandbox.config().auth_token
    }
}
