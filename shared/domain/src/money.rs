//! Money, in millionths of a US dollar: what a thousandth of a text of a model costs still counts.

/// One US dollar.
pub const DOLLAR: u64 = 1_000_000;

/// Reads an amount in US dollars, such as `0.02`. None if it is none, or has more than six digits
/// after the point: what is configured is never rounded.
pub fn parse_usd(given: &str) -> Option<u64> {
    let (whole, part) = given.trim().split_once('.').unwrap_or((given.trim(), "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 6 {
        return None;
    }
    let micro: u64 = format!("{part:0<6}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(DOLLAR)?.checked_add(micro)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_whole_or_not_at_all() {
        let check = |given: &str, expected: Option<u64>| {
            assert_eq!(parse_usd(given), expected, "{given}");
        };
        check("0.02", Some(20_000));
        check("10", Some(10_000_000));
        check(" 1.5 ", Some(1_500_000));
        check("0.000001", Some(1));
        check("0", Some(0));
        check("0.0000001", None);
        check("", None);
        check(".5", None);
        check("5.", None);
        check("-1", None);
        check("1e3", None);
        check("$1", None);
        check("18446744073710", None);
    }
}
