//! How long what is stored of people is kept.
//!
//! Periods are whole days. DynamoDB removes by time-to-live, SQLite is swept; both may come late,
//! so nothing but keeping rests on a period.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use crate::time::back;

/// How many days events may be kept where no roll of the mirror removed them: a mirror reaches
/// back nine days at most.
pub const EVENTS_DAYS: RangeInclusive<i64> = 10..=365;

/// How many days reminders may be kept. An event's others of the last eight days are looked at
/// before a late text goes out, and ratings come a day after it.
pub const REMINDERS_DAYS: RangeInclusive<i64> = 14..=1_095;

/// How many days counters may be kept.
pub const COUNTERS_DAYS: RangeInclusive<i64> = 44..=3_650;

/// By how many days counters, and what guards them, outlive the reminders they count.
pub const BEYOND_REMINDERS_DAYS: i64 = 30;

/// How long what is stored of people is kept. Consent is not among it: a number's ledger stays as
/// long as somebody has the number, and an opt-out for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    events_days: i64,
    reminders_days: i64,
    counters_days: i64,
}

/// Periods that cannot be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRetention {
    /// A period is out of its range.
    #[error("{days} days is refused: choose {} to {}", .range.0, .range.1)]
    OutOfRange {
        /// What was asked for.
        days: i64,
        /// What may be.
        range: (i64, i64),
    },
    /// Counters would pass before the reminders that they are compared with.
    #[error(
        "{counters} days of counters is refused with {reminders} days of reminders: counters are \
         kept {BEYOND_REMINDERS_DAYS} days longer at least"
    )]
    CountersFirst {
        /// Days of counters.
        counters: i64,
        /// Days of reminders.
        reminders: i64,
    },
}

impl Default for Retention {
    /// Events 30 days, reminders 90, counters 400: a year, and some weeks to compare it with the
    /// next.
    fn default() -> Self {
        Self { events_days: 30, reminders_days: 90, counters_days: 400 }
    }
}

impl Retention {
    /// A number of days, if it is within a range.
    ///
    /// # Errors
    /// [`BadRetention::OutOfRange`].
    pub fn days(days: i64, range: RangeInclusive<i64>) -> Result<i64, BadRetention> {
        if range.contains(&days) {
            return Ok(days);
        }
        Err(BadRetention::OutOfRange { days, range: range.into_inner() })
    }

    /// Periods, where they are named; what is not named is as usual, and counters are kept long
    /// enough.
    ///
    /// # Errors
    /// [`BadRetention`].
    pub fn new(
        events: Option<i64>,
        reminders: Option<i64>,
        counters: Option<i64>,
    ) -> Result<Self, BadRetention> {
        let usual = Self::default();
        let reminders = Self::days(reminders.unwrap_or(usual.reminders_days), REMINDERS_DAYS)?;
        let least = reminders + BEYOND_REMINDERS_DAYS;
        let counters = counters.unwrap_or_else(|| usual.counters_days.max(least));
        let counters = Self::days(counters, COUNTERS_DAYS)?;
        if counters < least {
            return Err(BadRetention::CountersFirst { counters, reminders });
        }
        Ok(Self {
            events_days: Self::days(events.unwrap_or(usual.events_days), EVENTS_DAYS)?,
            reminders_days: reminders,
            counters_days: counters,
        })
    }

    /// How long an event of a mirror is kept after it.
    pub fn events(&self) -> SignedDuration {
        days(self.events_days)
    }

    /// How long a reminder with its trail, a day's claims and a run record are kept, after the
    /// event or the day.
    pub fn reminders(&self) -> SignedDuration {
        days(self.reminders_days)
    }

    /// How long what makes a reminder count once is kept: longer than the reminder.
    pub fn guards(&self) -> SignedDuration {
        days(self.reminders_days + BEYOND_REMINDERS_DAYS)
    }

    /// How long the counters of a day or an hour are kept.
    pub fn counters(&self) -> SignedDuration {
        days(self.counters_days)
    }

    /// From when on every reminder is still there, whatever was removed: two days later than the
    /// period says, since a row belongs to its user's local day and a text to its own hour.
    pub fn all_since(&self, now: Timestamp) -> Timestamp {
        back(now, self.reminders() - days(2))
    }
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_as_usual() {
        let usual = Retention::new(None, None, None).unwrap();
        assert_eq!(usual, Retention::default());
        assert_eq!(usual.events().as_hours(), 30 * 24);
        assert_eq!(usual.reminders().as_hours(), 90 * 24);
        assert_eq!(usual.guards().as_hours(), 120 * 24);
        assert_eq!(usual.counters().as_hours(), 400 * 24);
        let long = Retention::new(None, Some(1_000), None).unwrap();
        assert_eq!(long.counters().as_hours(), 1_030 * 24);
    }

    #[test]
    fn every_reminder_is_there_since_two_days_later_than_its_period_says() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let since = Retention::new(None, Some(14), None).unwrap().all_since(now);
        assert_eq!(since.to_string(), "2026-11-12T12:00:00Z", "two days later than two weeks ago");
    }

    #[test]
    fn periods_have_bounds_and_say_so() {
        let check = |events, reminders, counters, told: &str| {
            let refused = Retention::new(events, reminders, counters).unwrap_err();
            assert_eq!(refused.to_string(), told);
        };
        check(Some(9), None, None, "9 days is refused: choose 10 to 365");
        check(None, Some(13), None, "13 days is refused: choose 14 to 1095");
        check(
            None,
            Some(i64::MAX),
            None,
            &format!("{} days is refused: choose 14 to 1095", i64::MAX),
        );
        check(None, None, Some(-1), "-1 days is refused: choose 44 to 3650");
        check(
            None,
            Some(60),
            Some(70),
            "70 days of counters is refused with 60 days of reminders: counters are kept 30 days \
             longer at least",
        );
        assert!(Retention::new(Some(10), Some(14), Some(44)).is_ok());
        assert!(Retention::new(Some(365), Some(1_095), Some(3_650)).is_ok());
    }
}
