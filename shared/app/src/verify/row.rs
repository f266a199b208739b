//! What must hold of one reminder by itself.

use std::collections::HashSet;

use domain::ids::MessageSid;
use domain::limits;
use domain::reminder::{Attempt, AttemptOutcome, Reminder, State};
use domain::trail::{Step, TrailEntry};

use super::Problem;

/// Texts of a reminder that the provider took.
pub(super) fn texts(row: &Reminder) -> u64 {
    row.attempts.iter().filter_map(sid).count() as u64
}

/// What does not hold.
pub(super) fn problems(row: &Reminder) -> Vec<Problem> {
    let live = row.attempts.iter().filter(|attempt| attempt.is_live()).count();
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

/// Whether the last attempt was made within its time, by the clock of whoever made it. Once another
/// attempt is asked for, the reminder's instants are those of that one.
fn is_in_time(row: &Reminder) -> bool {
    let is_asked_again = |entry: &TrailEntry| {
        matches!(entry.step, Step::Retry { .. } | Step::ProvenAbsent | Step::NotProcessed)
    };
    let last = row.last_attempt().filter(|attempt| attempt.is_live());
    row.is_open_to_plans()
        || row.trail.entries().iter().any(is_asked_again)
        || last.is_none_or(|a| row.send_at <= a.claimed_at && a.claimed_at < row.last_at)
}

fn sid(attempt: &Attempt) -> Option<&MessageSid> {
    match &attempt.outcome {
        AttemptOutcome::Accepted { sid } => Some(sid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::reminder::{DeliveryStatus, SendOutcome};
    use domain::states::apply;
    use domain::trail::Trail;

    use super::*;
    use crate::why::tests::{accepted, after, at, claim, outcome, receipt, scheduled};

    fn check(row: &Reminder, expected: &[&str]) {
        let found: Vec<_> = problems(row).into_iter().map(|problem| problem.code).collect();
        assert_eq!(found, expected, "{row:#?}");
    }

    #[test]
    fn what_the_state_machine_makes_is_sound() {
        check(&scheduled(), &[]);
        check(&after(45, vec![claim()]), &[]);
        check(&after(45, vec![claim(), outcome(1, SendOutcome::Unknown)]), &[]);
        let delivered = receipt(1, DeliveryStatus::Delivered, None);
        check(&after(45, vec![claim(), accepted(1), delivered]), &[]);
        let failed = || outcome(1, SendOutcome::Rejected(30008));
        check(&after(45, vec![claim(), failed()]), &[]);
        let second = after(45, vec![claim(), failed()]);
        check(&apply(&second, claim(), at(48)).unwrap(), &[]);
    }

    #[test]
    fn planted_faults_are_found() {
        let sent = after(45, vec![claim(), accepted(1)]);
        let mut twice = sent.clone();
        twice.attempts.push(sent.attempts[0].clone());
        check(&twice, &["two_texts", "attempt_twice"]);
        let mut early = sent.clone();
        early.send_at = at(46);
        check(&early, &["instant"]);
        let mut late = sent.clone();
        late.last_at = at(45);
        check(&late, &["instant"]);
        check(&Reminder { state: State::Claimed, ..sent.clone() }, &["state"]);
        check(&Reminder { state: State::Delivered, ..scheduled() }, &["state"]);
        check(&Reminder { trail: Trail::default(), ..sent }, &["trail"]);
    }
}
