//! So many rows a day, and of those so many texts.

use super::*;

#[test]
fn sch_11_the_first_of_the_day_are_planned_and_the_rest_withdrawn() {
    let mut desk = ten_meetings();
    desk.set_limit(5);
    assert_eq!(desk.plan_at(MIDNIGHT_TICK), 10);
    check_waiting(
        &desk,
        &["09 24 08:45", "10 24 09:45", "11 24 10:45", "12 24 11:45", "13 24 12:45"],
    );
    let over = State::Cancelled(CancelReason::DailyLimit);
    assert_eq!(desk.rows.iter().filter(|row| row.state == over).count(), 5);
}

#[test]
fn sch_12_the_sixth_takes_the_place_of_one_that_is_deleted() {
    let mut desk = ten_meetings();
    desk.set_limit(5);
    desk.plan_at(MIDNIGHT_TICK);
    desk.remove("11");
    // Ten meetings without a break were a run, and now are two: the first of each says so.
    assert_eq!(desk.plan_at("2026-11-24T08:00"), 4);
    check_waiting(
        &desk,
        &["09 24 08:45", "10 24 09:45", "12 24 11:45", "13 24 12:45", "14 24 13:45"],
    );
    assert_eq!(states(&desk, "11"), [State::Cancelled(CancelReason::EventCancelled)]);
    let restored = &desk.row("14").trail.entries().last().unwrap().step;
    assert!(matches!(restored, Step::Restored { .. }), "{restored:?}");
}

#[test]
fn sch_12_an_earlier_event_takes_the_place_of_the_last() {
    let mut desk = ten_meetings();
    desk.set_limit(5);
    desk.plan_at(MIDNIGHT_TICK);
    desk.add("early", "2026-11-24T08:30");
    desk.plan_at("2026-11-24T08:00");
    let mut expected = vec!["early 24 08:15"];
    expected.extend(["09 24 08:45", "10 24 09:45", "11 24 10:45", "12 24 11:45"]);
    check_waiting(&desk, &expected);
}

#[test]
fn sch_13_exactly_the_limit_is_planned_whole() {
    let mut desk = ten_meetings();
    desk.events.truncate(5);
    desk.set_limit(5);
    desk.plan_at(MIDNIGHT_TICK);
    assert_eq!(desk.waiting().len(), 5);
}

#[test]
fn sch_14_a_limit_of_zero_plans_nothing_and_a_lowered_one_withdraws_the_surplus() {
    let mut desk = ten_meetings();
    desk.set_limit(0);
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &[]);
    desk.set_limit(10);
    desk.plan_at("2026-11-24T00:10");
    assert_eq!(desk.waiting().len(), 10);
    desk.text("09", desk.wall("2026-11-24T08:45"));
    desk.text("10", desk.wall("2026-11-24T09:45"));
    desk.set_limit(3);
    desk.plan_at("2026-11-24T10:00");
    // Two places are taken by what was texted.
    check_waiting(&desk, &["11 24 10:45"]);
    desk.set_limit(1);
    desk.plan_at("2026-11-24T10:01");
    check_waiting(&desk, &[]);
}

#[test]
fn a_reminder_that_waits_for_another_attempt_keeps_its_place_and_its_instant() {
    let mut desk = ten_meetings();
    desk.set_limit(1);
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T08:45");
    fail_to_deliver(&mut desk, "09", now);
    desk.add("early", "2026-11-24T08:50");
    desk.plan(now);
    check_waiting(&desk, &["09 24 08:47"]);
    assert_eq!(states(&desk, "early"), [State::Cancelled(CancelReason::DailyLimit)]);
    // Its text may have been sent; with the event gone its place stays taken.
    desk.remove("09");
    desk.plan(now);
    check_waiting(&desk, &[]);
}

#[test]
fn a_text_that_certainly_was_not_sent_leaves_its_place() {
    let mut desk = ten_meetings();
    desk.set_limit(1);
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T08:45");
    desk.claim("09", now);
    desk.change("09", outcome(1, SendOutcome::Rejected(21_211)), now);
    assert_eq!(states(&desk, "09"), [State::Failed]);
    desk.plan(now);
    check_waiting(&desk, &["10 24 09:45"]);
}

