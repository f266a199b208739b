//! A week, minute by minute, in which each rule fires exactly as often as it should.

use super::*;

/// Puts a rule through stretches of time, then green until the week is over. Gives the instants,
/// in minutes, at which incidents began and ended.
fn week(rule: &AlertRule, stretches: &[(i64, Sight)]) -> (Vec<i64>, Vec<i64>) {
    const WEEK: i64 = 7 * 24 * 60;
    let sights = stretches.iter().flat_map(|(minutes, sight)| (0..*minutes).map(|_| *sight));
    let rest = std::iter::repeat(Sight::Green);
    let rules = std::slice::from_ref(rule);
    let (mut standings, mut began, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for (minute, what) in (0..WEEK).zip(sights.chain(rest)) {
        let now = at(NOW) + SignedDuration::from_mins(minute);
        // A job that runs twice finds everything done.
        for run in 0..2 {
            let looked = evaluate(rules, &sight(rule, what), &standings, now);
            assert!(run == 0 || looked.changes.is_empty(), "{} at {minute}", rule.name);
            for change in &looked.changes {
                let list = match change.kind {
                    NoticeKind::Triggered => &mut began,
                    _ => &mut ended,
                };
                list.push(minute);
            }
            standings = looked.standings;
        }
    }
    (began, ended)
}

#[test]
fn every_rule_fires_exactly_as_often_as_it_should() {
    use Sight::{Few, Green, Missing, Red};
    for rule in rules().iter().filter(|rule| rule.name != "nothing_planned") {
        let (settle, cooldown) = (rule.settle().as_mins(), rule.cooldown().as_mins());
        let rare = if rule.sample_min > 0 { Few } else { Missing };
        let mut stretches = vec![(100, Green)];
        // Too short to be anything, again and again.
        if settle > 0 {
            stretches.extend([(settle, Red), (1, Green), (settle, Red), (1, Missing)]);
        }
        // One that lasts, for a while without data.
        let first: i64 = stretches.iter().map(|(minutes, _)| minutes).sum();
        let lasting = [(settle + 20, Red), (30, Missing), (30, rare), (20, Red), (1, Green)];
        stretches.extend(lasting);
        let end = first + settle + 100;
        // It flaps while it should be quiet.
        let flaps = cooldown / (settle + 2);
        for _ in 0..flaps {
            stretches.extend([(settle + 1, Red), (1, Green)]);
        }
        // Nothing for a day; then it breaks for good.
        stretches.extend([(1_440, Missing), (60, Green)]);
        let second: i64 = stretches.iter().map(|(minutes, _)| minutes).sum();
        stretches.push((settle + 500, Red));
        let (began, ended) = week(rule, &stretches);
        assert_eq!(began, [first + settle, second + settle], "{}", rule.name);
        assert_eq!(ended, [end, second + settle + 500], "{}", rule.name);
    }
}

#[test]
fn a_weekend_without_reminders_is_nothing_and_a_third_day_is() {
    use Sight::{Green, Red};
    let day = 24 * 60;
    let weekend = [(day, Green), (2 * day, Red)];
    assert_eq!(week(rule("nothing_planned"), &weekend), (vec![], vec![]));
    let dead = [(day, Green), (5 * day, Red)];
    let began = day + 2_940;
    assert_eq!(week(rule("nothing_planned"), &dead), (vec![began], vec![6 * day]));
}

#[test]
fn what_stays_broken_after_a_short_recovery_is_told_when_the_cooldown_is_over() {
    use Sight::{Green, Red};
    let rule = rule("dead_letters");
    let (began, ended) = week(rule, &[(10, Red), (1, Green), (600, Red)]);
    assert_eq!((began, ended), (vec![0, 10 + 60], vec![10, 611]));
}
