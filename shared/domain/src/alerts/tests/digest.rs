//! Summaries: when they are due, and what comes first in them.

use jiff::tz::TimeZone;

use super::*;
use crate::alerts::digest::{Compared, DigestCourse, DigestTime, RolloutStanding, attention};
use crate::alerts::{Channel, Course};
use crate::figures::Figures;
use crate::gates::Verdict;

const BOTH: [Channel; 2] = [Channel::Chat, Channel::Email];

fn course(before: Option<&DigestCourse>, time: &DigestTime, now: &str) -> DigestCourse {
    DigestCourse::next(before, time, &BOTH, at(now))
}

#[test]
fn alr_07_a_summary_is_due_once_a_day_from_the_hour_on() {
    let time = DigestTime::default();
    let first = course(None, &time, "2026-11-23T10:00:00Z");
    assert_eq!((first.due_on.to_string(), first.told.len()), ("2026-11-23".to_owned(), 0));
    let before = course(Some(&first), &time, "2026-11-24T07:59:59Z");
    assert_eq!(before, first, "it is not time yet");
    let due = course(Some(&before), &time, "2026-11-24T08:00:00Z");
    assert_eq!(due.tells_of().to_string(), "2026-11-23");
    assert_eq!(due.told.len(), 2);
    assert!(due.is_due(at("2026-11-24T08:00:00Z")));
    let again = course(Some(&due), &time, "2026-11-24T23:00:00Z");
    assert_eq!(again, due, "what is told goes on, and nothing is told anew");
    let days_later = course(Some(&due), &time, "2026-11-28T15:00:00Z");
    assert_eq!(days_later.tells_of().to_string(), "2026-11-27", "only the last day is told");
}

#[test]
fn alr_07_the_hour_is_that_of_the_zone() {
    let zone = TimeZone::fixed(jiff::tz::offset(-5));
    let time = DigestTime { hour: 6, zone, zone_name: "five behind".to_owned() };
    assert_eq!(time.due_on(at("2026-11-24T10:59:00Z")).to_string(), "2026-11-23");
    assert_eq!(time.due_on(at("2026-11-24T11:00:00Z")).to_string(), "2026-11-24");
}

#[test]
fn alr_07_whoever_gets_no_summary_is_not_waited_for() {
    let time = DigestTime::default();
    let first = course(None, &time, "2026-11-23T10:00:00Z");
    let now = at("2026-11-24T08:00:00Z");
    let next = DigestCourse::next(Some(&first), &time, &[Channel::Pager, Channel::Email], now);
    let [only] = &next.told[..] else { panic!("{next:?}") };
    assert_eq!(only.by, Channel::Email);
    assert_eq!(only.delivery.course, Course::Waiting { next_at: now });
}

#[test]
fn alr_07_what_needs_attention_comes_first() {
    let day = Figures { sent: 100, delivered: 80, unknown: 1, opted_out: 9, ..Figures::default() };
    let week = Figures { sent: 700, delivered: 690, opted_out: 7, ..Figures::default() };
    let compared = Compared { day: &day, week: &week, week_days: 7 };
    let rollout = RolloutStanding { is_on: false, stage: "beta", gate: Some(Verdict::Pass) };
    let told = attention(&[], &rollout, &compared);
    let expected = [
        "Reminders are switched off for everybody",
        "Only 80.0 % of the texts were delivered; usual are 98.6 %",
        "Of 1 reminders nobody knows whether they were sent",
        "9 numbers opted out; usual are 1",
        "The gate of stage beta passed: go on when you like",
    ];
    assert_eq!(told, expected);
}

#[test]
fn alr_07_a_usual_day_needs_none_and_silence_does() {
    let rollout = RolloutStanding { is_on: true, stage: "everyone", gate: None };
    let day = Figures { sent: 100, delivered: 97, ..Figures::default() };
    let week = Figures { sent: 700, delivered: 690, ..Figures::default() };
    let usual = Compared { day: &day, week: &week, week_days: 7 };
    assert_eq!(attention(&[], &rollout, &usual), [""; 0]);
    let nothing = Figures::default();
    let silent = Compared { day: &nothing, week: &week, week_days: 7 };
    let told = attention(&[], &rollout, &silent);
    assert_eq!(told, ["Nothing was sent; usual are 100 reminders a day"]);
    let line = |name| silent.lines().into_iter().find(|line| line.name == name).unwrap();
    assert_eq!(line("Delivered of sent").day, "no data", "missing data is never all is well");
    assert_eq!((line("Sent").day, line("Sent").usual), ("0".to_owned(), "100".to_owned()));
}

#[test]
fn alr_07_a_part_says_the_same_in_short_unless_nothing_was_sent() {
    let mut day =
        Figures { sent: 10, delivered: 9, texts_cost_microdollars: 70_000, ..Figures::default() };
    day.model.cost_microdollars = 1_000;
    let week = Figures { sent: 70, delivered: 70, ..Figures::default() };
    let nothing = Figures::default();
    let part = |day, week| Compared { day, week, week_days: 7 }.part("alpha".to_owned());
    let both = part(&day, &week).unwrap();
    assert_eq!((both.name.as_str(), both.sent), ("alpha", 10));
    assert_eq!((both.delivered.as_str(), both.usual.as_str()), ("90.0 %", "100.0 %"));
    assert_eq!(both.cost, crate::figures::words::dollars(71_000));
    assert!(part(&day, &nothing).is_some() && part(&nothing, &week).is_some());
    assert!(part(&nothing, &nothing).is_none());
}

#[test]
fn alr_07_what_is_more_than_twice_the_usual_is_odd() {
    let rollout = RolloutStanding { is_on: true, stage: "everyone", gate: None };
    let told = |opted_out, before, week_days| {
        let day = Figures { sent: 100, delivered: 97, opted_out, ..Figures::default() };
        let week = Figures { sent: 700, delivered: 690, opted_out: before, ..Figures::default() };
        attention(&[], &rollout, &Compared { day: &day, week: &week, week_days })
    };
    assert_eq!(told(5, 14, 7), ["5 numbers opted out; usual are 2"]);
    assert_eq!(told(4, 14, 7), [""; 0], "no more than twice as many");
    assert_eq!(told(2, 0, 7), [""; 0], "too few to say anything");
    assert_eq!(told(3, 0, 7), ["3 numbers opted out; usual are 0"]);
    assert_eq!(told(9, 0, 0), [""; 0], "there is nothing usual yet");
}
