//! The corpus: answers of models, good and wrong, in six languages. It is data, in `corpus`.

use proptest::prelude::*;

use super::recorded::{self, RecordedAnswer, RecordedEvent};
use super::*;
use crate::fixtures::zone;

fn madrid() -> TimeZone {
    zone(recorded::ZONE)
}

/// What the checker says of each of these answers.
fn verdicts(answers: Vec<RecordedAnswer>) -> Vec<(String, String, Result<Body, Rejection>)> {
    let (events, zone) = (recorded::events(), madrid());
    assert_eq!(events.len(), include_str!("corpus/events.tsv").lines().count());
    let verdict = |RecordedAnswer { key, text }: RecordedAnswer| {
        let event = events.iter().find(|event| event.key == key).unwrap();
        let expected = Expected {
            facts: &event.facts,
            zone: &zone,
            locale: event.locale,
            nominal_day: event.nominal_day,
        };
        let verdict = check(&text, &expected);
        (key, text, verdict)
    };
    answers.into_iter().map(verdict).collect()
}

#[test]
fn txt_03_every_wrong_answer_of_the_corpus_is_refused() {
    let verdicts = verdicts(recorded::wrong());
    let passed: Vec<_> = verdicts.iter().filter(|(.., verdict)| verdict.is_ok()).collect();
    println!("{} of {} wrong answers are refused", verdicts.len() - passed.len(), verdicts.len());
    assert!(verdicts.len() >= 400);
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn txt_03_good_answers_of_the_corpus_pass() {
    let verdicts = verdicts(recorded::good());
    let refused: Vec<_> = verdicts.iter().filter(|(.., verdict)| verdict.is_err()).collect();
    println!("{} of {} good answers pass", verdicts.len() - refused.len(), verdicts.len());
    for (key, text, verdict) in &refused {
        println!("{verdict:?} {key} {text}");
    }
    assert!(verdicts.len() >= 300);
    assert!(refused.len() * 100 <= verdicts.len() * 3, "{} are refused", refused.len());
}

/// Which rule refuses an answer, and what becomes of one that passes: `cargo insta review` shows
/// what a change of the checker changes.
#[test]
fn txt_03_each_answer_of_the_corpus_is_judged_by_the_same_rule_as_before() {
    let judged = |answers| {
        let said = |(key, text, verdict): (String, String, Result<Body, Rejection>)| match verdict {
            Ok(body) => format!("{key}: {text}\n    {body:?}"),
            Err(rejection) => format!("{key}: {text}\n    {rejection:?}"),
        };
        verdicts(answers).into_iter().map(said).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!("wrong", judged(recorded::wrong()));
    insta::assert_snapshot!("good", judged(recorded::good()));
}

/// What is said of an answer about Q4 planning in New York words, at 14:05 in Madrid.
fn verdict(answer: &str) -> Result<Body, Rejection> {
    let events = recorded::events();
    let event = events.iter().find(|event| event.key == "en_plan").unwrap();
    let zone = madrid();
    let RecordedEvent { facts, locale, nominal_day, .. } = event;
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
fn txt_03_of_meetings_without_a_break_their_true_number_is_told_in_our_words() {
    let verdict = |key: &str, first_of: Option<u32>, answer: &str| {
        let events = recorded::events();
        let RecordedEvent { facts, locale, nominal_day, .. } =
            events.into_iter().find(|event| event.key == key).unwrap();
        let facts = EventFacts { first_of, ..facts };
        let zone = madrid();
        check(answer, &Expected { facts: &facts, zone: &zone, locale, nominal_day }).map(|_| ())
    };
    let check = |first_of, said: &str, expected| {
        let answer = format!("Q4 planning {{left}}, at 2:05 PM, {said}.");
        assert_eq!(verdict("en_plan", first_of, &answer), expected, "{answer}");
    };
    check(Some(3), "first of 3 meetings", Ok(()));
    check(Some(3), "the first of 3 meetings", Ok(()));
    check(None, "first of 3 meetings", Err(Rejection::Number));
    check(Some(3), "first of 4 meetings", Err(Rejection::Number));
    check(Some(3), "first of three meetings", Err(Rejection::Number));
    check(Some(3), "first of 3 meetings, 4 meetings", Err(Rejection::Number));
    check(Some(3), "not first of 3 meetings", Err(Rejection::Promise));
    check(Some(3), "first of 3 meetings from 3:00 PM", Err(Rejection::WrongTime));
    check(Some(3), "join us", Err(Rejection::BackToBack));
    check(Some(13), "first of 13 meetings", Ok(()));
    check(Some(13), "first of 3 meetings", Err(Rejection::Number));
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

#[test]
fn rejections_have_the_names_they_are_stored_by() {
    for rejection in [
        Rejection::Empty,
        Rejection::TooLong,
        Rejection::Invisible,
        Rejection::Script,
        Rejection::Left,
        Rejection::NoTime,
        Rejection::WrongTime,
        Rejection::NoDay,
        Rejection::WrongDay,
        Rejection::Relative,
        Rejection::Number,
        Rejection::Link,
        Rejection::Amount,
        Rejection::Promise,
        Rejection::Word,
        Rejection::Sign,
        Rejection::Title,
        Rejection::BackToBack,
        Rejection::Segments,
    ] {
        assert_eq!(serde_json::to_value(rejection).unwrap(), rejection.as_str());
    }
}
