//! The rules, one by one; the week that each is put through is in [`week`].

mod digest;
mod notices;
mod week;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::rules::parse;
use super::*;
use crate::limits;
use crate::statistics::Share;

const NOW: &str = "2026-11-23T10:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn rule(name: &str) -> &'static AlertRule {
    rules().iter().find(|rule| rule.name == name).unwrap()
}

/// What a look sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Red,
    Green,
    /// Red, but of too few.
    Few,
    Missing,
}

fn by_key<T>(key: &str, value: T) -> BTreeMap<String, T> {
    [(key.to_owned(), value)].into()
}

/// What a rule sees. Red and green lie just beside the threshold.
fn sight(rule: &AlertRule, sight: Sight) -> Observations {
    let mut seen = Observations::default();
    if sight == Sight::Missing {
        return seen;
    }
    let is_red = sight != Sight::Green;
    let of = if sight == Sight::Few { rule.sample_min.saturating_sub(1) } else { 1_000 };
    let share =
        |red: u64, green: u64| Share::new(if is_red { red } else { green } * of / 1_000, of);
    let minutes = |limit: i64| SignedDuration::from_mins(limit + i64::from(is_red));
    match rule.watches {
        Watch::Delivered => seen.delivered = vec![share(899, 900)],
        Watch::ModelFailed => seen.model_failed = vec![share(501, 500)],
        Watch::OptedOut => seen.opted_out = Some(share(101, 100)),
        Watch::ModelCost => {
            let today_micros = if is_red { 2_001 } else { 2_000 };
            let active_days = if sight == Sight::Few { 2 } else { 5 };
            let before_micros = 1_000 * active_days;
            seen.model_cost = Some(DailyCost { today_micros, before_micros, active_days });
        }
        Watch::TickAge => seen.tick_age = by_key("scheduler", minutes(35)),
        Watch::JobAge => seen.job_age = by_key("sends", minutes(10)),
        Watch::ChannelSilence => seen.channel_silence = by_key("one", minutes(24 * 60)),
        Watch::Overdue => seen.overdue = Some(minutes(10)),
        Watch::FeedLag => seen.feed_lag = Some(minutes(10)),
        Watch::DeadLetters => seen.dead_letters = by_key("plans", u64::from(is_red)),
        Watch::ProviderFailures => seen.provider_failures = Some(4 + u64::from(is_red)),
        Watch::Planned => {
            let eligible = u64::from(sight != Sight::Few);
            seen.planning = Some(Planning { eligible, planned: u64::from(!is_red) });
        }
        Watch::ModelBudget => {
            let spent_micros = 800 + u64::from(is_red);
            seen.model_budget = Some(Spending { spent_micros, budget_micros: 1_000 });
        }
        Watch::TextsBudget => {
            let spent_micros = 800 + u64::from(is_red);
            seen.texts_budget = Some(Spending { spent_micros, budget_micros: 1_000 });
        }
        Watch::Guardrails => {
            let evidence = is_red.then(|| "delivered 80 of 100".to_owned());
            seen.guardrails = Some(by_key("percent25", evidence));
        }
    }
    seen
}

#[test]
fn the_rules_can_be_read_and_each_watches_something_of_its_own() {
    let read = parse(include_str!("../rules.toml")).unwrap();
    assert_eq!(read.len(), 15);
    let names: BTreeSet<_> = read.iter().map(|rule| &rule.name).collect();
    let watched: BTreeSet<_> = read.iter().map(|rule| rule.watches).collect();
    let runbooks: BTreeSet<_> = read.iter().map(|rule| &rule.runbook).collect();
    assert_eq!((names.len(), watched.len(), runbooks.len()), (15, 15, 15));
    let is_plain = |name: &&String| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    assert!(names.iter().all(is_plain), "names stand in addresses");
}

#[test]
fn each_rule_is_red_beyond_its_threshold_and_green_at_it_and_says_when_it_cannot_tell() {
    for rule in rules() {
        let rules = std::slice::from_ref(rule);
        let state = |what: Sight| {
            let looked = evaluate(rules, &sight(rule, what), &[], at(NOW));
            assert_eq!(looked.standings.len(), 1, "{}", rule.name);
            looked.standings[0].state
        };
        assert_eq!(state(Sight::Red), State::Firing, "{}", rule.name);
        assert_eq!(state(Sight::Green), State::Ok, "{}", rule.name);
        assert_eq!(state(Sight::Missing), State::NotEnoughData, "{}", rule.name);
        if rule.sample_min > 0 {
            assert_eq!(state(Sight::Few), State::NotEnoughData, "{}", rule.name);
        }
    }
}

