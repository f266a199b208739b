//! The time and the dice of a function's process.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use app::ports::{Clock, Dice};
use jiff::Timestamp;

/// The clock of the machine that the function runs on.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this adapter is where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Dice that start differently in each process. Good enough for jitter, not for secrets.
#[derive(Debug, Default)]
pub struct SystemDice {
    // The standard library keys its hash maps from the system's randomness.
    keys: RandomState,
    throws: AtomicU64,
}

impl Dice for SystemDice {
    fn byte(&self) -> u8 {
        let throw = self.throws.fetch_add(1, Ordering::Relaxed);
        self.keys.hash_one(throw).to_le_bytes()[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_fall_evenly() {
        let (dice, mut counts) = (SystemDice::default(), [0_u32; 256]);
        for _ in 0..256 * 400 {
            counts[usize::from(dice.byte())] += 1;
        }
        assert!(counts.iter().all(|count| (250..550).contains(count)), "{counts:?}");
    }
}
