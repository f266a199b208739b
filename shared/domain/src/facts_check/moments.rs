//! Times and dates in a text of a model.

use jiff::civil::{Date, Time};

use super::tokens::Token;
use super::vocabulary::{Meaning, NumericDate, Vocabulary};
use crate::texts::HourCycle;

/// What was read, and how many tokens it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// A time on the wall, and whether it names the half of the day.
    Time { hour: u32, minute: u32, has_half: bool },
    /// A day of a month; January is 1.
    Date { day: u32, month: u32, year: Option<u32> },
    /// Monday is 0.
    Weekday(usize),
}

impl Moment {
    /// Whether it is this time, told as somebody tells the time.
    pub(super) fn is_time(self, time: Time, hours: HourCycle) -> bool {
        let Self::Time { hour, minute, has_half } = self else { return false };
        u32::from(time.hour().unsigned_abs()) == hour
            && u32::from(time.minute().unsigned_abs()) == minute
            && has_half == (hours == HourCycle::H12)
    }

    pub(super) fn is_date(self, date: Date) -> bool {
        let (on_day, on_month) = (date.day().unsigned_abs(), date.month().unsigned_abs());
        match self {
            Self::Time { .. } => false,
            Self::Date { day, month, year } => {
                day == u32::from(on_day)
                    && month == u32::from(on_month)
                    && year.is_none_or(|year| i64::from(year) == i64::from(date.year()))
            }
            Self::Weekday(weekday) => {
                usize::try_from(date.weekday().to_monday_zero_offset()) == Ok(weekday)
            }
        }
    }
}

/// Reads moments out of tokens.
pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token<'a>],
    pub(super) words: &'a Vocabulary,
}

