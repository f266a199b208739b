//! Bytes that nobody would send, fed to everything that reads what others wrote.
//!
//! Each target has seeds, real inputs, which are mutated by dice that a seed repeats. `tests/run`
//! feeds each some hundreds; `tests/fuzz/run` goes on for as long as it is told.

mod mutate;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::chance::Chance;

pub use self::targets::{NAMES, target};

/// Something that reads what others wrote.
pub trait Target {
    /// Real inputs.
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// Words that mean something there.
    fn words(&self) -> &'static [&'static str];

    /// Reads one input, and panics if that goes otherwise than it may.
    fn read(&mut self, input: &[u8]);

    /// Checks what must hold after all of them.
    fn end(&mut self) {}
}

/// An input that was not read as it must be.
pub struct Broken {
    /// The bytes.
    pub input: Vec<u8>,
    /// Which one of the run it was.
    pub number: usize,
}

/// Feeds a target its seeds, then mutations of them while `goes_on` says so of their number. The
/// panic of a broken input is printed as panics are.
///
/// # Errors
/// [`Broken`], the first input that was.
pub fn feed(
    target: &mut dyn Target,
    seed: u64,
    goes_on: impl Fn(usize) -> bool,
) -> Result<usize, Broken> {
    let seeds = target.seeds();
    let chance = Chance::new(seed);
    let mut number = 0;
    while number < seeds.len() || goes_on(number) {
        let input = match seeds.get(number) {
            Some(seed) => seed.clone(),
            None => mutate::mutated(&seeds, target.words(), &chance),
        };
        let read = catch_unwind(AssertUnwindSafe(|| target.read(&input)));
        if read.is_err() {
            return Err(Broken { input, number });
        }
        number += 1;
    }
    target.end();
    Ok(number)
}
