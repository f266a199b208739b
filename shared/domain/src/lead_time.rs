//! How long before an event its reminders are due.

use std::fmt;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::limits;

/// How long before the start of an event a reminder is due (RFC 5545 TRIGGER): 1 minute to 7 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct LeadTime(u32);

/// Why a lead time, or a list of them, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLeadTime {
    /// Out of range.
    #[error("lead time of {minutes} minutes is refused: choose 1 to {}", limits::LEAD_MINUTES_MAX)]
    OutOfRange {
        /// What was asked for.
        minutes: u64,
    },
    /// Not a duration such as `15m`, `1h` or `2d`.
    #[error("lead time {given:?} is not understood: write 15m, 1h or 2d")]
    Unreadable {
        /// What was asked for.
        given: String,
    },
    /// One, or too many, to choose among.
    #[error(
        "a lead time is found among 2 to {} different ones, not {count}",
        limits::LEAD_TIMES_MAX
    )]
    Choice {
        /// How many different ones were given.
        count: usize,
    },
    /// None, too many, or one twice.
    #[error("a user has 1 to {} different lead times, not {count}", limits::LEAD_TIMES_MAX)]
    Count {
        /// How many different ones were given.
        count: usize,
    },
}

impl LeadTime {
    /// A lead time of whole minutes.
    pub fn from_minutes(minutes: u32) -> Result<Self, BadLeadTime> {
        if (1..=limits::LEAD_MINUTES_MAX).contains(&minutes) {
            Ok(Self(minutes))
        } else {
            Err(BadLeadTime::OutOfRange { minutes: minutes.into() })
        }
    }

    /// Reads `15`, `15m`, `1h` or `2d`.
    pub fn parse(given: &str) -> Result<Self, BadLeadTime> {
        let text = given.trim();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
            "" | "m" | "min" => 1,
            "h" => 60,
            "d" => 24 * 60,
            _ => return Err(BadLeadTime::Unreadable { given: given.chars().take(80).collect() }),
        };
        let number: u64 = digits
            .parse()
            .map_err(|_| BadLeadTime::Unreadable { given: given.chars().take(80).collect() })?;
        let minutes = number.saturating_mul(factor);
        u32::try_from(minutes)
            .ok()
            .and_then(|m| Self::from_minutes(m).ok())
            .ok_or(BadLeadTime::OutOfRange { minutes })
    }

    /// Whole minutes.
    pub fn minutes(self) -> u32 {
        self.0
    }

    /// As a span of elapsed time.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_mins(self.0.into())
    }
}

impl TryFrom<u32> for LeadTime {
    type Error = BadLeadTime;
    fn try_from(minutes: u32) -> Result<Self, BadLeadTime> {
        Self::from_minutes(minutes)
    }
}

impl From<LeadTime> for u32 {
    fn from(lead: LeadTime) -> u32 {
        lead.0
    }
}

/// One of a user's places for a lead time. It keeps its number while its minutes change, so a
/// changed lead time moves what is ahead and does not text again what was texted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadSlot(u8);

impl LeadSlot {
    /// The slot of the one reminder an all-day entry has.
    pub const ALL_DAY: Self = Self(u8::MAX);

    /// The first number of the slots of snoozes, each of which belongs to a slot below.
    const SNOOZES_FROM: u8 = 128;

    /// Stands for [`Self::ALL_DAY`] where the slots of snoozes are numbered; no lead time has it.
    const ALL_DAY_PLACE: u8 = 40;

    /// The slot of the snooze number `count`, counted from 0, of a reminder in this slot; none
    /// beyond the most snoozes that a reminder may have. Snoozes of a snooze are its reminder's.
    pub fn snoozed(self, count: usize) -> Option<Self> {
        let place = match self.base() {
            Self::ALL_DAY => Self::ALL_DAY_PLACE,
            Self(number) => (number < Self::ALL_DAY_PLACE).then_some(number)?,
        };
        let count = u8::try_from(count).ok().filter(|count| *count < limits::SNOOZES_MAX)?;
        Some(Self(Self::SNOOZES_FROM + limits::SNOOZES_MAX * place + count))
    }

    /// Whether it is the slot of a snooze.
    pub fn is_snooze(self) -> bool {
        let places = limits::SNOOZES_MAX * (Self::ALL_DAY_PLACE + 1);
        self.0 >= Self::SNOOZES_FROM && self.0 - Self::SNOOZES_FROM < places
    }

    /// The slot of the reminder that was snoozed; of one that is no snooze, its own.
    pub fn base(self) -> Self {
        if !self.is_snooze() {
            return self;
        }
        match (self.0 - Self::SNOOZES_FROM) / limits::SNOOZES_MAX {
            Self::ALL_DAY_PLACE => Self::ALL_DAY,
            place => Self(place),
        }
    }

