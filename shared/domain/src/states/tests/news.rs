//! Receipts and answers in any order, twice, late, or not at all.

use DeliveryStatus::{Delivered, Queued, Sending, Sent, Undelivered};

use super::*;

const COURSE: [DeliveryStatus; 4] = [Queued, Sending, Sent, Delivered];

/// All orders of the four statuses.
fn orders() -> Vec<[DeliveryStatus; 4]> {
    let mut orders = Vec::new();
    for first in 0..4 {
        for second in 0..4 {
            for third in 0..4 {
                let last = 6_usize.checked_sub(first + second + third);
                let Some(last) = last.filter(|last| *last < 4) else { continue };
                let order = [first, second, third, last];
                if (0..4).all(|status| order.contains(&status)) {
                    orders.push(order.map(|index| COURSE[index]));
                }
            }
        }
    }
    assert_eq!(orders.len(), 24);
    orders
}

/// Takes a change if the state allows it, as the use case does: else nothing is written.
fn offer(row: Reminder, change: Change, now: Timestamp) -> Reminder {
    apply(&row, change, now).unwrap_or(row)
}

#[test]
fn del_08_receipts_in_all_orders_each_twice_end_in_delivered() {
    for order in orders() {
        // The answer to the post comes after so many of the receipts, or never.
        for answered_after in 0..=5 {
            let mut row = claimed();
            for (now, status) in (1..).zip(order.into_iter().chain(order)) {
                if now == answered_after + 1 {
                    row = offer(row, accepted(1, &sid("SM1")), second(now));
                }
                row = offer(row, receive(status, None), second(now));
            }
            assert_eq!(row.state, State::Delivered, "{order:?} {answered_after}");
            let [attempt] = &row.attempts[..] else { panic!("{:?}", row.attempts) };
            // What was news keeps the time of its first receipt, whatever the order. Once it is
            // known that the provider took the text, it is none that it still has it.
            let is_news = |(status, at): &(DeliveryStatus, i64)| {
                !status.is_at_provider() || (*at == 1 && answered_after >= 1)
            };
            let times = order.into_iter().zip(1..).filter(is_news);
            let times: Vec<_> = times.map(|(status, at)| (status, second(at))).collect();
            assert_eq!(attempt.delivery_times, times, "{order:?} {answered_after}");
            assert_eq!(attempt.outcome, AttemptOutcome::Accepted { sid: sid("SM1") });
            let delivered = Step::Receipt { status: Delivered, code: None };
            let told = row.trail.entries().iter().filter(|entry| entry.step == delivered);
            assert_eq!(told.map(|entry| entry.times).sum::<u32>(), 1, "counted once");
        }
    }
}

#[test]
fn del_08_missing_receipts_do_not_matter_if_the_last_comes() {
    for order in orders() {
        for missing in [Queued, Sending, Sent] {
            let mut row = posted();
            for status in order.into_iter().filter(|status| *status != missing) {
                row = offer(row, receive(status, None), second(2));
            }
            assert_eq!(row.state, State::Delivered, "{order:?} without {missing:?}");
        }
    }
}

#[test]
fn del_08_statuses_only_move_forward() {
    let all = [
        Queued,
        Sending,
        Sent,
        Delivered,
        Undelivered,
        DeliveryStatus::Failed,
        DeliveryStatus::Cancelled,
    ];
    for before in all {
        for after in all {
            let is_forward = !before.is_final()
                && COURSE.iter().position(|s| *s == before)
                    < COURSE.iter().position(|s| *s == after).or(Some(4));
            assert_eq!(after.follows(Some(before)), is_forward, "{before:?} {after:?}");
        }
        assert!(before.follows(None));
    }
}

#[test]
fn del_08_that_the_provider_still_has_what_it_took_is_not_worth_a_write() {
    let late = then(&posted(), Change::Unconfirmed, second(86_400));
    let failed = then(&posted(), receive(Undelivered, Some(30_003)), second(10));
    for row in [posted(), then(&posted(), receive(Sent, None), second(2)), late, failed] {
        for status in [Queued, Sending] {
            assert!(apply(&row, receive(status, None), second(90_000)).is_err(), "{status:?}");
        }
    }
    // Of what may not have arrived there it is the proof that it did.
    for row in [claimed(), then(&claimed(), outcome(1, SendOutcome::Unknown), second(5))] {
        for status in [Queued, Sending] {
            let row = then(&row, receive(status, None), second(20));
            assert_eq!(
                (row.state, row.last_attempt().unwrap().delivery),
                (State::Accepted, Some(status))
            );
        }
    }
}

#[test]
fn a_receipt_for_another_text_is_refused() {
    let other = receipt(1, &sid("SM2"), Delivered, None);
    assert!(apply(&posted(), other, second(2)).is_err());
    let no_attempt = receipt(7, &sid("SM1"), Delivered, None);
    assert!(apply(&posted(), no_attempt, second(2)).is_err());
    assert!(apply(&scheduled(), receive(Delivered, None), second(2)).is_err());
}

