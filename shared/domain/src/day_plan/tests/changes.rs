//! Calendars, settings and zones that change under a plan.

use super::*;
use crate::lead_choice::{Belief, LeadChoice};
use crate::lead_time::LeadTime;
use crate::reminder::Reminder;

#[test]
fn sch_08_a_changed_lead_time_moves_what_is_ahead_and_texts_nothing_again() {
    let mut desk = Desk::new();
    desk.add("done", "2026-11-24T12:10");
    desk.add("ahead", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("done", desk.wall("2026-11-24T11:55"));
    desk.set_leads(&[30]);
    desk.plan_at(NOON);
    check_waiting(&desk, &["ahead 24 14:30"]);
    assert_eq!(states(&desk, "done"), [State::Delivered]);
    assert_eq!(desk.row("ahead").lead.unwrap().minutes(), 30);
}

#[test]
fn a_lead_time_that_goes_takes_its_reminders_along() {
    let mut desk = Desk::new();
    desk.user.preferences.lead_times = leads(&[15, 60]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.set_leads(&[15]);
    desk.plan_at(NOON);
    check_waiting(&desk, &["a 24 14:45"]);
    let gone = State::Cancelled(CancelReason::LeadTimeRemoved);
    assert!(states(&desk, "a").contains(&gone));
}

#[test]
fn a_lead_time_chosen_after_an_event_began_leaves_no_row_behind() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T11:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("a", desk.wall("2026-11-24T10:45"));
    desk.set_leads(&[15, 60]);
    let (plan, writes) = desk.plan_one(TODAY, desk.wall(NOON));
    assert!(writes.is_empty() && plan.left_out.is_empty(), "{writes:?}");
}

#[test]
fn an_event_that_ceases_to_count_is_withdrawn_and_comes_back() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.event("a").response = Response::Declined;
    desk.plan_at(NOON);
    assert_eq!(states(&desk, "a"), [State::Cancelled(CancelReason::Declined)]);
    desk.event("a").response = Response::Accepted;
    desk.plan_at("2026-11-24T12:05");
    check_waiting(&desk, &["a 24 14:45"]);
}

#[test]
fn sch_19_a_user_who_flies_loses_nothing_and_is_texted_nothing_twice() {
    let mut desk = Desk::new();
    desk.user.preferences.counting.all_day = Some(AllDayTime::default());
    desk.fly_to("Asia/Tokyo");
    desk.add("done", "2026-11-24T10:00");
    desk.add("evening", "2026-11-24T20:00");
    desk.add("wall done", "2026-11-24T10:00").when = floating("2026-11-24T10:00");
    desk.add("wall", "2026-11-24T20:00").when = floating("2026-11-24T20:00");
    desk.add("holiday", "2026-11-25T00:00").when = all_day("2026-11-25");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("done", desk.wall("2026-11-24T09:45"));
    desk.text("wall done", desk.wall("2026-11-24T09:45"));
    let noon = desk.wall(NOON);
    desk.fly_to("America/Los_Angeles");
    desk.plan(noon);
    // The meeting stays where it is; what is written on the wall comes seventeen hours later.
    check_waiting(&desk, &["evening 24 02:45", "holiday 24 18:00", "wall 24 19:45"]);
    assert_eq!(desk.plan(noon), 0);
    let body = &desk.row("evening").body;
    let text =
        body.render(desk.row("evening").send_at, desk.row("evening").facts.start, desk.user.locale);
    assert!(text.contains("at 3:00 AM"), "{text}");
    desk.plan_at(MIDNIGHT_TICK);
    assert_eq!(desk.waiting().len(), 3, "nothing that was texted is texted again");
    desk.text("evening", desk.wall("2026-11-24T02:45"));
    let back = desk.wall("2026-11-24T03:00");
    desk.fly_to("Asia/Tokyo");
    desk.plan(back);
    // In Tokyo it is 20:00 on the 24th: the wall's evening has just begun, and the holiday's
    // instant has passed while it still lies ahead.
    check_waiting(&desk, &["holiday 24 20:00"]);
    assert_eq!(states(&desk, "wall"), [State::Skipped(SkipReason::TooLate)]);
    assert_eq!(desk.rows.len(), 5);
}

/// An event that stands in the calendars `home` and `work`, planned.
fn in_two_calendars() -> Desk {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    let mut copy = desk.events[0].clone();
    copy.calendar = CalendarId::parse("work").unwrap();
    desk.events.push(copy);
    desk.plan_at(MIDNIGHT_TICK);
    desk
}

