//! Several lead times of one event that come to the same instant: one text.

use super::*;
use crate::lead_time::LeadSlot;
use crate::placement::nominals;
use crate::reminder::Reminder;

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

#[test]
fn sch_07_what_is_put_off_past_a_shorter_lead_time_says_that_too() {
    let mut desk = Desk::new();
    desk.set_leads(&[55]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.set_leads(&[55, 60]);
    desk.plan_at(NOON);
    check_waiting(&desk, &["a 24 14:00", "a 24 14:05"]);
    put_off(&mut desk, "a", "2026-11-24T14:00", "2026-11-24T14:10", "2026-11-24T13:30");
    desk.plan_at("2026-11-24T13:31");
    check_waiting(&desk, &["a 24 14:10"]);
    assert_eq!(gone(&desk), [55]);
}

#[test]
fn sch_07_what_was_put_off_and_then_cancelled_is_not_said_by_a_lead_time_in_between() {
    let mut desk = Desk::new();
    desk.set_leads(&[60]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    put_off(&mut desk, "a", "2026-11-24T14:00", "2026-11-24T14:10", "2026-11-24T13:30");
    let now = desk.wall("2026-11-24T13:31");
    desk.change("a", Change::Cancel(CancelReason::ByRequest), now);
    desk.set_leads(&[55, 60]);
    desk.plan(now);
    check_waiting(&desk, &[]);
    assert_eq!(gone(&desk), [55]);
}

#[test]
fn sch_07_what_gave_way_as_it_waited_for_another_attempt_does_not_come_back_before_it() {
    let mut desk = Desk::new();
    desk.set_leads(&[59]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.change("a", Change::Cancel(CancelReason::ByRequest), desk.wall(NOON));
    desk.set_leads(&[59, 60]);
    desk.plan_at(NOON);
    let now = desk.wall("2026-11-24T14:00");
    desk.claim("a", now);
    desk.change("a", outcome(1, SendOutcome::Rejected(30_001)), now);
    check_waiting(&desk, &["a 24 14:02"]);
    // By then it would say what nobody wants to be told at 14:01.
    desk.plan(now);
    assert_eq!(gone(&desk), [60]);
    assert_eq!(desk.plan_at("2026-11-24T14:00:30"), 0);
}

/// Whether the sender finds the words of a row said, at 14:10.
fn is_said_of(desk: &Desk, row: &Reminder) -> bool {
    let event = desk.events.iter().find(|event| event.uid == row.uid).unwrap();
    let mut nominals = nominals(event, &desk.user.preferences, &desk.zone);
    let nominal = nominals.find(|nominal| nominal.slot == row.slot).unwrap();
    is_said(row, &nominal, event, &desk.rows, desk.wall("2026-11-24T14:10"))
}

#[test]
fn a_text_of_one_event_says_nothing_of_another_that_begins_with_it() {
    let mut desk = Desk::new();
    desk.set_leads(&[60]);
    desk.add("a", "2026-11-24T15:00");
    desk.add("b", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("b", desk.wall("2026-11-24T14:00"));
    let late = desk.row("a").clone();
    assert!(!is_said_of(&desk, &late));
    // If it were a text of the same event, it would say so.
    for row in &mut desk.rows {
        row.uid = late.uid.clone();
    }
    assert!(is_said_of(&desk, &late));
}

#[test]
fn of_two_late_reminders_the_one_whose_turn_is_first_says_it_and_in_doubt_both_do() {
    let mut desk = Desk::new();
    desk.set_leads(&[60]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let late = desk.row("a").clone();
    let slot = LeadSlot::new(1);
    let id = ReminderId::of(&late.user, &late.calendar, &late.uid, &late.occurrence, slot, 0);
    desk.rows.push(Reminder { id, slot, ..late.clone() });
    assert!(!is_said_of(&desk, &late), "neither keeps the other back");
    desk.rows[1].send_at = desk.wall("2026-11-24T13:59");
    assert!(is_said_of(&desk, &late));
}
