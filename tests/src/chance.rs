//! Random choices that a seed repeats.

use adapters_embedded::dice::SeededDice;
use app::ports::Dice;

/// Makes choices; the same seed makes the same ones.
pub struct Chance {
    dice: SeededDice,
}

impl Chance {
    /// Choices that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self { dice: SeededDice::new(seed) }
    }

    /// A number from 0 to `limit` - 1.
    pub fn below(&self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        from + self.below(to.abs_diff(from) + 1).cast_signed()
    }

    /// True once in so many times.
    pub fn one_in(&self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of several.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len() as u64);
        &from[usize::try_from(index).expect("a slice is not that long")]
    }

    /// Any number.
    pub fn number(&self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.dice.byte()))
    }
}
