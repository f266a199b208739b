//! The keys of an issuer: a JWK set (RFC 7517), of which only what we verify with is kept.

use std::collections::HashMap;

use jsonwebtoken::jwk::{EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys of one set that are looked at; issuers have two or three.
const KEYS_MAX: usize = 100;

/// One key, and the one algorithm it is for.
pub(super) struct IssuerKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// Keys by their ids. One without an id is under the empty one.
#[derive(Default)]
pub(super) struct IssuerKeys(HashMap<String, IssuerKey>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl IssuerKeys {
    /// Reads a set. Keys we cannot use are left out (RFC 7517, 5); none if it is no set at all.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let set: Set = serde_json::from_slice(bytes).ok()?;
        let jwks = set.keys.into_iter().take(KEYS_MAX).filter_map(|key| {
            let jwk: Jwk = serde_json::from_value(key).ok()?;
            let id = jwk.common.key_id.clone().unwrap_or_default();
            Some((id, usable(&jwk)?))
        });
        Some(Self(jwks.collect()))
    }

    /// The key that a token names; where it names none, the only one there is.
    pub(super) fn find(&self, id: Option<&str>) -> Option<&IssuerKey> {
        match id {
            Some(id) => self.0.get(id),
            None if self.0.len() == 1 => self.0.values().next(),
            None => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn usable(jwk: &Jwk) -> Option<IssuerKey> {
    use jsonwebtoken::jwk::AlgorithmParameters::{EllipticCurve as Ec, OctetKeyPair};
    let is_for_signatures =
        matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let algorithm = match (key.family(), &jwk.algorithm) {
        (AlgorithmFamily::Rsa, _) => Algorithm::RS256,
        (AlgorithmFamily::Ec, Ec(key)) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        (AlgorithmFamily::Ed, OctetKeyPair(key)) if key.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    let named = jwk.common.key_algorithm.map(|named| named.to_string());
    let is_of_it = named.is_none_or(|named| named == format!("{algorithm:?}"));
    (is_for_signatures && is_of_it).then_some(IssuerKey { algorithm, key })
}
