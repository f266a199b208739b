//! How a text may tell the time and the day, quote the title and hold the link. Each text is
//! judged against an event on record: it begins on Saturday, November 28, 2026, at 14:05.

use super::moments::{Moment, Reader};
use super::recorded::{self, RecordedEvent};
use super::tokens::tokens;
use super::vocabulary::vocabulary;
use super::*;
use crate::fixtures::zone;
use crate::texts::Language;

type Verdict = Result<(), Rejection>;

/// A `.._plan` is told on the day itself, a `.._care` on the day before.
fn event(key: &str) -> RecordedEvent {
    recorded::events().into_iter().find(|event| event.key == key).unwrap()
}

/// The same, beginning at another time of the day in Madrid.
fn event_at(key: &str, time: &str) -> RecordedEvent {
    let mut event = event(key);
    event.facts.start = format!("2026-11-28T{time}:00+01:00").parse().unwrap();
    event
}

fn titled(key: &str, title: &str) -> RecordedEvent {
    let mut event = event(key);
    event.facts.title = title.to_owned();
    event
}

fn assert_verdicts(event: &RecordedEvent, rows: &[(&str, Verdict)]) {
    let zone = zone(recorded::ZONE);
    let RecordedEvent { facts, locale, nominal_day, .. } = event;
    let expected = Expected { facts, zone: &zone, locale: *locale, nominal_day: *nominal_day };
    for (answer, verdict) in rows {
        assert_eq!(check(answer, &expected).map(|_| ()), *verdict, "{answer}");
    }
}

/// What is read at the beginning of a text, and how many tokens it takes.
fn read(language: Language, text: &str) -> Vec<(Moment, usize)> {
    Reader { tokens: &tokens(text), words: vocabulary(language) }.read(0)
}

const fn at(hour: u32, minute: u32) -> Moment {
    Moment::Time { hour, minute, has_half: false }
}

const fn on(day: u32, month: u32, year: Option<u32>) -> Moment {
    Moment::Date { day, month, year }
}

#[test]
fn the_dot_of_a_short_weekday_belongs_to_it_and_that_of_a_long_one_ends_the_sentence() {
    assert_eq!(read(Language::En, "sat. at 2"), [(Moment::Weekday(5), 2)]);
    assert_eq!(read(Language::En, "sat at 2"), [(Moment::Weekday(5), 1)]);
    assert_eq!(read(Language::En, "saturday. at 2"), [(Moment::Weekday(5), 1)]);
}

#[test]
fn a_dot_follows_a_short_month_and_none_a_long_one() {
    let rows = [
        ("Dentist {left}, Nov 28, 2:05 PM", Ok(())),
        ("Dentist {left}, Nov. 28, 2:05 PM", Ok(())),
        ("Dentist {left}, Nov28, 2:05 PM", Ok(())),
        ("Dentist {left}, November. 28, 2:05 PM", Err(Rejection::WrongDay)),
        ("Dentist {left}, Nov. 27, 2:05 PM", Err(Rejection::WrongDay)),
    ];
    assert_verdicts(&event("en_care"), &rows);
}

#[test]
fn a_number_of_more_than_four_digits_is_no_day() {
    let rows = [
        ("Zahnarzt {left}, 28. November um 14:05 Uhr", Ok(())),
        ("Zahnarzt {left}, 0028. November um 14:05 Uhr", Ok(())),
        ("Zahnarzt {left}, 00028. November um 14:05 Uhr", Err(Rejection::Number)),
    ];
    assert_verdicts(&event("de_care"), &rows);
}

#[test]
fn a_single_character_is_a_weekday_only_in_brackets() {
    let rows = [
        ("歯医者 {left}、(土)14:05", Ok(())),
        ("歯医者 {left}、（土）14:05", Ok(())),
        ("歯医者 {left}、土曜14:05", Ok(())),
        ("歯医者 {left}、土14:05", Err(Rejection::WrongDay)),
        ("歯医者 {left}、(土14:05", Err(Rejection::WrongDay)),
        ("歯医者 {left}、土)14:05", Err(Rejection::WrongDay)),
        ("土)14:05、歯医者 {left}", Err(Rejection::WrongDay)),
    ];
    assert_verdicts(&event("ja_care"), &rows);
}