#[test]
fn sch_20_one_event_in_two_calendars_is_texted_once() {
    let mut desk = in_two_calendars();
    assert_eq!(desk.row("a").calendar.as_str(), "home");
    // The calendar that gave the row its name loses the event: the row stays.
    desk.events.remove(0);
    assert_eq!(desk.plan_at("2026-11-24T00:10"), 0);
    // A calendar that comes before it by name changes nothing either.
    let mut copy = desk.events[0].clone();
    copy.calendar = CalendarId::parse("first").unwrap();
    desk.events.insert(0, copy);
    assert_eq!(desk.plan_at("2026-11-24T00:20"), 0);
    desk.text("a", desk.wall("2026-11-24T14:45"));
    desk.events.remove(1);
    desk.plan_at("2026-11-24T14:50");
    assert_eq!(states(&desk, "a"), [State::Delivered]);
}

#[test]
fn sch_20_the_copy_that_counts_is_the_one_that_is_told() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00").response = Response::Declined;
    let mut copy = desk.events[0].clone();
    copy.calendar = CalendarId::parse("work").unwrap();
    copy.response = Response::Accepted;
    copy.title = "accepted".to_owned();
    desk.events.push(copy);
    desk.plan_at(MIDNIGHT_TICK);
    assert_eq!(desk.row("a").facts.title, "accepted");
}

#[test]
fn sch_20_an_event_moved_to_later_after_its_text_is_texted_for_the_new_time() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("a", desk.wall("2026-11-24T09:45"));
    // So little later that its new instant has passed, or is now: once is enough.
    for start in ["2026-11-24T10:02", "2026-11-24T10:05"] {
        desk.move_to("a", start);
        assert_eq!(desk.plan_at("2026-11-24T09:50"), 0);
    }
    desk.move_to("a", "2026-11-24T14:00");
    desk.plan_at("2026-11-24T09:51");
    check_waiting(&desk, &["a 24 13:45"]);
    let rounds: Vec<_> = desk.rows_of("a").iter().map(|row| row.round).collect();
    assert_eq!(rounds, [0, 1]);
    desk.text("a", desk.wall("2026-11-24T13:45"));
    desk.move_to("a", "2026-11-24T18:00");
    desk.plan_at("2026-11-24T13:50");
    check_waiting(&desk, &["a 24 17:45"]);
}

#[test]
fn sch_20_an_event_that_moves_ahead_and_back_is_not_texted_again() {
    let mut desk = Desk::new();
    desk.user.preferences.lead_times = leads(&[60]);
    desk.add("a", "2026-11-24T14:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("a", desk.wall("2026-11-24T13:00"));
    desk.move_to("a", "2026-11-24T16:00");
    desk.plan_at("2026-11-24T13:10");
    check_waiting(&desk, &["a 24 15:00"]);
    desk.move_to("a", "2026-11-24T14:00");
    desk.plan_at("2026-11-24T13:20");
    check_waiting(&desk, &[]);
    let withdrawn = State::Cancelled(CancelReason::AlreadyTexted);
    assert_eq!(states(&desk, "a"), [State::Delivered, withdrawn]);
    desk.move_to("a", "2026-11-24T17:00");
    desk.plan_at("2026-11-24T13:30");
    check_waiting(&desk, &["a 24 16:00"]);
}

#[test]
fn a_lead_time_that_goes_is_the_reason_although_another_has_told_of_the_event() {
    let mut desk = Desk::new();
    desk.user.preferences.lead_times = leads(&[60]);
    desk.add("a", "2026-11-24T14:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.text("a", desk.wall("2026-11-24T13:00"));
    desk.set_leads(&[15, 60]);
    desk.plan_at("2026-11-24T13:05");
    check_waiting(&desk, &["a 24 13:45"]);
    desk.set_leads(&[60]);
    desk.plan_at("2026-11-24T13:10");
    let gone = State::Cancelled(CancelReason::LeadTimeRemoved);
    assert!(states(&desk, "a").contains(&gone), "{:?}", states(&desk, "a"));
}

#[test]
fn cal_03_moves_end_where_they_end() {
    let check = |moves: &[(&str, &str)], expected: &[&str]| {
        let mut desk = Desk::new();
        desk.add("a", "2026-11-24T15:00");
        desk.plan_at(MIDNIGHT_TICK);
        for (now, start) in moves {
            desk.move_to("a", start);
            desk.plan_at(now);
            assert_eq!(desk.plan_at(now), 0, "{now} {start}");
        }
        check_waiting(&desk, expected);
        assert_eq!(desk.rows.len(), 1);
    };
    check(&[(NOON, "2026-11-24T14:00"), (NOON, "2026-11-24T18:00")], &["a 24 17:45"]);
    check(&[(NOON, "2026-11-24T11:00")], &[]);
    check(&[(NOON, "2026-11-24T12:05")], &["a 24 12:00"]);
    check(&[(NOON, "2026-11-25T09:00")], &["a 25 08:45"]);
    check(&[(NOON, "2026-11-24T11:00"), (NOON, "2026-11-24T16:00")], &["a 24 15:45"]);
    check(&[(NOON, "2026-11-25T09:00"), (NOON, "2026-11-24T16:00")], &["a 24 15:45"]);
}

#[test]
fn cal_04_and_05_a_new_title_is_retexted_and_a_new_end_is_not() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let start = desk.wall("2026-11-24T15:00");
    desk.event("a").when = crate::calendar_event::EventTime::Timed {
        start,
        end: ahead(start, SignedDuration::from_hours(3)),
    };
    assert_eq!(desk.plan_at(NOON), 0);
    let send_at = desk.row("a").send_at;
    desk.event("a").title = "Q4 Planning".to_owned();
    assert_eq!(desk.plan_at(NOON), 1);
    assert!(desk.row("a").body.before.contains("Q4 Planning"));
    assert_eq!(desk.row("a").send_at, send_at);
    for change in [
        (|event: &mut CalendarEvent| event.location = Some("Room 4".to_owned())) as fn(&mut _),
        |event| event.meeting_link = Some("https://meet.example/abc".to_owned()),
    ] {
        change(desk.event("a"));
        assert_eq!(desk.plan_at(NOON), 1);
    }
}

#[test]
fn cal_10_deleted_then_restored_is_planned_again_once() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let event = desk.events.remove(0);
    desk.plan_at(NOON);
    check_waiting(&desk, &[]);
    desk.events.push(event.clone());
    desk.plan_at("2026-11-24T12:05");
    check_waiting(&desk, &["a 24 14:45"]);
    // Gone while its instant passes, and back before it begins: late, but told.
    desk.events.clear();
    desk.plan_at("2026-11-24T12:10");
    desk.events.push(event);
    desk.plan_at("2026-11-24T14:50");
    check_waiting(&desk, &["a 24 14:50"]);
    assert!(desk.row("a").is_late());
}