#[test]
fn the_four_of_the_plan_have_its_thresholds() {
    let check = |name: &str, threshold: f64, severity: Severity| {
        let rule = rule(name);
        assert_eq!((rule.threshold, rule.severity), (threshold, severity), "{name}");
    };
    check("delivery_rate_low", 0.9, Severity::Critical);
    check("model_failing", 0.5, Severity::Critical);
    check("model_cost_high", 2.0, Severity::Warning);
    check("opt_outs_high", 0.1, Severity::Warning);
}

#[test]
fn the_shortest_time_with_enough_texts_is_judged() {
    let delivery = std::slice::from_ref(rule("delivery_rate_low"));
    let state = |delivered: &[Share]| {
        let seen = Observations { delivered: delivered.to_vec(), ..Observations::default() };
        evaluate(delivery, &seen, &[], at(NOW)).standings[0].state
    };
    let (hour, day) = (Share::new(10, 30), Share::new(1_000, 1_030));
    assert_eq!(state(&[hour, day]), State::Firing, "a bad hour is not hidden by a good day");
    assert_eq!(state(&[Share::new(0, 3), day]), State::Ok, "three texts say nothing");
    assert_eq!(state(&[Share::new(0, 3), Share::new(1, 4)]), State::NotEnoughData);
    assert_eq!(state(&[Share::new(0, 0)]), State::NotEnoughData, "nothing is no share");
}

#[test]
fn a_model_that_cost_nothing_before_has_no_average() {
    for active_days in [0, 3] {
        let cost = DailyCost { today_micros: 5, before_micros: 0, active_days };
        let seen = Observations { model_cost: Some(cost), ..Observations::default() };
        assert_eq!(seen.measure(rule("model_cost_high")), []);
    }
    let budget = Spending { spent_micros: 5, budget_micros: 0 };
    let seen = Observations { model_budget: Some(budget), ..Observations::default() };
    assert_eq!(seen.measure(rule("model_budget_used")), []);
}

#[test]
fn values_are_told_with_their_unit() {
    assert_eq!(rule("delivery_rate_low").describe(0.8244), "82.4 % (below 90.0 %)");
    assert_eq!(rule("model_cost_high").describe(2.5), "2.5 times (above 2.0 times)");
    assert_eq!(rule("due_unsent").describe(11.0), "11 min (above 10 min)");
    assert_eq!(rule("dead_letters").describe(3.0), "3 (above 0)");
}

#[test]
fn each_queue_has_an_incident_of_its_own_and_one_that_is_gone_keeps_its() {
    let letters = std::slice::from_ref(rule("dead_letters"));
    let look = |seen: &[(&str, u64)], before: &[Standing]| {
        let dead_letters = seen.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect();
        let seen = Observations { dead_letters, ..Observations::default() };
        evaluate(letters, &seen, before, at(NOW))
    };
    let none = look(&[], &[]);
    assert_eq!((none.standings[0].key.as_str(), none.changes.len()), ("", 0));
    let first = look(&[("plans", 2), ("sends", 0)], &none.standings);
    assert_eq!(first.standings.len(), 2, "the nameless one made way");
    assert_eq!((first.changes.len(), first.changes[0].key.as_str()), (1, "plans"));
    let both = look(&[("plans", 2), ("sends", 9)], &first.standings);
    assert_eq!((both.changes.len(), both.changes[0].key.as_str()), (1, "sends"));
    let gone = look(&[("plans", 0)], &both.standings);
    let open: Vec<_> =
        gone.standings.iter().map(|s| (s.key.as_str(), s.open().is_some())).collect();
    assert_eq!(open, [("plans", false), ("sends", true)], "what cannot be told ends nothing");
    let after = look(&[], &gone.standings);
    assert_eq!(after.standings.len(), 2);
}

