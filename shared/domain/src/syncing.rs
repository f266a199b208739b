//! When a calendar that is connected is next looked at.

use jiff::{SignedDuration, Timestamp};

use crate::limits;
use crate::time::ahead;

/// How a look at a calendar ended, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookEnd {
    /// Well.
    Ok,
    /// It may go better by itself; `after` is how long the other side asks to be left alone.
    Later {
        /// How many looks failed in a row, this one included.
        failures: u32,
        /// What the other side asked for.
        after: Option<SignedDuration>,
    },
    /// It will not go better before somebody does something.
    NeedsPerson,
}

/// When the next look is due.
pub fn next_sync_at(now: Timestamp, every: SignedDuration, end: LookEnd) -> Timestamp {
    let wait = match end {
        LookEnd::Ok => every,
        LookEnd::NeedsPerson => limits::SYNC_WAIT_MAX,
        LookEnd::Later { failures, after } => {
            let doublings = failures.saturating_sub(1).min(16);
            let wait = limits::SYNC_WAIT_FIRST.saturating_mul(1 << doublings);
            let asked = after.unwrap_or(SignedDuration::ZERO).min(limits::SYNC_ASKED_WAIT_MAX);
            wait.min(limits::SYNC_WAIT_MAX).max(asked)
        }
    };
    ahead(now, wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cal_16_waits_double_up_to_a_limit_and_respect_what_the_other_side_asks() {
        let now = Timestamp::UNIX_EPOCH;
        let every = SignedDuration::from_mins(15);
        let check = |end, minutes: i64| {
            assert_eq!(next_sync_at(now, every, end).as_second(), minutes * 60, "{end:?}");
        };
        let failed = |failures| LookEnd::Later { failures, after: None };
        let asked = |hours| {
            let after = Some(SignedDuration::from_hours(hours));
            LookEnd::Later { failures: 1, after }
        };
        check(LookEnd::Ok, 15);
        check(failed(1), 2);
        check(failed(2), 4);
        check(failed(3), 8);
        check(failed(8), 256);
        check(failed(9), 360);
        check(failed(u32::MAX), 360);
        check(asked(1), 60);
        check(asked(1_000), 24 * 60);
        check(LookEnd::NeedsPerson, 360);
    }
}
