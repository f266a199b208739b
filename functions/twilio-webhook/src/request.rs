//! The parameters of a webhook request.

use std::collections::HashMap;

use crate::signature::SignedBody;

/// What a signed request says, apart by where it says it: our own ids stand in the query that we
/// wrote, Twilio's words in the body.
#[derive(Debug)]
pub(crate) struct Parameters {
    query: HashMap<String, String>,
    body: HashMap<String, String>,
}

/// Reads a body the way its content type says; the signature is checked the same way.
pub(crate) fn signed_body<'a>(content_type: Option<&str>, body: &'a [u8]) -> SignedBody<'a> {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        SignedBody::Form(body)
    } else {
        SignedBody::Raw(body)
    }
}

impl Parameters {
    pub(crate) fn read(query: &str, body: SignedBody<'_>) -> Self {
        let body = match body {
            SignedBody::Form(form) => pairs(form),
            SignedBody::Raw(json) => serde_json::from_slice(json).unwrap_or_default(),
        };
        Self { query: pairs(query.as_bytes()), body }
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub(crate) fn body(&self, name: &str) -> Option<&str> {
        self.body.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Of a parameter that comes twice, the first counts.
fn pairs(form: &[u8]) -> HashMap<String, String> {
    let mut pairs = HashMap::new();
    for (name, value) in form_urlencoded::parse(form) {
        pairs.entry(name.into_owned()).or_insert_with(|| value.into_owned());
    }
    pairs
}
