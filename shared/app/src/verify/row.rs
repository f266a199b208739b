//! What must hold of one reminder by itself.

use std::collections::HashSet;

use domain::ids::MessageSid;
use domain::limits;
use domain::reminder::{Attempt, AttemptOutcome, DeliveryStatus, Reminder, State};

use super::Problem;

/// Texts of a reminder that the provider took.
pub(super) fn texts(row: &Reminder) -> u64 {
    row.attempts.iter().filter_map(sid).count() as u64
}

/// What does not hold.
pub(super) fn problems(row: &Reminder) -> Vec<Problem> {
    let live = row.attempts.iter().filter(|attempt| is_live(attempt)).count();
    let checks = [
        (live > 1, "two_texts", format!("{live} attempts are open or delivered at once.")),
        (
            row.counted_attempts() > limits::ATTEMPTS_MAX,
            "attempts",
            format!("It was attempted {} times.", row.counted_attempts()),
        ),
        (
            has_twins(row),
            "attempt_twice",
            "Two attempts have the same number or the same text at the provider.".to_owned(),
        ),
        (
            !fits_last_attempt(row),
            "state",
            format!("Its state {} does not fit its last attempt.", row.state.name()),
        ),
        (
            !is_in_time(row),
            "instant",
            "It was sent before its instant, or when it was too late.".to_owned(),
        ),
        (row.trail.entries().is_empty(), "trail", "Its trail is empty.".to_owned()),
    ];
    let found = checks.into_iter().filter(|(is_wrong, ..)| *is_wrong);
    found
        .map(|(_, code, what)| Problem {
            code,
            user: Some(row.user.clone()),
            reminder: Some(row.id),
            what,
        })
        .collect()
}

/// Whether two attempts cannot be told apart.
fn has_twins(row: &Reminder) -> bool {
    let numbers: HashSet<_> = row.attempts.iter().map(|attempt| attempt.number).collect();
    let sids: Vec<_> = row.attempts.iter().filter_map(sid).collect();
    let distinct: HashSet<_> = sids.iter().collect();
    numbers.len() < row.attempts.len() || distinct.len() < sids.len()
}

fn fits_last_attempt(row: &Reminder) -> bool {
    let last = row.last_attempt();
    match row.state {
        State::Claimed => last.is_some_and(|a| a.outcome == AttemptOutcome::Open),
        State::Unknown => last.is_some_and(|a| matches!(a.outcome, AttemptOutcome::Unknown { .. })),
        State::Failed => last.is_some(),
        State::Accepted
        | State::Sent
        | State::Delivered
        | State::Undelivered
        | State::Unconfirmed => last.is_some_and(|a| sid(a).is_some()),
        State::Scheduled | State::Cancelled(_) | State::Skipped(_) => true,
    }
}

/// Whether the last attempt was made within its time, by the clock of whoever made it. While a
/// reminder is open to plans, its instants are those of the next attempt.
fn is_in_time(row: &Reminder) -> bool {
    let last = row.last_attempt().filter(|attempt| is_live(attempt));
    row.state.is_open_to_plans()
        || last.is_none_or(|a| row.send_at <= a.claimed_at && a.claimed_at < row.last_at)
}

fn sid(attempt: &Attempt) -> Option<&MessageSid> {
    match &attempt.outcome {
        AttemptOutcome::Accepted { sid } => Some(sid),
        _ => None,
    }
}

/// Whether a text of this attempt may be on a phone or on its way there.
fn is_live(attempt: &Attempt) -> bool {
    match &attempt.outcome {
        AttemptOutcome::Open | AttemptOutcome::Unknown { .. } => true,
        AttemptOutcome::Accepted { .. } => !matches!(
            attempt.delivery,
            Some(DeliveryStatus::Failed | DeliveryStatus::Undelivered | DeliveryStatus::Cancelled)
        ),
        AttemptOutcome::Rejected { .. }
        | AttemptOutcome::NotProcessed
        | AttemptOutcome::GivenBack
        | AttemptOutcome::ProvenAbsent => false,
    }
}
