//! Reminders: the provider's words, and what a move is.

use jiff::SignedDuration;

use super::*;
use crate::calendar_event::CalendarEvent;
use crate::fixtures::{Desk, all_day, at, floating, meeting, timed};

#[test]
fn the_providers_words_are_known() {
    let check = |word: &str, expected: Option<DeliveryStatus>| {
        assert_eq!(DeliveryStatus::of_provider(word), expected, "{word}");
    };
    for word in ["accepted", "scheduled", "queued"] {
        check(word, Some(DeliveryStatus::Queued));
    }
    check("sending", Some(DeliveryStatus::Sending));
    check("sent", Some(DeliveryStatus::Sent));
    for word in ["delivered", "read", "partially_delivered"] {
        check(word, Some(DeliveryStatus::Delivered));
    }
    check("undelivered", Some(DeliveryStatus::Undelivered));
    check("failed", Some(DeliveryStatus::Failed));
    check("canceled", Some(DeliveryStatus::Cancelled));
    for word in ["receiving", "received", "Delivered", "", "tomorrow's"] {
        check(word, None);
    }
}

fn row(event: &CalendarEvent) -> Reminder {
    let mut desk = Desk::new();
    desk.user.preferences.counting.all_day = Some(crate::user::AllDayTime::default());
    desk.events.push(event.clone());
    desk.plan_at("2026-11-22T23:45");
    desk.plan_at("2026-11-23T23:45");
    desk.row("a").clone()
}

#[test]
fn an_event_is_moved_when_its_calendar_says_another_start() {
    let start = at("2026-11-24T15:00:00Z");
    let check = |before: EventTime, after: EventTime, is_moved: bool| {
        let mut event = meeting("a", start);
        event.when = before;
        let row = row(&event);
        event.when = after;
        assert_eq!(row.is_moved(&event), is_moved, "{before:?} {after:?}");
    };
    let end = at("2026-11-25T15:00:00Z");
    check(timed(start), EventTime::Timed { start, end }, false);
    check(timed(start), timed(at("2026-11-24T15:00:01Z")), true);
    check(timed(start), floating("2026-11-24T10:00"), true);
    check(floating("2026-11-24T10:00"), floating("2026-11-24T10:00"), false);
    check(floating("2026-11-24T10:00"), floating("2026-11-24T11:00"), true);
    check(all_day("2026-11-24"), all_day("2026-11-24"), false);
    check(all_day("2026-11-24"), all_day("2026-11-25"), true);
    check(all_day("2026-11-24"), timed(start), true);
}

#[test]
fn a_user_who_flies_moves_no_event_but_its_facts() {
    let mut event = meeting("a", at("2026-11-24T15:00:00Z"));
    event.when = floating("2026-11-24T10:00");
    let row = row(&event);
    let (home, abroad) =
        (crate::fixtures::zone("America/New_York"), crate::fixtures::zone("Asia/Tokyo"));
    assert!(!row.is_moved(&event));
    assert!(row.facts_match(&event, &home) && !row.facts_match(&event, &abroad));
}

/// A meeting at ten, to be texted a quarter before.
fn planned() -> Desk {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    desk
}

#[test]
fn a_place_is_held_on_the_day_of_the_claim_alone() {
    let mut desk = planned();
    let (today, tomorrow) = (desk.row("a").day_on, jiff::civil::date(2026, 11, 25));
    assert!(!desk.row("a").holds_place_on(today, &desk.zone));
    desk.claim("a", desk.row("a").send_at);
    for (day, holds) in [(today, true), (tomorrow, false)] {
        assert_eq!(desk.row("a").holds_place_on(day, &desk.zone), holds, "{day}");
    }
}

#[test]
fn what_is_under_way_holds_the_place_of_its_own_day() {
    let mut desk = planned();
    desk.claim("a", desk.row("a").send_at);
    let mut row = desk.row("a").clone();
    let (claimed_on, tomorrow) = (row.day_on, jiff::civil::date(2026, 11, 25));
    row.day_on = tomorrow;
    assert!(row.holds_place_on(tomorrow, &desk.zone));
    assert!(!row.holds_place_on(claimed_on, &desk.zone));
}

#[test]
fn what_is_unknown_is_asked_about_while_it_could_still_be_sent() {
    let mut desk = planned();
    desk.claim("a", desk.row("a").send_at);
    let mut row = desk.row("a").clone();
    row.state = State::Unknown;
    let mut due = |since| {
        row.attempts[0].outcome = AttemptOutcome::Unknown { since, absent_at: None };
        row.due_at()
    };
    let last = desk.wall("2026-11-24T10:00") - limits::SETTLE_FIRST_AFTER;
    assert_eq!(due(last), None);
    let before = last - SignedDuration::from_secs(1);
    assert_eq!(due(before), Some(before + limits::SETTLE_FIRST_AFTER));
}

#[test]
fn only_what_waits_needs_a_turn() {
    let mut desk = planned();
    assert_eq!(desk.row("a").needs_turn_before(), Some(desk.wall("2026-11-24T10:00")));
    desk.text("a", desk.row("a").send_at);
    assert_eq!(desk.row("a").needs_turn_before(), None);
}

#[test]
fn snoozed_is_what_waits_for_its_readers_instant() {
    let mut row = planned().row("a").clone();
    assert!(!row.is_snoozed());
    let until = at("2026-11-24T14:55:00Z");
    row.retry_at = Some(until);
    assert!(!row.is_snoozed(), "it is tried again");
}
