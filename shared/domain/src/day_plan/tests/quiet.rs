//! Quiet hours, and texts that wait.

use super::*;

#[test]
fn pre_02_a_deferred_reminder_belongs_to_the_day_it_is_sent_on_and_is_not_late() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = QuietHours::default();
    desk.user.preferences.lead_times = leads(&[600]);
    desk.add("a", "2026-11-25T09:00");
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &[]);
    desk.plan_at("2026-11-24T23:45");
    check_waiting(&desk, &["a 25 08:00"]);
    let row = desk.row("a");
    assert_eq!(row.day_on, date(2026, 11, 25));
    assert_eq!(row.wanted_at, desk.wall("2026-11-24T23:00"));
    assert!(!row.is_late());
}

#[test]
fn pre_06_an_advanced_reminder_counts_on_the_evening_before() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = quiet(&["22:00-08:00"], QuietPolicy::Advance);
    desk.set_limit(1);
    desk.add("evening", "2026-11-24T21:00");
    desk.add("early", "2026-11-25T07:00");
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["evening 24 20:45"]);
    let row = desk.row("early");
    assert_eq!(row.state, State::Cancelled(CancelReason::DailyLimit));
    assert_eq!((row.day_on, row.send_at), (TODAY, desk.wall("2026-11-24T21:59")));
    // The morning's own plan finds that its evening has passed.
    desk.plan_at("2026-11-24T23:45");
    check_waiting(&desk, &[]);
}

#[test]
fn a_reminder_that_was_skipped_for_quiet_hours_does_not_come_back_when_they_are_over() {
    for (policy, reason) in [
        (QuietPolicy::Skip, SkipReason::QuietHours),
        (QuietPolicy::Defer, SkipReason::QuietUntilAfterStart),
    ] {
        let mut desk = Desk::new();
        desk.user.preferences.quiet_hours = quiet(&["12:00-14:00"], policy);
        let start =
            if policy == QuietPolicy::Skip { "2026-11-24T14:30" } else { "2026-11-24T14:00" };
        desk.user.preferences.lead_times = leads(&[60]);
        desk.add("a", start);
        desk.plan_at(MIDNIGHT_TICK);
        assert_eq!(states(&desk, "a"), [State::Skipped(reason)]);
        for now in ["2026-11-24T13:35", "2026-11-24T14:05"] {
            assert_eq!(desk.plan_at(now), 0, "{policy:?} {now}");
        }
        // While its instant lies ahead, other quiet hours bring it back.
        let mut desk = Desk::new();
        desk.user.preferences.quiet_hours = quiet(&["12:00-14:00"], policy);
        desk.user.preferences.lead_times = leads(&[60]);
        desk.add("a", start);
        desk.plan_at(MIDNIGHT_TICK);
        desk.user.preferences.quiet_hours = QuietHours::none();
        desk.plan_at("2026-11-24T11:00");
        assert_eq!(states(&desk, "a"), [State::Scheduled]);
    }
}

#[test]
fn a_reminder_that_may_go_out_after_the_start_waits_on_although_the_event_begins() {
    let mut desk = Desk::new();
    let mut night = QuietHours::default();
    night.allow_after_start = true;
    desk.user.preferences.quiet_hours = night;
    desk.add("a", "2026-11-24T23:15");
    desk.plan_at("2026-11-24T23:45");
    check_waiting(&desk, &["a 25 08:00"]);
    assert_eq!(desk.row("a").last_at, desk.wall("2026-11-25T09:00"));
    assert_eq!(desk.plan_at("2026-11-25T03:00"), 0);
    desk.event("a").title = "Night shift".to_owned();
    desk.plan_at("2026-11-25T08:10");
    check_waiting(&desk, &["a 25 08:00"]);
    assert!(desk.row("a").body.before.contains("Night shift"));
    desk.plan_at("2026-11-25T08:59:51");
    assert_eq!(states(&desk, "a"), [State::Skipped(SkipReason::TooLate)]);
}

