//! Several lead times of one event that come to the same instant: one text.

use super::*;

/// The lead times of the reminders that gave way to another of their event.
fn gone(desk: &Desk) -> Vec<u32> {
    let superseded = State::Cancelled(CancelReason::Superseded);
    let gone = desk.rows.iter().filter(|row| row.state == superseded);
    let mut leads: Vec<_> = gone.filter_map(|row| row.lead).map(|lead| lead.minutes()).collect();
    leads.sort_unstable();
    leads
}

/// A meeting at 8:20 with reminders an hour, half an hour and ten minutes ahead; quiet until 8:00.
fn early_meeting() -> Desk {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = QuietHours::default();
    desk.user.preferences.lead_times = leads(&[60, 30, 10]);
    desk.add("a", "2026-11-24T08:20");
    desk
}

#[test]
fn sch_07_lead_times_that_quiet_hours_bring_to_one_instant_are_one_text() {
    let mut desk = early_meeting();
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 24 08:00", "a 24 08:10"]);
    // What is left is the one that was meant for an instant closer to the event.
    assert_eq!(gone(&desk), [60]);
    assert_eq!(desk.plan_at("2026-11-24T07:30"), 0);
    // Without quiet hours each has an instant of its own again.
    desk.user.preferences.quiet_hours = QuietHours::none();
    desk.plan_at("2026-11-24T07:00");
    check_waiting(&desk, &["a 24 07:20", "a 24 07:50", "a 24 08:10"]);
}

#[test]
fn sch_07_of_an_event_that_came_late_one_text_says_all() {
    let came_late = || {
        let mut desk = early_meeting();
        desk.move_to("a", "2026-11-24T12:05");
        desk.plan_at(NOON);
        check_waiting(&desk, &["a 24 12:00"]);
        assert_eq!(gone(&desk), [30, 60]);
        desk
    };
    // Once it was texted, or somebody asked not to be, the others do not come in its place.
    let mut texted = came_late();
    let at = texted.wall("2026-11-24T12:01");
    texted.text("a", at);
    let mut cancelled = came_late();
    cancelled.change("a", Change::Cancel(CancelReason::ByRequest), at);
    for mut desk in [texted, cancelled] {
        for now in ["2026-11-24T12:01", "2026-11-24T12:04"] {
            desk.plan_at(now);
            check_waiting(&desk, &[]);
        }
    }
}

#[test]
fn sch_07_a_lead_time_chosen_after_the_text_does_not_say_it_again() {
    let mut desk = early_meeting();
    desk.set_leads(&[60]);
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("a", desk.wall("2026-11-24T08:00"));
    desk.set_leads(&[60, 30, 10]);
    desk.plan_at("2026-11-24T08:01");
    // Half an hour ahead was 7:50; at 8:00 the event was told of.
    check_waiting(&desk, &["a 24 08:10"]);
}
