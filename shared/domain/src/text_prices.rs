//! What a segment of a text costs, by the beginning of the number that it goes to.

use std::str::FromStr;

use crate::money::parse_usd;
use crate::phone::PhoneNumber;

/// What a list of prices looks like, for those whose list cannot be read.
const EXAMPLE: &str = "+1=0.0118, +49=0.1, other=0.1";

/// Prices of one segment, in millionths of a US dollar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPrices {
    /// By the digits after the plus.
    by_prefix: Vec<(String, u64)>,
    /// Of all other numbers.
    other: u64,
}

/// A list of prices that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; it is a list of US dollars for a segment, like \"{EXAMPLE}\"")]
pub struct BadPrices {
    what: String,
}

impl Default for TextPrices {
    /// What Twilio asks for a text to the United States with the usual fee of carriers, in November
    /// 2026; and more than nearly anywhere for all others, so that a ceiling is rather too low.
    fn default() -> Self {
        Self { by_prefix: vec![("1".to_owned(), 11_800)], other: 100_000 }
    }
}

impl TextPrices {
    /// What `segments` to this number cost. The longest beginning that is listed decides.
    pub fn price(&self, to: &PhoneNumber, segments: usize) -> u64 {
        let digits = to.as_e164().trim_start_matches('+');
        let listed = self.by_prefix.iter().filter(|(prefix, _)| digits.starts_with(prefix));
        let of_one = listed.max_by_key(|(prefix, _)| prefix.len()).map_or(self.other, |(_, p)| *p);
        of_one.saturating_mul(u64::try_from(segments).unwrap_or(u64::MAX))
    }
}

impl FromStr for TextPrices {
    type Err = BadPrices;

    fn from_str(given: &str) -> Result<Self, BadPrices> {
        let bad = |what: String| BadPrices { what };
        let mut prices = Self { by_prefix: Vec::new(), other: Self::default().other };
        for entry in given.split(',').map(str::trim) {
            let (of, usd) =
                entry.split_once('=').ok_or_else(|| bad(format!("`{entry}` has no price")))?;
            let price = parse_usd(usd)
                .ok_or_else(|| bad(format!("`{}` is no amount in US dollars", usd.trim())))?;
            match of.trim() {
                "other" => prices.other = price,
                prefix => {
                    let digits = prefix.strip_prefix('+').filter(|digits| {
                        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
                    });
                    let digits =
                        digits.ok_or_else(|| bad(format!("`{prefix}` does not begin like +49")))?;
                    prices.by_prefix.push((digits.to_owned(), price));
                }
            }
        }
        Ok(prices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(prices: &TextPrices, to: &str, segments: usize) -> u64 {
        prices.price(&PhoneNumber::parse(to, None).unwrap(), segments)
    }

    #[test]
    fn the_longest_beginning_decides() {
        let prices: TextPrices = "+1=0.01,+1876=0.2, +49 = 0.1,other=0.3".parse().unwrap();
        assert_eq!(price(&prices, "+12025550100", 1), 10_000);
        assert_eq!(price(&prices, "+12025550100", 2), 20_000);
        assert_eq!(price(&prices, "+18765551234", 1), 200_000);
        assert_eq!(price(&prices, "+4915123456789", 1), 100_000);
        assert_eq!(price(&prices, "+447400123456", 1), 300_000);
        assert_eq!(price(&TextPrices::default(), "+12025550100", 1), 11_800);
        assert_eq!(price(&TextPrices::default(), "+447400123456", 1), 100_000);
    }

    #[test]
    fn a_list_that_cannot_be_read_says_what_is_wrong() {
        let check = |given: &str, expected: &str| {
            let error = given.parse::<TextPrices>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        check("", "`` has no price");
        check("+1", "`+1` has no price");
        check("+1=cheap", "`cheap` is no amount in US dollars; it is a list");
        check("US=0.01", "`US` does not begin like +49");
        check("+=0.01", "`+` does not begin like +49");
    }
}
