//! The texts we send.
//!
//! A reminder reads `Q4 Planning: in 15 minutes, at 2:00 PM. Room 4.` The colon parts a stranger's
//! title from our own words, so that any title reads right before any time: "in 15 minutes", "now",
//! "started 20 minutes ago". The relative time is put in when the text is sent, so a text that was
//! late or deferred still tells the truth. There is no "today" or "tomorrow": where the start is
//! on another date than the send, weekday and date are named.

mod en;
mod fit;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// How a person reads a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HourCycle {
    /// 2:00 PM.
    H12,
    /// 14:00.
    H24,
}

/// The language of our own words (BCP 47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    En,
}

/// The language somebody reads, and how they tell the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Locale {
    /// The language.
    pub language: Language,
    /// The clock.
    pub hours: HourCycle,
}

/// A text with one place for the relative time, between its two parts.
///
/// The text of an all-day event tells no relative time. It has no such place, and is the one kind
/// whose `after` is empty; every other ends in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Body {
    /// What stands before the relative time.
    pub before: String,
    /// What stands after it; empty where the text has no place for it.
    pub after: String,
}

impl Body {
    /// The text as it goes out at `now`, for an event that begins at `start`.
    pub fn render(&self, now: Timestamp, start: Timestamp, locale: Locale) -> String {
        if self.after.is_empty() {
            return self.before.clone();
        }
        let mut text =
            String::with_capacity(self.before.len() + en::RELATIVE_CHARS_MAX + self.after.len());
        text.push_str(&self.before);
        push_relative(&mut text, now, start, locale);
        text.push_str(&self.after);
        text
    }
}

/// What a text may say of an event. Title, location and link are written by strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFacts {
    /// What it is called; may be empty.
    pub title: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it is over.
    pub end: Timestamp,
    /// The first day of an all-day event.
    pub all_day_on: Option<Date>,
    /// Where, as written on the calendar.
    pub location: Option<String>,
    /// The link that joins the meeting.
    pub meeting_link: Option<String>,
}

/// The name of the template that [`write`] fills, for the record of where a text came from. It
/// changes whenever the words do.
pub fn template_id(locale: Locale) -> &'static str {
    match locale.language {
        Language::En => "reminder.en.1",
    }
}

/// Writes the text about an event, for somebody in `zone`, due on the local date `nominal_day`.
///
/// It is one GSM-7 segment wherever the words allow, with whatever relative time is put in, and
/// two UCS-2 segments at most. What is too much goes in this order: the end of the title, the end
/// of the place, the place, the link; the time always stays. See `fit` for the details.
pub fn write(facts: &EventFacts, zone: &TimeZone, locale: Locale, nominal_day: Date) -> Body {
    let mut when = String::with_capacity(AFTER_CAPACITY);
    let relative_max = match locale.language {
        Language::En => en::push_when(&mut when, facts, zone, locale.hours, nominal_day),
    };
    fit::body(facts, when, relative_max)
}

/// Room for an ordinary time, place and meeting link, so that the text is allocated once.
const AFTER_CAPACITY: usize = 96;

/// The time from `now` to `start` in words that fit every text, such as `in 1 hour 15 minutes`,
/// `now` or `started 20 minutes ago`.
///
/// Up to a day it is told to the nearest minute, beyond to the nearest hour. What has begun is told
/// in full minutes for an hour, then in full hours, then in full days.
pub fn relative(now: Timestamp, start: Timestamp, locale: Locale) -> String {
    let mut words = String::with_capacity(en::RELATIVE_CHARS_MAX);
    push_relative(&mut words, now, start, locale);
    words
}

fn push_relative(out: &mut String, now: Timestamp, start: Timestamp, locale: Locale) {
    match locale.language {
        Language::En => en::push_relative(out, now, start),
    }
}

/// The one confirmation that US rules allow after an opt-out: no marketing in it.
pub fn opt_out_confirmation(locale: Locale) -> &'static str {
    match locale.language {
        Language::En => en::OPT_OUT_CONFIRMATION,
    }
}

/// The confirmation after somebody opted in, or in again.
pub fn opt_in_confirmation(locale: Locale) -> &'static str {
    match locale.language {
        Language::En => en::OPT_IN_CONFIRMATION,
    }
}

/// The answer to HELP: who is texting, and how to end it.
pub fn help(locale: Locale) -> &'static str {
    match locale.language {
        Language::En => en::HELP,
    }
}

/// The answer to a rating.
pub fn rating_thanks(locale: Locale) -> &'static str {
    match locale.language {
        Language::En => en::RATING_THANKS,
    }
}

/// The answer to what we do not understand.
pub fn hint(locale: Locale) -> &'static str {
    match locale.language {
        Language::En => en::HINT,
    }
}
