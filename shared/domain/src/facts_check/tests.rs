//! The corpus: answers of models, good and wrong, in six languages. It is data, in `corpus`.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::texts::{HourCycle, Language};
use crate::time::Zones;

/// An event that the corpus writes of.
struct Sample {
    key: &'static str,
    facts: EventFacts,
    locale: Locale,
    nominal_day: Date,
}

fn madrid() -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse("Europe/Madrid").unwrap()).unwrap()
}

fn rows(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().map(|line| line.split('\t').collect())
}

fn samples() -> Vec<Sample> {
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let sample = |row: Vec<&'static str>| Sample {
        key: row[0],
        facts: EventFacts {
            title: row[3].to_owned(),
            location: given(row[4]),
            meeting_link: given(row[5]),
            start: instant(row[6]),
            end: instant(row[7]),
            all_day_on: given(row[9]).map(|date| date.parse().unwrap()),
        },
        locale: Locale {
            language: Language::parse(row[1]).unwrap(),
            hours: if row[2] == "12h" { HourCycle::H12 } else { HourCycle::H24 },
        },
        nominal_day: row[8].parse().unwrap(),
    };
    rows(include_str!("corpus/events.tsv")).map(sample).collect()
}

/// What the checker says of every answer of a file, with characters that cannot be seen written
/// as `\u{...}`.
fn verdicts(file: &'static str) -> Vec<(String, String, Result<Body, Rejection>)> {
    let (samples, zone) = (samples(), madrid());
    let verdict = |row: Vec<&'static str>| {
        let sample = samples.iter().find(|sample| sample.key == row[0]).unwrap();
        let text = unescaped(row.get(1).copied().unwrap_or_default());
        let expected = Expected {
            facts: &sample.facts,
            zone: &zone,
            locale: sample.locale,
            nominal_day: sample.nominal_day,
        };
        let verdict = check(&text, &expected);
        (row[0].to_owned(), text, verdict)
    };
    rows(file).map(verdict).collect()
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

#[test]
fn txt_03_every_wrong_answer_of_the_corpus_is_refused() {
    let verdicts = verdicts(include_str!("corpus/wrong.tsv"));
    let passed: Vec<_> = verdicts.iter().filter(|(.., verdict)| verdict.is_ok()).collect();
    println!("{} of {} wrong answers are refused", verdicts.len() - passed.len(), verdicts.len());
    assert!(verdicts.len() >= 400);
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn txt_03_good_answers_of_the_corpus_pass() {
    let verdicts = verdicts(include_str!("corpus/good.tsv"));
    let refused: Vec<_> = verdicts.iter().filter(|(.., verdict)| verdict.is_err()).collect();
    println!("{} of {} good answers pass", verdicts.len() - refused.len(), verdicts.len());
    for (key, text, verdict) in &refused {
        println!("{verdict:?} {key} {text}");
    }
    assert!(verdicts.len() >= 300);
    assert!(refused.len() * 100 <= verdicts.len() * 3, "{} are refused", refused.len());
}

/// What is said of an answer about Q4 planning in New York words, at 14:05 in Madrid.
fn verdict(answer: &str) -> Result<Body, Rejection> {
    let samples = samples();
    let sample = samples.iter().find(|sample| sample.key == "en_plan").unwrap();
    let zone = madrid();
    let Sample { facts, locale, nominal_day, .. } = sample;
    check(answer, &Expected { facts, zone: &zone, locale: *locale, nominal_day: *nominal_day })
}

#[test]
fn txt_03_the_reason_is_named() {
    let check = |answer: &str, reason: Rejection| {
        assert_eq!(verdict(answer), Err(reason), "{answer}");
    };
    check("", Rejection::Empty);
    check("Q4 planning {left}, at 3:05 PM.", Rejection::WrongTime);
    check("Q4 planning {left}.", Rejection::NoTime);
    check("Q4 planning at 2:05 PM.", Rejection::Left);
    check("Q4 planning starts in {left}, at 2:05 PM.", Rejection::Left);
    check("Q4 planning {left}, tomorrow at 2:05 PM.", Rejection::Relative);
    check("Q4 planning {left}, on Monday at 2:05 PM.", Rejection::WrongDay);
    check("Q4 planning {left}, at 2:05 PM for 30 people.", Rejection::Number);
    check("Q4 planning {left}, at 2:05 PM. evil.example", Rejection::Link);
    check("Q4 planning {left}, at 2:05 PM. You won!", Rejection::Promise);
    check("Q4 planning {left}, at 2:05 PM, $5", Rejection::Amount);
    check("Q4 planning {left}, at 2:05 PM with Bob.", Rejection::Word);
    check("Dinner {left}, at 2:05 PM.", Rejection::Word);
    check("Reminder: {left}, at 2:05 PM.", Rejection::Title);
    check("Q4 planning {left}, at 2:05 PM.\nJoin", Rejection::Invisible);
    check("Q4 plаnning {left}, at 2:05 PM.", Rejection::Script);
}

#[test]
fn a_good_answer_becomes_a_body_with_the_place_for_the_time_left() {
    let body = verdict("Q4 planning starts {left}, at 2:05 PM. Join: https://meet.example/abc");
    let body = body.unwrap();
    assert_eq!(body.before, "Q4 planning starts ");
    assert_eq!(body.after, ", at 2:05 PM. Join: https://meet.example/abc");
    let body = verdict("At 2:05 PM: Q4 planning with finance {left}").unwrap();
    assert_eq!(body.after, ".");
}

proptest! {
    #[test]
    fn whatever_is_written_the_checker_answers(answer in "\\PC{0,120}|.{0,200}") {
        prop_assert!(verdict(&answer).is_err());
    }

    #[test]
    fn words_that_nobody_justified_never_pass(word in "[a-z]{5,12}") {
        let known = ["enjoy", "event", "hello", "ready", "please", "title", "venue", "where",
            "there", "until", "through", "meeting", "calendar", "location", "reminder", "remember",
            "appointment", "starts", "start", "starting", "begins", "begin", "beginning", "coming",
            "finance", "planning", "taking", "happening", "scheduled", "place"];
        prop_assume!(!known.contains(&word.as_str()));
        let answer = format!("Q4 planning {{left}}, at 2:05 PM {word}.");
        prop_assert!(verdict(&answer).is_err());
    }
}
