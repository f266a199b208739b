//! Segments, the billing units of an SMS, and the spelling that needs the fewest.
//!
//! A text travels in the GSM-7 alphabet (3GPP TS 23.038) where every character has a place in it,
//! else in UCS-2. One part holds 160 septets or 70 UTF-16 units; a longer text is cut into parts
//! of 153 or 67, and each part is billed. Counts agree with Twilio's calculator
//! (`sms-segments-calculator`).

mod pieces;
mod spelling;

use serde::{Deserialize, Serialize};

pub use spelling::to_gsm;

/// Septets in a text that is one part (1,120 bits).
pub const GSM_SINGLE: usize = 160;
/// Septets in each part of a longer text: six octets go to the header that joins them.
pub const GSM_PART: usize = 153;
/// UTF-16 units in a text that is one part.
pub const UCS_SINGLE: usize = 70;
/// UTF-16 units in each part of a longer text.
pub const UCS_PART: usize = 67;

/// The alphabet a text travels in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// Seven bits a character; the characters of the extension table take two septets.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// Sixteen bits a unit; characters beyond the basic plane take two units.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

/// What a text costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// The alphabet it travels in.
    pub encoding: Encoding,
    /// Its length: septets in GSM-7, UTF-16 units in UCS-2, where the calculator counts a letter
    /// of GSM-7 with marks written apart as one.
    pub units: usize,
    /// How many parts are billed. An empty text counts one, as it does for Twilio's calculator.
    pub segments: usize,
    /// The distinct characters that force UCS-2, in order of appearance.
    pub costly: Vec<char>,
}

/// Counts a text as Twilio does.
///
/// Neither the two septets of an extension character nor a grapheme (what a reader takes for one
/// character, such as a flag or a letter with its accents) is ever split over two parts.
pub fn count(text: &str) -> Segments {
    let mut costly = Vec::new();
    for c in text.chars() {
        if septets(c).is_none() && !costly.contains(&c) {
            costly.push(c);
        }
    }
    if costly.is_empty() {
        let sizes = || text.chars().filter_map(septets);
        let units = sizes().sum();
        let segments = if units <= GSM_SINGLE { 1 } else { parts(sizes(), GSM_PART) };
        return Segments { encoding: Encoding::Gsm7, units, segments, costly };
    }
    let units = pieces::sizes(text).sum();
    let segments = if units <= UCS_SINGLE { 1 } else { parts(pieces::sizes(text), UCS_PART) };
    Segments { encoding: Encoding::Ucs2, units, segments, costly }
}

/// How many septets a character takes in GSM-7; `None` where it has no place there.
pub fn septets(c: char) -> Option<usize> {
    match c {
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' | '\u{c}' => Some(2),
        '`' => None,
        '\n' | '\r' | ' '..='~' => Some(1),
        '¡' | '£' | '¤' | '¥' | '§' | '¿' | 'Ä' | 'Å' | 'Æ' | 'Ç' | 'É' | 'Ñ' | 'Ö' | 'Ø' | 'Ü'
        | 'ß' | 'à' | 'ä' | 'å' | 'æ' | 'è' | 'é' | 'ì' | 'ñ' | 'ò' | 'ö' | 'ø' | 'ù' | 'ü' => {
            Some(1)
        }
        'Γ' | 'Δ' | 'Θ' | 'Λ' | 'Ξ' | 'Π' | 'Σ' | 'Φ' | 'Ψ' | 'Ω' => Some(1),
        _ => None,
    }
}

/// Whether every character has a place in GSM-7.
pub fn is_gsm(text: &str) -> bool {
    text.chars().all(|c| septets(c).is_some())
}

/// The length of a text in `encoding`; characters without a place in GSM-7 count nothing there.
pub fn units(text: &str, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Gsm7 => text.chars().filter_map(septets).sum(),
        Encoding::Ucs2 => utf16_units(text),
    }
}

/// The length of the largest piece of a UCS-2 text that is never split, in UTF-16 units.
pub(crate) fn largest_piece(text: &str) -> usize {
    pieces::sizes(text).max().unwrap_or_default()
}

fn utf16_units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// How many parts with `room` units each hold pieces of these sizes, in order.
fn parts(sizes: impl Iterator<Item = usize>, room: usize) -> usize {
    let mut parts = 1;
    let mut used = 0;
    for size in sizes {
        if used + size > room {
            parts += 1;
            used = 0;
        }
        used += size;
    }
    parts
}

#[cfg(test)]
mod tests;
