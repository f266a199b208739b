//! What people think of a text: a number of stars from one to five that they answer it with, and
//! perhaps a few words.
//!
//! A mistaken rating does no harm that a missed one does not, but it spoils the figures. So a bare
//! number counts only where nothing around it makes it an hour, a date, an amount or a quantity:
//! "4 great, thanks" is a rating, "4pm works" and "4 of us are late" are not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits;

/// The most stars there are.
pub const STARS_MAX: u8 = 5;

/// The fewest with which somebody counts as satisfied.
pub const GOOD_STARS_MIN: u8 = 4;

/// What an inbound text says of the reminder before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// One to [`STARS_MAX`].
    pub stars: u8,
    /// The words beside the stars, if any, at most [`limits::FEEDBACK_CHARS_MAX`] characters.
    /// Personal data.
    pub feedback: Option<String>,
}

/// An opinion as it is kept with the reminder, which also knows its lead time and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// One to [`STARS_MAX`].
    pub stars: u8,
    /// The words beside the stars. Personal data: never logged, and erased with the reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// The provider's name for the inbound text, so that a replay changes nothing.
    pub text: String,
}

/// Reads an inbound text that is none of the reserved words; none if it is no rating.
pub fn read(body: &str) -> Option<Opinion> {
    let body = body.trim_matches(is_around);
    // Longer is meant for a person.
    if body.chars().nth(limits::FEEDBACK_CHARS_MAX).is_some() {
        return None;
    }
    if let Some((stars, rest)) = drawn(body) {
        return opinion(stars, rest);
    }
    let (stars, rest) = number(body)?;
    if let Some(rest) = out_of_five(rest).or_else(|| after_star_word(rest)) {
        return opinion(stars, rest);
    }
    bare(rest).then(|| opinion(stars, rest))?
}

/// What may stand before and after a rating without changing it.
fn is_around(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '“' | '”' | '«' | '»' | '(')
}

fn opinion(stars: u8, rest: &str) -> Option<Opinion> {
    let words = rest.trim_matches(|c: char| is_around(c) || ".,;:!-–—)".contains(c));
    let feedback = words.chars().any(char::is_alphanumeric) || words.chars().any(is_emoji);
    (1..=STARS_MAX)
        .contains(&stars)
        .then(|| Opinion { stars, feedback: feedback.then(|| words.to_owned()) })
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2764}')
}

/// Stars that are drawn: `⭐⭐⭐⭐`, `★★★★☆ good`.
fn drawn(body: &str) -> Option<(u8, &str)> {
    let is_star = |c: char| matches!(c, '⭐' | '★' | '🌟' | '\u{fe0f}');
    let rest = body.trim_start_matches(is_star);
    let drawn = &body[..body.len() - rest.len()];
    let stars = drawn.chars().filter(|c| *c != '\u{fe0f}').count();
    let rest = rest.trim_start_matches(['☆', '\u{fe0f}']);
    (stars > 0).then_some((u8::try_from(stars).ok()?, rest))
}

/// A single digit at the beginning, narrow or wide, that no other figure follows.
fn number(body: &str) -> Option<(u8, &str)> {
    let first = body.chars().next()?;
    let digit = match first {
        '\u{ff10}'..='\u{ff19}' => u32::from(first) - 0xff10,
        _ => first.to_digit(10)?,
    };
    let rest = &body[first.len_utf8()..];
    // A keycap emoji is a digit, a variation selector and a frame.
    let rest = rest.trim_start_matches(['\u{fe0f}', '\u{20e3}']);
    let is_longer = rest.starts_with(|c: char| c.is_numeric());
    (!is_longer).then_some((u8::try_from(digit).ok()?, rest))
}

/// What follows `/5`, `out of 5` or their like.
fn out_of_five(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let five = OUT_OF.iter().find_map(|words| without_prefix(rest, words))?.trim_start();
    let after = five.strip_prefix(['5', '\u{ff15}'])?;
    let is_five = !after.starts_with(|c: char| c.is_alphanumeric() || "/:%".contains(c));
    // `4/5 ...` alone may be a date.
    is_five.then(|| after_star_word(after).unwrap_or(after))
}

/// Ways to say "of" between the stars given and the stars there are.
const OUT_OF: &[&str] = &["/", "out of ", "of ", "von ", "sur ", "de ", "su ", "di "];

/// What follows the word for stars, or a drawn star.
fn after_star_word(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '-');
    if let Some(after) = rest.strip_prefix(['⭐', '★', '🌟', '*']) {
        return Some(after.trim_start_matches('\u{fe0f}'));
    }
    STARS.iter().find_map(|word| {
        let after = without_prefix(rest, word)?;
        (!after.starts_with(char::is_alphanumeric)).then_some(after)
    })
}

/// Stars in English, German, French, Spanish, Italian and Portuguese.
const STARS: &[&str] = &[
    "stars",
    "star",
    "sterne",
    "stern",
    "étoiles",
    "étoile",
    "etoiles",
    "etoile",
    "estrellas",
    "estrella",
    "stelle",
    "stella",
    "estrelas",
    "estrela",
];

