//! Phone numbers: read with care, kept in E.164, never shown whole.
//!
//! The `phonenumber` crate knows the numbering plans, but reads far more than a number ("tel:"
//! links, extensions, letters on keys), and strips the trunk prefix of the *default* country from
//! foreign numbers: with "US", `+49 1512 3456789` loses its 1. So what is given is cleaned here,
//! a number with a country code is read without a default, and whatever comes out is compared
//! with what went in.

use std::fmt;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type, country};
use serde::{Deserialize, Serialize};

/// Characters of the longest input that is read; E.164 has at most 15 digits.
const GIVEN_CHARS_MAX: usize = 40;

/// A phone number in E.164, such as `+12025550123`.
///
/// It has no `Display`, and `Debug` shows the country code and the last two digits only, so that
/// it cannot slip into a log; [`PhoneNumber::as_e164`] is the one way to its digits. Reading it
/// from a store checks its shape only, since a number may outlive a numbering plan.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why something is not a number that texts can be sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("phone number {masked} {fault}")]
pub struct BadPhone {
    /// What was given, all but its last two digits hidden.
    pub masked: String,
    /// What is wrong with it, and the remedy.
    pub fault: PhoneFault,
}

/// What is wrong with a phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// Nothing was given.
    #[error("is empty; write it like +12025550123")]
    Empty,
    /// It spells a word, as on the keys of a phone.
    #[error("has letters; write the digits only, like +12025550123")]
    Letters,
    /// It names an extension, which a text cannot reach.
    #[error("has an extension, which a text cannot reach; give a direct mobile number")]
    Extension,
    /// It has characters that no number has.
    #[error("has {0:?} in it; write the digits only, like +12025550123")]
    Character(char),
    /// It has no country code, and no default country was given.
    #[error("has no country code; begin with + and the code, like +12025550123")]
    NoCountry,
    /// The default country is not one.
    #[error("cannot be read for country {0:?}; use a code of two letters like US or DE")]
    UnknownCountry(String),
    /// No country has this code.
    #[error("begins with a country code that does not exist; check the digits after the +")]
    UnknownCode,
    /// Digits are missing.
    #[error("is too short; check for missing digits")]
    TooShort,
    /// There are too many digits.
    #[error("is too long; check for digits too many")]
    TooLong,
    /// The numbering plan of the country has no such number.
    #[error("does not exist in its country's numbering plan; check the digits")]
    NotInPlan,
    /// It exists, but nothing that takes texts has it.
    #[error("is a {0} number, which takes no texts; give a mobile number")]
    NotForTexts(&'static str),
    /// It belongs to a country that is not texted.
    #[error(
        "belongs to {0}, where this system texts nobody; give a number of another country, or have \
         its operator add this one to the countries it texts"
    )]
    ElsewhereThanTexted(&'static str),
}

impl PhoneNumber {
    /// Reads a number as people write it: with spaces, dashes, dots, parentheses or slashes; with
    /// `+` and the country code, or an international prefix (`00`; `011` where the default country
    /// dials so); or as dialled at home in `default_country` (ISO 3166, like `US`).
    pub fn parse(given: &str, default_country: Option<&str>) -> Result<Self, BadPhone> {
        read(given, default_country)
            .map(Self)
            .map_err(|fault| BadPhone { masked: masked(given), fault })
    }

