//! Summaries: when they are due, and what comes first in them.

use jiff::tz::TimeZone;

use super::*;
use crate::alerts::digest::{
    Compared, DigestCourse, DigestLine, DigestTime, RolloutStanding, attention, described,
};
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

#[test]
fn alr_07_every_figure_stands_beside_what_is_usual() {
    let mut day = Figures {
        planned: 23,
        sent: 14,
        delivered: 8,
        undelivered: 1,
        failed: 2,
        unconfirmed: 3,
        unknown: 4,
        skipped: 5,
        segments: 11,
        opted_out: 6,
        texts_cost_microdollars: 118_000,
        ..Figures::default()
    };
    day.model.calls = 4;
    day.model.used = 3;
    day.model.cost_microdollars = 9_000;
    let mut week =
        Figures { planned: 70, sent: 35, delivered: 28, failed: 7, ..Figures::default() };
    week.texts_cost_microdollars = 700_000;
    let told = |week_days| {
        let lines = Compared { day: &day, week: &week, week_days }.lines();
        let told = |line: DigestLine| format!("{}: {} / {}", line.name, line.day, line.usual);
        lines.into_iter().map(told).collect::<Vec<_>>()
    };
    let expected = [
        "Planned: 23 / 10",
        "Sent: 14 / 5",
        "Delivered: 8 / 4",
        "Undelivered or failed: 3 / 1",
        "Without a receipt: 3 / 0",
        "Perhaps sent: 4 / 0",
        "Skipped: 5 / 0",
        "Segments: 11 / 0",
        "Opted out: 6 / 0",
        "Delivered of sent: 72.7 % / 80.0 %",
        "Lateness, 95 in a hundred: no data / no data",
        "To the phone, 95 in a hundred: no data / no data",
        "Texts of the model used: 75.0 % / no data",
        "Cost of the texts: 0.1180 USD / 0.1000 USD",
        "Cost of the model: 0.0090 USD / 0 USD",
    ];
    assert_eq!(told(7), expected);
    let first = told(0);
    assert_eq!(
        (first[0].as_str(), first[13].as_str()),
        ("Planned: 23 / no data", "Cost of the texts: 0.1180 USD / no data")
    );
}

#[test]
fn alr_07_the_rollout_is_told_in_a_sentence() {
    let told = |is_on, gate| RolloutStanding { is_on, stage: "beta", gate }.words();
    assert_eq!(told(true, None), "Stage beta; its gate was not looked at");
    assert_eq!(told(true, Some(Verdict::Pass)), "Stage beta; its gate passed");
    assert_eq!(told(true, Some(Verdict::Fail)), "Stage beta; its gate fails");
    let waits = told(false, Some(Verdict::NotEnoughData));
    assert_eq!(waits, "Stage beta, switched off; its gate has not enough data");
}

#[test]
fn alr_07_only_alerts_that_nobody_looks_after_need_attention() {
    let opened = |name| {
        let (one, seen) = (std::slice::from_ref(rule(name)), sight(rule(name), Sight::Red));
        let first = evaluate(one, &seen, &[], at(NOW)).standings;
        evaluate(one, &seen, &first, at("2026-11-23T10:30:00Z")).standings.remove(0)
    };
    let (mut critical, warning) = (opened("delivery_rate_low"), opened("model_cost_high"));
    let nothing = Figures::default();
    let compared = Compared { day: &nothing, week: &nothing, week_days: 7 };
    let rollout = RolloutStanding { is_on: false, stage: "beta", gate: Some(Verdict::Fail) };
    let off = "Reminders are switched off for everybody".to_owned();
    let gate = "The gate of stage beta fails".to_owned();
    let low = "delivery_rate_low: 89.9 % (below 90.0 %), critical, since 2026-11-23T10:30:00Z";
    let high = format!("Nobody looks after {}", described(&warning));
    assert_eq!(described(&critical), low);
    let told = attention(&[&warning, &critical], &rollout, &compared);
    let expected = [format!("Nobody looks after {low}"), off.clone(), high.clone(), gate.clone()];
    assert_eq!(told, expected, "the most urgent first");
    assert!(critical.acknowledge("ann", at(NOW)));
    assert_eq!(described(&critical), format!("{low}, ann looks after it"));
    assert_eq!(attention(&[&warning, &critical], &rollout, &compared), [off, high, gate]);
}

#[test]
fn alr_07_texts_later_than_a_minute_and_a_drop_beyond_a_twentieth_are_odd() {
    let rollout = RolloutStanding { is_on: true, stage: "everyone", gate: None };
    let told = |day: &Figures, week: &Figures| {
        attention(&[], &rollout, &Compared { day, week, week_days: 7 })
    };
    let usual = Figures { sent: 512, delivered: 512, ..Figures::default() };
    let mut day = Figures { sent: 100, delivered: 100, ..Figures::default() };
    day.lateness_ms.add(50_000);
    assert_eq!(told(&day, &usual), [""; 0]);
    day.lateness_ms.subtract(&day.lateness_ms.clone());
    day.lateness_ms.add(90_000);
    let late = told(&day, &usual);
    assert!(late[0].starts_with("5 in a hundred texts were late by"), "{late:?}");
    let of = |delivered| Figures { sent: 1_000, delivered, ..Figures::default() };
    assert_eq!(told(&of(951), &usual), [""; 0]);
    assert_eq!(told(&of(949), &usual).len(), 1);
}

#[test]
fn alr_07_what_was_told_is_not_due() {
    let time = DigestTime::default();
    let first = course(None, &time, "2026-11-23T10:00:00Z");
    assert!(!first.is_due(at("2026-11-23T10:00:00Z")), "there is nothing to tell yet");
}
