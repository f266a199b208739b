//! When an attempt that failed is followed by another.

use jiff::{SignedDuration, Timestamp};

use crate::limits;
use crate::time::ahead;

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Another attempt at this instant.
    RetryAt(Timestamp),
    /// None: the attempts are used up.
    GiveUp,
    /// None: the next one would come after the last instant at which the text may go out.
    TooLate,
}

/// What follows when attempt number `failed` (from 1) turned out at `now` to have failed in a way
/// that may pass: waits of 2, then 4 minutes, so attempts at 0, +2 and +6.
pub fn after_failure(failed: u32, now: Timestamp, last_at: Timestamp) -> AfterFailure {
    if failed >= limits::ATTEMPTS_MAX {
        return AfterFailure::GiveUp;
    }
    let wait = limits::RETRY_WAIT * (1 << failed.saturating_sub(1).min(16));
    let at = ahead(now, wait);
    if at.duration_until(last_at) < limits::VALIDITY_MIN {
        AfterFailure::TooLate
    } else {
        AfterFailure::RetryAt(at)
    }
}

/// How long to wait after the provider did not process a request at all (too many requests, or no
/// connection): doubling from 2 s to 60 s, with up to half of it taken off by `jitter` (0 to 255),
/// so that many senders do not come back in step. Costs no attempt.
pub fn after_not_processed(times: u32, jitter: u8) -> SignedDuration {
    let full = SignedDuration::from_secs((2_i64 << times.min(5)).min(60));
    full - full * i32::from(jitter) / (2 * 255)
}

/// For how long the provider may keep a text in its own queue: until the last instant at which it
/// may go out, or the next quiet window; none if that is too short to be worth a try.
pub fn validity(
    now: Timestamp,
    last_at: Timestamp,
    quiet_from: Option<Timestamp>,
) -> Option<SignedDuration> {
    let end = quiet_from.map_or(last_at, |quiet| quiet.min(last_at));
    let left = now.duration_until(end).min(limits::VALIDITY_MAX);
    let whole = SignedDuration::from_secs(left.as_secs());
    (whole >= limits::VALIDITY_MIN).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn del_01_attempts_come_at_0_2_and_6_minutes() {
        let end = at(100_000);
        assert_eq!(after_failure(1, at(0), end), AfterFailure::RetryAt(at(120)));
        assert_eq!(after_failure(2, at(120), end), AfterFailure::RetryAt(at(360)));
        assert_eq!(after_failure(3, at(360), end), AfterFailure::GiveUp);
    }

    #[test]
    fn del_10_a_retry_due_after_the_event_begins_is_too_late() {
        assert_eq!(after_failure(1, at(0), at(129)), AfterFailure::TooLate);
        assert_eq!(after_failure(1, at(0), at(130)), AfterFailure::RetryAt(at(120)));
    }

    #[test]
    fn waits_after_unprocessed_requests_grow_and_differ() {
        let check = |times, jitter, secs| {
            assert_eq!(after_not_processed(times, jitter).as_secs(), secs, "{times} {jitter}");
        };
        check(0, 0, 2);
        check(1, 0, 4);
        check(4, 0, 32);
        check(9, 0, 60);
        check(9, 255, 30);
    }

    #[test]
    fn validity_ends_with_the_event_the_quiet_window_or_ten_hours() {
        let check = |last, quiet: Option<i64>, expected: Option<i64>| {
            let found = validity(at(0), at(last), quiet.map(at)).map(|left| left.as_secs());
            assert_eq!(found, expected, "{last} {quiet:?}");
        };
        check(900, None, Some(900));
        check(900, Some(60), Some(60));
        check(900, Some(9), None);
        check(9, None, None);
        check(10, None, Some(10));
        check(90_000, None, Some(36_000));
    }
}