#[test]
fn what_somebody_cancelled_stays_cancelled() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.change("a", Change::Cancel(CancelReason::ByRequest), desk.wall(NOON));
    desk.move_to("a", "2026-11-24T16:00");
    assert_eq!(desk.plan_at("2026-11-24T12:05"), 0);
    check_waiting(&desk, &[]);
}

#[test]
fn what_stands_against_a_user_withdraws_everything_in_the_order_of_the_checks() {
    let check = |change: fn(&mut Desk), expected: State| {
        let mut desk = Desk::new();
        desk.add("a", "2026-11-24T15:00");
        desk.add("gone", "2026-11-24T16:00");
        desk.plan_at(MIDNIGHT_TICK);
        let before = desk.waiting();
        let gone = desk.event("gone").clone();
        change(&mut desk);
        desk.plan_at(NOON);
        assert_eq!(states(&desk, "a"), [expected]);
        assert_eq!(states(&desk, "gone"), [expected]);
        // When it no longer does, all are back.
        let mut back = Desk::new();
        back.events = vec![desk.event("a").clone(), gone];
        back.rows.clone_from(&desk.rows);
        back.plan_at("2026-11-24T12:05");
        assert_eq!(back.waiting(), before);
    };
    let cancelled = State::Cancelled;
    check(|desk| desk.rollout.is_on = false, cancelled(CancelReason::RolledBack));
    check(|desk| desk.consent = Consent::OptedOut, cancelled(CancelReason::OptedOut));
    check(|desk| desk.user.preferences.reminders_on = false, cancelled(CancelReason::RemindersOff));
    check(|desk| desk.user.is_phone_verified = false, State::Skipped(SkipReason::PhoneUnverified));
    check(
        |desk| desk.countries = "CA".parse().unwrap(),
        State::Skipped(SkipReason::CountryNotTexted),
    );
    check(
        |desk| {
            desk.rollout.is_on = false;
            desk.consent = Consent::OptedOut;
            desk.user.is_phone_verified = false;
            let start = desk.wall("2026-11-30T00:00");
            desk.event("gone").when = timed(start);
            desk.event("gone").status = EventStatus::Cancelled;
        },
        cancelled(CancelReason::RolledBack),
    );
}

#[test]
fn an_event_that_becomes_an_all_day_one_swaps_its_reminders() {
    let mut desk = Desk::new();
    desk.user.preferences.counting.all_day =
        Some(AllDayTime { days_before: 0, at: "08:00".parse().unwrap() });
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    desk.event("a").when = all_day("2026-11-24");
    desk.plan_at("2026-11-24T07:00");
    check_waiting(&desk, &["a 24 08:00"]);
    assert!(states(&desk, "a").contains(&State::Cancelled(CancelReason::Superseded)));
    let start = desk.wall("2026-11-24T15:00");
    desk.event("a").when = timed(start);
    desk.plan_at("2026-11-24T07:10");
    check_waiting(&desk, &["a 24 14:45"]);
}

