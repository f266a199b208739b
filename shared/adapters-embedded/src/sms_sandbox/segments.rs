//! How many parts Twilio bills for a text. The domain has its own count; this is the other side's.

/// The basic table of GSM 03.38 without its escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: each of these takes two places.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// The parts of a body: GSM-7 in 160 or 153 places, else UCS-2 in 70 or 67 UTF-16 units.
pub(super) fn count(body: &str) -> u32 {
    let septets = body.chars().try_fold(0_usize, |sum, letter| match letter {
        ' '..='~' if letter.is_ascii_alphanumeric() || letter == ' ' => Some(sum + 1),
        _ if EXTENSION.contains(letter) => Some(sum + 2),
        _ if BASIC.contains(letter) => Some(sum + 1),
        _ => None,
    });
    let parts = match septets {
        Some(places) => parts(places, 160, 153),
        None => parts(body.encode_utf16().count(), 70, 67),
    };
    u32::try_from(parts).unwrap_or(u32::MAX)
}

fn parts(places: usize, alone: usize, each: usize) -> usize {
    if places <= alone { 1 } else { places.div_ceil(each) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_the_alphabet() {
        let check = |body: &str, expected| assert_eq!(count(body), expected, "{body:?}");
        check("", 1);
        check(&"a".repeat(160), 1);
        check(&"a".repeat(161), 2);
        check(&"€".repeat(80), 1);
        check(&"€".repeat(81), 2);
        check(&"–".repeat(70), 1);
        check(&"–".repeat(71), 2);
        check(&"😀".repeat(35), 1);
        check(&"😀".repeat(36), 2);
        check(&"a".repeat(1_600), 11);
    }
}
