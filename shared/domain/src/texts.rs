//! The texts we send.
//!
//! A reminder reads `Q4 Planning: in 15 minutes, at 2:00 PM. Room 4.`, and by the second version of
//! our templates `2:00 PM - Q4 Planning: in 15 minutes. Room 4.` The colon parts a stranger's title
//! from our own words, so that any title reads right before any time: "in 15 minutes", "now",
//! "started 20 minutes ago". The relative time is put in when the text is sent, so a text that was
//! late or deferred still tells the truth. There is no "today" or "tomorrow": where the start is
//! on another date than the send, weekday and date are named.

#[cfg(test)]
mod crowded;
mod fit;
#[cfg(test)]
mod languages;
mod pattern;
#[cfg(test)]
mod realistic;
mod relative;
#[cfg(test)]
mod tests;
mod version;
mod when;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::version::{Style, TemplateVersion};

use self::words::LeadsWith;
use crate::segments;

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
    /// German.
    #[serde(rename = "de")]
    De,
    /// Spanish.
    #[serde(rename = "es")]
    Es,
    /// French.
    #[serde(rename = "fr")]
    Fr,
    /// Portuguese.
    #[serde(rename = "pt")]
    Pt,
    /// Japanese.
    #[serde(rename = "ja")]
    Ja,
}

/// A language we do not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("we do not speak this language: choose en, de, es, fr, pt or ja")]
pub struct UnknownLanguage;

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::En, Self::De, Self::Es, Self::Fr, Self::Pt, Self::Ja];

    /// The language's tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Pt => "pt",
            Self::Ja => "ja",
        }
    }

    /// The language with this tag, whatever region follows it: `pt-BR` is `pt`.
    pub fn parse(tag: &str) -> Result<Self, UnknownLanguage> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let found = Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(primary));
        found.ok_or(UnknownLanguage)
    }
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
/// The text of an all-day event tells no relative time, nor does one whose letters leave room for
/// nothing but title, hour and link. Such a text has no such place, and its `after` is empty; of
/// every other it is not.
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
        let left = words::words(locale.language).relative_chars_max;
        let mut text = String::with_capacity(self.before.len() + left + self.after.len());
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
    /// Of how many meetings without a break it is the first, where the text is to say so.
    pub first_of: Option<u32>,
}

/// The name of the template that [`write`] fills, for the record of where a text came from. It
/// changes whenever the words do.
pub fn template_id(facts: &EventFacts, style: Style) -> &'static str {
    let template = words::words(style.locale.language).template(style.template);
    if facts.first_of.is_some() { &template.back_to_back.id } else { &template.id }
}

/// Writes the text about an event, for somebody in `zone`, due on the local date `nominal_day`.
///
/// It is one GSM-7 segment wherever the words allow, with whatever relative time is put in, and
/// two UCS-2 segments at most. What is too much goes in this order: the end of the title, the end
/// of the place, the place, the link; the hour always stays, and gives up the relative time beside
/// it only in UCS-2, for a link. See `fit` for the details.
///
/// That other meetings follow without a break is said where it costs nothing but the title's end.
pub fn write(facts: &EventFacts, zone: &TimeZone, style: Style, nominal_day: Date) -> Body {
    let locale = style.locale;
    let words = words::words(locale.language);
    let template = words.template(style.template);
    let leads_with = template.leads_with;
    let draft = |first_of| {
        let mut when = String::with_capacity(AFTER_CAPACITY);
        let clock = when::Clock { words, hours: locale.hours };
        let moment = when::Moment { facts, zone, nominal_day, template, first_of };
        let relative_max = when::push(&clock, &mut when, &moment);
        let time_length = if leads_with == LeadsWith::Title { when.len() } else { 0 };
        let told = fit::Told { when, relative_max, leads_with, words };
        (fit::body(facts, told), time_length)
    };
    let (plain, plain_length) = draft(None);
    let Some(first_of) = facts.first_of else { return plain };
    let (told, told_length) = draft(Some(first_of));
    let is_free = !told.after.is_empty()
        && told.after.get(told_length..) == plain.after.get(plain_length..)
        && segments_max(&told, locale) == segments_max(&plain, locale);
    if is_free { told } else { plain }
}

/// What a text costs with the longest relative time.
fn segments_max(body: &Body, locale: Locale) -> usize {
    // Every character of a relative time is one unit in either alphabet.
    let left = "0".repeat(relative_chars_max(locale));
    segments::count(&format!("{}{left}{}", body.before, body.after)).segments
}