#[test]
fn a_withdrawn_reminder_whose_text_turns_out_to_be_under_way_is_not_sent_again() {
    let mut desk = Desk::new();
    desk.user.preferences.lead_times = leads(&[60]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    let now = |second: i64| ahead(at("2026-11-24T19:00:00Z"), SignedDuration::from_secs(second));
    desk.claim("a", now(0));
    desk.change("a", outcome(1, SendOutcome::Unknown), now(1));
    desk.change("a", Change::NotListed, now(40));
    desk.change("a", Change::NotListed, now(60));
    desk.change("a", Change::Cancel(CancelReason::OptedOut), now(61));
    let sid = MessageSid::parse("SM1").unwrap();
    desk.change("a", receipt(1, &sid, DeliveryStatus::Delivered, None), now(62));
    assert_eq!(desk.plan(now(63)), 0);
    check_waiting(&desk, &[]);
}

/// The rows that the desk's event would have if it stood in this calendar.
fn rows_under(desk: &Desk, calendar: &str) -> Vec<Reminder> {
    let mut other = desk.clone();
    other.rows.clear();
    other.events[0].calendar = CalendarId::parse(calendar).unwrap();
    other.plan_at(MIDNIGHT_TICK);
    other.rows
}

#[test]
fn sch_20_the_calendar_that_an_event_was_texted_from_outweighs_one_in_which_it_waits() {
    let mut desk = Desk::new();
    desk.set_leads(&[60]);
    desk.add("a", "2026-11-24T15:00");
    desk.rows = rows_under(&desk, "work");
    desk.text("a", desk.wall("2026-11-24T14:00"));
    desk.set_leads(&[15, 60]);
    desk.rows.extend(rows_under(&desk, "home"));
    desk.plan_at("2026-11-24T14:01");
    // Both reminders that waited in the other calendar go, and the one to come is of the first.
    let twice = State::Cancelled(CancelReason::Duplicate);
    assert_eq!(states(&desk, "a"), [State::Delivered, twice, twice, State::Scheduled]);
    assert_eq!(desk.rows[3].calendar.as_str(), "work");
}

#[test]
fn sch_20_the_calendar_in_which_an_event_waits_outweighs_one_in_which_it_was_withdrawn() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T15:00");
    desk.rows = rows_under(&desk, "home");
    desk.change("a", Change::Cancel(CancelReason::Duplicate), desk.wall(NOON));
    desk.rows.extend(rows_under(&desk, "work"));
    assert_eq!(desk.plan_at(NOON), 0);
}

#[test]
fn sch_20_the_reason_is_what_stands_against_the_copy_that_was_planned() {
    let mut desk = in_two_calendars();
    desk.events[0].response = Response::Declined;
    desk.events[1].status = EventStatus::Cancelled;
    desk.plan_at(NOON);
    assert_eq!(states(&desk, "a"), [State::Cancelled(CancelReason::Declined)]);
}

/// What is known of two lead times: that readers like one and not the other.
fn likes(liked: u32, disliked: u32) -> Vec<Belief> {
    let belief = |minutes, good, bad| {
        let lead = LeadTime::from_minutes(minutes).unwrap();
        Belief { lead, good, bad }
    };
    vec![belief(liked, 4000, 0), belief(disliked, 0, 4000)]
}

fn choose_among(desk: &mut Desk, minutes: &[u32]) {
    let leads: Vec<_> = leads(minutes).iter().map(|(_, lead)| lead).collect();
    desk.user.preferences.lead_choice = LeadChoice::new(&leads).unwrap();
}

#[test]
fn exp_01_the_lead_time_that_was_found_for_a_reminder_stays_whatever_is_learned() {
    let mut desk = Desk::new();
    choose_among(&mut desk, &[5, 60]);
    desk.add("a", "2026-11-24T15:00");
    desk.enrolment.beliefs = likes(60, 5);
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["a 24 14:00"]);
    desk.enrolment.beliefs = likes(5, 60);
    assert_eq!(desk.plan_at(NOON), 0);
}

#[test]
fn exp_01_a_lead_time_that_gives_way_to_a_found_one_is_removed() {
    let mut desk = Desk::new();
    desk.set_leads(&[15, 30]);
    desk.add("a", "2026-11-24T15:00");
    desk.plan_at(MIDNIGHT_TICK);
    choose_among(&mut desk, &[15, 60]);
    desk.enrolment.beliefs = likes(60, 15);
    desk.plan_at(NOON);
    check_waiting(&desk, &["a 24 14:00"]);
    let gone = State::Cancelled(CancelReason::LeadTimeRemoved);
    assert!(states(&desk, "a").contains(&gone), "{:?}", states(&desk, "a"));
}
