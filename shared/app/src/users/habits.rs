//! What is usual where somebody lives, for those who did not say.

use domain::countries::country_of;
use domain::phone::PhoneNumber;
use domain::texts::{HourCycle, Language, Locale};

/// Countries that read the clock by 12 hours: those for which the CLDR's time data (`supplemental/
/// timeData`) prefers `h` or `hB`.
const TWELVE_HOURS: &[&str] = &[
    "AE", "AG", "AL", "AS", "AU", "BB", "BD", "BH", "BM", "BN", "BS", "BT", "CA", "CO", "CY", "DJ",
    "DM", "DO", "DZ", "EG", "EH", "ER", "ET", "FJ", "FM", "GD", "GH", "GM", "GR", "GU", "GY", "HK",
    "IN", "IQ", "JM", "JO", "KH", "KI", "KN", "KP", "KR", "KW", "KY", "LB", "LC", "LR", "LS", "LY",
    "MH", "MO", "MP", "MR", "MW", "MY", "NA", "NZ", "OM", "PA", "PG", "PH", "PK", "PR", "PS", "PW",
    "QA", "SA", "SB", "SD", "SG", "SL", "SO", "SS", "SY", "SZ", "TC", "TD", "TN", "TO", "TT", "TW",
    "UM", "US", "VC", "VE", "VG", "VI", "VU", "WS", "YE", "ZM",
];

/// How somebody with this number most likely reads and tells the time.
pub fn usual_locale(phone: &PhoneNumber) -> Locale {
    let country = country_of(phone);
    let is_twelve = country.is_some_and(|code| TWELVE_HOURS.binary_search(&code).is_ok());
    Locale {
        language: Language::En,
        hours: if is_twelve { HourCycle::H12 } else { HourCycle::H24 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_country_of_the_number() {
        assert!(TWELVE_HOURS.is_sorted());
        let check = |number: &str, expected: HourCycle| {
            let phone = PhoneNumber::parse(number, None).unwrap();
            assert_eq!(usual_locale(&phone).hours, expected, "{number}");
        };
        check("+12025550123", HourCycle::H12);
        check("+61491570156", HourCycle::H12);
        check("+4915123456789", HourCycle::H24);
        check("+447400123456", HourCycle::H24);
    }
}
