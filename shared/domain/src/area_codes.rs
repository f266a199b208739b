//! The zones that area codes of +1 lie in.
//!
//! People keep their numbers when they move, so an area code never says where somebody is. It only
//! ever adds a doubt: see [`crate::text_hours`].

use crate::phone::PhoneNumber;

/// Area codes and their zones; the file names its source.
const AREA_CODES: &str = include_str!("phone/area_codes.txt");

/// Every zone that a part of the number's area code lies in. None for numbers outside +1, and for
/// codes that lie nowhere, such as toll-free ones.
pub fn zones_of(phone: &PhoneNumber) -> impl Iterator<Item = &'static str> {
    let code = phone.as_e164().strip_prefix("+1").and_then(|rest| rest.get(..3)).unwrap_or("+");
    let found = lines().find(|(codes, _)| codes.split(',').any(|known| known == code));
    found.into_iter().flat_map(|(_, zones)| zones.split(' '))
}

/// Codes and the zones they lie in.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = AREA_CODES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' '))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::countries::country_of;
    use crate::time::Zones;

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::try_from(digits.to_owned()).unwrap()
    }

    #[test]
    fn an_area_code_lies_in_every_zone_that_a_part_of_it_lies_in() {
        let check = |digits: &str, expected: &[&str]| {
            assert_eq!(zones_of(&number(digits)).collect::<Vec<_>>(), expected, "{digits}");
        };
        check("+12025550123", &["America/New_York"]);
        check("+18505550123", &["America/Chicago", "America/New_York"]);
        check("+18085550123", &["Pacific/Honolulu"]);
        check("+14165550123", &["America/Toronto"]);
        check("+18005550123", &[]);
        check("+493012345678", &[]);
        check("+2025550123", &[]);
    }

    #[test]
    fn every_line_names_codes_once_and_zones_that_exist() {
        let (zones, mut seen) = (Zones::bundled(), HashSet::new());
        for (codes, names) in lines() {
            for code in codes.split(',') {
                assert!(
                    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()),
                    "{code}"
                );
                assert!(seen.insert(code), "{code} twice");
            }
            for name in names.split(' ') {
                assert!(zones.find(name).is_some(), "{name}");
            }
        }
        assert!(seen.len() > 430, "{} area codes", seen.len());
    }

    #[test]
    fn the_table_agrees_with_the_one_of_countries() {
        // Another source, which knows countries only.
        let mut compared = 0;
        for code in lines().flat_map(|(codes, _)| codes.split(',')) {
            let phone = number(&format!("+1{code}5550123"));
            let zone = zones_of(&phone).next().unwrap();
            let expected = match zone {
                "America/Toronto" | "America/Vancouver" | "America/Winnipeg"
                | "America/Edmonton" | "America/Regina" => "CA",
                "America/New_York"
                | "America/Chicago"
                | "America/Denver"
                | "America/Phoenix"
                | "America/Los_Angeles" => "US",
                "America/Jamaica" => "JM",
                "Pacific/Guam" => "GU",
                _ => continue,
            };
            // Parts of these lie elsewhere first; 273 is younger than the other source.
            if ["867", "250", "273"].contains(&code) {
                continue;
            }
            assert_eq!(country_of(&phone), Some(expected), "{code}");
            compared += 1;
        }
        assert!(compared > 350, "{compared} area codes were compared");
    }
}