#[test]
fn an_answer_that_comes_after_its_receipt_changes_nothing() {
    let row = then(&claimed(), receive(Sent, None), second(1));
    assert_eq!(row.state, State::Sent);
    assert!(apply(&row, accepted(1, &sid("SM1")), second(2)).is_err());
    assert!(apply(&row, outcome(1, SendOutcome::Unknown), second(2)).is_err());
    assert!(apply(&row, Change::OutcomeOverdue, second(31)).is_err());
}

#[test]
fn a_receipt_settles_what_is_unknown() {
    for status in COURSE {
        let row = then(&claimed(), outcome(1, SendOutcome::Unknown), second(5));
        let row = then(&row, receive(status, None), second(20));
        assert!(!matches!(row.state, State::Unknown), "{status:?}");
        assert!(apply(&row, Change::NotListed, second(60)).is_err());
    }
}

#[test]
fn news_of_a_failed_attempt_does_not_touch_the_next_one() {
    let row = then(&posted(), receive(Undelivered, Some(30_003)), second(10));
    assert_eq!((row.state, row.send_at), (State::Scheduled, second(130)));
    // A repeat, and an older status that was late, before the next attempt and in it.
    assert!(apply(&row, receive(Undelivered, Some(30_003)), second(11)).is_err());
    let late = then(&row, receive(Sent, None), second(12));
    assert_eq!((late.state, late.send_at), (State::Scheduled, second(130)));
    let change = claim(&row);
    let row = then(&row, change, second(130));
    let row = then(&row, receive(Sent, None), second(131));
    assert_eq!(row.state, State::Claimed);
    assert_eq!(row.last_attempt().unwrap().number, 2);
}

/// A text that was taken for absent; it waits to be sent again.
fn proven_absent() -> Reminder {
    let row = then(&claimed(), outcome(1, SendOutcome::Unknown), second(5));
    let row = then(&row, Change::NotListed, second(40));
    then(&row, Change::NotListed, second(60))
}

#[test]
fn del_05_a_text_that_was_taken_for_absent_but_arrived_is_not_sent_again() {
    let by_receipt = then(&proven_absent(), receive(Sent, None), second(61));
    let by_answer = then(&proven_absent(), accepted(1, &sid("SM1")), second(61));
    for (row, expected) in [(by_receipt, State::Sent), (by_answer, State::Accepted)] {
        assert_eq!((row.state, row.retry_at), (expected, None));
        assert_eq!(row.send_at, second(0), "due when it was claimed");
        let change = claim(&row);
        assert!(apply(&row, change, second(62)).is_err());
    }
}

#[test]
fn del_05_once_it_arrived_no_failure_of_a_later_attempt_sends_it_again() {
    let row = proven_absent();
    let change = claim(&row);
    let row = then(&row, change, second(61));
    let row = then(&row, accepted(2, &sid("SM2")), second(62));
    let row = then(&row, receive(Sent, None), second(63));
    assert_eq!((row.state, row.last_attempt().unwrap().number), (State::Accepted, 2));
    let failed = receipt(2, &sid("SM2"), Undelivered, Some(30_003));
    let row = then(&row, failed, second(70));
    // The first attempt decides now, and its news moves the state.
    assert_eq!((row.state, row.retry_at), (State::Sent, None));
    assert_eq!(row.last_attempt().unwrap().number, 1);
    let row = then(&row, receive(Delivered, None), second(71));
    assert_eq!(row.state, State::Delivered);
}

#[test]
fn del_05_a_text_that_arrived_stops_the_wait_for_a_third_attempt() {
    let row = proven_absent();
    let change = claim(&row);
    let row = then(&row, change, second(61));
    let row = then(&row, outcome(2, SendOutcome::Rejected(30_001)), second(62));
    assert_eq!((row.state, row.send_at), (State::Scheduled, second(182)));
    let row = then(&row, receive(Delivered, None), second(70));
    assert_eq!((row.state, row.retry_at, row.due_at()), (State::Delivered, None, None));
}

#[test]
fn news_of_a_withdrawn_reminder_is_kept_and_stops_its_restoring() {
    let row = then(&proven_absent(), Change::Cancel(CancelReason::EventCancelled), second(61));
    assert!(row.is_open_to_plans());
    let row = then(&row, receive(Delivered, None), second(62));
    assert_eq!(row.state, State::Cancelled(CancelReason::EventCancelled));
    assert!(!row.is_open_to_plans() && row.may_have_been_texted());
    let change = place(&row);
    assert!(apply(&row, change, second(63)).is_err());
}

#[test]
fn del_18_without_a_receipt_it_is_unconfirmed_until_one_comes() {
    let row = then(&posted(), Change::Unconfirmed, second(86_400));
    assert_eq!((row.state, row.due_at()), (State::Unconfirmed, None));
    let row = then(&row, receive(Delivered, None), second(90_000));
    assert_eq!(row.state, State::Delivered);
}
