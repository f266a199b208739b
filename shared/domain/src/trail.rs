//! What happened to a reminder, and why: append-only, bounded, readable.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::reasons::{CancelReason, DeferReason, SkipReason};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailEntry {
    /// When it last happened.
    pub at: Timestamp,
    /// What happened.
    pub step: Step,
    /// How often in a row; repeats are coalesced.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_once(times: &u32) -> bool {
    *times == 1
}

/// What can happen to a reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The plan asked for it.
    Planned {
        /// The instant its text is due.
        send_at: Timestamp,
    },
    /// The plan asked for it when its instant had already passed.
    PlannedLate {
        /// The instant its text is due.
        send_at: Timestamp,
    },
    /// The event or the settings changed, and with them the instant.
    Moved {
        /// The instant its text is due now.
        send_at: Timestamp,
    },
    /// The words changed, the instant did not.
    Retexted,
    /// It waits.
    Deferred {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: DeferReason,
    },
    /// It was withdrawn.
    Cancelled {
        /// Why.
        reason: CancelReason,
    },
    /// It will not be sent.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
    /// What stood against it is gone.
    Restored {
        /// The instant its text is due.
        send_at: Timestamp,
    },
    /// A sender took it.
    Claimed {
        /// Which attempt.
        attempt: u32,
        /// When it was due, if it had to wait for its turn: there were more texts than its sender
        /// may send in a second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waited_since: Option<Timestamp>,
    },
    /// The sender that took it gave it back before posting.
    GivenBack,
    /// The provider did not process the request; no attempt counted.
    NotProcessed,
    /// The provider took the text.
    Accepted,
    /// The provider refused the text.
    Rejected {
        /// Its error code.
        code: u32,
    },
    /// Nobody knows yet whether the provider took the text.
    OutcomeUnknown,
    /// A complete list of the provider's does not hold the text.
    NotListed,
    /// The provider's list holds the text.
    FoundInList,
    /// Two complete lists do not hold the text: it never arrived.
    ProvenAbsent,
    /// The provider's status moved on.
    Receipt {
        /// The status.
        status: crate::reminder::DeliveryStatus,
        /// The error code, if any.
        code: Option<u32>,
    },
    /// Another attempt follows.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// No attempt is left, or no time for one.
    GaveUp,
    /// No final receipt came within a day.
    Unconfirmed,
    /// The entries that once stood here are dropped, to keep the trail within its limit.
    Dropped {
        /// How many.
        entries: u32,
    },
}

/// What happened to a reminder, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trail(Vec<TrailEntry>);

impl Trail {
    /// The entries, oldest first.
    pub fn entries(&self) -> &[TrailEntry] {
        &self.0
    }

    /// Notes what happened. A repeat of the last entry raises its count; where the trail is full,
    /// the middle makes room, because beginnings and ends explain the most.
    pub fn push(&mut self, at: Timestamp, step: Step) {
        if let Some(last) = self.0.last_mut()
            && is_repeat(&last.step, &step)
        {
            *last = TrailEntry { at, step, times: last.times.saturating_add(1) };
            return;
        }
        if self.0.len() >= limits::TRAIL_MAX {
            self.drop_one_of_the_middle();
        }
        self.0.push(TrailEntry { at, step, times: 1 });
    }

    fn drop_one_of_the_middle(&mut self) {
        let middle = limits::TRAIL_MAX / 2;
        let dropped = self.0.remove(middle);
        if let Step::Dropped { entries } = &mut self.0[middle - 1].step {
            *entries = entries.saturating_add(dropped.times);
            return;
        }
        // The first time, the note itself needs a place.
        let second = std::mem::replace(
            &mut self.0[middle - 1],
            TrailEntry { at: dropped.at, step: Step::Dropped { entries: 0 }, times: 1 },
        );
        self.0[middle - 1].step =
            Step::Dropped { entries: dropped.times.saturating_add(second.times) };
    }
}

/// Deferrals for one reason are repeats even if each names a later instant.
fn is_repeat(last: &Step, step: &Step) -> bool {
    match (last, step) {
        (Step::Deferred { reason: last, .. }, Step::Deferred { reason, .. }) => last == reason,
        _ => last == step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_coalesced_and_the_middle_makes_room() {
        let mut trail = Trail::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for second in 0..5 {
            trail.push(at(second), Step::NotProcessed);
        }
        assert_eq!(trail.entries().len(), 1);
        assert_eq!(trail.entries()[0].times, 5);
        for attempt in 0..1_000 {
            trail.push(at(10), Step::Claimed { attempt, waited_since: None });
        }
        assert_eq!(trail.entries().len(), limits::TRAIL_MAX);
        assert_eq!(trail.entries()[0].times, 5);
        let total: u32 = trail
            .entries()
            .iter()
            .map(|entry| match entry.step {
                Step::Dropped { entries } => entries,
                _ => entry.times,
            })
            .sum();
        assert_eq!(total, 1_005);
    }

    #[test]
    fn what_is_dropped_is_counted_in_one_note_in_the_middle() {
        let claimed = |attempt| Step::Claimed { attempt, waited_since: None };
        let check = |pushed: u32, entries: u32| {
            let mut trail = Trail::default();
            for attempt in 0..pushed {
                trail.push(Timestamp::UNIX_EPOCH, claimed(attempt));
            }
            let kept = (0..49).map(claimed).chain([Step::Dropped { entries }]);
            let expected: Vec<_> = kept.chain((pushed - 50..pushed).map(claimed)).collect();
            let steps: Vec<_> = trail.entries().iter().map(|entry| entry.step.clone()).collect();
            assert_eq!(steps, expected, "{pushed}");
        };
        // The first time, the note takes the place of one more.
        check(101, 2);
        check(102, 3);
        check(110, 11);
    }

    #[test]
    fn deferrals_for_one_reason_are_repeats_whatever_instant_they_name() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut trail = Trail::default();
        let mut defer = |second, reason| {
            trail.push(at(second), Step::Deferred { until: at(second + 60), reason });
            (trail.entries().len(), trail.entries().last().unwrap().clone())
        };
        let entry = |second, times, reason| {
            let step = Step::Deferred { until: at(second + 60), reason };
            TrailEntry { at: at(second), step, times }
        };
        let (quiet, early) = (DeferReason::QuietHours, DeferReason::NotYetDue);
        assert_eq!(defer(1, quiet), (1, entry(1, 1, quiet)));
        assert_eq!(defer(2, quiet), (1, entry(2, 2, quiet)));
        assert_eq!(defer(3, early), (2, entry(3, 1, early)));
    }

    #[test]
    fn how_often_is_stored_where_it_is_more_than_once() {
        let entry = |times| TrailEntry { at: Timestamp::UNIX_EPOCH, step: Step::Retexted, times };
        let check = |times, stored: &str| {
            assert_eq!(serde_json::to_string(&entry(times)).unwrap(), stored);
            assert_eq!(serde_json::from_str::<TrailEntry>(stored).unwrap(), entry(times));
        };
        check(1, r#"{"at":"1970-01-01T00:00:00Z","step":{"step":"retexted"}}"#);
        check(2, r#"{"at":"1970-01-01T00:00:00Z","step":{"step":"retexted"},"times":2}"#);
    }
}