    /// The slot with this number.
    pub fn new(number: u8) -> Self {
        Self(number)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for LeadSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The lead times of one user, each in its slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadTimes(Vec<(LeadSlot, LeadTime)>);

impl Default for LeadTimes {
    fn default() -> Self {
        Self(vec![(LeadSlot(0), LeadTime(limits::LEAD_MINUTES_DEFAULT))])
    }
}

impl LeadTimes {
    /// Lead times for a new user, in slots 0, 1, 2...
    pub fn new(leads: &[LeadTime]) -> Result<Self, BadLeadTime> {
        Self(Vec::new()).changed_to(leads)
    }

    /// One lead time, in a slot.
    pub fn in_slot(slot: LeadSlot, lead: LeadTime) -> Self {
        Self(vec![(slot, lead)])
    }

    /// The same user's lead times after a change: what stays keeps its slot, what is new takes the
    /// slots of what went, and then free numbers.
    pub fn changed_to(&self, leads: &[LeadTime]) -> Result<Self, BadLeadTime> {
        let mut wanted = leads.to_vec();
        wanted.sort();
        wanted.dedup();
        if wanted.is_empty() || wanted.len() > limits::LEAD_TIMES_MAX {
            return Err(BadLeadTime::Count { count: wanted.len() });
        }
        let mut slots: Vec<_> =
            self.0.iter().filter(|(_, lead)| wanted.contains(lead)).copied().collect();
        let mut free = self.0.iter().filter(|(_, lead)| !wanted.contains(lead)).map(|(s, _)| *s);
        for lead in wanted.iter().copied() {
            if slots.iter().any(|(_, kept)| *kept == lead) {
                continue;
            }
            let slot = free.next().unwrap_or_else(|| lowest_free(&slots));
            slots.push((slot, lead));
        }
        slots.sort();
        Ok(Self(slots))
    }

    /// Slots and lead times, by slot.
    pub fn iter(&self) -> impl Iterator<Item = (LeadSlot, LeadTime)> + '_ {
        self.0.iter().copied()
    }

    /// The longest of them.
    pub fn longest(&self) -> LeadTime {
        self.iter().map(|(_, lead)| lead).max().unwrap_or(LeadTime(limits::LEAD_MINUTES_DEFAULT))
    }
}

fn lowest_free(taken: &[(LeadSlot, LeadTime)]) -> LeadSlot {
    let is_taken = |number: &u8| taken.iter().any(|(slot, _)| slot.0 == *number);
    LeadSlot((0..LeadSlot::ALL_DAY.0).find(|number| !is_taken(number)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(minutes: &[u32]) -> Vec<LeadTime> {
        minutes.iter().map(|m| LeadTime::from_minutes(*m).unwrap()).collect()
    }

    fn slots(times: &LeadTimes) -> Vec<(u8, u32)> {
        times.iter().map(|(slot, lead)| (slot.number(), lead.minutes())).collect()
    }

    #[test]
    fn each_snooze_has_a_slot_of_its_own_that_names_what_was_snoozed() {
        let bases = (0..LeadSlot::ALL_DAY_PLACE).map(LeadSlot::new).chain([LeadSlot::ALL_DAY]);
        let mut seen = std::collections::HashSet::new();
        for base in bases {
            assert!(!base.is_snooze() && base.base() == base && seen.insert(base));
            for count in 0..usize::from(limits::SNOOZES_MAX) {
                let slot = base.snoozed(count).unwrap();
                assert!(slot.is_snooze() && seen.insert(slot), "{slot}");
                assert_eq!(slot.base(), base);
                assert_eq!(slot.snoozed(count), Some(slot), "of the same reminder");
            }
            assert_eq!(base.snoozed(usize::from(limits::SNOOZES_MAX)), None);
        }
        assert_eq!(LeadSlot::new(LeadSlot::ALL_DAY_PLACE).snoozed(0), None);
    }

    #[test]
    fn a_changed_lead_time_keeps_its_slot() {
        let before = LeadTimes::new(&leads(&[15])).unwrap();
        assert_eq!(slots(&before.changed_to(&leads(&[30])).unwrap()), [(0, 30)]);
        let two = before.changed_to(&leads(&[15, 60])).unwrap();
        assert_eq!(slots(&two), [(0, 15), (1, 60)]);
        assert_eq!(slots(&two.changed_to(&leads(&[60])).unwrap()), [(1, 60)]);
        assert_eq!(slots(&two.changed_to(&leads(&[5, 60])).unwrap()), [(0, 5), (1, 60)]);
    }

    #[test]
    fn lead_times_are_read_and_refused() {
        let check = |given: &str, expected: Option<u32>| {
            assert_eq!(LeadTime::parse(given).ok().map(LeadTime::minutes), expected, "{given}");
        };
        check("15m", Some(15));
        check("15", Some(15));
        check(" 1h ", Some(60));
        check("7d", Some(10_080));
        check("0", None);
        check("8d", None);
        check("soon", None);
        check("", None);
        check("99999999999999999999h", None);
        assert!(LeadTimes::new(&[]).is_err());
        assert!(LeadTimes::new(&leads(&[1, 2, 3, 4, 5, 6])).is_err());
    }

    #[test]
    fn minutes_and_slots_are_stored_and_shown_as_numbers() {
        let lead = LeadTime::from_minutes(45).unwrap();
        assert_eq!(serde_json::to_value(lead).unwrap(), 45);
        assert_eq!(LeadSlot::new(7).to_string(), "7");
    }

    #[test]
    fn behind_the_slots_of_snoozes_is_no_snooze() {
        let slots: Vec<_> = (0..=u8::MAX).map(LeadSlot::new).collect();
        let snoozes = slots.iter().filter(|slot| slot.is_snooze()).count();
        let places = limits::SNOOZES_MAX * (LeadSlot::ALL_DAY_PLACE + 1);
        assert_eq!(snoozes, usize::from(places));
    }
}