    /// The number in E.164. Not for logs.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The country code and the last two digits, for people who know the number already.
    pub fn masked(&self) -> String {
        let digits = self.0.get(1..).unwrap_or_default();
        let code = digits.get(..code_length(digits)).unwrap_or_default();
        format!("+{code}{}", masked(digits))
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = BadPhone;

    fn try_from(given: String) -> Result<Self, BadPhone> {
        let digits = given.strip_prefix('+').unwrap_or_default();
        let is_e164 = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_e164 {
            return Ok(Self(given));
        }
        Err(BadPhone { masked: masked(&given), fault: PhoneFault::NoCountry })
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

fn read(given: &str, default_country: Option<&str>) -> Result<String, PhoneFault> {
    let cleaned = clean(given)?;
    let country = default_country.map(country_id).transpose()?;
    if let Some(digits) = international(&cleaned, country) {
        return read_international(digits);
    }
    let country = country.ok_or(PhoneFault::NoCountry)?;
    let number = phonenumber::parse(Some(country), &cleaned).map_err(fault_of)?;
    // Another international prefix, which would be read by the wrong country's rules.
    if number.code().source() == country::Source::Idd {
        return Err(PhoneFault::NoCountry);
    }
    finish(&number)
}

/// Reads digits that begin with a country code.
fn read_international(digits: &str) -> Result<String, PhoneFault> {
    if digits.len() < 7 {
        return Err(PhoneFault::TooShort);
    }
    let number = phonenumber::parse(None, format!("+{digits}")).map_err(fault_of)?;
    // A trunk zero may have gone ("+44 07911..."), but digits that nobody gave must not come in,
    // as they do for seven digits in some islands of +1.
    let is_longer = number.format().mode(Mode::E164).to_string().len() > digits.len() + 1;
    if is_longer { Err(PhoneFault::TooShort) } else { finish(&number) }
}

/// Judges a number by its country's plan, and writes it in E.164.
fn finish(number: &phonenumber::PhoneNumber) -> Result<String, PhoneFault> {
    let e164 = number.format().mode(Mode::E164).to_string();
    // With the plus: E.164 has 15 digits at most, and no country has numbers under 7.
    match e164.len() {
        ..8 => return Err(PhoneFault::TooShort),
        17.. => return Err(PhoneFault::TooLong),
        _ => {}
    }
    if !number.is_valid() {
        return Err(PhoneFault::NotInPlan);
    }
    let kind = match number.number_type(&DATABASE) {
        // Where the plan cannot tell it from a mobile one, as in North America, it is taken. So is
        // one of a provider of calls by internet, which may take texts.
        Type::FixedLine => "landline",
        Type::Pager => "pager",
        // It only leads calls on, at a price of its own.
        Type::PersonalNumber => "personal",
        Type::PremiumRate => "premium-rate",
        Type::SharedCost => "shared-cost",
        // In North America toll-free numbers can take texts.
        Type::TollFree if number.code().value() != 1 => "toll-free",
        Type::Uan => "company",
        Type::Voicemail => "voicemail",
        Type::Emergency => "emergency",
        Type::ShortCode => "short",
        _ => return Ok(e164),
    };
    Err(PhoneFault::NotForTexts(kind))
}

/// Leaves digits and a leading plus.
fn clean(given: &str) -> Result<String, PhoneFault> {
    let given = given.trim();
    if given.chars().nth(GIVEN_CHARS_MAX).is_some() {
        return Err(PhoneFault::TooLong);
    }
    let given = given.strip_prefix("tel:").unwrap_or(given);
    // A trunk zero that is only dialled at home: +44 (0)20.
    let given = if given.starts_with(['+', '＋']) || given.starts_with("00") {
        given.replace("(0)", "")
    } else {
        given.to_owned()
    };
    let mut out = String::with_capacity(given.len());
    for (at, c) in given.chars().enumerate() {
        match c {
            '0'..='9' => out.push(c),
            '+' | '＋' if out.is_empty() => out.push('+'),
            '０'..='９' => {
                out.extend(char::from_digit(u32::from(c) - u32::from('０'), 10));
            }
            ' ' | '-' | '.' | '(' | ')' | '/' | '\t' => {}
            '\u{a0}'
            | '\u{2000}'..='\u{2015}'
            | '\u{202a}'..='\u{202f}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{2212}'
            | '\u{3000}'
            | '\u{feff}' => {}
            '#' | ',' | ';' | '*' => return Err(PhoneFault::Extension),
            c if c.is_alphabetic() => return Err(letters(&given, at)),
            c => return Err(PhoneFault::Character(c)),
        }
    }
    if out.trim_start_matches('+').is_empty() { Err(PhoneFault::Empty) } else { Ok(out) }
}

/// Whether the letters from `at` on name an extension or spell a number.
fn letters(given: &str, at: usize) -> PhoneFault {
    let rest: String = given.chars().skip(at).take_while(|c| c.is_alphabetic()).collect();
    let is_extension = matches!(
        rest.to_lowercase().as_str(),
        "x" | "ext" | "extn" | "xtn" | "extension" | "int" | "anexo" | "durchwahl"
    );
    if is_extension { PhoneFault::Extension } else { PhoneFault::Letters }
}

/// What follows the plus or an international prefix, if there is one.
fn international(cleaned: &str, country: Option<country::Id>) -> Option<&str> {
    let code = country.and_then(|id| DATABASE.by_id(id.as_ref())).map(|plan| plan.country_code());
    let dialled = match (country, code) {
        (Some(country::AU), _) => cleaned.strip_prefix("0011"),
        (Some(country::JP), _) => cleaned.strip_prefix("010"),
        (_, Some(1)) => cleaned.strip_prefix("011"),
        _ => None,
    };
    cleaned.strip_prefix('+').or(dialled).or_else(|| cleaned.strip_prefix("00"))
}

fn country_id(given: &str) -> Result<country::Id, PhoneFault> {
    // Letters only: a number that was passed by mistake must not come back in a message.
    let shown = || given.chars().filter(|c| c.is_alphabetic()).take(20).collect();
    let id = given.trim().to_ascii_uppercase().parse();
    id.map_err(|_| PhoneFault::UnknownCountry(shown()))
}

fn fault_of(error: phonenumber::ParseError) -> PhoneFault {
    use phonenumber::ParseError;
    match error {
        ParseError::InvalidCountryCode => PhoneFault::UnknownCode,
        ParseError::TooLong => PhoneFault::TooLong,
        ParseError::NoNumber | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => {
            PhoneFault::TooShort
        }
        _ => PhoneFault::NotInPlan,
    }
}

/// A number with all but its last two digits hidden; of a short one, nothing is left.
fn masked(given: &str) -> String {
    let digits: Vec<char> = given.chars().filter(char::is_ascii_digit).collect();
    match digits.as_slice() {
        [.., a, b] if digits.len() >= 7 => format!("•••{a}{b}"),
        _ => "•••".to_owned(),
    }
}

/// How many of these digits are the country code (ITU-T E.164, list of assigned codes).
fn code_length(digits: &str) -> usize {
    let two = digits.get(..2).unwrap_or_default();
    match two.as_bytes() {
        [b'1' | b'7', _] => 1,
        [b'2', b'0' | b'7'] => 2,
        [b'3', b'0' | b'1' | b'2' | b'3' | b'4' | b'6' | b'9'] => 2,
        [b'4', b'2'] => 3,
        [b'4', _] => 2,
        [b'5', b'1'..=b'8'] => 2,
        [b'6', b'0'..=b'6'] => 2,
        [b'8', b'1' | b'2' | b'4' | b'6'] => 2,
        [b'9', b'0'..=b'5' | b'8'] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests;