#[test]
fn a_date_in_numbers_takes_its_year_and_in_german_its_last_dot() {
    let german = [
        ("28.11.2026, 14:05", vec![(on(28, 11, Some(2026)), 5)]),
        ("28.11., 14:05", vec![(on(28, 11, None), 4)]),
        ("28.11, 14:05", vec![(on(28, 11, None), 3)]),
    ];
    for (text, moments) in german {
        assert_eq!(read(Language::De, text), moments, "{text}");
    }
    // With dots, a date that is not the event's is taken for a link.
    let rows = [
        ("Zahnarzt {left}, 28.11.2026, 14:05 Uhr", Ok(())),
        ("Zahnarzt {left}, 28.11., 14:05 Uhr", Ok(())),
        ("Zahnarzt {left}, 28.11.2027, 14:05 Uhr", Err(Rejection::Link)),
        ("Zahnarzt {left}, 24.11., 14:05 Uhr", Err(Rejection::Link)),
    ];
    assert_verdicts(&event("de_care"), &rows);
    let rows = [
        ("Dentista {left}, 28/11/2026, 14:05", Ok(())),
        ("Dentista {left}, 28/11, 14:05", Ok(())),
        ("Dentista {left}, 28/11/, 14:05", Err(Rejection::Link)),
    ];
    assert_verdicts(&event("es_care"), &rows);
}

#[test]
fn the_time_before_noon_is_told_by_the_clock_of_twelve_hours() {
    let rows = [
        ("Q4 planning {left}, at 10:30 AM", Ok(())),
        ("Q4 planning {left}, at 10:30 PM", Err(Rejection::WrongTime)),
        ("Q4 planning {left}, at 10:30", Err(Rejection::WrongTime)),
        ("Q4 planning {left}, at half past 10 AM", Err(Rejection::Relative)),
    ];
    assert_verdicts(&event_at("en_plan", "10:30"), &rows);
    let rows = [
        ("Q4 planning {left}, at 12:30 AM", Ok(())),
        ("Q4 planning {left}, at 12:30 PM", Err(Rejection::WrongTime)),
    ];
    assert_verdicts(&event_at("en_plan", "00:30"), &rows);
}

#[test]
fn minutes_have_two_digits() {
    let rows = [
        ("Quartalsplanung mit Vertrieb {left}, 14:05 Uhr", Ok(())),
        ("Quartalsplanung mit Vertrieb {left}, 14.05 Uhr", Ok(())),
        ("Quartalsplanung mit Vertrieb {left}, 14:5 Uhr", Err(Rejection::Number)),
        ("Quartalsplanung mit Vertrieb {left}, 14:005 Uhr", Err(Rejection::Number)),
        ("Quartalsplanung mit Vertrieb {left}, 14.05", Err(Rejection::Link)),
    ];
    assert_verdicts(&event("de_plan"), &rows);
    let rows = [
        ("Point budget avec Claire {left}, à 10h30", Ok(())),
        ("Point budget avec Claire {left}, à 10h", Err(Rejection::WrongTime)),
        ("Point budget avec Claire {left}, à 10h3", Err(Rejection::WrongTime)),
    ];
    assert_verdicts(&event_at("fr_plan", "10:30"), &rows);
}

#[test]
fn a_japanese_time_ends_with_its_last_unit() {
    assert_eq!(read(Language::Ja, "14時5分から"), [(at(14, 5), 4)]);
    assert_eq!(read(Language::Ja, "14時から"), [(at(14, 0), 2)]);
    assert_verdicts(&event("ja_plan"), &[("14時5分から四半期計画会議 {left}", Ok(()))]);
    let rows = [
        ("14時から四半期計画会議 {left}", Ok(())),
        ("14時5分から四半期計画会議 {left}", Err(Rejection::WrongTime)),
    ];
    assert_verdicts(&event_at("ja_plan", "14:00"), &rows);
}

