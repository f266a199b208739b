//! Tokens of an issuer.

use app::ports::{TokenError, TokenIssuer};
use domain::access::Scope;
use jiff::SignedDuration;
use serde_json::{Map, json};
use tests::issuer::{AUDIENCE, ISSUER, message};

use super::*;
use crate::api::problem;

const USER: &str = "beforehand:user";
const BOTH: &str = "openid beforehand:operator beforehand:user";

#[tokio::test]
async fn tokens_of_the_issuer_open_what_their_scopes_say() {
    let place = Place::new().await;
    let check = async |subject: &str, scope: &str, path: &str, expected: u16| {
        for signing in Signing::ALL {
            let token = place.issuer.token(signing, &claims(subject, scope, place.world.now()));
            let status = place.status(Method::GET, path, Some(&token)).await;
            assert_eq!(status, expected, "{} {subject} {scope:?} {path}", signing.name());
        }
    };
    check("ada", USER, "/v1/users/ada", 200).await;
    check("ada", USER, "/v1/users/bo", 404).await;
    check("ada", USER, "/v1/users", 403).await;
    check("ada", "beforehand:users", "/v1/users/ada", 403).await;
    check("ada", "", "/v1/users/ada", 403).await;
    check("boss", BOTH, "/v1/users", 200).await;
    check("boss", BOTH, "/v1/users/ada", 200).await;
    check("", USER, "/v1/users/ada", 403).await;
    assert_eq!(place.issuer.fetches(), 1, "keys are kept");
    place.world.finish().await;
}

#[tokio::test]
async fn scopes_and_ids_may_stand_elsewhere_in_a_token() {
    let place = Place::new().await;
    let settings = Issuer::settings().with(
        Some("employee".to_owned()),
        Some("own".to_owned()),
        Some("all".to_owned()),
    );
    let issuer = OidcIssuer::new(settings, place.issuer.clone());
    let now = place.world.now();
    let mut said: Map<_, _> = claims("x", "", now).as_object().unwrap().clone();
    said.insert("employee".to_owned(), json!("ada"));
    said.insert("scp".to_owned(), json!(["own", "all", "beforehand:user"]));
    said.insert("aud".to_owned(), json!(["https://other.test", AUDIENCE]));
    let token = place.issuer.token(Signing::Rs256, &said.into());
    let bearer = issuer.check(&token, now).await.unwrap();
    assert_eq!(bearer.subject, "x");
    assert_eq!(bearer.user.unwrap().as_str(), "ada");
    assert_eq!(bearer.scopes, [Scope::User, Scope::Operator]);
    place.world.finish().await;
}

/// Tokens that are wrong in one thing each, and would open everything without it.
pub(super) fn wrong_tokens(place: &Place) -> Vec<(&'static str, String)> {
    let (issuer, now) = (&place.issuer, place.world.now());
    let good = claims("boss", BOTH, now);
    let with = |name: &str, value: Value| {
        let mut said = good.clone();
        match value {
            Value::Null => drop(said.as_object_mut().unwrap().remove(name)),
            value => said[name] = value,
        }
        issuer.token(Signing::Es256, &said)
    };
    let headed = |head: Value| issuer.sign(Signing::Es256, &head, &good);
    let head = |change: &dyn Fn(&mut Value)| {
        let mut head = issuer.head(Signing::Es256);
        change(&mut head);
        headed(head)
    };
    let whole = issuer.token(Signing::EdDsa, &good);
    let (signed, _) = whole.rsplit_once('.').unwrap();
    let none = message(&json!({ "alg": "none", "typ": "JWT" }), &good);
    let tampered = {
        let parts: Vec<_> = whole.split('.').collect();
        let other = message(&json!({}), &claims("ada", BOTH, now));
        format!("{}.{}.{}", parts[0], other.split('.').nth(1).unwrap(), parts[2])
    };
    let second = now.as_second();
    vec![
        ("no signature", format!("{signed}.")),
        ("two parts", signed.to_owned()),
        ("algorithm none", format!("{none}.")),
        ("algorithm none, signed", headed(json!({ "alg": "none" }))),
        ("algorithm HS256", hmac(issuer, &good)),
        ("algorithm RS384", head(&|head| head["alg"] = json!("RS384"))),
        ("another key's algorithm", head(&|head| head["kid"] = json!(issuer.kid(Signing::Rs256)))),
        ("a shared secret", head(&|head| head["kid"] = json!("shared"))),
        ("a key for secrets", head(&|head| head["kid"] = json!("for secrets"))),
        ("an unknown key", head(&|head| head["kid"] = json!("unknown"))),
        ("no key", head(&|head| drop(head.as_object_mut().unwrap().remove("kid")))),
        ("a key of its own", head(&|head| head["jwk"] = json!({ "kty": "OKP" }))),
        ("unknown extensions", head(&|head| head["crit"] = json!(["exp"]))),
        ("another's signature", Issuer::new().token(Signing::Es256, &good)),
        ("other claims", tampered),
        ("another issuer", with("iss", json!("https://evil.test/"))),
        ("many issuers", with("iss", json!([ISSUER]))),
        ("no issuer", with("iss", Value::Null)),
        ("another audience", with("aud", json!("https://other.test"))),
        ("no audience", with("aud", Value::Null)),
        ("no audience at all", with("aud", json!([]))),
        ("expired", with("exp", json!(second - 61))),
        ("no end", with("exp", Value::Null)),
        ("an end in words", with("exp", json!("never"))),
        ("not yet", with("nbf", json!(second + 61))),
        ("a beginning in words", with("nbf", json!("now"))),
        ("too long", with("note", json!("x".repeat(9_000)))),
    ]
}

