//! The stored key of a machine.

use domain::ids::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::api_keys::ApiKey;

/// A machine's key, version 1. The secret is not in it, only its hash.
#[derive(Debug, Serialize, Deserialize)]
pub struct ApiKeyV1 {
    /// The version of the form.
    pub v: u32,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub secret_sha256: String,
    /// Whose data it opens.
    #[serde(default)]
    pub user: Option<UserId>,
    /// Whether it opens everything.
    #[serde(default)]
    pub is_operator: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; it opens nothing from then on.
    pub expires_at: Timestamp,
    /// When it was taken back.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
}

impl Record for ApiKeyV1 {
    type Value = ApiKey;
    const WHAT: &'static str = "API key";

    fn of(key: &ApiKey) -> Self {
        Self {
            v: VERSION,
            name: key.name.clone(),
            secret_sha256: key.secret_sha256.clone(),
            user: key.user.clone(),
            is_operator: key.is_operator,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The id is the document's name and its version stands beside the form; whoever reads it
    /// fills both in.
    fn into_value(self) -> Result<ApiKey, BadRecord> {
        Ok(ApiKey {
            id: String::new(),
            version: 0,
            name: self.name,
            secret_sha256: self.secret_sha256,
            user: self.user,
            is_operator: self.is_operator,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
        })
    }
}
