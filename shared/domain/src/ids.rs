//! Names of things. Each is a type of its own, so that none can stand where another belongs.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::lead_time::LeadSlot;
use crate::limits;

/// A name that is empty, too long, or holds characters that a key must not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} {given:?} is not usable: 1 to {max} characters, no control characters",
    max = limits::NAME_CHARS_MAX
)]
pub struct BadName {
    what: &'static str,
    given: String,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the name as given; see [`BadName`] for what is refused.
            pub fn parse(given: &str) -> Result<Self, BadName> {
                let fits = (1..=limits::NAME_CHARS_MAX).contains(&given.chars().count());
                if fits && !given.chars().any(char::is_control) {
                    Ok(Self(given.into()))
                } else {
                    Err(BadName { what: $what, given: given.chars().take(80).collect() })
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(given: String) -> Result<Self, BadName> {
                Self::parse(&given)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.as_ref().to_owned()
            }
        }
    };
}

name!(
    /// One person who gets reminders. Chosen by whoever adds the user.
    UserId,
    "user id"
);
name!(
    /// One calendar of a user; unique within the user.
    CalendarId,
    "calendar id"
);
name!(
    /// The UID of a calendar component (RFC 5545, 3.8.4.7); the same on all occurrences of a
    /// series.
    EventUid,
    "event uid"
);
name!(
    /// Which occurrence of a series: its original start as the calendar wrote it (RFC 5545
    /// RECURRENCE-ID), or [`Occurrence::SINGLE`] where the event does not recur.
    Occurrence,
    "occurrence"
);
name!(
    /// What the SMS provider calls one text it took (Twilio's `Sid`).
    MessageSid,
    "message sid"
);

impl Occurrence {
    /// How the only occurrence of an event that does not recur is written.
    pub const SINGLE: &'static str = "-";

    /// The only occurrence of an event that does not recur.
    pub fn single() -> Self {
        Self(Self::SINGLE.into())
    }
}

/// The name of one reminder: a hash of user, calendar, UID, occurrence, lead slot and round.
///
/// It survives every move and edit of the event, so planning twice, or from two places at once,
/// yields the same rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReminderId([u8; 16]);

impl ReminderId {
    /// The id of one intended text.
    pub fn of(
        user: &UserId,
        calendar: &CalendarId,
        uid: &EventUid,
        occurrence: &Occurrence,
        slot: LeadSlot,
        round: u32,
    ) -> Self {
        let mut hash = Sha256::new();
        for part in [user.as_str(), calendar.as_str(), uid.as_str(), occurrence.as_str()] {
            // The length goes first, so that no two lists of parts run into the same bytes.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update([slot.number()]);
        hash.update(round.to_le_bytes());
        let digest = hash.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }

    /// The name under which something is counted once for a user that no single reminder is:
    /// `what`, such as that they were exposed to `which` experiment.
    pub fn of_count(user: &UserId, what: &str, which: &str) -> Self {
        let mut hash = Sha256::new();
        for part in ["count", user.as_str(), what, which] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }

    /// Reads the 32 hexadecimal digits that [`fmt::Display`] writes.
    pub fn parse(given: &str) -> Result<Self, BadName> {
        let bad = || BadName { what: "reminder id", given: given.chars().take(80).collect() };
        if given.len() != 32 || !given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(given.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| bad())?;
        }
        Ok(Self(id))
    }

    /// The id as bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// The id that [`Self::to_bytes`] told.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A number that spreads ids evenly over `shards` shards.
    pub fn shard(&self, shards: u8) -> u8 {
        self.0[0] % shards.max(1)
    }
}

impl fmt::Display for ReminderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ReminderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReminderId({self})")
    }
}

impl TryFrom<String> for ReminderId {
    type Error = BadName;
    fn try_from(given: String) -> Result<Self, BadName> {
        Self::parse(&given)
    }
}