#[test]
fn sch_18_ten_thousand_events_have_200_rows_and_the_rest_is_counted() {
    let mut desk = Desk::new();
    let first = desk.wall("2026-11-24T01:00");
    for number in 0..10_000 {
        let event = desk.add(&format!("e{number}"), "2026-11-24T01:00");
        event.when = timed(ahead(first, SignedDuration::from_secs(8 * number)));
    }
    let (plan, writes) = desk.plan_one(TODAY, desk.wall(MIDNIGHT_TICK));
    assert_eq!(writes.len(), ROWS_PER_DAY_MAX);
    assert_eq!(plan.over_rows, 10_000 - ROWS_PER_DAY_MAX);
    let waiting = desk.waiting();
    assert_eq!(waiting.len(), 10);
    assert_eq!((&*waiting[0], &*waiting[9]), ("e0 24 00:45", "e9 24 00:46"));
    assert_eq!(desk.plan_at(MIDNIGHT_TICK), 0);
}

#[test]
fn rows_that_are_full_cost_no_text_its_place() {
    let mut desk = Desk::new();
    for number in 0..300 {
        desk.add(&format!("e{number:03}"), "2026-11-24T10:00");
    }
    desk.plan_at(MIDNIGHT_TICK);
    let before = desk.waiting();
    desk.add("one more", "2026-11-24T09:00");
    let (plan, _) = desk.plan_one(TODAY, desk.wall(MIDNIGHT_TICK));
    assert_eq!(plan.over_rows, 101);
    assert_eq!(desk.waiting(), before);
}

#[test]
fn rows_go_first_to_what_can_still_be_sent() {
    let mut desk = Desk::new();
    for number in 0..300 {
        desk.add(&format!("gone{number:03}"), "2026-11-24T10:00");
    }
    desk.add("ahead", "2026-11-24T15:00");
    desk.plan_at(NOON);
    check_waiting(&desk, &["ahead 24 14:45"]);
    assert_eq!(desk.rows.len(), ROWS_PER_DAY_MAX);
}

#[test]
fn cal_03_a_moved_reminder_counts_in_the_limit_of_its_new_day() {
    let mut desk = ten_meetings();
    desk.set_limit(3);
    for hour in [9, 10, 11] {
        desk.add(&format!("t{hour}"), &format!("2026-11-25T{hour:02}:00"));
    }
    desk.plan_at(MIDNIGHT_TICK);
    desk.plan_at("2026-11-24T23:45");
    let tomorrow = ["t9 25 08:45", "t10 25 09:45", "t11 25 10:45"];
    assert!(desk.waiting().ends_with(&tomorrow.map(str::to_owned)));
    // The last of today's three moves to tomorrow's morning, where it comes second.
    desk.move_to("11", "2026-11-25T09:30");
    desk.plan_at("2026-11-24T23:46");
    let tomorrow = ["t9 25 08:45", "11 25 09:15", "t10 25 09:45"];
    assert!(desk.waiting().ends_with(&tomorrow.map(str::to_owned)), "{:?}", desk.waiting());
    assert_eq!(states(&desk, "t11"), [State::Cancelled(CancelReason::DailyLimit)]);
}

#[test]
fn sch_11_the_first_of_the_day_is_not_the_first_of_the_calendar() {
    let mut desk = Desk::new();
    desk.set_limit(1);
    desk.add("late", "2026-11-24T15:00");
    desk.add("early", "2026-11-24T10:00");
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["early 24 09:45"]);
}

#[test]
fn what_has_its_place_in_the_day_stands_first_in_its_plan() {
    let mut desk = ten_meetings();
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T08:45");
    fail_to_deliver(&mut desk, "09", now);
    // It is this one's turn at the same instant, and it begins earlier.
    desk.add("early", "2026-11-24T08:50");
    let (plan, _) = desk.plan_one(TODAY, now);
    assert_eq!(wanted(&desk, &plan)[..3], ["09", "early", "10"]);
}
