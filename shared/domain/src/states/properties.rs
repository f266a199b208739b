//! Whatever changes come, in whatever order, the machine keeps the promise.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

use super::{Change, Place, Receipt, apply, is_allowed};
use crate::fixtures::{Desk, user};
use crate::ids::MessageSid;
use crate::limits;
use crate::reasons::{CancelReason, DeferReason, SkipReason};
use crate::reminder::{
    Attempt, AttemptOutcome, Circumstances, DeliveryStatus, Reminder, SendOutcome, State,
};
use crate::time::ahead;

/// A change without the parts that depend on the row.
#[derive(Debug, Clone, Copy)]
enum News {
    Place(i64),
    Retext,
    Cancel,
    Skip,
    Defer(i64),
    Claim,
    GiveBack,
    /// The outcome of the attempt so many before the last.
    Outcome(usize, u8),
    Overdue,
    NotListed,
    Found,
    Receipt(usize, DeliveryStatus, Option<u32>),
    Polled,
    Unconfirmed,
}

fn news() -> impl Strategy<Value = News> {
    let status = select(vec![
        DeliveryStatus::Queued,
        DeliveryStatus::Sending,
        DeliveryStatus::Sent,
        DeliveryStatus::Delivered,
        DeliveryStatus::Undelivered,
        DeliveryStatus::Failed,
        DeliveryStatus::Cancelled,
    ]);
    let code = select(vec![None, Some(30_003), Some(30_005), Some(21_610)]);
    let back = || prop_oneof![4 => Just(0_usize), 1 => 1_usize..4];
    prop_oneof![
        2 => (0_i64..3_000).prop_map(News::Place),
        1 => Just(News::Retext),
        1 => Just(News::Cancel),
        1 => Just(News::Skip),
        1 => (0_i64..300).prop_map(News::Defer),
        8 => Just(News::Claim),
        1 => Just(News::GiveBack),
        6 => (back(), 0_u8..5).prop_map(|(back, kind)| News::Outcome(back, kind)),
        1 => Just(News::Overdue),
        6 => Just(News::NotListed),
        1 => Just(News::Found),
        6 => (back(), status, code).prop_map(|(back, to, code)| News::Receipt(back, to, code)),
        1 => Just(News::Polled),
        1 => Just(News::Unconfirmed),
    ]
}

/// The attempt so many before the last; its sid is named after its number.
fn attempt_of(row: &Reminder, back: usize) -> (u32, MessageSid) {
    let numbers = row.attempts.iter().rev().map(|attempt| attempt.number);
    let number = numbers.skip(back).chain([1]).next().unwrap();
    (number, MessageSid::parse(&format!("SM{number}")).unwrap())
}

impl News {
    fn change(self, row: &Reminder, now: Timestamp) -> Change {
        let later = |seconds| ahead(now, SignedDuration::from_secs(seconds));
        match self {
            Self::Place(seconds) => Change::Place(Box::new(Place {
                lead: row.lead,
                when: row.when,
                facts: row.facts.clone(),
                body: row.body.clone(),
                source: row.source.clone(),
                nominal_at: later(seconds),
                wanted_at: later(seconds),
                send_at: later(seconds),
                last_at: later(seconds + 900),
                day_on: row.day_on,
            })),
            Self::Retext => Change::Retext {
                facts: row.facts.clone(),
                body: row.body.clone(),
                source: row.source.clone(),
            },
            Self::Cancel => Change::Cancel(CancelReason::EventCancelled),
            Self::Skip => Change::Skip(SkipReason::TooLate),
            Self::Defer(seconds) => Change::Defer {
                until: later(seconds),
                last_at: row.last_at,
                day_on: row.day_on,
                reason: DeferReason::Unreadable,
            },
            Self::Claim => Change::Claim {
                to: user().phone,
                text: "text".to_owned(),
                day_on: row.day_on,
                waited_since: None,
                circumstances: Circumstances::default(),
            },
            Self::GiveBack => Change::GiveBack,
            Self::Outcome(back, kind) => {
                let (attempt, sid) = attempt_of(row, back);
                let outcome = match kind {
                    0 => SendOutcome::Accepted(sid),
                    1 => SendOutcome::Rejected(30_001),
                    2 => SendOutcome::Rejected(21_211),
                    3 => SendOutcome::NotProcessed,
                    _ => SendOutcome::Unknown,
                };
                Change::Outcome { attempt, outcome, wait: SignedDuration::from_secs(4) }
            }
            Self::Overdue => Change::OutcomeOverdue,
            Self::NotListed => Change::NotListed,
            Self::Found => Change::FoundInList { sid: attempt_of(row, 0).1 },
            Self::Receipt(back, status, code) => {
                let (attempt, sid) = attempt_of(row, back);
                Change::Receipt(Receipt { attempt, sid, status, code })
            }
            Self::Polled => Change::Polled,
            Self::Unconfirmed => Change::Unconfirmed,
        }
    }
}

fn is_undecided(attempt: &&Attempt) -> bool {
    matches!(attempt.outcome, AttemptOutcome::Open | AttemptOutcome::Unknown { .. })
}