impl From<ReminderId> for String {
    fn from(id: ReminderId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn id(parts: [&str; 4], slot: u8, round: u32) -> ReminderId {
        ReminderId::of(
            &UserId::parse(parts[0]).unwrap(),
            &CalendarId::parse(parts[1]).unwrap(),
            &EventUid::parse(parts[2]).unwrap(),
            &Occurrence::parse(parts[3]).unwrap(),
            LeadSlot::new(slot),
            round,
        )
    }

    #[test]
    fn reminder_ids_are_the_same_as_words_and_as_bytes() {
        let one = id(["ann", "work", "a@x", "single"], 0, 0);
        assert_eq!(ReminderId::from_bytes(one.to_bytes()), one);
        let words = one.to_bytes().map(|byte| format!("{byte:02x}")).concat();
        assert_eq!((one.to_string(), ReminderId::parse(&words).unwrap()), (words, one));
    }

    #[test]
    fn an_id_never_changes_its_spelling() {
        // Stored rows bear it: another value here would text everybody once more.
        let ada = id(["ada", "home", "uid-1@example.com", Occurrence::SINGLE], 0, 0);
        assert_eq!(ada.to_string(), "e2493bf1b550e97f75dd72a7d65bb3b1");
    }

    #[test]
    fn every_part_of_a_name_matters() {
        let parts = ["ada", "home", "uid-1", "-"];
        let mut ids = HashSet::from([id(parts, 0, 0), id(parts, 1, 0), id(parts, 0, 1)]);
        for index in 0..4 {
            let mut other = parts;
            other[index] = "other";
            ids.insert(id(other, 0, 0));
        }
        // Nor do two parts run into each other.
        ids.insert(id(["ad", "ahome", "uid-1", "-"], 0, 0));
        ids.insert(id(["ada", "homeuid-", "1", "-"], 0, 0));
        assert_eq!(ids.len(), 9);
    }

    #[test]
    fn names_are_refused_with_their_limits() {
        let check = |given: &str, is_good: bool| {
            assert_eq!(UserId::parse(given).is_ok(), is_good, "{given:?}");
        };
        check("ada", true);
        check("Ada Lovelace <ada@example.com>", true);
        check("été 🎉", true);
        check("", false);
        check("a\nb", false);
        check("a\0", false);
        check(&"é".repeat(255), true);
        check(&"é".repeat(256), false);
        let refused = EventUid::parse("").unwrap_err().to_string();
        assert_eq!(
            refused,
            "event uid \"\" is not usable: 1 to 255 characters, no control characters"
        );
    }

    #[test]
    fn ids_are_read_as_they_are_written_and_in_no_other_way() {
        let one = id(["ada", "home", "uid-1", "-"], 0, 0);
        assert_eq!(ReminderId::parse(&one.to_string()), Ok(one));
        assert_eq!(ReminderId::parse(&one.to_string().to_uppercase()), Ok(one));
        for bad in ["", "12", &"+f".repeat(16), &"g".repeat(32), &"é".repeat(16), &"0".repeat(33)]
        {
            assert!(ReminderId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_spread_evenly_over_shards() {
        let mut counts = [0_u32; 8];
        for number in 0..8_000 {
            let one = id(["ada", "home", &format!("uid-{number}"), "-"], 0, 0);
            counts[usize::from(one.shard(8))] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
        assert_eq!(id(["ada", "home", "uid-1", "-"], 0, 0).shard(0), 0);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(given in any::<String>()) {
            if let Ok(name) = EventUid::parse(&given) {
                prop_assert_eq!(name.as_str(), &given);
            }
            let _ = ReminderId::parse(&given);
        }
    }

    #[test]
    fn reminder_ids_are_stored_as_they_are_shown() {
        let one = id(["ada", "home", "a", "2026-11-24"], 0, 0);
        assert_eq!(serde_json::to_value(one).unwrap(), one.to_string());
        assert_eq!(serde_json::from_str::<ReminderId>(&format!("\"{one}\"")).unwrap(), one);
    }
}