/// Signed with what everybody knows, taken for a secret.
fn hmac(issuer: &Issuer, claims: &Value) -> String {
    use base64::Engine as _;
    let head = json!({ "alg": "HS256", "typ": "JWT", "kid": issuer.kid(Signing::Rs256) });
    let message = message(&head, claims);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &issuer.public_rsa());
    let tag = ring::hmac::sign(&key, message.as_bytes());
    let tag = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(tag);
    format!("{message}.{tag}")
}

#[tokio::test]
async fn api_01_tokens_that_are_wrong_in_one_thing_open_nothing() {
    let place = Place::new().await;
    for (what, token) in wrong_tokens(&place) {
        let answer = place.ask(Method::GET, "/v1/users", Some(&token), &Value::Null).await;
        // A key that the token brings along is not looked at: this one is the issuer's own.
        if what == "a key of its own" {
            assert!([200, 401].contains(&answer.status().as_u16()), "{what}");
            continue;
        }
        problem(&answer, 401, what);
        let challenge = answer.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert_eq!(challenge, "Bearer error=\"invalid_token\"", "{what}");
    }
    place.world.finish().await;
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_not_by_more() {
    let place = Place::new().await;
    let second = place.world.now().as_second();
    let check = async |name: &str, value: i64, expected: u16| {
        let mut said = claims("boss", BOTH, place.world.now());
        said[name] = json!(value);
        let token = place.issuer.token(Signing::EdDsa, &said);
        let status = place.status(Method::GET, "/v1/users", Some(&token)).await;
        assert_eq!(status, expected, "{name} {value}");
    };
    check("exp", second - 59, 200).await;
    check("exp", second - 60, 401).await;
    check("nbf", second + 60, 200).await;
    check("nbf", second + 61, 401).await;
    place.world.finish().await;
}

#[tokio::test]
async fn new_keys_are_read_when_a_token_names_one_but_not_for_each_made_up_name() {
    let place = Place::new().await;
    let issuer = &place.issuer;
    let settings = Issuer::settings();
    let checks = OidcIssuer::new(settings, issuer.clone());
    let now = || place.world.now();
    let check = async |token: &str| checks.check(token, now()).await;
    let token = || issuer.token(Signing::EdDsa, &claims("ada", USER, now()));
    let old = token();
    check(&old).await.unwrap();
    for number in 0..50 {
        let mut head = issuer.head(Signing::EdDsa);
        head["kid"] = json!(format!("made-up-{number}"));
        let made_up = issuer.sign(Signing::EdDsa, &head, &claims("ada", USER, now()));
        assert!(matches!(check(&made_up).await, Err(TokenError::Refused(_))));
    }
    assert_eq!(issuer.fetches(), 1, "nobody is asked again within a minute");
    issuer.rotate();
    assert!(check(&token()).await.is_err(), "the minute is not over");
    place.world.run_for(SignedDuration::from_secs(60)).await;
    check(&token()).await.unwrap();
    assert_eq!(issuer.fetches(), 2);
    assert!(check(&old).await.is_err(), "the issuer no longer has that key");
    issuer.be_away(true);
    place.world.run_for(SignedDuration::from_mins(61)).await;
    check(&token()).await.unwrap();
    assert_eq!(issuer.fetches(), 3, "keys that are old are asked for, and serve meanwhile");
    place.world.run_for(SignedDuration::from_hours(24)).await;
    assert!(matches!(check(&token()).await, Err(TokenError::NoKeys(_))), "but not for ever");
    issuer.be_away(false);
    place.world.run_for(SignedDuration::from_secs(60)).await;
    check(&token()).await.unwrap();
    place.world.finish().await;
}

#[tokio::test]
async fn where_keys_cannot_be_read_nobody_is_let_in_and_it_is_told_to_be_passing() {
    let place = Place::new().await;
    place.issuer.be_away(true);
    let token = place.token("boss", BOTH);
    let answer = place.ask(Method::GET, "/v1/users", Some(&token), &Value::Null).await;
    problem(&answer, 503, "no keys");
    assert_eq!(answer.headers()[header::RETRY_AFTER], "5");
    assert_eq!(place.status(Method::GET, "/v1/users", Some(OPERATOR)).await, 200);
    place.world.finish().await;
}
