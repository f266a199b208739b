//! Meetings without a break: what the text of the first says, and when it no longer does.

use super::*;
use crate::reminder::TextSource;
use crate::texts::Body;

/// Meetings of half an hour, with the wall's time as their names.
fn desk(starts: &[&str]) -> Desk {
    let mut desk = Desk::new();
    for start in starts {
        lasting(&mut desk, start, 30);
    }
    desk
}

fn lasting(desk: &mut Desk, start: &str, minutes: i64) {
    let begins = desk.wall(&format!("2026-11-24T{start}"));
    let end = ahead(begins, SignedDuration::from_mins(minutes));
    let when = crate::calendar_event::EventTime::Timed { start: begins, end };
    desk.add(start, &format!("2026-11-24T{start}")).when = when;
}

/// What the texts say after the time left, by event.
#[track_caller]
fn check_after(desk: &Desk, expected: &[(&str, &str)]) {
    for (uid, after) in expected {
        assert_eq!(desk.row(uid).body.after, *after, "{uid}");
    }
}

const OF_THREE: &str = ", first of 3 meetings from 9:00 AM.";

#[test]
fn txt_06_the_first_of_meetings_without_a_break_says_so_and_each_has_its_reminder() {
    let mut desk = desk(&["09:00", "09:30", "10:05"]);
    desk.plan_at(MIDNIGHT_TICK);
    check_waiting(&desk, &["09:00 24 08:45", "09:30 24 09:15", "10:05 24 09:50"]);
    check_after(
        &desk,
        &[("09:00", OF_THREE), ("09:30", ", at 9:30 AM."), ("10:05", ", at 10:05 AM.")],
    );
    let row = desk.row("09:00");
    assert_eq!(row.source, TextSource::Template { id: "back_to_back.en.1".to_owned() });
    assert_eq!(desk.plan_at("2026-11-24T07:00"), 0, "planned again, nothing changes");
}

#[test]
fn txt_06_a_meeting_that_comes_or_goes_changes_what_the_first_says() {
    let mut desk = desk(&["09:00", "09:30", "10:00"]);
    desk.plan_at(MIDNIGHT_TICK);
    let first = desk.row("09:00").id;
    let at_seven = "2026-11-24T07:00";
    desk.event("10:00").status = EventStatus::Cancelled;
    desk.plan_at(at_seven);
    check_after(&desk, &[("09:00", ", at 9:00 AM.")]);
    assert_eq!(desk.row("09:00").facts.first_of, None);
    desk.event("10:00").status = EventStatus::Confirmed;
    lasting(&mut desk, "10:30", 30);
    desk.plan_at(at_seven);
    check_after(&desk, &[("09:00", ", first of 4 meetings from 9:00 AM.")]);
    lasting(&mut desk, "08:25", 30);
    desk.plan_at(at_seven);
    check_after(
        &desk,
        &[("08:25", ", first of 5 meetings from 8:25 AM."), ("09:00", ", at 9:00 AM.")],
    );
    assert_eq!(desk.row("09:00").id, first, "it is the same reminder all the time");
}

#[test]
fn txt_06_what_is_no_run_is_not_called_one() {
    let check = |starts: &[&str], edit: fn(&mut Desk)| {
        let mut desk = desk(starts);
        edit(&mut desk);
        desk.plan_at(MIDNIGHT_TICK);
        let told = desk.rows.iter().filter(|row| row.facts.first_of.is_some()).count();
        assert_eq!(told, 0, "{starts:?}");
    };
    let three = ["09:00", "09:30", "10:00"];
    check(&three[..2], |_| ());
    check(&["09:00", "09:30", "10:06"], |_| ());
    check(&["09:00", "09:29", "10:00"], |_| ());
    check(&three, |desk| desk.event("09:30").response = Response::Declined);
    check(&three, |desk| desk.event("09:30").kind = EventKind::FocusTime);
    // A moment is no meeting, and ends no run either.
    check(&three[..2], |desk| lasting(desk, "10:00", 0));
    check(&three, |desk| {
        desk.user.preferences.counting.focus_time = true;
        desk.event("09:30").kind = EventKind::FocusTime;
    });
    check(&three, |desk| desk.event("09:30").when = all_day("2026-11-24"));
    // Told a day before, it would be of another day.
    check(&three, |desk| desk.set_leads(&[1440]));
}

#[test]
fn txt_06_one_meeting_in_two_calendars_is_one_of_a_run() {
    let mut desk = desk(&["09:00", "09:30", "10:00"]);
    let mut copies = desk.events.clone();
    for copy in &mut copies {
        copy.calendar = CalendarId::parse("work").unwrap();
    }
    desk.events.extend(copies);
    desk.plan_at(MIDNIGHT_TICK);
    check_after(&desk, &[("09:00", OF_THREE)]);
}

#[test]
fn txt_08_a_run_that_changes_takes_back_what_a_model_wrote_of_it() {
    let mut desk = desk(&["09:00", "09:30", "10:00"]);
    desk.plan_at(MIDNIGHT_TICK);
    let row = desk.row("09:00").clone();
    let after = ", at 9:00 AM, first of 3 meetings.".to_owned();
    let body = Body { before: "Time for 09:00: ".to_owned(), after };
    let (call, instead_of) = (Box::new(model_call()), row.body.clone());
    let source = TextSource::Model { call, instead_of, template: None };
    let now = desk.wall("2026-11-24T07:00");
    desk.change("09:00", Change::Retext { facts: row.facts, body, source }, now);
    assert_eq!(desk.plan_at("2026-11-24T07:01"), 0, "while the run is the same, it stays");
    desk.remove("10:00");
    desk.plan_at("2026-11-24T07:02");
    check_after(&desk, &[("09:00", ", at 9:00 AM.")]);
}

#[test]
fn txt_06_a_meeting_that_moves_to_another_day_takes_nothing_from_a_run_of_this_one() {
    let mut desk = desk(&["09:00", "09:30", "10:00", "15:00"]);
    desk.plan_at(MIDNIGHT_TICK);
    desk.move_to("15:00", "2026-11-25T15:00");
    desk.plan_at("2026-11-24T07:00");
    assert!(desk.waiting().contains(&"15:00 25 14:45".to_owned()), "{:?}", desk.waiting());
    check_after(&desk, &[("09:00", OF_THREE)]);
}

#[test]
fn txt_06_what_is_not_texted_says_nothing_of_a_run() {
    let mut desk = desk(&["09:00", "09:30", "10:00"]);
    desk.set_limit(0);
    desk.plan_at(MIDNIGHT_TICK);
    assert_eq!(desk.row("09:00").state, State::Cancelled(CancelReason::DailyLimit));
    assert_eq!(desk.row("09:00").facts.first_of, None);
}
