//! How single values stand in attributes, and how keys are made of several names.
//!
//! Instants are UTC in RFC 3339 without the closing `Z`, so that the order of the text is the
//! order of time whatever their precision (`09:15:00` < `09:15:00.5`).

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{ReminderId, UserId};
use domain::time::ahead;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// An item, or its key.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Stands between the names in a key. Names hold no control characters.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The longest sort key, in bytes.
const SORT_KEY_MAX: usize = 1_024;

/// A text.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number. DynamoDB keeps 38 digits, so all 64 bits may be used.
pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// An item of these attributes.
pub(super) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A text attribute of an item.
pub(super) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// A number attribute of an item.
pub(super) fn number_of<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name).and_then(|value| value.as_n().ok()).and_then(|digits| digits.parse().ok())
}

/// An instant as text.
pub(super) fn instant(at: Timestamp) -> String {
    let mut text = at.to_string();
    text.pop();
    text
}

/// The instant that a text names.
pub(super) fn parse_instant(text: &str) -> Option<Timestamp> {
    format!("{text}Z").parse().ok()
}

/// Names joined to one text that is in the order of the names.
pub(super) fn joined(names: &[&str]) -> String {
    names.join(&SEPARATOR.to_string())
}

/// A text that takes up to `bytes_max` in a sort key: itself, or its beginning and its hash. Only
/// names of several hundred letters of other scripts are that long.
pub(super) fn fit(text: String, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text;
    }
    let hash: String =
        Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut end = bytes_max.min(SORT_KEY_MAX).saturating_sub(hash.len() + 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{SEPARATOR}{hash}", &text[..end])
}

/// A number below `shards` that spreads users evenly.
pub(super) fn user_shard(user: &UserId, shards: u8) -> u8 {
    Sha256::digest(user.as_str())[0] % shards.max(1)
}

/// The key of what belongs to a user under a name.
pub(super) fn user_key(user: &UserId, name: &str, value: impl Into<String>) -> Item {
    item([("user", text(user.as_str())), (name, text(value))])
}

/// The key of a reminder.
pub(super) fn reminder_key(user: &UserId, id: ReminderId) -> Item {
    user_key(user, "reminder", id.to_string())
}

/// When an item that concerns `at` may be deleted: the time-to-live attribute `expires_at`, in
/// seconds. Deletions come up to days late, so nothing but retention rests on it.
pub(super) fn expiry(at: Timestamp, kept_for: SignedDuration) -> AttributeValue {
    number(ahead(at, kept_for).as_second())
}

/// As [`expiry`], of what concerns a date.
pub(super) fn expiry_on(on: Date, kept_for: SignedDuration) -> AttributeValue {
    let at = TimeZone::UTC.to_timestamp(on.to_datetime(jiff::civil::Time::midnight()));
    expiry(at.unwrap_or(Timestamp::MAX), kept_for)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_in_order_and_come_back() {
        let texts = ["-000001-12-31T00:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00.5Z"];
        let stored = texts.map(|text| instant(text.parse().unwrap()));
        assert!(stored.is_sorted(), "{stored:?}");
        assert_eq!(stored.map(|text| parse_instant(&text)), texts.map(|text| text.parse().ok()));
        assert_eq!(parse_instant("yesterday"), None);
    }

    #[test]
    fn long_names_fit_a_key_and_stay_apart() {
        let long = "é".repeat(700);
        let (one, other) = (fit(format!("{long}1"), 600), fit(format!("{long}2"), 600));
        assert_ne!(one, other);
        assert!(one.len() <= 600 && one.starts_with("éé"), "{}", one.len());
        assert_eq!(fit("short".to_owned(), 600), "short");
    }

    #[test]
    fn users_spread_over_shards() {
        let mut counts = [0_u32; 4];
        for number in 0..4_000 {
            let user = UserId::parse(&format!("user-{number}")).unwrap();
            counts[usize::from(user_shard(&user, 4))] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
