//! Tokens that name writes, and the waits between their tries.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::AsyncSleep;
use sha2::{Digest, Sha256};

use super::DynamoStore;

/// The first wait is any time up to this; the following ones double.
const BACKOFF_FIRST: Duration = Duration::from_millis(20);

/// The longest wait.
const BACKOFF_MAX: Duration = Duration::from_millis(400);

/// Makes tokens that no other store makes, in this process or another.
#[derive(Debug)]
pub(super) struct Tokens {
    process: [u64; 2],
    count: AtomicU64,
}

impl Tokens {
    /// Tokens of a store with this identity.
    pub(super) fn of(process: [u64; 2]) -> Self {
        Self { process, count: AtomicU64::new(0) }
    }

    /// Tokens that differ in each process and store.
    pub(super) fn from_system() -> Self {
        // The standard library keys its hash maps from the system's randomness.
        let key = RandomState::new();
        Self::of([key.hash_one(1_u8), key.hash_one(2_u8)])
    }

    /// The next token: 32 hexadecimal digits, of the 36 letters that DynamoDB takes.
    pub(super) fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut hash = Sha256::new();
        for part in [self.process[0], self.process[1], count] {
            hash.update(part.to_le_bytes());
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl DynamoStore {
    /// Waits before the next try. The wait follows from the token, so that two writes that met
    /// part ways.
    pub(super) async fn back_off(&self, token: &str, tried: u32) {
        if let Some(sleep) = &self.inner.sleep {
            sleep.sleep(wait(token, tried)).await;
        }
    }
}

fn wait(token: &str, tried: u32) -> Duration {
    let longest = BACKOFF_FIRST.saturating_mul(1 << tried.min(10)).min(BACKOFF_MAX);
    let hash = Sha256::new().chain_update(token).chain_update(tried.to_le_bytes()).finalize();
    longest.mul_f64(f64::from(hash[0]) / 255.0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_token_comes_twice() {
        let (one, other) = (Tokens::from_system(), Tokens::from_system());
        let tokens: HashSet<_> = (0..100).flat_map(|_| [one.next(), other.next()]).collect();
        assert_eq!(tokens.len(), 200);
        assert!(tokens.iter().all(|token| token.len() == 32));
    }

    #[test]
    fn waits_grow_stay_bounded_and_differ() {
        for tried in 0..40 {
            assert!(wait("a", tried) <= BACKOFF_MAX);
        }
        assert!(wait("a", 0) <= BACKOFF_FIRST);
        let waits: HashSet<_> = (0..50).map(|number| wait(&format!("{number}"), 5)).collect();
        assert!(waits.len() > 30);
    }
}