/// How our texts say that an event is the first of several meetings without a break.
pub fn first_of(facts: &EventFacts, locale: Locale) -> Option<String> {
    let mut out = String::new();
    words::words(locale.language).push_first_of(&mut out, facts.first_of?);
    Some(out)
}

/// The text about an event as it goes out at `now`, with a link of ours at its end if that costs no
/// further segment: the link takes its room from the title and the place, never from the time, and
/// never goes before a link that the event has of its own.
pub fn linked(
    facts: &EventFacts,
    zone: &TimeZone,
    style: Style,
    day: Date,
    link: &str,
    now: Timestamp,
) -> String {
    let locale = style.locale;
    let plain = write(facts, zone, style, day).render(now, facts.start, locale);
    if fit::has_link(facts) {
        return with_link(plain, link);
    }
    let facts = EventFacts { meeting_link: Some(link.to_owned()), ..facts.clone() };
    let body = write(&facts, zone, style, day);
    let is_brief = body.after.is_empty() && facts.all_day_on.is_none();
    let linked = body.render(now, facts.start, locale);
    let is_dearer = segments::count(&linked).segments > segments::count(&plain).segments;
    if is_brief || is_dearer { plain } else { linked }
}

/// A text with a link of ours at its end, if that costs no further segment.
pub fn with_link(text: String, link: &str) -> String {
    let linked = format!("{text} {link}");
    let is_dearer = segments::count(&linked).segments > segments::count(&text).segments;
    if is_dearer { text } else { linked }
}

/// Room for an ordinary time, place and meeting link, so that the text is allocated once.
const AFTER_CAPACITY: usize = 96;

/// Room for an ordinary relative time.
const RELATIVE_CAPACITY: usize = 24;

/// The time from `now` to `start` in words that fit every text, such as `in 1 hour 15 minutes`,
/// `now` or `started 20 minutes ago`.
///
/// Up to a day it is told to the nearest minute, beyond to the nearest hour. What has begun is told
/// in full minutes for an hour, then in full hours, then in full days.
pub fn relative(now: Timestamp, start: Timestamp, locale: Locale) -> String {
    let mut words = String::with_capacity(RELATIVE_CAPACITY);
    push_relative(&mut words, now, start, locale);
    words
}

fn push_relative(out: &mut String, now: Timestamp, start: Timestamp, locale: Locale) {
    relative::push(words::words(locale.language), out, now, start);
}

/// How a text says when an event begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The date.
    pub date: String,
    /// The time; empty for an all-day event.
    pub time: String,
}

/// Date and time of an event as our texts say them to somebody in `zone`.
pub fn when(facts: &EventFacts, zone: &TimeZone, locale: Locale) -> When {
    let clock = when::Clock { words: words::words(locale.language), hours: locale.hours };
    let start = zone.to_datetime(facts.start);
    let (mut date, mut time) = (String::new(), String::new());
    clock.push_date(&mut date, facts.all_day_on.unwrap_or(start.date()));
    if facts.all_day_on.is_none() {
        clock.push_time(&mut time, start.time());
    }
    When { date, time }
}

/// Characters to keep free for the longest relative time.
pub(crate) fn relative_chars_max(locale: Locale) -> usize {
    words::words(locale.language).relative_chars_max
}

/// What ends a sentence.
pub(crate) fn stop(locale: Locale) -> &'static str {
    &words::words(locale.language).stop
}

/// The one confirmation that US rules allow after an opt-out: no marketing in it.
pub fn opt_out_confirmation(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.opt_out
}

/// The confirmation after somebody opted in, or in again.
pub fn opt_in_confirmation(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.opt_in
}

/// The answer to HELP: who is texting, and how to end it.
pub fn help(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.help
}

/// What asks the owner of a number whether it was they who signed it up (double opt-in).
pub fn opt_in_request(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.ask
}

/// What tells somebody that the rollout went back, and they are outside for now.
pub fn rollback_notice(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.paused
}

/// The answer to whoever confirmed that it was they, with the link to their page.
pub fn welcome(locale: Locale, link: &str) -> String {
    words::words(locale.language).replies.welcome.replace("{link}", link)
}

/// The answer to a rating.
pub fn rating_thanks(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.thanks
}

/// The answer to what we do not understand.
pub fn hint(locale: Locale) -> &'static str {
    &words::words(locale.language).replies.hint
}