#[test]
fn the_half_of_the_day_is_written_with_dots_and_spaces_or_without() {
    let afternoon = Moment::Time { hour: 14, minute: 0, has_half: true };
    let rows = [
        ("2 pm.", 3),
        ("2 p.m", 5),
        ("2 p.m, here", 5),
        ("2 p.m.", 6),
        ("2 p.m., here", 6),
        ("2 p. m, here", 6),
        ("2 p. m., here", 7),
    ];
    for (text, taken) in rows {
        assert_eq!(read(Language::En, text), [(afternoon, taken)], "{text}");
    }
    let rows = [
        ("Q4 planning {left}, at 2:05 p.m", Ok(())),
        ("Q4 planning {left}, at 2:05 p. m.", Ok(())),
        ("Q4 planning {left}, at 2:05 a.m.", Err(Rejection::WrongTime)),
    ];
    assert_verdicts(&event("en_plan"), &rows);
}

#[test]
fn the_link_stands_alone_and_only_once() {
    let rows = [
        ("Q4 planning {left}, at 2:05 PM. https://meet.example/abc", Ok(())),
        ("Q4 planning {left}, at 2:05 PM. https://meet.example/abc.", Ok(())),
        ("Join https://meet.example/abc for Q4 planning {left}, at 2:05 PM", Ok(())),
        ("Q4 planning {left}, at 2:05 PM: https://meet.example/abc-here", Err(Rejection::Link)),
        ("Q4 planning {left}, at 2:05 PM. Join:https://meet.example/abc", Err(Rejection::Link)),
        (
            "Q4 planning {left}, 2:05 PM https://meet.example/abc https://meet.example/abc",
            Err(Rejection::Link),
        ),
    ];
    assert_verdicts(&event("en_plan"), &rows);
}

#[test]
fn a_title_without_words_need_not_be_said() {
    let rows = [("Reminder: {left}, at 2:05 PM", Ok(()))];
    assert_verdicts(&titled("en_plan", "!!!"), &rows);
}

#[test]
fn half_the_characters_of_a_title_without_spaces_have_to_be_said() {
    let rows =
        [("新製品発表会 {left}、14:05", Ok(())), ("新製品発 {left}、14:05", Err(Rejection::Title))];
    assert_verdicts(&titled("ja_plan", "新製品発表会の準備打合せ"), &rows);
}

#[test]
fn a_quote_of_the_title_holds_signs_that_are_harmless_or_its_own() {
    let rows = [
        ("Dinner with Anna {left}, at 2:05 PM", Ok(())),
        ("Dinner, with Anna {left}, at 2:05 PM", Ok(())),
        ("Dinner * with Anna {left}, at 2:05 PM", Err(Rejection::Sign)),
    ];
    assert_verdicts(&titled("en_plan", "Dinner with Anna"), &rows);
    let rows = [
        ("Dinner + drinks with Anna {left}, at 2:05 PM", Ok(())),
        ("+dinner + drinks with Anna {left}, at 2:05 PM", Err(Rejection::Sign)),
    ];
    assert_verdicts(&titled("en_plan", "Dinner + drinks with Anna"), &rows);
}

#[test]
fn a_weekday_alone_names_a_day_of_the_next_six() {
    let mut event = event("en_plan");
    let text = "Q4 planning {left}, on Saturday at 2:05 PM";
    for (nominal_day, verdict) in [
        ("2026-11-22", Ok(())),
        ("2026-11-21", Err(Rejection::NoDay)),
        ("2026-11-14", Err(Rejection::NoDay)),
    ] {
        event.nominal_day = nominal_day.parse().unwrap();
        assert_verdicts(&event, &[(text, verdict)]);
    }
}

#[test]
fn braces_that_are_not_the_relative_times_are_told_as_such() {
    let rows = [("Q4 planning {left} {now}, at 2:05 PM", Err(Rejection::Left))];
    assert_verdicts(&event("en_plan"), &rows);
}
