//! Which lead time is found, what it is found by, and what that does to a plan.

use jiff::{SignedDuration, Span};
use proptest::prelude::*;

use super::*;
use crate::experiment::board::Trial;
use crate::fixtures::Desk;
use crate::pre_send::{SendDecision, Surroundings, check_before_send};
use crate::ratings::Rating;
use crate::time::ahead;

fn minutes(minutes: u32) -> LeadTime {
    LeadTime::from_minutes(minutes).unwrap()
}

fn among(all: &[u32]) -> LeadChoice {
    LeadChoice::new(&all.iter().map(|lead| minutes(*lead)).collect::<Vec<_>>()).unwrap()
}

fn belief(lead: u32, good: u32, bad: u32) -> Belief {
    Belief { lead: minutes(lead), good, bad }
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// A desk with one meeting at ten and a choice of 5, 15 or 60 minutes, not planned yet.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.user.preferences.lead_choice = among(&[5, 15, 60]);
    desk.enrolment.beliefs = vec![belief(5, 0, 0), belief(15, 0, 0), belief(60, 0, 0)];
    desk.add("a", "2026-11-24T10:00");
    desk
}

fn decision(desk: &Desk) -> SendDecision {
    let row = desk.row("a");
    let around = Surroundings { rows: &[], ..desk.surroundings() };
    check_before_send(row, &around, row.send_at)
}

#[test]
fn exp_01_a_choice_is_of_two_to_five_lead_times_or_off() {
    let count = |leads: &[u32]| {
        let leads: Vec<_> = leads.iter().map(|lead| minutes(*lead)).collect();
        LeadChoice::new(&leads).map(|choice| choice.iter().count()).ok()
    };
    assert_eq!(count(&[]), Some(0));
    assert!(LeadChoice::default().is_off());
    assert!(!LeadChoice::new(&[minutes(5), minutes(30)]).unwrap().is_off());
    assert_eq!(count(&[30, 5]), Some(2));
    assert_eq!(count(&[1, 2, 3, 4, 5]), Some(5));
    assert_eq!((count(&[30]), count(&[30, 30]), count(&[1, 2, 3, 4, 5, 6])), (None, None, None));
}

#[test]
fn exp_01_what_readers_say_of_a_text_speaks_for_its_lead_time_or_against() {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    let row = desk.row("a").clone();
    let now = ahead(row.send_at, SignedDuration::from_hours(24));
    let check = |change: &dyn Fn(&mut Reminder), expected: (u32, u32)| {
        let mut row = Reminder { state: State::Delivered, ..row.clone() };
        change(&mut row);
        let found = among(&[5, 15]).beliefs(&[row], now);
        assert_eq!(found[0], belief(5, 0, 0), "no text of it");
        assert_eq!((found[1].good, found[1].bad), expected);
    };
    let rated = |stars| {
        let (at, text) = (now, "SM1".to_owned());
        Some(Rating { stars, feedback: None, at, text })
    };
    check(&|row| row.rating = rated(5), (4, 0));
    check(&|row| row.rating = rated(4), (4, 0));
    check(&|row| row.rating = rated(3), (0, 4));
    check(&|row| row.acknowledged_at = Some(now), (4, 0));
    check(&|row| (row.acknowledged_at, row.rating) = (Some(now), rated(1)), (0, 4));
    check(&|row| row.trial.opted_out_at = Some(now), (0, 4));
    check(&|_| {}, (0, 1));
    check(&|row| row.send_at = now, (0, 0));
    check(&|row| row.state = State::Undelivered, (0, 0));
    check(&|row| row.lead = Some(minutes(30)), (0, 0));
}

#[test]
fn exp_01_the_same_day_of_the_same_user_has_the_same_lead_time() {
    let choice = among(&[5, 15, 60]);
    let on = Date::constant(2026, 11, 24);
    let mut counts = [0_u32; 3];
    for number in 0..600 {
        let user = user(&format!("user-{number}"));
        let found = choice.of_day(&user, on, &[]).unwrap();
        assert_eq!(choice.of_day(&user, on, &[]), Some(found));
        counts[choice.iter().position(|lead| lead == found).unwrap()] += 1;
    }
    // Where nothing is known, each of three comes up about 200 times: 150 is five deviations away.
    assert!(counts.iter().all(|count| (150..=250).contains(count)), "{counts:?}");
    assert_eq!(LeadChoice::default().of_day(&user("ada"), on, &[]), None);
}

