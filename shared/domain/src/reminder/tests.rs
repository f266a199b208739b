//! Reminders: the provider's words, and what a move is.

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
