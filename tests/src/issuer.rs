//! An OIDC issuer, called in process, below the adapter that reads its keys. It signs with code of
//! its own, and signs whatever it is asked to.

use std::sync::Mutex;

use app::ports::IssuerSettings;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use serde_json::{Value, json};
use transport::{Transport, TransportFault};

/// Who it says it is.
pub const ISSUER: &str = "https://login.test/";

/// Who we are to it.
pub const AUDIENCE: &str = "https://reminders.test";

/// Where it publishes its keys.
pub const KEYS_URL: &str = "https://login.test/keys";

/// What it signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// RSA.
    Rs256,
    /// The curve P-256.
    Es256,
    /// The curve of Edwards.
    EdDsa,
}

impl Signing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// Its name in a token.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// An issuer.
pub struct Issuer {
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    state: Mutex<State>,
}

struct State {
    generation: u32,
    fetches: u32,
    is_away: bool,
}

impl Default for Issuer {
    fn default() -> Self {
        Self::new()
    }
}

impl Issuer {
    /// An issuer with curve keys that nobody else has.
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let ec = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ec_key = EcdsaKeyPair::generate_pkcs8(ec, &random).expect("a key is made");
        let ed_key = Ed25519KeyPair::generate_pkcs8(&random).expect("a key is made");
        let rsa = include_bytes!("../fixtures/issuer/rsa.pk8");
        Self {
            rsa: RsaKeyPair::from_pkcs8(rsa).expect("a key"),
            ec: EcdsaKeyPair::from_pkcs8(ec, ec_key.as_ref(), &random).expect("a key"),
            ed: Ed25519KeyPair::from_pkcs8(ed_key.as_ref()).expect("a key"),
            state: Mutex::new(State { generation: 1, fetches: 0, is_away: false }),
        }
    }

    /// How its tokens are read.
    pub fn settings() -> IssuerSettings {
        IssuerSettings::new(ISSUER.to_owned(), AUDIENCE.to_owned(), KEYS_URL.to_owned())
    }

    /// Its keys have other names from now on.
    pub fn rotate(&self) {
        self.lock().generation += 1;
    }

    /// Whether nobody answers from now on.
    pub fn be_away(&self, is_away: bool) {
        self.lock().is_away = is_away;
    }

    /// How often its keys were asked for.
    pub fn fetches(&self) -> u32 {
        self.lock().fetches
    }

    /// The name of a key as it is now.
    pub fn kid(&self, signing: Signing) -> String {
        format!("{}-{}", signing.name(), self.lock().generation)
    }

    /// The head of a token.
    pub fn head(&self, signing: Signing) -> Value {
        json!({ "alg": signing.name(), "typ": "JWT", "kid": self.kid(signing) })
    }

    /// A token of this head and these claims, rightly signed whatever they say.
    pub fn sign(&self, signing: Signing, head: &Value, claims: &Value) -> String {
        let message = message(head, claims);
        let random = SystemRandom::new();
        let signature = match signing {
            Signing::Rs256 => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                let (padding, bytes) = (&RSA_PKCS1_SHA256, message.as_bytes());
                self.rsa.sign(padding, &random, bytes, &mut signature).expect("it is signed");
                signature
            }
            Signing::Es256 => {
                let signature = self.ec.sign(&random, message.as_bytes()).expect("it is signed");
                signature.as_ref().to_vec()
            }
            Signing::EdDsa => self.ed.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token as it should be.
    pub fn token(&self, signing: Signing, claims: &Value) -> String {
        self.sign(signing, &self.head(signing), claims)
    }

    /// The public RSA key, as bytes that everybody knows.
    pub fn public_rsa(&self) -> Vec<u8> {
        let parts: PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        parts.n
    }

    fn set(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa: PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        let point = self.ec.public_key().as_ref();
        let kid = |signing| self.kid(signing);
        json!({ "keys": [
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid(Signing::Rs256),
              "n": encode(&rsa.n), "e": encode(&rsa.e) },
            { "kty": "EC", "crv": "P-256", "kid": kid(Signing::Es256),
              "x": encode(&point[1..33]), "y": encode(&point[33..]) },
            { "kty": "OKP", "crv": "Ed25519", "kid": kid(Signing::EdDsa),
              "x": encode(self.ed.public_key().as_ref()) },
            { "kty": "oct", "kid": "shared", "k": encode(b"a secret that is none") },
            { "kty": "RSA", "use": "enc", "kid": "for secrets",
              "n": encode(&rsa.n), "e": encode(&rsa.e) },
            { "kty": "something new", "kid": "new" },
        ]})
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

/// What is signed.
pub fn message(head: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(head), encode(claims))
}

/// Claims of a user, which hold for an hour.
pub fn claims(subject: &str, scope: &str, now: Timestamp) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "scope": scope,
        "iat": now.as_second(), "exp": now.as_second() + 3_600,
    })
}

#[async_trait]
impl Transport for Issuer {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        assert_eq!(request.uri().to_string(), KEYS_URL);
        self.lock().fetches += 1;
        if self.lock().is_away {
            return Err(TransportFault::NotSent { reason: "connection refused".to_owned() });
        }
        Ok(Response::new(self.set().to_string().into()))
    }
}
