//! Changing inputs: bits, pieces, words, and mixtures of two.

use crate::chance::Chance;

/// Bytes of an input at most.
const BYTES_MAX: usize = 8_192;

/// Bytes that many formats stumble over.
const ODD: [&[u8]; 12] = [
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\r",
    b"\n",
    b"%",
    b"\"",
    b"\\",
    b"-1",
    b"18446744073709551616",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x9a\x80",
];

/// One of the seeds, changed a few times.
pub(super) fn mutated(seeds: &[Vec<u8>], words: &[&str], chance: &Chance) -> Vec<u8> {
    let mut input = chance.pick(seeds).clone();
    for _ in 0..=chance.below(6) {
        change(&mut input, seeds, words, chance);
    }
    input.truncate(BYTES_MAX);
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], chance: &Chance) {
    let at = place(input.len() + 1, chance);
    let (from, to) = piece(input, chance);
    match chance.below(8) {
        0 if !input.is_empty() => {
            let at = place(input.len(), chance);
            input[at] ^= 1 << chance.below(8);
        }
        1 => drop(input.drain(from..to)),
        2 => drop(input.splice(at..at, chance.pick(&ODD).iter().copied())),
        3 => {
            let again = input[from..to].to_vec();
            drop(input.splice(at..at, again));
        }
        4 => {
            let other = chance.pick(seeds);
            let (other_from, other_to) = piece(other, chance);
            drop(input.splice(from..to, other[other_from..other_to].iter().copied()));
        }
        5 => input.truncate(at),
        6 => drop(input.splice(from..to, digits(chance))),
        _ => drop(input.splice(at..at, chance.pick(words).bytes())),
    }
}

/// A number of any length.
fn digits(chance: &Chance) -> Vec<u8> {
    let digit = |_| b"0123456789"[place(10, chance)];
    (0..=chance.below(20)).map(digit).collect()
}

/// A short piece of an input, often within one line.
fn piece(input: &[u8], chance: &Chance) -> (usize, usize) {
    let from = place(input.len() + 1, chance);
    let length = place(if chance.one_in(4) { 400 } else { 12 }, chance);
    (from, input.len().min(from + length))
}

fn place(below: usize, chance: &Chance) -> usize {
    usize::try_from(chance.below(below as u64)).expect("it is below a length")
}