/// Whether the former attempts allow a new one: each was reported as not delivered, or certainly
/// never reached the provider.
fn may_claim(row: &Reminder) -> bool {
    row.attempts.iter().all(|attempt| match &attempt.outcome {
        AttemptOutcome::Rejected { .. }
        | AttemptOutcome::NotProcessed
        | AttemptOutcome::GivenBack
        | AttemptOutcome::ProvenAbsent => true,
        AttemptOutcome::Open | AttemptOutcome::Unknown { .. } => false,
        AttemptOutcome::Accepted { .. } => attempt
            .delivery
            .is_some_and(|status| status.is_final() && status != DeliveryStatus::Delivered),
    })
}

/// Steps that are taken within one change: a failure, and the wait for another attempt.
fn is_reachable(from: State, to: State) -> bool {
    let failures = [State::Failed, State::Undelivered];
    from == to
        || is_allowed(from, to)
        || failures.iter().any(|by| is_allowed(from, *by) && is_allowed(*by, to))
}

fn check_step(before: &Reminder, after: &Reminder, change: &Change) -> Result<(), TestCaseError> {
    prop_assert_eq!(after.revision, before.revision + 1);
    prop_assert!(is_reachable(before.state, after.state), "{:?} {:?}", before.state, after.state);
    prop_assert!(after.attempts.iter().filter(is_undecided).count() <= 1, "{:#?}", after.attempts);
    let mut numbers: Vec<_> = after.attempts.iter().map(|attempt| attempt.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    prop_assert_eq!(numbers.len(), after.attempts.len());
    for attempt in &after.attempts {
        let former = before.attempts.iter().find(|former| former.number == attempt.number);
        let Some(former) = former else { continue };
        let is_forward = attempt.delivery == former.delivery
            || attempt.delivery.is_some_and(|status| status.follows(former.delivery));
        prop_assert!(is_forward, "{:#?} {:#?}", former, attempt);
        prop_assert!(attempt.delivery_times.starts_with(&former.delivery_times));
    }
    if let Change::Receipt(receipt) = change {
        // A write tells where the text is, or for the first time that the provider has it.
        let former = before.attempts.iter().find(|attempt| attempt.number == receipt.attempt);
        let was_taken =
            former.is_some_and(|former| matches!(former.outcome, AttemptOutcome::Accepted { .. }));
        prop_assert!(!was_taken || !receipt.status.is_at_provider(), "{:?}", receipt);
    }
    if matches!(change, Change::Claim { .. }) {
        prop_assert!(may_claim(before), "{:#?}", before.attempts);
        prop_assert_eq!(before.state, State::Scheduled);
    }
    Ok(())
}

/// Attempts that seemed not to have cost anything, until evidence of their text came.
fn came_to_count(before: &Reminder, after: &Reminder) -> u32 {
    let free = |attempt: &&Attempt| {
        let outcome = &attempt.outcome;
        matches!(
            outcome,
            AttemptOutcome::NotProcessed | AttemptOutcome::GivenBack | AttemptOutcome::ProvenAbsent
        )
    };
    let now_counts = |attempt: &&Attempt| {
        let now = after.attempts.iter().find(|now| now.number == attempt.number);
        now.is_some_and(|now| matches!(now.outcome, AttemptOutcome::Accepted { .. }))
    };
    u32::try_from(before.attempts.iter().filter(free).filter(now_counts).count()).unwrap()
}

fn check_row(row: &Reminder, surprises: u32) -> Result<(), TestCaseError> {
    prop_assert!(row.trail.entries().len() <= limits::TRAIL_MAX);
    prop_assert!(row.counted_attempts() <= limits::ATTEMPTS_MAX + surprises);
    match row.state {
        // What waits to be sent has no text under way.
        State::Scheduled => prop_assert!(may_claim(row), "{:#?}", row),
        State::Claimed => {
            let last = row.last_attempt().map(|attempt| &attempt.outcome);
            prop_assert_eq!(last, Some(&AttemptOutcome::Open));
        }
        State::Unknown => {
            let is_unknown = row.last_attempt().is_some_and(|attempt| is_undecided(&attempt));
            prop_assert!(is_unknown);
        }
        State::Accepted | State::Sent | State::Delivered | State::Undelivered => {
            let is_accepted = row
                .last_attempt()
                .is_some_and(|attempt| matches!(attempt.outcome, AttemptOutcome::Accepted { .. }));
            prop_assert!(is_accepted, "{:#?}", row);
        }
        _ => {}
    }
    let waits = row.retry_at.is_some();
    prop_assert!(!waits || row.state == State::Scheduled, "{:#?}", row);
    prop_assert!(row.state.is_terminal() || row.due_at().is_some(), "{:#?}", row);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_news_in_any_order_keeps_the_promise(
        news in prop::collection::vec((news(), 0_i64..90), 1..40),
    ) {
        let mut desk = Desk::new();
        desk.add("a", "2026-11-24T10:00");
        desk.plan_at("2026-11-23T23:45");
        let mut row = desk.row("a").clone();
        let mut now = row.send_at;
        let mut surprises = 0;
        for (news, seconds) in news {
            now = ahead(now, SignedDuration::from_secs(seconds));
            let change = news.change(&row, now);
            let Ok(after) = apply(&row, change.clone(), now) else { continue };
            check_step(&row, &after, &change)?;
            surprises += came_to_count(&row, &after);
            check_row(&after, surprises)?;
            row = after;
        }
    }
}