#[test]
fn exp_01_a_lead_time_that_is_found_keeps_slot_and_name_and_the_sender_agrees() {
    let mut desk = desk();
    desk.set_leads(&[15, 30]);
    desk.plan_at("2026-11-23T23:45");
    let before = desk.row("a").clone();
    assert_eq!(desk.rows.len(), 1, "one text of the event, in the place of two");
    assert!(desk.user.preferences.lead_choice.allows(before.lead.unwrap()));
    assert_eq!(before.trial.lead_by, desk.enrolment.beliefs);
    assert!(matches!(decision(&desk), SendDecision::Send { .. }));
    // Whatever is learned meanwhile, what is planned stays.
    desk.enrolment.beliefs = vec![belief(5, 0, 400), belief(15, 0, 400), belief(60, 0, 400)];
    desk.plan_at("2026-11-24T00:10");
    assert_eq!(*desk.row("a"), before);
    // What is no longer allowed is found anew, in its place.
    let others = [5, 15, 60].into_iter().filter(|m| Some(minutes(*m)) != before.lead);
    desk.user.preferences.lead_choice = among(&others.collect::<Vec<_>>());
    assert!(matches!(decision(&desk), SendDecision::Defer { .. }), "it waits for the plan");
    desk.plan_at("2026-11-24T00:20");
    let moved = desk.row("a").clone();
    assert_eq!((moved.id, moved.slot, desk.rows.len()), (before.id, before.slot, 1));
    assert_ne!(moved.lead, before.lead);
    // Switched off, the lead times that they named are theirs again.
    desk.user.preferences.lead_choice = LeadChoice::default();
    desk.plan_at("2026-11-24T00:30");
    let leads: Vec<_> = desk.rows.iter().map(|row| row.lead.unwrap().minutes()).collect();
    assert_eq!(leads, [15, 30]);
    assert_eq!(desk.rows[0].trial, Trial::default());
}

#[test]
fn exp_01_a_reader_who_likes_one_lead_time_gets_it_more_and_more() {
    // Of texts an hour ahead eight of ten are liked, of others three; half of all are answered.
    let choice = among(&[5, 15, 30, 60]);
    let likes = |lead: LeadTime| if lead.minutes() == 60 { 0.8 } else { 0.3 };
    let (readers, days, texts) = (100_u32, 120_u32, 2_u32);
    let (mut early, mut late) = (0_u32, 0_u32);
    for number in 0..readers {
        let reader = user(&format!("reader-{number}"));
        let mut beliefs: Vec<_> = [5, 15, 30, 60].map(|lead| belief(lead, 0, 0)).into();
        for day in 0..days {
            let on = Date::constant(2026, 1, 1).saturating_add(Span::new().days(i64::from(day)));
            let lead = choice.of_day(&reader, on, &beliefs).unwrap();
            let is_best = u32::from(lead.minutes() == 60);
            early += if day < 10 { is_best } else { 0 };
            late += if day >= days - 10 { is_best } else { 0 };
            let known = beliefs.iter_mut().find(|belief| belief.lead == lead).unwrap();
            for text in 0..texts {
                let dice = |what| share_of(&[what, &on.to_string(), &text.to_string()], &reader);
                if dice("answered") > 0.5 {
                    known.bad += 1;
                } else if dice("liked") < likes(lead) {
                    known.good += PARTS;
                } else {
                    known.bad += PARTS;
                }
            }
        }
    }
    let share = |count: u32| f64::from(count) / f64::from(readers * 10);
    assert!(share(early) < 0.6, "it has to learn first: {}", share(early));
    assert!(share(late) > 0.9, "then it is known: {}", share(late));
}

proptest! {
    #[test]
    fn exp_01_more_that_is_liked_never_makes_a_lead_time_less_likely(
        known in proptest::collection::vec((0_u32..400, 0_u32..400), 3),
        dice in proptest::collection::vec(0.0_f64..1.0, 3),
        more in 1_u32..100,
    ) {
        let leads = [5, 15, 60];
        let beliefs = |extra: u32| {
            let of = |(place, (good, bad)): (usize, &(u32, u32))| {
                belief(leads[place], good + if place == 1 { extra } else { 0 }, *bad)
            };
            known.iter().enumerate().map(of).collect::<Vec<_>>()
        };
        let dice = |lead: LeadTime| dice[leads.iter().position(|m| *m == lead.minutes()).unwrap()];
        let found = drawn(beliefs(0).into_iter(), dice);
        let then = drawn(beliefs(more).into_iter(), dice);
        prop_assert!(then == found || then == Some(minutes(15)), "{found:?} {then:?}");
        for belief in beliefs(more) {
            prop_assert!((0.0..=1.0).contains(&belief.quantile(dice(belief.lead))));
        }
    }
}

#[test]
fn exp_01_what_is_expected_begins_at_a_half_and_follows_what_readers_say() {
    let parts = |texts: u32| texts * PARTS;
    assert_eq!(belief(5, 0, 0).expected().to_string(), "0.5");
    assert_eq!(belief(5, parts(2), 0).expected().to_string(), "0.75");
    assert_eq!(belief(5, parts(2), parts(4)).expected().to_string(), "0.375");
    let (low, high) =
        (belief(5, parts(2), 0).quantile(0.05), belief(5, parts(2), 0).quantile(0.95));
    assert!(0.3 < low && low < 0.75 && 0.75 < high && high < 1.0, "{low} to {high}");
}
