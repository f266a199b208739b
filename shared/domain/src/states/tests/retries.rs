//! Attempts: when another follows, and what it costs.

use super::*;

/// Fails the current attempt by rejection at `now`.
fn reject(row: &Reminder, code: u32, now: Timestamp) -> Reminder {
    let number = row.last_attempt().unwrap().number;
    then(row, outcome(number, SendOutcome::Rejected(code)), now)
}

fn claim_at(row: &Reminder, now: Timestamp) -> Reminder {
    let change = claim(row);
    then(row, change, now)
}

#[test]
fn del_01_attempts_come_at_0_2_and_6_minutes() {
    let row = reject(&claimed(), 30_001, second(0));
    assert_eq!(
        (row.state, row.send_at, row.retry_at),
        (State::Scheduled, second(120), Some(second(120)))
    );
    let row = claim_at(&row, second(120));
    assert_eq!(row.retry_at, None);
    let row = reject(&row, 30_001, second(120));
    assert_eq!((row.state, row.send_at), (State::Scheduled, second(360)));
    let row = claim_at(&row, second(360));
    let row = then(&row, accepted(3, &sid("SM3")), second(361));
    let row = then(&row, receipt(3, &sid("SM3"), DeliveryStatus::Delivered, None), second(365));
    assert_eq!(row.state, State::Delivered);
    assert_eq!(row.counted_attempts(), 3);
    let live = row.attempts.iter().filter(|attempt| attempt.is_live()).count();
    assert_eq!(live, 1);
}

#[test]
fn del_02_after_three_attempts_it_failed() {
    let row = reject(&claimed(), 30_001, second(0));
    let row = reject(&claim_at(&row, second(120)), 30_001, second(120));
    let row = reject(&claim_at(&row, second(360)), 30_001, second(360));
    assert_eq!((row.state, row.retry_at, row.due_at()), (State::Failed, None, None));
    assert_eq!(row.counted_attempts(), 3);
    assert_eq!(row.trail.entries().last().unwrap().step, Step::GaveUp);
    let change = claim(&row);
    assert!(apply(&row, change, second(400)).is_err());
}

#[test]
fn del_03_what_the_provider_did_not_process_costs_no_attempt() {
    let mut row = claimed();
    for times in 0..20 {
        let now = second(times * 4);
        let number = row.last_attempt().unwrap().number;
        row = then(&row, outcome(number, SendOutcome::NotProcessed), now);
        let back = ahead(now, SignedDuration::from_secs(4));
        assert_eq!((row.state, row.send_at, row.retry_at), (State::Scheduled, back, Some(back)));
        assert_eq!(row.counted_attempts(), 0);
        assert!(!row.may_have_been_texted());
        row = claim_at(&row, back);
    }
    // The row stays small, and numbers go on rising, so that callbacks cannot be mixed up.
    assert_eq!(row.attempts.len(), 2);
    assert_eq!(row.last_attempt().unwrap().number, 21);
}

#[test]
fn a_claim_that_is_given_back_leaves_no_trace_but_its_number() {
    let row = then(&claimed(), Change::GiveBack, second(11));
    assert_eq!((row.state, row.counted_attempts()), (State::Scheduled, 0));
    assert_eq!(row.send_at, second(0));
    let row = claim_at(&row, second(12));
    assert_eq!(row.last_attempt().unwrap().number, 2);
    assert_eq!(row.attempts.len(), 2);
}

#[test]
fn del_05_two_lists_without_the_text_prove_that_it_never_arrived() {
    let row = then(&claimed(), outcome(1, SendOutcome::Unknown), second(5));
    let check_refused = |row: &Reminder, now| {
        assert!(apply(row, Change::NotListed, now).is_err());
        let change = claim(row);
        assert!(apply(row, change, now).is_err(), "nothing is sent while it is unknown");
    };
    check_refused(&row, second(34));
    let row = then(&row, Change::NotListed, second(35));
    assert_eq!(row.state, State::Unknown);
    check_refused(&row, second(49));
    let row = then(&row, Change::NotListed, second(50));
    assert_eq!((row.state, row.send_at), (State::Scheduled, second(50)));
    assert_eq!(row.counted_attempts(), 0);
    let row = claim_at(&row, second(51));
    assert_eq!((row.last_attempt().unwrap().number, row.counted_attempts()), (2, 1));
}

#[test]
fn del_04_a_text_that_the_list_holds_is_not_sent_again() {
    let row = then(&claimed(), Change::OutcomeOverdue, second(30));
    let row = then(&row, Change::FoundInList { sid: sid("SM7") }, second(60));
    assert_eq!(row.state, State::Accepted);
    let change = claim(&row);
    assert!(apply(&row, change, second(61)).is_err());
    let row = then(&row, receipt(1, &sid("SM7"), DeliveryStatus::Delivered, None), second(70));
    assert_eq!(row.state, State::Delivered);
}

#[test]
fn del_09_what_follows_a_failure_depends_on_its_code() {
    let check = |code: u32, expected: State| {
        let failed = receive(DeliveryStatus::Undelivered, Some(code));
        let row = then(&posted(), failed, second(10));
        assert_eq!(row.state, expected, "{code}");
        assert_eq!(row.last_attempt().unwrap().error_code, Some(code));
    };
    for code in [30_003, 30_008, 99_999] {
        check(code, State::Scheduled);
    }
    for code in [30_005, 30_006, 30_007, 21_211, 21_614, 21_610] {
        check(code, State::Undelivered);
    }
}

#[test]
fn a_text_that_was_withdrawn_at_the_provider_is_not_sent_again() {
    let row = then(&posted(), receive(DeliveryStatus::Cancelled, None), second(10));
    assert_eq!((row.state, row.retry_at), (State::Failed, None));
    assert!(!row.may_have_been_texted());
}

#[test]
fn del_10_a_retry_due_after_the_event_begins_is_not_made() {
    let row = scheduled();
    let change = claim(&row);
    let row = then(&row, change, second(780));
    let row = reject(&row, 30_001, second(780));
    assert_eq!((row.state, row.retry_at), (State::Failed, None));
    let row = scheduled();
    let change = claim(&row);
    let row = then(&row, change, second(770));
    let row = reject(&row, 30_001, second(770));
    assert_eq!((row.state, row.send_at), (State::Scheduled, second(890)));
}

#[test]
fn a_moved_event_drops_the_wait_for_another_attempt() {
    let row = reject(&claimed(), 30_001, second(0));
    let Change::Place(mut there) = place(&row) else { unreachable!() };
    let moved = then(&row, Change::Place(there.clone()), second(1));
    assert_eq!(moved.retry_at, Some(second(120)), "only the event's own move counts");
    there.nominal_at = second(60);
    let moved = then(&row, Change::Place(there), second(1));
    assert_eq!((moved.retry_at, moved.send_at), (None, second(60)));
    assert_eq!(moved.counted_attempts(), 1);
}

#[test]
fn a_place_given_to_a_withdrawn_reminder_restores_it() {
    let row = then(&scheduled(), Change::Cancel(CancelReason::DailyLimit), second(-60));
    let change = place(&row);
    let row = then(&row, change, second(-50));
    assert_eq!((row.state, row.send_at), (State::Scheduled, second(60)));
    let steps: Vec<_> = row.trail.entries().iter().map(|entry| entry.step.clone()).collect();
    assert_eq!(
        steps,
        [
            Step::Planned { send_at: second(0) },
            Step::Cancelled { reason: CancelReason::DailyLimit },
            Step::Restored { send_at: second(60) },
        ]
    );
}
