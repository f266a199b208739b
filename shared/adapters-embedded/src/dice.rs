//! Dice for jitter.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use app::ports::Dice;

/// Pseudo-random dice (SplitMix64): the same seed gives the same throws. Not for secrets.
#[derive(Debug)]
pub struct SeededDice {
    state: AtomicU64,
}

impl SeededDice {
    /// Dice that start from a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// Dice that start differently in each process.
    pub fn from_system() -> Self {
        // The standard library keys its hash maps from the system's randomness.
        Self::new(RandomState::new().hash_one("dice"))
    }
}

impl Dice for SeededDice {
    fn byte(&self) -> u8 {
        // The constants are those of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
        // Generators" (2014). The state is a counter, so threads need no lock.
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()[7]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_row_of_throws() {
        let throws = |seed| {
            let dice = SeededDice::new(seed);
            (0..100).map(|_| dice.byte()).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(8));
    }

    #[test]
    fn every_value_comes_up_about_equally_often() {
        let dice = SeededDice::new(1);
        let mut seen = [0_u32; 256];
        for _ in 0..256_000 {
            seen[usize::from(dice.byte())] += 1;
        }
        // The deviation of each count is 32; six of them happen once in half a billion.
        assert!(seen.iter().all(|count| (808..=1_192).contains(count)), "{seen:?}");
    }
}
