//! Randomness that is good enough for secrets.

use app::ports::{Cause, Entropy};
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system's.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn secret(&self) -> Result<[u8; 32], Cause> {
        let mut bytes = [0; 32];
        let filled = SystemRandom::new().fill(&mut bytes);
        filled.map_err(|_| "the operating system gives no random bytes")?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_given_twice() {
        assert_ne!(SystemEntropy.secret().unwrap(), SystemEntropy.secret().unwrap());
    }
}