#[test]
fn what_another_release_watched_ends_with_it() {
    let broken = sight(rule("dead_letters"), Sight::Red);
    let open = evaluate(rules(), &broken, &[], at(NOW)).standings;
    let none = evaluate(&[], &broken, &open, at(NOW));
    assert_eq!((none.changes.len(), none.changes[0].kind), (1, NoticeKind::Resolved));
    let later = evaluate(&[], &broken, &none.standings, at(NOW));
    assert_eq!((later.changes.len(), later.standings.len()), (0, 0));
}

#[test]
fn an_incident_is_acknowledged_once_and_stays_so_until_it_ends() {
    let one = std::slice::from_ref(rule("dead_letters"));
    let mut standing = evaluate(one, &sight(&one[0], Sight::Red), &[], at(NOW)).standings.remove(0);
    assert!(standing.acknowledge("ann", at(NOW)));
    assert!(!standing.acknowledge("bo", at(NOW)), "somebody looks after it");
    let next = evaluate(one, &sight(&one[0], Sight::Red), &[standing], at(NOW));
    assert_eq!(next.changes, []);
    let open = next.standings[0].open().unwrap();
    assert_eq!(open.acknowledged.as_ref().map(|a| a.by.as_str()), Some("ann"));
    let mut ended = evaluate(one, &sight(&one[0], Sight::Green), &next.standings, at(NOW));
    assert!(!ended.standings[0].acknowledge("bo", at(NOW)), "there is none");
    let kinds: Vec<_> = ended.standings[0].incidents[0].notices.iter().map(|n| n.kind).collect();
    assert_eq!(kinds, [NoticeKind::Triggered, NoticeKind::Acknowledged, NoticeKind::Resolved]);
}

#[test]
fn the_history_is_bounded_and_goes_on_counting() {
    let one = std::slice::from_ref(rule("dead_letters"));
    let (red, green) = (sight(&one[0], Sight::Red), sight(&one[0], Sight::Green));
    let mut standings = Vec::new();
    for day in 0..30 {
        let now = at(NOW) + SignedDuration::from_hours(24 * day);
        standings = evaluate(one, &red, &standings, now).standings;
        standings = evaluate(one, &green, &standings, now).standings;
    }
    let incidents = &standings[0].incidents;
    assert_eq!(incidents.len(), limits::INCIDENTS_MAX);
    assert_eq!(incidents.last().unwrap().number, 30);
}

#[test]
fn what_was_decided_can_be_stored_and_read() {
    let seen = sight(rule("delivery_rate_low"), Sight::Red);
    let standings = evaluate(rules(), &seen, &[], at(NOW)).standings;
    let text = serde_json::to_string(&standings).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Standing>>(&text).unwrap(), standings);
}

#[test]
fn names_are_those_that_are_stored() {
    let stored = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    for state in [State::Ok, State::NotEnoughData, State::Firing] {
        assert_eq!(stored(serde_json::to_value(state).unwrap()), state.name());
    }
    for kind in [NoticeKind::Triggered, NoticeKind::Acknowledged, NoticeKind::Resolved] {
        assert_eq!(stored(serde_json::to_value(kind).unwrap()), kind.name());
    }
    for channel in [Channel::Pager, Channel::Chat, Channel::Email] {
        assert_eq!(stored(serde_json::to_value(channel).unwrap()), channel.name());
    }
    for severity in [Severity::Warning, Severity::Critical] {
        assert_eq!(stored(serde_json::to_value(severity).unwrap()), severity.name());
    }
}

#[test]
fn what_is_watched_apart_is_told_apart() {
    let apart = |watches: Watch, seen: &Observations| {
        let rule = rules().iter().find(|rule| rule.watches == watches).unwrap();
        let told = seen.measure(rule).into_iter();
        told.map(|it| (it.key, it.value, it.evidence)).collect::<Vec<_>>()
    };
    let tick_age = by_key("mirror", SignedDuration::from_mins(3));
    let seen = Observations { tick_age, ..Observations::default() };
    assert_eq!(apart(Watch::TickAge, &seen), [("mirror".to_owned(), 3.0, None)]);
    let broken = Some("12 of 40 were delivered".to_owned());
    let guardrails = Some([("beta".to_owned(), broken.clone())].into());
    let seen = Observations { guardrails, ..Observations::default() };
    assert_eq!(apart(Watch::Guardrails, &seen), [("beta".to_owned(), 1.0, broken)]);
}
