//! Tokens: access tokens are good for an hour and kept in memory only; a refresh token that was
//! replaced is remembered until what replaced it is stored.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use app::ports::Hidden;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Tokens that are kept; more than any function looks after within an hour.
const KEPT_MAX: usize = 10_000;

/// What the token endpoint hands out.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) expires_in: Option<i64>,
    pub(super) refresh_token: Option<String>,
    pub(super) scope: Option<String>,
}

/// What the token endpoint says instead.
#[derive(Deserialize)]
pub(super) struct TokenFault {
    pub(super) error: String,
}

/// What was had for a refresh token.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) access: Hidden,
    pub(super) good_until: Timestamp,
    /// What came in place of the refresh token.
    pub(super) newer: Option<Hidden>,
}

/// Tokens, by the hash of what they were had for.
#[derive(Default)]
pub(super) struct TokenCache {
    kept: Mutex<HashMap<[u8; 32], Kept>>,
}

impl TokenCache {
    /// An access token that is still good.
    pub(super) fn access(&self, refresh: &Hidden, now: Timestamp) -> Option<Hidden> {
        let kept = self.lock();
        let kept = kept.get(&name(refresh))?;
        (now < kept.good_until).then(|| kept.access.clone())
    }

    /// What came in place of a refresh token.
    pub(super) fn newer(&self, refresh: &Hidden) -> Option<Hidden> {
        self.lock().get(&name(refresh))?.newer.clone()
    }

    /// Keeps what was had; under the name of what replaces the refresh token as well, since the
    /// next look comes with that.
    pub(super) fn keep(&self, refresh: &Hidden, had: Kept) {
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        if let Some(newer) = &had.newer {
            kept.insert(name(newer), Kept { newer: None, ..had.clone() });
        }
        kept.insert(name(refresh), had);
    }

    /// The access token is good no more.
    pub(super) fn forget(&self, refresh: &Hidden) {
        if let Some(kept) = self.lock().get_mut(&name(refresh)) {
            kept.good_until = Timestamp::MIN;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(refresh: &Hidden) -> [u8; 32] {
    Sha256::digest(refresh.reveal()).into()
}
