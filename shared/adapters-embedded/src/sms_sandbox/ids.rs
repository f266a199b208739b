//! Sids that look random and are not: the same seed gives the same sids.

/// A sid: two letters and 32 hexadecimal digits, the `number`th of its seed.
pub(super) fn sid(prefix: &str, seed: u64, number: u64) -> String {
    let first = mix(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let second = mix(first ^ number);
    format!("{prefix}{first:016x}{second:016x}")
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014): a bijection that spreads every bit.
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn sids_have_twilios_form_and_never_repeat() {
        let sids: HashSet<String> = (0..10_000).map(|number| sid("SM", 7, number)).collect();
        assert_eq!(sids.len(), 10_000);
        assert!(sids.iter().all(|sid| sid.len() == 34 && sid.starts_with("SM")));
        assert_eq!(sid("SM", 7, 3), sid("SM", 7, 3));
        assert_ne!(sid("SM", 7, 3), sid("SM", 8, 3));
    }
}
