//! Days as they begin, and what they hold.

use super::*;

#[test]
fn sch_01_an_event_tomorrow_is_planned_at_the_midnight_tick() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    assert_eq!(desk.plan_at("2026-11-23T23:30"), 0);
    assert_eq!(desk.plan_at(MIDNIGHT_TICK), 1);
    check_waiting(&desk, &["a 24 09:45"]);
    let row = desk.row("a");
    assert_eq!((row.state, row.revision, row.day_on), (State::Scheduled, 1, TODAY));
    assert_eq!((row.nominal_at, row.wanted_at), (row.send_at, row.send_at));
    assert_eq!(row.last_at, desk.wall("2026-11-24T10:00"));
    assert_eq!(row.trail.entries().len(), 1);
    assert!(!row.is_late());
}

#[test]
fn sch_03_each_event_has_its_reminder() {
    let mut desk = Desk::new();
    for (uid, start) in [("c", "16:30"), ("a", "09:00"), ("b", "14:00")] {
        desk.add(uid, &format!("2026-11-24T{start}"));
    }
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 24 08:45", "b 24 13:45", "c 24 16:15"]);
}

#[test]
fn sch_04_an_event_that_had_begun_before_it_was_first_seen_is_a_line_in_the_record() {
    let mut desk = Desk::new();
    let noon = desk.wall(NOON);
    desk.user.preferences.lead_times = leads(&[5, 15, 60]);
    desk.add("begun", "2026-11-24T11:00").first_seen_at = noon;
    desk.add("begun too", "2026-11-24T11:30").first_seen_at = noon;
    desk.add("yesterday", "2026-11-23T11:00").first_seen_at = noon;
    let (plan, writes) = desk.plan_one(TODAY, noon);
    assert!(writes.is_empty() && plan.wanted.is_empty());
    let told: Vec<_> = plan.left_out.iter().map(|out| (out.uid.as_str(), out.reason)).collect();
    assert_eq!(told, [("begun", None), ("begun too", None)], "each once");
}

#[test]
fn sch_04_without_events_nothing_is_planned() {
    let mut desk = Desk::new();
    assert_eq!(desk.plan_at(MIDNIGHT_TICK), 0);
    desk.add("old", "2026-11-23T11:00");
    assert_eq!(desk.plan_at(NOON), 0);
}

#[test]
fn sch_05_an_event_created_within_its_lead_time_is_texted_at_once_and_marked_late() {
    let mut desk = Desk::new();
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T14:02");
    desk.add("a", "2026-11-24T14:10").first_seen_at = now;
    desk.plan(now);
    check_waiting(&desk, &["a 24 14:02"]);
    let row = desk.row("a");
    assert!(row.is_late());
    assert!(matches!(row.trail.entries()[0].step, Step::PlannedLate { .. }));
    // It stays due at that instant until somebody sends it.
    assert_eq!(desk.plan_at("2026-11-24T14:05"), 0);
}

#[test]
fn sch_05_under_ten_seconds_ahead_it_is_too_late() {
    let mut desk = Desk::new();
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T14:02");
    desk.add("a", "2026-11-24T14:02:09").first_seen_at = now;
    desk.add("b", "2026-11-24T14:02:10").first_seen_at = now;
    desk.plan(now);
    assert_eq!(states(&desk, "a"), [State::Skipped(SkipReason::TooLate)]);
    assert_eq!(states(&desk, "b"), [State::Scheduled]);
}

#[test]
fn sch_06_an_event_just_after_midnight_is_reminded_of_on_the_day_before() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-25T00:05");
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 24 23:50"]);
    assert_eq!(desk.row("a").day_on, TODAY);
    assert_eq!(desk.plan_at("2026-11-24T23:45"), 0);
    // Created later, before and after its instant.
    for (created, expected) in
        [("2026-11-24T23:30", "b 24 23:50"), ("2026-11-24T23:55", "b 24 23:55")]
    {
        let mut desk = Desk::new();
        desk.plan_at(MIDNIGHT_TICK);
        let now = desk.wall(created);
        desk.add("b", "2026-11-25T00:05").first_seen_at = now;
        desk.plan(now);
        check_waiting(&desk, &[expected]);
    }
}

#[test]
fn sch_07_each_lead_time_has_its_reminder_on_its_own_day() {
    let mut desk = Desk::new();
    desk.user.preferences.lead_times = leads(&[5, 30, 60, 600, 10_080]);
    desk.add("a", "2026-11-24T09:00");
    desk.plan_at("2026-11-16T23:45");
    check_waiting(&desk, &["a 17 09:00"]);
    desk.text("a", desk.wall("2026-11-17T09:00"));
    for day in 18..24 {
        desk.plan_at(&format!("2026-11-{:02}T23:45", day - 1));
    }
    check_waiting(&desk, &["a 23 23:00"]);
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 23 23:00", "a 24 08:00", "a 24 08:30", "a 24 08:55"]);
}

#[test]
fn sch_09_planning_again_writes_nothing() {
    let mut desk = ten_meetings();
    desk.set_limit(5);
    desk.user.preferences.quiet_hours = quiet(&["12:30-14:00"], QuietPolicy::Advance);
    assert_eq!(desk.plan_at(MIDNIGHT_TICK), 10);
    for now in [MIDNIGHT_TICK, "2026-11-24T00:00", "2026-11-24T08:44"] {
        assert_eq!(desk.plan_at(now), 0, "{now}");
    }
}

