//! Date and time, and which words introduce them.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::pattern::Slot;
use super::words::{Kind, Template, Words};
use super::{EventFacts, HourCycle, Language, words};
use crate::time;

/// How a date and a time are written for somebody.
pub(super) struct Clock<'a> {
    pub(super) words: &'a Words,
    pub(super) hours: HourCycle,
}

/// What is said of the time of an event.
pub(super) struct Moment<'a> {
    pub(super) facts: &'a EventFacts,
    pub(super) zone: &'a TimeZone,
    pub(super) nominal_day: Date,
    pub(super) template: &'a Template,
    /// Of how many meetings it is said to be the first.
    pub(super) first_of: Option<u32>,
}

/// Adds the time with what joins it to its neighbour: where the title leads, what follows the
/// relative time, `, at 2:00 PM`, on another date `, on Tue, Nov 24 at 2:00 PM`; where the time
/// does, what the title follows, `2:00 PM - `. All-day events, which have no relative time, are
/// told by their days. Answers how many characters to reserve for the relative time.
pub(super) fn push(clock: &Clock<'_>, out: &mut String, moment: &Moment<'_>) -> usize {
    let Moment { facts, zone, nominal_day, template, first_of } = *moment;
    let words = clock.words;
    if let Some(first) = facts.all_day_on {
        // The end is the first instant of the day after the last.
        let last =
            time::local_date(time::back(facts.end, jiff::SignedDuration::from_secs(1)), zone);
        let pattern = if last > first { &template.all_day.many } else { &template.all_day.one };
        pattern.push(out, |out, slot| {
            clock.push_date(out, if slot == Slot::To { last } else { first });
        });
        return 0;
    }
    let start = zone.to_datetime(facts.start);
    let kind = kind(words, template, facts);
    let first_of = first_of.filter(|_| start.date() == nominal_day);
    let pattern = match first_of {
        Some(_) => &template.back_to_back.same_day,
        None if start.date() == nominal_day => &kind.same_day,
        None => &kind.other_day,
    };
    pattern.push(out, |out, slot| match slot {
        Slot::Date => clock.push_date(out, start.date()),
        Slot::Time => clock.push_time(out, start.time()),
        Slot::FirstOf => words.push_first_of(out, first_of.unwrap_or_default()),
        _ => clock.push_at(out, start.time()),
    });
    words.relative_chars_max
}

/// Which words fit: a moment without length whose title speaks of a deadline, in the reader's
/// language or in English, is one; everything else is a meeting.
fn kind<'a>(words: &Words, template: &'a Template, facts: &EventFacts) -> &'a Kind {
    if facts.end > facts.start {
        return &template.meeting;
    }
    let title = facts.title.to_lowercase();
    let english = &words::words(Language::En).deadline_words;
    let speaks_of = |word: &String| {
        // Japanese has no spaces between words.
        if word.is_ascii() || words.is_gsm {
            title.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
        } else {
            title.contains(word.as_str())
        }
    };
    let is_deadline = words.deadline_words.iter().chain(english).any(speaks_of);
    if is_deadline { &template.deadline } else { &template.meeting }
}

impl Clock<'_> {
    pub(super) fn push_date(&self, out: &mut String, date: Date) {
        let words = &self.words.date;
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        words.pattern.push(out, |out, slot| match slot {
            Slot::Weekday => out.push_str(words.weekdays.get(weekday).map_or("", String::as_str)),
            Slot::Month => out.push_str(words.months.get(month).map_or("", String::as_str)),
            Slot::MonthNumber => push_number(out, date.month().unsigned_abs().into()),
            _ => push_number(out, date.day().unsigned_abs().into()),
        });
    }

    fn push_at(&self, out: &mut String, time: Time) {
        let words = &self.words.time;
        let one = words.at_one.as_ref().filter(|_| self.shown_hour(time) == 1);
        one.unwrap_or(&words.at).push(out, |out, _| self.push_time(out, time));
    }

    fn shown_hour(&self, time: Time) -> u8 {
        let hour = time.hour().unsigned_abs();
        match (self.hours, hour % 12) {
            (HourCycle::H24, _) => hour,
            (HourCycle::H12, 0) => 12,
            (HourCycle::H12, hour) => hour,
        }
    }

    pub(super) fn push_time(&self, out: &mut String, time: Time) {
        let words = &self.words.time;
        let pattern = match self.hours {
            HourCycle::H12 => &words.h12,
            HourCycle::H24 => &words.h24,
        };
        let shown = self.shown_hour(time);
        pattern.push(out, |out, slot| match slot {
            Slot::Half => out.push_str(if time.hour() < 12 { &words.am } else { &words.pm }),
            Slot::Minute => push_two_digits(out, time.minute().unsigned_abs()),
            Slot::HourPadded => push_two_digits(out, shown),
            _ => push_number(out, shown.into()),
        });
    }
}

fn push_two_digits(out: &mut String, number: u8) {
    out.push(char::from(b'0' + number / 10));
    out.push(char::from(b'0' + number % 10));
}

pub(super) fn push_number(out: &mut String, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(char::from(b'0' + u8::try_from(number % 10).unwrap_or_default()));
}
