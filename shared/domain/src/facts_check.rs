//! Whether a text that a language model wrote says nothing but what the event justifies.
//!
//! The vocabulary is closed: besides quotes of the title, the place and the link, a text may use
//! only words that name no fact, and times and dates that are the event's own. So whatever nobody
//! thought of is refused too. Numbers, days and other telling words of a title count only inside a
//! quote of it: a title "Move to 5 pm" justifies no "at 5 pm".

mod moments;
#[cfg(test)]
mod moments_tests;
pub mod recorded;
#[cfg(test)]
mod tests;
mod tokens;
mod vocabulary;
mod walk;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::segments::{self, Encoding};
use crate::texts::{self, Body, EventFacts, Locale};

/// Characters of an answer that are looked at; more is no short text.
const ANSWER_CHARS_MAX: usize = 400;

/// What stands for the relative time in a text that is checked.
pub const LEFT: &str = tokens::LEFT;

/// What a text has to agree with.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// What the event is.
    pub facts: &'a EventFacts,
    /// The reader's zone.
    pub zone: &'a TimeZone,
    /// Their language and clock.
    pub locale: Locale,
    /// The local date on which the text is due.
    pub nominal_day: Date,
}

/// Why a text is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// Nothing was written.
    Empty,
    /// Far too much was written.
    TooLong,
    /// Characters that cannot be seen, or that turn the direction of reading.
    Invisible,
    /// Letters of another script than the language and the event are written in.
    Script,
    /// The place for the relative time is missing, doubled, or reads wrong where it is.
    Left,
    /// No time of the start, as the reader tells it.
    NoTime,
    /// A time that is not the start's, or not as the reader tells it.
    WrongTime,
    /// No date, although the start is on another date than the text.
    NoDay,
    /// A date or weekday that is not the start's.
    WrongDay,
    /// A relative time of its own, such as "tomorrow".
    Relative,
    /// A number that the event does not hold.
    Number,
    /// A link or an address that the event does not hold.
    Link,
    /// An amount of money or a share.
    Amount,
    /// A promise, a demand, or news of a change.
    Promise,
    /// A word that the event does not justify.
    Word,
    /// A sign that no reminder needs.
    Sign,
    /// Too little of the title.
    Title,
    /// Not that other meetings follow without a break, or not as it is.
    BackToBack,
    /// More segments than the text is worth.
    Segments,
}

impl Rejection {
    /// Its name in counters and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Invisible => "invisible",
            Self::Script => "script",
            Self::Left => "left",
            Self::NoTime => "no_time",
            Self::WrongTime => "wrong_time",
            Self::NoDay => "no_day",
            Self::WrongDay => "wrong_day",
            Self::Relative => "relative",
            Self::Number => "number",
            Self::Link => "link",
            Self::Amount => "amount",
            Self::Promise => "promise",
            Self::Word => "word",
            Self::Sign => "sign",
            Self::Title => "title",
            Self::BackToBack => "back_to_back",
            Self::Segments => "segments",
        }
    }
}

/// The body that an answer of a model makes, if nothing speaks against it. The answer holds
/// [`LEFT`] where the relative time goes, unless the event lasts all day.
///
/// # Errors
/// The first reason found not to use it.
pub fn check(answer: &str, expected: &Expected<'_>) -> Result<Body, Rejection> {
    let answer = answer.trim();
    if answer.is_empty() {
        return Err(Rejection::Empty);
    }
    if answer.chars().nth(ANSWER_CHARS_MAX).is_some() {
        return Err(Rejection::TooLong);
    }
    if answer.chars().any(is_invisible) {
        return Err(Rejection::Invisible);
    }
    let text = segments::to_gsm(answer);
    let is_all_day = expected.facts.all_day_on.is_some();
    if text.matches(LEFT).count() != usize::from(!is_all_day) {
        return Err(Rejection::Left);
    }
    if text.chars().any(|c| is_foreign(c, expected)) {
        return Err(Rejection::Script);
    }
    walk::walk(&text, expected)?;
    let body = body(&text, expected.locale);
    if is_too_dear(&body, expected) { Err(Rejection::Segments) } else { Ok(body) }
}

fn body(text: &str, locale: Locale) -> Body {
    let Some((before, after)) = text.split_once(LEFT) else {
        return Body { before: text.to_owned(), after: String::new() };
    };
    let after = if after.is_empty() { texts::stop(locale) } else { after };
    Body { before: before.to_owned(), after: after.to_owned() }
}

/// One segment; two where the language, the title or the place has no letters in GSM-7.
fn is_too_dear(body: &Body, expected: &Expected<'_>) -> bool {
    let left = match body.after.is_empty() {
        true => String::new(),
        false => "0".repeat(texts::relative_chars_max(expected.locale)),
    };
    let count = segments::count(&format!("{}{left}{}", body.before, body.after));
    let facts = expected.facts;
    let needs_ucs = !segments::is_gsm(texts::stop(expected.locale))
        || !segments::is_gsm(&segments::to_gsm(&facts.title))
        || facts.location.as_deref().is_some_and(|place| !segments::is_gsm(place));
    // Where one letter makes a short text UCS-2, it still is one segment.
    let is_worth_two = needs_ucs && count.encoding == Encoding::Ucs2;
    count.segments > if is_worth_two { 2 } else { 1 }
}

/// Characters that strangers could deceive with: controls, what turns the direction of reading,
/// tags, and what has no width.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}'
        )
}

/// Letters that neither the language nor the event is written in: look-alikes of other scripts.
fn is_foreign(c: char, expected: &Expected<'_>) -> bool {
    let is_at_home = match c {
        _ if !c.is_alphanumeric() => true,
        '\u{0}'..='\u{24f}' => true,
        _ => {
            expected.locale.language == texts::Language::Ja
                && tokens::is_unspaced(c)
                && !matches!(c, '\u{e00}'..='\u{e7f}')
        }
    };
    let facts = expected.facts;
    !is_at_home
        && !facts.title.contains(c)
        && !facts.location.as_deref().is_some_and(|place| place.contains(c))
}
