//! Whether a webhook comes from Twilio.
//!
//! Twilio signs base64(HMAC-SHA1(auth token, URL + parameters)), the parameters of a form sorted by
//! name, name and value joined without anything between. A body that is not a form is covered by
//! its SHA-256 in the query (`bodySHA256`), which is part of the signed URL. The scheme knows no
//! time, so whatever a signed request does must be harmless when it comes again.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";

/// The parameter of the query that covers a body which is not a form.
const BODY_HASH: &str = "bodySHA256";

/// The body as it was received. Which of the two it is follows from its content type, and whoever
/// reads the body must read it the same way: only what is signed may be believed.
#[derive(Debug, Clone, Copy)]
pub enum SignedBody<'a> {
    /// `application/x-www-form-urlencoded`: the raw form.
    Form(&'a [u8]),
    /// Anything else, JSON in practice, or no body.
    Raw(&'a [u8]),
}

/// Whether `signature` is Twilio's for this request, by any of the `tokens`: while a token is being
/// rotated, two are valid. Empty tokens are passed over.
///
/// `public_url` is the configured public address with the path and the raw query as received; never
/// one that was made from a Host header. Twilio signs with or without the port, so both are tried.
pub fn is_signed(tokens: &[&str], public_url: &str, body: SignedBody<'_>, signature: &str) -> bool {
    let (parameters, is_covered) = match body {
        SignedBody::Form(form) => (joined_parameters(form), Choice::from(1)),
        SignedBody::Raw(raw) => (String::new(), is_covered(public_url, raw)),
    };
    // Every variant is computed and compared, so that the time tells nothing of which one was near.
    let mut is_found = Choice::from(0);
    for url in url_variants(public_url) {
        for token in tokens.iter().filter(|token| !token.is_empty()) {
            let expected = expected_signature(token, &url, &parameters);
            is_found |= expected.as_bytes().ct_eq(signature.as_bytes());
        }
    }
    (is_found & is_covered).into()
}

/// The parameters as they are signed: sorted by name, then value, repeated ones once. Twilio's own
/// libraries do the same with parameters that come twice.
fn joined_parameters(form: &[u8]) -> String {
    let parameters: BTreeSet<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(form).collect();
    let mut joined = String::with_capacity(form.len());
    for (name, value) in parameters {
        joined.push_str(&name);
        joined.push_str(&value);
    }
    joined
}

/// Whether a body that is not a form is covered by the signed URL. An empty one needs no cover, but
/// must not contradict one.
fn is_covered(url: &str, body: &[u8]) -> Choice {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let given = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == BODY_HASH).then_some(value));
    let Some(given) = given else { return Choice::from(u8::from(body.is_empty())) };
    let hash = Sha256::digest(body);
    let expected: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    expected.as_bytes().ct_eq(given.as_bytes())
}

/// The URL without a port and with one: the given one, or the scheme's own.
fn url_variants(url: &str) -> [String; 2] {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // The colons within an IPv6 address, which stands in brackets, belong to no port.
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[host_end..].rfind(':') {
        Some(colon) => authority.split_at(host_end + colon),
        None if scheme == "http" => (authority, ":80"),
        None => (authority, ":443"),
    };
    [format!("{scheme}://{host}{path}"), format!("{scheme}://{host}{port}{path}")]
}