#[test]
fn sch_10_after_missed_ticks_what_is_ahead_is_planned_and_what_was_known_is_on_record() {
    for (now, ahead_of_it) in [
        ("2026-11-24T05:45", &["c 24 13:45"][..]),
        ("2026-11-25T01:45", &["d 25 09:45"]),
        ("2026-11-26T23:00", &[]),
    ] {
        let mut desk = Desk::new();
        desk.plan_at("2026-11-22T23:45");
        desk.add("a", "2026-11-24T02:00");
        desk.add("b", "2026-11-24T04:00");
        desk.add("c", "2026-11-24T14:00");
        desk.add("d", "2026-11-25T10:00");
        desk.plan_at(now);
        check_waiting(&desk, ahead_of_it);
        for uid in ["a", "b"] {
            assert_eq!(states(&desk, uid), [State::Skipped(SkipReason::TooLate)], "{uid} {now}");
            assert_eq!(desk.row(uid).day_on, TODAY);
        }
        assert_eq!(desk.plan_at(now), 0, "{now}");
    }
}

#[test]
fn sch_10_a_lead_time_of_a_missed_day_is_on_record_although_another_was_texted() {
    let mut desk = Desk::new();
    desk.user.preferences.lead_times = leads(&[15, 1440]);
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-22T23:45");
    desk.text("a", desk.wall("2026-11-23T10:00"));
    desk.plan_at("2026-11-24T11:00");
    let late = State::Skipped(SkipReason::TooLate);
    assert_eq!(states(&desk, "a"), [State::Delivered, late]);
}

#[test]
fn sch_15_what_does_not_count_is_told_with_its_reason() {
    let check = |change: fn(&mut CalendarEvent), expected: CancelReason| {
        let mut desk = Desk::new();
        change(desk.add("a", "2026-11-24T10:00"));
        let (plan, writes) = desk.plan_one(TODAY, desk.wall(MIDNIGHT_TICK));
        assert!(writes.is_empty());
        let told: Vec<_> = plan.left_out.iter().map(|out| out.reason).collect();
        assert_eq!(told, [Some(expected)]);
    };
    check(|event| event.response = Response::Declined, CancelReason::Declined);
    check(|event| event.status = EventStatus::Cancelled, CancelReason::EventCancelled);
    check(|event| event.is_transparent = true, CancelReason::Transparent);
    check(|event| event.kind = EventKind::FocusTime, CancelReason::FocusTime);
    check(|event| event.kind = EventKind::OutOfOffice, CancelReason::OutOfOffice);
    check(|event| event.kind = EventKind::WorkingLocation, CancelReason::WorkingLocation);
    check(|event| event.when = all_day("2026-11-24"), CancelReason::AllDay);
}

#[test]
fn sch_04_what_begins_as_it_is_first_seen_is_a_line_in_the_record() {
    let mut desk = Desk::new();
    let noon = desk.wall(NOON);
    desk.add("begins", NOON).first_seen_at = noon;
    let (plan, writes) = desk.plan_one(TODAY, noon);
    assert!(writes.is_empty(), "{writes:?}");
    let told: Vec<_> = plan.left_out.iter().map(|out| (out.uid.as_str(), out.reason)).collect();
    assert_eq!(told, [("begins", None)]);
}

#[test]
fn sch_10_what_was_known_in_time_and_began_before_a_plan_heard_of_it_is_on_record() {
    let mut desk = Desk::new();
    desk.plan_at(MIDNIGHT_TICK);
    let seen_at = desk.wall("2026-11-24T11:00");
    desk.add("a", "2026-11-24T11:30").first_seen_at = seen_at;
    desk.plan_at(NOON);
    assert_eq!(states(&desk, "a"), [State::Skipped(SkipReason::TooLate)]);
}

#[test]
fn sch_10_what_is_planned_only_as_it_begins_is_on_record_when_it_was_wanted() {
    let mut desk = Desk::new();
    // That it is quiet by then is not why it does not go out.
    desk.user.preferences.quiet_hours = quiet(&["14:50-15:30"], QuietPolicy::Skip);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at("2026-11-24T15:00");
    let row = desk.row("a");
    assert_eq!(row.state, State::Skipped(SkipReason::TooLate));
    let wanted_at = desk.wall("2026-11-24T14:45");
    assert_eq!((row.wanted_at, row.send_at), (wanted_at, wanted_at));
}

#[test]
fn a_plan_wants_nothing_that_stands_on_another_day() {
    let mut desk = Desk::new();
    desk.add("today", "2026-11-24T15:00");
    desk.add("tomorrow", "2026-11-25T15:00");
    let noon = desk.wall(NOON);
    for (day, expected) in [(date(2026, 11, 25), "tomorrow"), (TODAY, "today")] {
        let (plan, _) = desk.plan_one(day, noon);
        assert_eq!(wanted(&desk, &plan), [expected]);
    }
    check_waiting(&desk, &["today 24 14:45", "tomorrow 25 14:45"]);
}
