//! What models answered, on record: events, good answers and wrong ones, in six languages. It is
//! data, in `corpus`; the tests and the regression of prompts read it.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::texts::{EventFacts, HourCycle, Language, Locale};

/// The zone that those live in who are reminded of the events.
pub const ZONE: &str = "Europe/Madrid";

/// An event on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// What answers call it.
    pub key: &'static str,
    /// What it is.
    pub facts: EventFacts,
    /// The language and clock of whoever is reminded.
    pub locale: Locale,
    /// The local date on which they are.
    pub nominal_day: Date,
}

/// An answer on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// Of which event.
    pub key: String,
    /// What the model wrote.
    pub text: String,
}

/// The events; those that cannot be read are left out, and a test says that there are none.
pub fn events() -> Vec<RecordedEvent> {
    include_str!("corpus/events.tsv").lines().filter_map(event).collect()
}

/// Answers that say what the event justifies.
pub fn good() -> Vec<RecordedAnswer> {
    answers(include_str!("corpus/good.tsv"))
}

/// Answers that say something else.
pub fn wrong() -> Vec<RecordedAnswer> {
    answers(include_str!("corpus/wrong.tsv"))
}

/// Reads answers: a line each, the event's key and the text with a tab between them. Characters
/// that cannot be seen are written as `\u{...}`.
pub fn answers(lines: &str) -> Vec<RecordedAnswer> {
    let answer = |line: &str| {
        let (key, text) = line.split_once('\t').unwrap_or((line, ""));
        let text = text.split('\t').next().unwrap_or_default();
        RecordedAnswer { key: key.to_owned(), text: unescaped(text) }
    };
    lines.lines().filter(|line| !line.is_empty()).map(answer).collect()
}

fn event(line: &'static str) -> Option<RecordedEvent> {
    let row: Vec<_> = line.split('\t').collect();
    let field = |place: usize| row.get(place).copied();
    let given = |place: usize| field(place).filter(|text| !text.is_empty()).map(str::to_owned);
    let instant = |place: usize| field(place)?.parse::<Timestamp>().ok();
    let hours = if field(2)? == "12h" { HourCycle::H12 } else { HourCycle::H24 };
    Some(RecordedEvent {
        key: field(0)?,
        facts: EventFacts {
            title: given(3)?,
            location: given(4),
            meeting_link: given(5),
            start: instant(6)?,
            end: instant(7)?,
            all_day_on: given(9).and_then(|date| date.parse().ok()),
            first_of: given(10).and_then(|count| count.parse().ok()),
        },
        locale: Locale { language: Language::parse(field(1)?).ok()?, hours },
        nominal_day: field(8)?.parse().ok()?,
    })
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let told = part.split_once('}').and_then(|(code, rest)| {
            Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, rest))
        });
        match told {
            Some((letter, rest)) => {
                out.push(letter);
                out.push_str(rest);
            }
            None => out.push_str(part),
        }
    }
    out
}