impl Reader<'_> {
    /// Everything that the tokens from `at` on may be, the likeliest first.
    pub(super) fn read(&self, at: usize) -> Vec<(Moment, usize)> {
        let mut found = Vec::new();
        found.extend(self.date(at));
        found.extend(self.numeric_date(at));
        found.extend(self.weekday(at));
        found.extend(self.time(at));
        found
    }

    fn number(&self, at: usize) -> Option<u32> {
        match self.tokens.get(at) {
            Some(Token::Digits(digits)) if digits.len() <= 4 => digits.parse().ok(),
            _ => None,
        }
    }

    fn is_sign(&self, at: usize, sign: char) -> bool {
        self.tokens.get(at) == Some(&Token::Sign(sign))
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at) == Some(&Token::Word(word))
    }

    /// The index after a space, if there is one.
    fn over_space(&self, at: usize) -> usize {
        at + usize::from(self.tokens.get(at) == Some(&Token::Space))
    }

    fn weekday(&self, at: usize) -> Option<(Moment, usize)> {
        self.words.meanings(self.tokens, at).find_map(|(meaning, taken)| match meaning {
            // A single character is a weekday only in brackets: 11/28(土).
            Meaning::Weekday(day) if taken > 1 || !self.is_lone_character(at) => {
                let end = at + taken;
                let dot = usize::from(self.is_sign(end, '.') && self.is_short(at));
                Some((Moment::Weekday(day), end + dot))
            }
            Meaning::Weekday(day) => {
                let is_enclosed = at > 0
                    && (self.is_sign(at - 1, '(') || self.is_sign(at - 1, '（'))
                    && (self.is_sign(at + 1, ')') || self.is_sign(at + 1, '）'));
                is_enclosed.then_some((Moment::Weekday(day), at + 1))
            }
            _ => None,
        })
    }

    fn is_short(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Word(word)) if word.chars().count() <= 5)
    }

    fn is_lone_character(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Word(word)) if word.chars().count() == 1)
    }

    fn month(&self, at: usize) -> Option<(u32, usize)> {
        self.words.meanings(self.tokens, at).find_map(|(meaning, taken)| match meaning {
            Meaning::Month(month) => {
                let end = at + taken;
                let dot = usize::from(self.is_sign(end, '.') && self.is_short(at));
                Some((u32::try_from(month).unwrap_or_default() + 1, end + dot))
            }
            _ => None,
        })
    }

    fn ordinal(&self, at: usize) -> usize {
        self.words.means(self.tokens, at, Meaning::Ordinal).map_or(at, |taken| at + taken)
    }

    fn join(&self, at: usize) -> usize {
        let at = self.over_space(at);
        match self.words.means(self.tokens, at, Meaning::DateJoin) {
            Some(taken) => self.over_space(at + taken),
            None => at,
        }
    }

    /// `28 November`, `November 28th, 2026`, `28 de noviembre`, `28. November`, `11月28日`.
    fn date(&self, at: usize) -> Option<(Moment, usize)> {
        if let Some((month, end)) = self.month(at) {
            let number_at = self.join(end);
            let day = self.number(number_at).filter(|day| *day <= 31)?;
            return Some(self.with_year(day, month, self.ordinal(number_at + 1)));
        }
        let number = self.number(at)?;
        if self.is_word(at + 1, "月") {
            let day = self.number(at + 2).filter(|_| self.is_word(at + 3, "日"))?;
            return Some((Moment::Date { day, month: number, year: None }, at + 4));
        }
        let after = self.ordinal(at + 1);
        let after = after + usize::from(self.is_sign(after, '.'));
        let (month, end) = self.month(self.join(after))?;
        Some(self.with_year(number, month, end))
    }

    fn with_year(&self, day: u32, month: u32, end: usize) -> (Moment, usize) {
        let at = self.join(end + usize::from(self.is_sign(end, ',')));
        // What stands before a colon or a half of the day is an hour.
        let year = self.number(at).filter(|year| *year >= 1000);
        match year {
            Some(_) => (Moment::Date { day, month, year }, at + 1),
            None => (Moment::Date { day, month, year: None }, end),
        }
    }

    fn numeric_date(&self, at: usize) -> Option<(Moment, usize)> {
        let first = self.number(at)?;
        let sign = match self.words.numeric {
            NumericDate::None => return None,
            NumericDate::DayDotMonth => '.',
            NumericDate::DaySlashMonth | NumericDate::MonthSlashDay => '/',
        };
        let second = self.number(at + 2).filter(|_| self.is_sign(at + 1, sign))?;
        let (day, month) = match self.words.numeric {
            NumericDate::MonthSlashDay => (second, first),
            _ => (first, second),
        };
        let mut end = at + 3;
        let mut year = None;
        if self.is_sign(end, sign) {
            year = self.number(end + 1).filter(|year| *year >= 1000);
            end += if year.is_some() { 2 } else { usize::from(sign == '.') };
        }
        Some((Moment::Date { day, month, year }, end))
    }

    /// `14:05`, `2:05 PM`, `2 p.m.`, `14h05`, `14 Uhr`, `14.05 Uhr`, `午後2時5分`.
    fn time(&self, at: usize) -> Option<(Moment, usize)> {
        let before = self.half_of_day(at);
        let at = before.map_or(at, |(_, end)| self.over_space(end));
        let hour = self.number(at).filter(|hour| *hour <= 24)?;
        let (minute, mut end, is_marked) = self.minute(at + 1);
        let mut is_clock = is_marked || before.is_some();
        let mut half = before.map(|(half, _)| half);
        let after = self.over_space(end);
        if let Some((found, half_end)) = self.half_of_day(after).filter(|_| half.is_none()) {
            (half, end, is_clock) = (Some(found), half_end, true);
        } else if let Some(taken) = self.words.means(self.tokens, after, Meaning::Clock) {
            (end, is_clock) = (after + taken, true);
        }
        let hour = match half {
            Some(_) if !(1..=12).contains(&hour) => return None,
            Some(Meaning::Pm) => hour % 12 + 12,
            Some(_) => hour % 12,
            None => hour,
        };
        let has_half = half.is_some();
        is_clock.then_some((Moment::Time { hour, minute, has_half }, end))
    }

    /// The minutes after an hour, where they end, and whether it is marked as a time.
    fn minute(&self, at: usize) -> (u32, usize, bool) {
        let two_digits = |at: usize| match self.tokens.get(at) {
            Some(Token::Digits(digits)) if digits.len() == 2 => digits.parse().ok(),
            _ => None,
        };
        if self.is_word(at, "時") {
            return match self.number(at + 1).filter(|_| self.is_word(at + 2, "分")) {
                Some(minute) => (minute, at + 3, true),
                None => (0, at + 1, true),
            };
        }
        let is_mark = self.is_sign(at, ':') || self.is_sign(at, '：') || self.is_word(at, "h");
        if let Some(minute) = two_digits(at + 1).filter(|_| is_mark) {
            return (minute, at + 2, true);
        }
        // With a dot it is a time only if a word says so: it may be a date.
        let is_dotted = self.is_sign(at, '.');
        match two_digits(at + 1).filter(|_| is_dotted) {
            Some(minute) => (minute, at + 2, false),
            None => (0, at, false),
        }
    }

    fn half_of_day(&self, at: usize) -> Option<(Meaning, usize)> {
        for (letters, half) in [("a", Meaning::Am), ("p", Meaning::Pm)] {
            // `p.m.`, `p. m.`
            if self.is_word(at, letters) && self.is_sign(at + 1, '.') {
                let m = self.over_space(at + 2);
                if self.is_word(m, "m") {
                    return Some((half, m + 1 + usize::from(self.is_sign(m + 1, '.'))));
                }
            }
        }
        let known = [Meaning::Am, Meaning::Pm].into_iter();
        known.filter_map(|half| Some((half, at + self.words.means(self.tokens, at, half)?))).next()
    }
}