#[test]
fn pre_03_what_waits_for_the_morning_after_is_planned_although_another_lead_time_was_texted() {
    let mut desk = Desk::new();
    let mut night = QuietHours::default();
    night.allow_after_start = true;
    desk.user.preferences.quiet_hours = night;
    desk.set_leads(&[45, 5]);
    desk.add("a", "2026-11-24T22:19");
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 24 21:34"]);
    desk.text("a", desk.wall("2026-11-24T21:34"));
    // The morning is planned when the evening's event has begun.
    desk.plan_at("2026-11-24T23:45");
    check_waiting(&desk, &["a 25 08:00"]);
    assert_eq!(desk.plan_at("2026-11-25T03:00"), 0);
    // What is chosen only then says nothing more of this event.
    desk.set_leads(&[45, 10, 5]);
    desk.plan_at("2026-11-25T04:00");
    check_waiting(&desk, &["a 25 08:00"]);
}

#[test]
fn quiet_hours_that_go_bring_a_deferred_reminder_forward() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = QuietHours::default();
    desk.add("a", "2026-11-25T09:00");
    desk.user.preferences.lead_times = leads(&[600]);
    desk.plan_at("2026-11-24T23:45");
    check_waiting(&desk, &["a 25 08:00"]);
    desk.user.preferences.quiet_hours = QuietHours::none();
    let now = desk.wall("2026-11-25T00:30");
    desk.plan(now);
    check_waiting(&desk, &["a 25 00:30"]);
    assert!(!desk.row("a").is_late());
    assert_eq!(desk.plan(now), 0);
    assert_eq!(desk.plan_at("2026-11-25T00:31"), 0);
}

#[test]
fn a_text_put_off_for_half_a_minute_in_doubt_is_left_alone() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T14:45");
    let until = ahead(now, SignedDuration::from_secs(30));
    let (last_at, day_on) = (desk.row("a").last_at, TODAY);
    let reason = crate::reasons::DeferReason::Unreadable;
    desk.change("a", Change::Defer { until, last_at, day_on, reason }, now);
    assert_eq!(desk.plan(now), 0);
    assert_eq!(desk.row("a").send_at, until);
}

#[test]
fn a_plan_waits_with_another_attempt_and_does_not_put_it_into_quiet_hours() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T14:45");
    desk.claim("a", now);
    desk.change("a", outcome(1, SendOutcome::Rejected(30_001)), now);
    assert_eq!(desk.plan(now), 0);
    check_waiting(&desk, &["a 24 14:47"]);
    desk.user.preferences.quiet_hours = quiet(&["14:46-14:50"], QuietPolicy::Defer);
    desk.plan(now);
    check_waiting(&desk, &["a 24 14:50"]);
    assert_eq!(desk.plan(now), 0);
}

#[test]
fn an_event_that_comes_up_after_quiet_hours_is_late_and_not_skipped_for_them() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = quiet(&["09:30-09:50"], QuietPolicy::Skip);
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-24T09:52");
    check_waiting(&desk, &["a 24 09:52"]);
    assert!(desk.row("a").is_late());
}

#[test]
fn a_reminder_that_was_skipped_for_quiet_hours_stays_skipped_if_they_go_after_its_instant() {
    for (policy, start, reason) in [
        (QuietPolicy::Skip, "2026-11-24T14:30", SkipReason::QuietHours),
        (QuietPolicy::Defer, "2026-11-24T14:00", SkipReason::QuietUntilAfterStart),
    ] {
        let mut desk = Desk::new();
        desk.user.preferences.quiet_hours = quiet(&["12:00-14:00"], policy);
        desk.add("a", start);
        desk.set_leads(&[45]);
        desk.plan_at(MIDNIGHT_TICK);
        assert_eq!(states(&desk, "a"), [State::Skipped(reason)]);
        desk.user.preferences.quiet_hours = QuietHours::none();
        let instant = desk.row("a").nominal_at;
        for minutes in [0, 1, 40] {
            let now = ahead(instant, SignedDuration::from_mins(minutes));
            assert_eq!(desk.plan(now), 0, "{policy:?} {minutes}");
        }
    }
}

