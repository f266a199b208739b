use super::*;
use crate::fixtures::{Desk, quiet};
use crate::ids::{CalendarId, EventUid, Occurrence};
use crate::lead_time::LeadSlot;
use crate::pre_send::{SendDecision, Surroundings, check_before_send};
use crate::quiet_hours::QuietPolicy;
use crate::ratings::Rating;
use crate::reasons::{CancelReason, DeferReason};
use crate::reminder::Snooze;
use crate::states::apply;
use crate::texts::{Language, TemplateVersion};

/// A meeting at 14:00 that was planned in the morning.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T14:00");
    desk.plan_at("2026-11-23T23:45");
    desk
}

/// As [`desk`], texted at 13:45.
fn texted() -> Desk {
    let mut desk = desk();
    let now = desk.wall("2026-11-24T13:45");
    desk.text("a", now);
    desk
}

fn ask(desk: &Desk, slot: usize, minutes: u32, now: &str) -> Result<Snoozing, NoSnooze> {
    let rows = desk.rows_of("a");
    let event = desk.events.iter().find(|event| event.uid.as_str() == "a");
    let input = SnoozeInput {
        user: &desk.user,
        zone: &desk.zone,
        preset: &desk.preset,
        event,
        rows: &desk.rows,
    };
    snooze(rows[slot], SnoozeTime::from_minutes(minutes).unwrap(), &input, desk.wall(now))
}

/// Carries out what [`ask`] decides.
fn snooze_by(desk: &mut Desk, slot: usize, minutes: u32, now: &str) -> Result<(), NoSnooze> {
    let decided = ask(desk, slot, minutes, now)?;
    let at = desk.wall(now);
    let id = ask_id(desk, slot);
    let mut write = |id: ReminderId, change: Change| {
        let row = desk.rows.iter_mut().find(|row| row.id == id).unwrap();
        *row = apply(row, change, at).unwrap();
    };
    match decided {
        Snoozing::Move(change) => write(id, change),
        Snoozing::Follow { first, note, next } => {
            write(first, note);
            desk.rows.push(*next);
        }
        Snoozing::Waits(_) | Snoozing::Already => {}
    }
    Ok(())
}

fn ask_id(desk: &Desk, slot: usize) -> ReminderId {
    desk.rows_of("a")[slot].id
}

fn check(desk: &Desk, expected: &[&str]) {
    assert_eq!(desk.waiting(), expected);
}

#[test]
fn what_waits_moves_and_stays_there_however_often_it_is_planned_or_asked_for() {
    let mut desk = desk();
    snooze_by(&mut desk, 0, 5, "2026-11-24T13:30").unwrap();
    check(&desk, &["a 24 13:50"]);
    assert_eq!(ask(&desk, 0, 5, "2026-11-24T13:31"), Ok(Snoozing::Already));
    for now in ["2026-11-24T13:31", "2026-11-24T13:46", "2026-11-24T13:50"] {
        assert_eq!(desk.plan_at(now), 0, "{now}");
    }
    // Another time replaces the first: it counts from where the plan had put it.
    snooze_by(&mut desk, 0, 10, "2026-11-24T13:32").unwrap();
    check(&desk, &["a 24 13:55"]);
    assert_eq!(ask(&desk, 0, 15, "2026-11-24T13:32"), Err(NoSnooze::EventBegins));
    // An event that moves has its reminder at its own time.
    desk.move_to("a", "2026-11-24T16:00");
    desk.plan_at("2026-11-24T13:40");
    check(&desk, &["a 24 15:45"]);
}

#[test]
fn what_was_texted_is_followed_by_another_which_is_texted_once() {
    let mut desk = texted();
    snooze_by(&mut desk, 0, 5, "2026-11-24T13:46").unwrap();
    check(&desk, &["a 24 13:51"]);
    assert!(matches!(ask(&desk, 0, 5, "2026-11-24T13:46"), Ok(Snoozing::Waits(_))));
    assert_eq!(desk.plan_at("2026-11-24T13:47"), 0, "a plan leaves it alone");
    assert_eq!(desk.plan_at("2026-11-24T13:52"), 0);
    let follower = desk.rows_of("a").into_iter().find(|row| row.slot.is_snooze()).unwrap().clone();
    assert_eq!(
        follower.body.render(follower.send_at, follower.facts.start, desk.user.locale),
        "a: in 9 minutes, at 2:00 PM."
    );
    let around = Surroundings { claimed_today: &[ask_id(&desk, 0)], ..desk.surroundings() };
    let early = check_before_send(&follower, &around, desk.wall("2026-11-24T13:50"));
    assert!(matches!(early, SendDecision::Defer { reason: DeferReason::NotYetDue, .. }));
    let due = check_before_send(&follower, &around, desk.wall("2026-11-24T13:51"));
    assert!(matches!(due, SendDecision::Send { .. }), "{due:?}");
}

