//! Keys of machines: made by an operator, shown once, stored as a hash, until they end or are
//! taken back.
//!
//! A key is `bfk_`, its id and a secret of 256 random bits. So many bits cannot be guessed, and a
//! plain SHA-256 of them cannot be turned back: slow hashes are for what people can remember.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::access::Caller;
use domain::ids::UserId;
use domain::limits;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tracing::info;

use crate::ports::{Cause, Control, Document, Entropy, StoreError};
use crate::records::{self, ApiKeyV1, BadRecord};

/// What every key begins with, so that one that leaks is found by those who look for secrets.
pub const PREFIX: &str = "bfk_";

/// The kind of the documents.
const KIND: &str = "api_key";

/// Hexadecimal digits of an id.
const ID_CHARS: usize = 16;

/// How often a change is tried while others write.
const TRIES_MAX: usize = 20;

/// A machine's key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which is no secret.
    pub id: String,
    /// The version of the document.
    pub version: u64,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the secret, in hexadecimal digits.
    pub secret_sha256: String,
    /// Whose data it opens, if anybody's.
    pub user: Option<UserId>,
    /// Whether it opens everything.
    pub is_operator: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; it opens nothing from then on.
    pub expires_at: Timestamp,
    /// When it was taken back, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A key that shall be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// Whose data it opens, if anybody's.
    pub user: Option<UserId>,
    /// Whether it opens everything.
    pub is_operator: bool,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What was made: the key, and the only place where all of it ever stands.
pub struct MadeApiKey {
    /// What is stored.
    pub key: ApiKey,
    /// What the machine sends.
    pub token: String,
}

/// Why no key was made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no randomness.
    #[error("the system gives no random bytes")]
    NoEntropy(#[source] Cause),
    /// There are too many.
    #[error("there are {} keys already, as many as may be", limits::API_KEYS_MAX)]
    TooMany,
}

/// Makes a key.
///
/// # Errors
/// [`KeyError`].
pub async fn create(
    control: &dyn Control,
    entropy: &dyn Entropy,
    new: NewApiKey,
    now: Timestamp,
) -> Result<MadeApiKey, KeyError> {
    if list(control).await?.len() >= limits::API_KEYS_MAX {
        return Err(KeyError::TooMany);
    }
    let (id, secret) = (entropy.secret(), entropy.secret());
    let (id, secret) = (id.map_err(KeyError::NoEntropy)?, secret.map_err(KeyError::NoEntropy)?);
    let id = hex(&id[..ID_CHARS / 2]);
    let secret = URL_SAFE_NO_PAD.encode(secret);
    let NewApiKey { name, user, is_operator, expires_at } = new;
    let key = ApiKey {
        version: 1,
        name,
        secret_sha256: hash(&secret),
        user,
        is_operator,
        created_at: now,
        expires_at,
        revoked_at: None,
        id,
    };
    if !write(control, &key).await? {
        let source = "an id came up twice".into();
        return Err(StoreError::Transient { operation: "make an API key", source }.into());
    }
    info!(key.id, "Made API key {}", key.id);
    Ok(MadeApiKey { token: format!("{PREFIX}{}_{secret}", key.id), key })
}

/// All keys, with those that open nothing any more, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(control: &dyn Control) -> Result<Vec<ApiKey>, StoreError> {
    let found = control.documents(KIND, None, limits::API_KEYS_MAX).await?;
    let keys = found.iter().map(|(id, document)| read(id, document));
    let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
    keys.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok(keys)
}

/// Takes a key back; it opens nothing from then on. The key as it is now; none if there is none of
/// that id. Harmless to repeat.
///
/// # Errors
/// [`StoreError`].
pub async fn revoke(
    control: &dyn Control,
    id: &str,
    now: Timestamp,
) -> Result<Option<ApiKey>, StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(mut key) = find(control, id).await? else { return Ok(None) };
        if key.revoked_at.is_some() {
            return Ok(Some(key));
        }
        key.version += 1;
        key.revoked_at = Some(now);
        if write(control, &key).await? {
            info!(key.id, "Revoked API key {}", key.id);
            return Ok(Some(key));
        }
    }
    let source = "others keep changing the same key".into();
    Err(StoreError::Transient { operation: "revoke an API key", source })
}

/// Whoever holds a token that begins with [`PREFIX`], if it opens anything at `now`.
///
/// # Errors
/// [`StoreError`].
pub async fn caller(
    control: &dyn Control,
    token: &str,
    now: Timestamp,
) -> Result<Option<Caller>, StoreError> {
    let Some((id, secret)) = token.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'))
    else {
        return Ok(None);
    };
    let Some(key) = find(control, id).await? else { return Ok(None) };
    // Hashes are compared, and nobody who does not hold the secret can choose its hash: what the
    // time of the comparison tells is of no use.
    if hash(secret) != key.secret_sha256 || !key.holds_at(now) {
        return Ok(None);
    }
    Ok(Some(Caller {
        name: format!("key {}", key.id),
        user: key.user,
        is_operator: key.is_operator,
    }))
}

async fn find(control: &dyn Control, id: &str) -> Result<Option<ApiKey>, StoreError> {
    if id.len() != ID_CHARS || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let found = control.document(KIND, id).await?;
    found.map(|document| read(id, &document)).transpose()
}

async fn write(control: &dyn Control, key: &ApiKey) -> Result<bool, StoreError> {
    let body = records::to_json::<ApiKeyV1>(key).map_err(unreadable)?;
    control.put_document(KIND, &key.id, &Document::new(key.version, body)).await
}

fn read(id: &str, document: &Document) -> Result<ApiKey, StoreError> {
    let key = records::in_document::<ApiKeyV1>(document).map_err(unreadable)?;
    Ok(ApiKey { id: id.to_owned(), version: document.version, ..key })
}

fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unreadable(bad: BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write an API key", what: bad.to_string() }
}