#[test]
fn what_is_planned_as_quiet_hours_end_is_not_late() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = QuietHours::default();
    desk.set_leads(&[60]);
    desk.add("a", "2026-11-24T08:20");
    desk.plan_at("2026-11-24T08:00");
    check_waiting(&desk, &["a 24 08:00"]);
    assert_eq!(desk.row("a").wanted_at, desk.wall("2026-11-24T07:20"));
    assert!(!desk.row("a").is_late());
}

#[test]
fn another_attempt_whose_instant_came_in_quiet_hours_has_its_turn_when_they_end() {
    let mut desk = Desk::new();
    desk.set_limit(1);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let now = desk.wall("2026-11-24T14:45");
    desk.claim("a", now);
    desk.change("a", outcome(1, SendOutcome::Rejected(30_001)), now);
    check_waiting(&desk, &["a 24 14:47"]);
    desk.user.preferences.quiet_hours = quiet(&["14:46-14:50"], QuietPolicy::Defer);
    // That is this one's turn too, and it begins earlier.
    desk.add("earlier", "2026-11-24T14:55");
    desk.plan_at("2026-11-24T14:47");
    check_waiting(&desk, &["earlier 24 14:50"]);
}

#[test]
fn an_advanced_text_that_is_due_loses_its_turn_to_nothing_that_comes_later() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = quiet(&["14:40-15:10"], QuietPolicy::Advance);
    desk.set_limit(1);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 24 14:39"]);
    desk.add("earlier", "2026-11-24T14:45");
    desk.plan_at("2026-11-24T14:39:30");
    check_waiting(&desk, &["a 24 14:39"]);
}

/// A reminder that was put off from 14:45 to 14:55, when its event begins by now: too late.
fn put_off_for_too_long() -> Desk {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    put_off(&mut desk, "a", "2026-11-24T14:45", "2026-11-24T14:55", "2026-11-24T14:30");
    begin_at(&mut desk, "2026-11-24T14:55", 10);
    desk.plan_at("2026-11-24T14:31");
    assert_eq!(states(&desk, "a"), [State::Skipped(SkipReason::TooLate)]);
    desk
}

/// Moves the event, with a lead time by which its reminder is wanted when it was before.
fn begin_at(desk: &mut Desk, start: &str, lead: u32) {
    desk.move_to("a", start);
    desk.set_leads(&[lead]);
}

#[test]
fn what_was_put_off_for_too_long_does_not_go_out_earlier_instead() {
    let mut desk = put_off_for_too_long();
    for now in ["2026-11-24T14:32", "2026-11-24T14:50"] {
        assert_eq!(desk.plan_at(now), 0, "{now}");
    }
}

#[test]
fn what_was_put_off_for_too_long_and_is_not_any_more_is_late_from_then_on() {
    for (now, is_late) in [("2026-11-24T14:50", false), ("2026-11-24T14:55", true)] {
        let mut desk = put_off_for_too_long();
        begin_at(&mut desk, "2026-11-24T15:00", 15);
        desk.plan_at(now);
        check_waiting(&desk, &["a 24 14:55"]);
        assert_eq!(desk.row("a").is_late(), is_late, "{now}");
    }
}

/// In Nuuk the clocks go from 23:00 to midnight in spring, so 23:30 on the evening before is half
/// past midnight on the day itself.
#[test]
fn what_is_planned_at_its_quiet_instant_is_skipped_for_that_although_its_day_has_begun() {
    let mut desk = Desk::new();
    desk.fly_to("America/Nuuk");
    desk.user.preferences.counting.all_day =
        Some(AllDayTime { days_before: 1, at: "23:30".parse().unwrap() });
    desk.user.preferences.quiet_hours = quiet(&["22:00-08:00"], QuietPolicy::Skip);
    desk.add("a", "2026-03-29T00:00").when = all_day("2026-03-29");
    desk.plan_at("2026-03-29T00:30");
    assert_eq!(states(&desk, "a"), [State::Skipped(SkipReason::QuietHours)]);
    assert_eq!(desk.row("a").nominal_at, desk.wall("2026-03-29T00:30"));
}
