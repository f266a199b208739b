//! The way of a text through its statuses, laid out when it is created.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::config::Delays;
use super::script::Fate;
use super::text::TextStatus;

/// Twilio's code for a text that stayed in the queue longer than it was valid.
pub(super) const VALIDITY_EXPIRED: u32 = 30036;

/// What becomes of one text: the statuses after the first, with their instants, and why it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) steps: VecDeque<(TextStatus, Timestamp)>,
    pub(super) error_code: Option<u32>,
}

/// Lays out the course of a text that is `accepted` or `queued` at `created_at`.
pub(super) fn lay_out(
    first: TextStatus,
    created_at: Timestamp,
    validity_seconds: u32,
    fate: Fate,
    delays: Delays,
) -> Course {
    let mut ways = Vec::with_capacity(4);
    if first == TextStatus::Accepted {
        ways.push((TextStatus::Queued, delays.queued));
    }
    ways.push((TextStatus::Sending, delays.sending));
    let error_code = match fate {
        Fate::Fail { code } => {
            ways.push((TextStatus::Failed, delays.sent));
            Some(code)
        }
        Fate::Undeliver { code } => {
            ways.push((TextStatus::Sent, delays.sent));
            ways.push((TextStatus::Undelivered, delays.ended));
            Some(code)
        }
        Fate::Deliver | Fate::StopAt(_) => {
            ways.push((TextStatus::Sent, delays.sent));
            ways.push((TextStatus::Delivered, delays.ended));
            None
        }
    };
    let expires_at = later(created_at, SignedDuration::from_secs(validity_seconds.into()));
    let mut steps = VecDeque::with_capacity(4);
    let mut at = created_at;
    for (status, delay) in ways {
        if matches!(fate, Fate::StopAt(last) if last == first || is_at(&steps, last)) {
            break;
        }
        at = later(at, delay);
        let in_queue = matches!(status, TextStatus::Queued | TextStatus::Sending);
        if in_queue && at > expires_at {
            steps.push_back((TextStatus::Undelivered, expires_at));
            return Course { steps, error_code: Some(VALIDITY_EXPIRED) };
        }
        steps.push_back((status, at));
    }
    // A text that is to stay in the queue does not stay longer than it is valid.
    if !steps.iter().any(|(status, _)| *status == TextStatus::Sending) {
        steps.push_back((TextStatus::Undelivered, expires_at));
        return Course { steps, error_code: Some(VALIDITY_EXPIRED) };
    }
    Course { steps, error_code }
}

fn is_at(steps: &VecDeque<(TextStatus, Timestamp)>, status: TextStatus) -> bool {
    steps.back().is_some_and(|(last, _)| *last == status)
}

/// `at` plus a delay, at the end of time at most.
pub(super) fn later(at: Timestamp, delay: SignedDuration) -> Timestamp {
    at.checked_add(delay).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextStatus::{Accepted, Delivered, Failed, Queued, Sending, Sent, Undelivered};

    fn check(
        first: TextStatus,
        validity_seconds: u32,
        fate: Fate,
        expected: &[(TextStatus, i64)],
        error_code: Option<u32>,
    ) {
        let delays = Delays {
            queued: SignedDuration::from_secs(1),
            sending: SignedDuration::from_secs(20),
            sent: SignedDuration::from_secs(300),
            ended: SignedDuration::from_secs(4_000),
        };
        let created_at = Timestamp::UNIX_EPOCH;
        let course = lay_out(first, created_at, validity_seconds, fate, delays);
        let steps: Vec<_> =
            course.steps.iter().map(|(status, at)| (*status, at.as_second())).collect();
        assert_eq!(steps, expected, "{first} {validity_seconds} {fate:?}");
        assert_eq!(course.error_code, error_code, "{first} {validity_seconds} {fate:?}");
    }

    #[test]
    fn a_text_takes_its_way() {
        let delivered = [(Queued, 1), (Sending, 21), (Sent, 321), (Delivered, 4_321)];
        check(Accepted, 36_000, Fate::Deliver, &delivered, None);
        let delivered = [(Sending, 20), (Sent, 320), (Delivered, 4_320)];
        check(Queued, 36_000, Fate::Deliver, &delivered, None);
        let undelivered = [(Sending, 20), (Sent, 320), (Undelivered, 4_320)];
        check(Queued, 36_000, Fate::Undeliver { code: 30003 }, &undelivered, Some(30003));
        let failed = [(Sending, 20), (Failed, 320)];
        check(Queued, 36_000, Fate::Fail { code: 30001 }, &failed, Some(30001));
        check(Queued, 36_000, Fate::StopAt(Sent), &[(Sending, 20), (Sent, 320)], None);
    }

    #[test]
    fn a_text_leaves_the_queue_undelivered_when_it_is_no_longer_valid() {
        let expired = Some(VALIDITY_EXPIRED);
        check(Queued, 20, Fate::StopAt(Sending), &[(Sending, 20)], None);
        check(Queued, 19, Fate::Deliver, &[(Undelivered, 19)], expired);
        check(Accepted, 10, Fate::Deliver, &[(Queued, 1), (Undelivered, 10)], expired);
        check(Queued, 600, Fate::StopAt(Queued), &[(Undelivered, 600)], expired);
    }
}