#[test]
fn exp_01_what_follows_a_text_is_written_by_the_same_template() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T14:00");
    desk.enrolment.template = TemplateVersion::of(2);
    desk.plan_at("2026-11-23T23:45");
    let now = desk.wall("2026-11-24T13:45");
    desk.text("a", now);
    snooze_by(&mut desk, 0, 5, "2026-11-24T13:46").unwrap();
    let follower = desk.rows_of("a").into_iter().find(|row| row.slot.is_snooze()).unwrap().clone();
    let text = follower.body.render(follower.send_at, follower.facts.start, desk.user.locale);
    assert_eq!(text, "2:00 PM - a: in 9 minutes.");
    assert_eq!(follower.source.template_version(), TemplateVersion::of(2));
    assert_eq!(desk.plan_at("2026-11-24T13:47"), 0, "a plan says the same");
}

#[test]
fn a_reminder_is_put_off_three_times_at_most_whichever_of_its_texts_is_answered() {
    let mut desk = Desk::new();
    desk.set_leads(&[60]);
    desk.add("a", "2026-11-24T14:00");
    desk.plan_at("2026-11-23T23:45");
    let mut now = desk.wall("2026-11-24T13:00");
    desk.text("a", now);
    for count in 0..3 {
        let words = now.to_zoned_datetime(desk.zone.clone()).strftime("%FT%T").to_string();
        snooze_by(&mut desk, count, 5, &words).unwrap();
        now = ahead(now, SignedDuration::from_mins(5));
        let row = desk.rows.iter_mut().find(|row| row.state == State::Scheduled).unwrap();
        row.state = State::Delivered;
    }
    for slot in 0..4 {
        assert_eq!(ask(&desk, slot, 5, "2026-11-24T13:20"), Err(NoSnooze::TooOften));
    }
    assert_eq!(desk.rows_of("a")[0].snoozes.len(), 3, "noted on the first");
}

#[test]
fn quiet_hours_the_limit_the_start_and_a_withdrawal_refuse_it() {
    let check = |change: &dyn Fn(&mut Desk), expected: NoSnooze| {
        let mut desk = texted();
        change(&mut desk);
        assert_eq!(ask(&desk, 0, 10, "2026-11-24T13:46"), Err(expected));
    };
    check(
        &|desk| {
            desk.user.preferences.quiet_hours = quiet(&["13:50-15:00"], QuietPolicy::Defer);
        },
        NoSnooze::QuietHours,
    );
    check(&|desk| desk.set_limit(1), NoSnooze::DailyLimit);
    check(&|desk| desk.move_to("a", "2026-11-24T13:56"), NoSnooze::EventBegins);
    check(&|desk| desk.remove("a"), NoSnooze::Over);
    check(&|desk| desk.rows[0].state = State::Claimed, NoSnooze::BeingSent);
    check(&|desk| desk.rows[0].state = State::Cancelled(CancelReason::ByRequest), NoSnooze::Over);
}

#[test]
fn it_goes_with_its_event_and_counts_in_its_day() {
    let mut desk = texted();
    desk.set_limit(2);
    desk.add("b", "2026-11-24T16:00");
    desk.plan_at("2026-11-24T13:45");
    snooze_by(&mut desk, 0, 10, "2026-11-24T13:46").unwrap();
    desk.plan_at("2026-11-24T13:46");
    check(&desk, &["a 24 13:56"]);
    desk.remove("a");
    desk.plan_at("2026-11-24T13:47");
    check(&desk, &["b 24 15:45"]);
    let rows = desk.rows_of("a");
    let follower = rows.iter().find(|row| row.slot.is_snooze()).unwrap();
    assert_eq!(follower.state, State::Cancelled(CancelReason::EventCancelled));
}

/// Nothing of the text before it stays, but for whom and what it is: a follower that forgot its
/// attempts or its event would not be sent, or be sent for what is no more.
#[test]
fn what_follows_is_a_reminder_of_its_own_of_the_event_as_it_is() {
    let mut desk = texted();
    desk.user.preferences.quiet_hours = quiet(&[], QuietPolicy::Defer);
    desk.move_to("a", "2026-11-24T14:30");
    desk.event("a").title = "renamed".to_owned();
    let begun = desk.wall("2026-11-24T13:45");
    let told = &mut desk.rows[0];
    told.rating = Some(Rating { stars: 4, feedback: None, at: begun, text: "SM1".to_owned() });
    (told.retry_at, told.acknowledged_at) = (Some(begun), Some(begun));
    told.snoozes = vec![Snooze { at: begun, from: begun, until: begun }];
    let Ok(Snoozing::Follow { first, next, .. }) = ask(&desk, 0, 15, "2026-11-24T13:46") else {
        panic!("it follows")
    };
    let (at, told) = (desk.wall("2026-11-24T14:01"), desk.rows_of("a")[0]);
    assert_eq!(first, told.id);
    assert!(next.id != told.id && next.slot == told.slot.snoozed(0).unwrap());
    assert_eq!((next.state, next.revision, next.round), (State::Scheduled, 1, told.round));
    assert_eq!([next.nominal_at, next.wanted_at, next.send_at], [at, at, at]);
    assert_eq!(next.last_at, desk.wall("2026-11-24T14:30"));
    assert_eq!(next.facts.start, desk.wall("2026-11-24T14:30"));
    assert_eq!(next.when, desk.event("a").when);
    assert_eq!((next.facts.title.as_str(), next.body.before.as_str()), ("renamed", "renamed: "));
    assert_eq!((next.planned_at, next.retry_at), (desk.wall("2026-11-24T13:46"), None));
    assert_eq!((next.rating, next.acknowledged_at), (None, None));
    assert!(next.attempts.is_empty() && next.snoozes.is_empty());
    assert_eq!(next.trail.entries().len(), 1);
    assert_eq!(next.day_on.to_string(), "2026-11-24");
}