fn expected_signature(token: &str, url: &str, parameters: &str) -> String {
    // HMAC takes a key of any length, so the error arm is never reached. What it returns is no
    // base64 and has not the length of a signature.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else {
        return "no signature".to_owned();
    };
    mac.update(url.as_bytes());
    mac.update(parameters.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::SignedBody::{Form, Raw};
    use super::*;

    const TOKEN: &str = "token one";
    const URL: &str = "https://texts.example/twilio/status?user=Zo%C3%AB%20x&attempt=2";
    const FORM: &str = "MessageSid=SM1&To=%2B12025550123&Body=Zo%C3%AB+%26+co+%E2%80%93+9%3F\
        &a=2&a=1&a=2&Empty=";
    const JSON: &str = r#"{"a":1}"#;
    const JSON_URL: &str = "https://texts.example/twilio/json?bodySHA256=\
        015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";

    // Computed with Twilio's own Python library, 9.x, from the requests above.
    const SIGNATURE: &str = "aH4DxUUQ1Xe6nUR86Jju0S+WdrE=";
    const SIGNATURE_WITH_PORT: &str = "lI5GHfkL1zDmuaOIBHFLM9a7BsY=";
    const SIGNATURE_TOKEN_TWO: &str = "fFZLT9F9HUVyBAIMrMMp2lWnWr0=";
    const JSON_SIGNATURE: &str = "D1QTz+Ozh8d6injcHpzDJNEdAM8=";
    const NO_BODY_SIGNATURE: &str = "7RGL68GPLDXDWRfoEvummqSDSTM=";

    #[track_caller]
    fn check(url: &str, body: SignedBody<'_>, signature: &str, expected: bool) {
        assert_eq!(is_signed(&[TOKEN], url, body, signature), expected, "{url} {body:?}");
    }

    #[test]
    fn in_04_the_example_of_twilios_documentation_is_signed() {
        let form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234\
            &From=%2B14158675309&To=%2B18005551212";
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert!(is_signed(&["12345"], url, Form(form), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    }

    #[test]
    fn in_04_a_request_is_signed_with_and_without_the_default_port() {
        let with_port = URL.replace(".example/", ".example:443/");
        for url in [URL, &with_port] {
            check(url, Form(FORM.as_bytes()), SIGNATURE, true);
            check(url, Form(FORM.as_bytes()), SIGNATURE_WITH_PORT, true);
        }
        let other_port = URL.replace(".example/", ".example:444/");
        check(&other_port, Form(FORM.as_bytes()), SIGNATURE_WITH_PORT, false);
        let local = "http://127.0.0.1:8080/x";
        check(local, Form(FORM.as_bytes()), "2TEeBq3eFebfUYyr3ekiDmVWDjE=", true);
        check(local, Form(FORM.as_bytes()), "2QKTWQjh5QE7ogoKeOC34RujYWI=", true);
    }

    #[test]
    fn in_04_reordered_and_equally_doubled_parameters_are_the_same_request() {
        let reordered = "a=1&Empty=&To=%2b12025550123&a=2&MessageSid=SM1\
            &Body=Zo%C3%AB%20%26%20co%20%E2%80%93%209%3F";
        check(URL, Form(reordered.as_bytes()), SIGNATURE, true);
        check(URL, Form(format!("{FORM}&MessageSid=SM1").as_bytes()), SIGNATURE, true);
    }

    #[test]
    fn in_04_a_changed_request_is_refused() {
        let check_form = |form: &str| check(URL, Form(form.as_bytes()), SIGNATURE, false);
        check_form("");
        check_form(&format!("{FORM}&b=1"));
        check_form(&format!("{FORM}&MessageSid=SM2"));
        check_form(&FORM.replace("&a=1", ""));
        check_form(&FORM.replace("&Empty=", ""));
        check_form(&FORM.replace("SM1", "sm1"));
        check_form(&FORM.replace("MessageSid=SM1", "MessageSi=dSM2"));
        for url in [
            &URL.replace("attempt=2", "attempt=1"),
            &URL.replace("https:", "http:"),
            &URL.replace("texts.example", "texts.example.evil"),
            &URL.replace("texts.example", "user@texts.example"),
            &URL.replace("/status", "/status/"),
            &URL.replace("%20", "+"),
            &URL.replace("&attempt=2", "#&attempt=2"),
            "",
        ] {
            check(url, Form(FORM.as_bytes()), SIGNATURE, false);
        }
        check(URL, Raw(FORM.as_bytes()), SIGNATURE, false);
    }

    #[test]
    fn in_04_a_missing_or_wrong_signature_is_refused() {
        let lower = SIGNATURE.to_lowercase();
        let unpadded = SIGNATURE.trim_end_matches('=');
        let spaced = format!("{SIGNATURE} ");
        for signature in ["", "=", &lower, unpadded, &spaced, SIGNATURE_TOKEN_TWO, "no signature"] {
            check(URL, Form(FORM.as_bytes()), signature, false);
        }
    }

    #[test]
    fn in_04_both_tokens_are_valid_during_rotation_and_no_others() {
        let check = |tokens: &[&str], signature, expected| {
            let signed = is_signed(tokens, URL, Form(FORM.as_bytes()), signature);
            assert_eq!(signed, expected, "{tokens:?} {signature}");
        };
        for signature in [SIGNATURE, SIGNATURE_TOKEN_TWO] {
            check(&["token one", "token two"], signature, true);
            check(&["token two", "token one"], signature, true);
            check(&["token three", ""], signature, false);
            check(&[], signature, false);
        }
        check(&["token two"], SIGNATURE, false);
        let with_empty_token = expected_signature("", URL, &joined_parameters(FORM.as_bytes()));
        check(&["", "token one"], &with_empty_token, false);
    }

    #[test]
    fn in_04_a_json_body_is_covered_by_its_hash_in_the_query() {
        check(JSON_URL, Raw(JSON.as_bytes()), JSON_SIGNATURE, true);
        check(JSON_URL, Raw(br#"{"a":2}"#), JSON_SIGNATURE, false);
        check(JSON_URL, Raw(b""), JSON_SIGNATURE, false);
        check(&JSON_URL.replace("015abd", "015abe"), Raw(JSON.as_bytes()), JSON_SIGNATURE, false);
        // Signed, but nothing covers the body.
        let bare = "https://texts.example/x";
        check(bare, Raw(b""), NO_BODY_SIGNATURE, true);
        check(bare, Raw(JSON.as_bytes()), NO_BODY_SIGNATURE, false);
    }

    #[test]
    fn ports_are_found_in_every_kind_of_authority() {
        let check = |url: &str, without: &str, with: &str| {
            assert_eq!(url_variants(url), [without, with], "{url}");
        };
        check("https://h/p?q=a:1", "https://h/p?q=a:1", "https://h:443/p?q=a:1");
        check("http://h?x", "http://h?x", "http://h:80?x");
        check("http://h:8080", "http://h", "http://h:8080");
        check("https://[::1]/p", "https://[::1]/p", "https://[::1]:443/p");
        check("https://[::1]:9/p", "https://[::1]/p", "https://[::1]:9/p");
    }
}