/// `text` without `prefix`, which is in lower case, whatever the case of `text`.
fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let end = text.char_indices().nth(prefix.chars().count()).map_or(text.len(), |(at, _)| at);
    (text[..end].to_lowercase() == prefix).then(|| &text[end..])
}

/// Whether what follows a bare number leaves it a rating.
fn bare(rest: &str) -> bool {
    let rest = rest.trim_end();
    let is_apart = rest.is_empty()
        || rest.starts_with(|c: char| c.is_whitespace() || ",.;!)".contains(c) || is_emoji(c))
        || rest.starts_with(['-', '–', '—']);
    // Another figure makes it a list, a time or an amount; a question wants an answer.
    if !is_apart || rest.chars().any(char::is_numeric) || rest.contains('?') {
        return false;
    }
    let lower = rest.to_lowercase();
    let first = lower.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
    first.is_none_or(|word| !NO_RATING.contains(&word))
}

/// Words after which a number is an hour, a duration, a quantity or the beginning of a sentence
/// about something else, in the languages of [`STARS`].
const NO_RATING: &[&str] = &[
    "a",
    "am",
    "and",
    "at",
    "clock",
    "day",
    "days",
    "est",
    "et",
    "h",
    "hour",
    "hours",
    "hr",
    "hrs",
    "in",
    "is",
    "m",
    "min",
    "mins",
    "minute",
    "minutes",
    "more",
    "o",
    "of",
    "on",
    "or",
    "p",
    "people",
    "pm",
    "th",
    "to",
    "would",
    "works",
    "work",
    "x",
    "stunden",
    "stunde",
    "tage",
    "uhr",
    "von",
    "oder",
    "und",
    "bis",
    "leute",
    "personen",
    "heure",
    "heures",
    "jours",
    "ou",
    "personnes",
    "hora",
    "horas",
    "minuto",
    "minutos",
    "días",
    "dias",
    "personas",
    "pessoas",
    "y",
    "ore",
    "ora",
    "minuti",
    "giorni",
    "persone",
    "e",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(body: &str, expected: Option<(u8, Option<&str>)>) {
        let found = read(body).map(|opinion| (opinion.stars, opinion.feedback));
        let found = found.as_ref().map(|(stars, words)| (*stars, words.as_deref()));
        assert_eq!(found, expected, "{body:?}");
    }

    #[test]
    fn in_03_a_number_of_stars_is_a_rating() {
        for body in [
            "4",
            " 4 ",
            "4!",
            "4.",
            "\"4\"",
            "４",
            "4️⃣",
            "4 stars",
            "4 STARS!",
            "4-star",
            "4*",
            "4⭐",
            "4 ⭐️",
            "4/5",
            "4 / 5",
            "4 out of 5",
            "4 of 5",
            "4 out of 5 stars",
            "⭐⭐⭐⭐",
            "★★★★☆",
            "4 Sterne",
            "4 von 5",
            "4 étoiles",
            "4 sur 5",
            "4 estrellas",
            "4 de 5",
            "4 stelle",
            "4 su 5",
            "4 estrelas!",
        ] {
            check(body, Some((4, None)));
        }
        check("1", Some((1, None)));
        check("5!", Some((5, None)));
    }

    #[test]
    fn in_03_words_beside_it_are_feedback() {
        check("4 great, thanks", Some((4, Some("great, thanks"))));
        check("4, great", Some((4, Some("great"))));
        check("5 - just in time!", Some((5, Some("just in time"))));
        check("2 stars: came at 8 in the night", Some((2, Some("came at 8 in the night"))));
        check("3/5 a little late", Some((3, Some("a little late"))));
        check("5 👍", Some((5, Some("👍"))));
        check("⭐⭐ meh", Some((2, Some("meh"))));
        check("5 Sterne, danke", Some((5, Some("danke"))));
    }

    #[test]
    fn in_03_other_numbers_and_remarks_are_no_rating() {
        for body in [
            "0",
            "6",
            "9",
            "9 stars",
            "10",
            "45",
            "4pm works",
            "4 pm works",
            "4 p.m. is fine",
            "4:30",
            "4.5",
            "4,5",
            "4th",
            "4%",
            "4-5",
            "4/6",
            "4/10",
            "4/5/2026",
            "4/50",
            "4 or 5",
            "4 of us are late",
            "4 o'clock",
            "4 min",
            "4 Uhr",
            "4 heures",
            "4 horas",
            "4?",
            "4 people?",
            "$4",
            "-4",
            "+4",
            "at 4",
            "see you at 4",
            "four",
            "stars",
            "",
            " ",
            "*",
            "4x",
            "4 works",
            "⭐⭐⭐⭐⭐⭐",
            "☆☆☆",
            "room 4",
            "4 days",
        ] {
            check(body, None);
        }
        check(&format!("4 {}", "good ".repeat(1_000)), None);
    }

    proptest! {
        #[test]
        fn in_03_no_text_panics_and_stars_stay_within_their_range(body in "[4⭐★/ ]?\\PC{0,60}") {
            if let Some(opinion) = read(&body) {
                prop_assert!((1..=STARS_MAX).contains(&opinion.stars));
            }
        }
    }
}
