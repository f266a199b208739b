//! The countries that texts may go to.
//!
//! A number's country is told by how the number begins. That is less than a numbering plan knows,
//! but enough for this, and it spares the sender the plans of the whole world, which take it
//! longer to read than all else it does to start.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::LazyLock;

use crate::phone::{BadPhone, PhoneFault, PhoneNumber};
use crate::reasons::SkipReason;
use crate::user::User;

/// How the numbers of each country begin; the file names its sources.
const BEGINNINGS: &str = include_str!("phone/countries.txt");

/// The same by the beginning, since figures ask for the countries of many numbers.
static COUNTRIES: LazyLock<BTreeMap<&str, &str>> =
    LazyLock::new(|| beginnings().map(|(country, beginning)| (beginning, country)).collect());

/// Characters of the longest beginning.
static LONGEST: LazyLock<usize> =
    LazyLock::new(|| COUNTRIES.keys().map(|beginning| beginning.len()).max().unwrap_or(0));

/// The word for every country there is, and for numbers that belong to none.
const ALL: &str = "all";

/// The countries that texts may go to: all, or those that are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countries(Option<BTreeSet<&'static str>>);

/// A list of countries that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCountries {
    /// Something in it is no country with numbers of its own.
    #[error("{0:?} is no country; write codes of two letters like \"US, CA\", or \"all\"")]
    Unknown(String),
    /// Nothing is in it.
    #[error("names no country; write codes of two letters like \"US, CA\", or \"all\"")]
    Empty,
}

impl Countries {
    /// All countries, and numbers that belong to none.
    pub const ALL: Self = Self(None);

    /// Whether texts may go to this number.
    pub fn includes(&self, phone: &PhoneNumber) -> bool {
        let Some(named) = &self.0 else { return true };
        country_of(phone).is_some_and(|country| named.contains(country))
    }

    /// Reads a number as [`PhoneNumber::parse`] does, if texts may go to it.
    pub fn read(
        &self,
        given: &str,
        default_country: Option<&str>,
    ) -> Result<PhoneNumber, BadPhone> {
        let phone = PhoneNumber::parse(given, default_country)?;
        if self.includes(&phone) {
            return Ok(phone);
        }
        let fault = PhoneFault::ElsewhereThanTexted(country_of(&phone).unwrap_or("no country"));
        Err(BadPhone { masked: phone.masked(), fault })
    }

    /// Why nothing can be texted to a user whom nothing else stands against.
    pub fn unreachable(&self, user: &User) -> Option<SkipReason> {
        if !self.includes(&user.phone) {
            Some(SkipReason::CountryNotTexted)
        } else if !user.is_phone_verified {
            Some(SkipReason::PhoneUnverified)
        } else {
            None
        }
    }
}

/// `US, CA`, or `all`.
impl FromStr for Countries {
    type Err = BadCountries;

    fn from_str(given: &str) -> Result<Self, BadCountries> {
        let names = given.split(',').map(str::trim).filter(|name| !name.is_empty());
        let mut named = BTreeSet::new();
        for name in names {
            if name.eq_ignore_ascii_case(ALL) {
                return Ok(Self::ALL);
            }
            let known = beginnings().map(|(country, _)| country);
            let known = known.into_iter().find(|known| known.eq_ignore_ascii_case(name));
            let shown = || name.chars().take(20).collect();
            named.insert(known.ok_or_else(|| BadCountries::Unknown(shown()))?);
        }
        if named.is_empty() { Err(BadCountries::Empty) } else { Ok(Self(Some(named))) }
    }
}

/// The country or territory that a number belongs to (ISO 3166, like `US`); none where it belongs
/// to none, such as a satellite phone's.
pub fn country_of(phone: &PhoneNumber) -> Option<&'static str> {
    let known = |length| COUNTRIES.get(phone.as_e164().get(..length)?).copied();
    (1..=*LONGEST).rev().find_map(known)
}

/// Each country with each of its beginnings.
fn beginnings() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = BEGINNINGS.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| {
        let mut words = line.split(' ');
        let country = words.next().unwrap_or_default();
        words.map(move |beginning| (country, beginning))
    })
}

#[cfg(test)]
mod tests;