#[test]
fn what_follows_after_midnight_belongs_to_the_new_day() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = quiet(&[], QuietPolicy::Defer);
    desk.add("a", "2026-11-25T00:10");
    desk.plan_at("2026-11-23T23:45");
    desk.text("a", desk.wall("2026-11-24T23:55"));
    let Ok(Snoozing::Follow { next, .. }) = ask(&desk, 0, 10, "2026-11-24T23:56") else {
        panic!("it follows")
    };
    assert_eq!(desk.rows_of("a")[0].day_on.to_string(), "2026-11-24");
    assert_eq!(
        (next.send_at, next.day_on.to_string()),
        (desk.wall("2026-11-25T00:06"), "2026-11-25".to_owned())
    );
}

#[test]
fn each_refusal_has_a_name_and_a_reason() {
    let told = NoSnooze::ALL.map(|refusal| format!("{}: {refusal}", refusal.as_str()));
    let expected = [
        "over: it was withdrawn, skipped or could not be delivered",
        "being_sent: it is being sent right now: try again in a moment",
        "event_begins: the event will have begun by then: choose a shorter time",
        "quiet_hours: it would fall into quiet hours",
        "daily_limit: the limit of texts for that day is reached",
        "too_often: it was put off three times already",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_should_have_been_texted_by_then_counts_from_now() {
    // Due at 13:45 and still waiting: five minutes later is now, and no time to be put off to.
    let mut desk = desk();
    snooze_by(&mut desk, 0, 5, "2026-11-24T13:50").unwrap();
    check(&desk, &["a 24 13:55"]);
}

#[test]
fn a_text_that_is_put_off_still_has_ten_seconds_before_the_start() {
    let mut desk = texted();
    desk.move_to("a", "2026-11-24T13:56:09");
    assert_eq!(ask(&desk, 0, 10, "2026-11-24T13:46"), Err(NoSnooze::EventBegins));
    desk.move_to("a", "2026-11-24T13:56:10");
    assert!(matches!(ask(&desk, 0, 10, "2026-11-24T13:46"), Ok(Snoozing::Follow { .. })));
}

#[test]
fn only_what_follows_the_very_same_reminder_stands_in_its_place() {
    let is_followed_beside = |change: &dyn Fn(&mut Reminder)| {
        let mut desk = texted();
        snooze_by(&mut desk, 0, 5, "2026-11-24T13:46").unwrap();
        change(&mut desk.rows[1]);
        matches!(ask(&desk, 0, 5, "2026-11-24T13:47"), Ok(Snoozing::Follow { .. }))
    };
    assert!(!is_followed_beside(&|_| {}));
    assert!(is_followed_beside(&|row| row.calendar = CalendarId::parse("work").unwrap()));
    assert!(is_followed_beside(&|row| row.uid = EventUid::parse("b").unwrap()));
    assert!(is_followed_beside(&|row| row.occurrence = Occurrence::parse("20261124").unwrap()));
    assert!(is_followed_beside(&|row| row.round += 1));
    assert!(is_followed_beside(&|row| row.slot = LeadSlot::new(1).snoozed(0).unwrap()));
}

#[test]
fn it_is_noted_on_the_first_of_them_or_where_that_is_gone_on_the_one_put_off() {
    let mut desk = texted();
    snooze_by(&mut desk, 0, 5, "2026-11-24T13:46").unwrap();
    desk.rows[1].state = State::Delivered;
    let (first, follower) = (desk.rows[0].id, desk.rows[1].id);
    let noted_on = |desk: &Desk, slot| match ask(desk, slot, 5, "2026-11-24T13:52") {
        Ok(Snoozing::Follow { first, .. }) => first,
        other => panic!("{other:?}"),
    };
    assert_eq!(noted_on(&desk, 1), first);
    desk.rows.remove(0);
    assert_eq!(noted_on(&desk, 0), follower);
}

#[test]
fn what_follows_says_by_which_template_it_is_written() {
    let mut desk = texted();
    desk.user.locale.language = Language::De;
    snooze_by(&mut desk, 0, 5, "2026-11-24T13:46").unwrap();
    let sources: Vec<_> = desk.rows.iter().map(|row| row.source.clone()).collect();
    let template = |id: &str| TextSource::Template { id: id.to_owned() };
    assert_eq!(sources, [template("reminder.en.2"), template("reminder.de.1")]);
}
