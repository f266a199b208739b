//! Values of properties: dates, durations, offsets, texts (RFC 5545, 3.3).

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Span};

/// How a moment was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Only a date.
    Date,
    /// A date and a time on the wall.
    Wall,
    /// A date and a time in UTC.
    Utc,
}

/// A date or a date with a time, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Midnight where only a date is written.
    pub(super) wall: DateTime,
    pub(super) form: Form,
    /// Whether it is written as RFC 5545 has it.
    pub(super) is_regular: bool,
}

/// Reads `20261201`, `20261201T093000`, `20261201T093000Z`, and what exporters make of them:
/// ISO 8601 with hyphens and colons, no seconds, an offset instead of the Z, 24:00, second 60.
pub(super) fn moment(text: &str) -> Option<Written> {
    let text = text.trim();
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let is_plain = date.len() == 8;
    let date = civil_date(date)?;
    let Some(time) = time else {
        let wall = date.to_datetime(Time::midnight());
        return Some(Written { wall, form: Form::Date, is_regular: is_plain });
    };
    let digits = time.bytes().take_while(|b| b.is_ascii_digit() || *b == b':').count();
    let (time, zone) = time.split_at(digits);
    let is_regular = is_plain && time.len() == 6 && matches!(zone, "" | "Z");
    let (days, time) = civil_time(time)?;
    let wall = date.checked_add(Span::new().days(days)).ok()?.to_datetime(time);
    // Fractions of a second tell nothing that a reminder needs.
    let zone = zone.trim_start_matches(|c: char| matches!(c, '.' | ',') || c.is_ascii_digit());
    match zone.trim() {
        "" => Some(Written { wall, form: Form::Wall, is_regular }),
        "Z" | "z" => Some(Written { wall, form: Form::Utc, is_regular }),
        zone => {
            let utc = offset(zone)?.to_timestamp(wall).ok()?;
            let wall = Offset::UTC.to_datetime(utc);
            Some(Written { wall, form: Form::Utc, is_regular: false })
        }
    }
}

fn civil_date(text: &str) -> Option<Date> {
    let digits: String = match text.len() {
        8 => text.to_owned(),
        10 if text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-' => text.replace('-', ""),
        _ => return None,
    };
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(digits[..4].parse().ok()?, digits[4..6].parse().ok()?, digits[6..].parse().ok()?).ok()
}

/// The time, and how many days later than written it is.
fn civil_time(text: &str) -> Option<(i64, Time)> {
    let digits = text.replace(':', "");
    if !matches!(digits.len(), 4 | 6) {
        return None;
    }
    let hour: i8 = digits[..2].parse().ok()?;
    let minute: i8 = digits[2..4].parse().ok()?;
    let second: i8 = digits.get(4..).filter(|s| !s.is_empty()).map_or(Ok(0), str::parse).ok()?;
    match (hour, minute, second) {
        (24, 0, 0) => Some((1, Time::midnight())),
        _ => Some((0, Time::new(hour, minute, second.min(59), 0).ok()?)),
    }
}

/// Reads `+0100`, `-05:00`, `+013000`.
pub(super) fn offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text[1..].replace([':', '.'], "");
    if !matches!(digits.len(), 1 | 2 | 4 | 6) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours_end = digits.len().min(2);
    let part = |range: std::ops::Range<usize>| -> Option<i32> {
        digits.get(range).map_or(Some(0), |part| part.parse().ok())
    };
    let (hours, minutes) = (part(0..hours_end)?, part(2..4)?);
    let seconds = part(4..6)?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60 + seconds)).ok()
}

/// A length of time: days on the wall, then seconds that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nominal {
    pub(super) days: i64,
    pub(super) time: SignedDuration,
}

/// Reads `P1W`, `P1DT2H`, `PT15M`, `-PT5M` (RFC 5545, 3.3.6).
pub(super) fn duration(text: &str) -> Option<Nominal> {
    let text = text.trim().to_ascii_uppercase();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty())?;
    let (mut days, mut seconds, mut is_time) = (0_i64, 0_i64, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            is_time = true;
            rest = after;
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok().filter(|n| *n <= 100_000_000)?;
        match (rest[digits..].bytes().next()?, is_time) {
            (b'W', false) => days += number * 7,
            (b'D', false) => days += number,
            (b'H', true) => seconds += number * 3600,
            (b'M', true) => seconds += number * 60,
            (b'S', true) => seconds += number,
            _ => return None,
        }
        rest = &rest[digits + 1..];
    }
    Some(Nominal { days: sign * days, time: SignedDuration::from_secs(sign * seconds) })
}

/// A text with its escapes taken away (RFC 5545, 3.3.11).
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => plain.push('\n'),
            Some(escaped @ ('\\' | ',' | ';' | ':' | '"')) => plain.push(escaped),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// A text on one line: control characters and runs of white space become one space each, and no
/// more than `chars_max` characters are kept.
pub(super) fn one_line(text: &str, chars_max: usize) -> String {
    let mut line = String::with_capacity(text.len().min(chars_max * 4));
    let mut count = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if count > 0 {
            line.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= chars_max {
                return line.trim_end().to_owned();
            }
            line.push(c);
            count += 1;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_moment(text: &str, expected: Option<(&str, Form, bool)>) {
        let expected = expected.map(|(wall, form, is_regular)| Written {
            wall: wall.parse().unwrap(),
            form,
            is_regular,
        });
        assert_eq!(moment(text), expected, "{text}");
    }

    #[test]
    fn moments_are_read_as_rfc_5545_writes_them() {
        check_moment("20261201", Some(("2026-12-01T00:00", Form::Date, true)));
        check_moment("20261201T093000", Some(("2026-12-01T09:30", Form::Wall, true)));
        check_moment("20261201T093000Z", Some(("2026-12-01T09:30", Form::Utc, true)));
        check_moment("16010101T000000", Some(("1601-01-01T00:00", Form::Wall, true)));
    }

    #[test]
    fn moments_are_read_as_exporters_write_them() {
        check_moment("2026-12-01", Some(("2026-12-01T00:00", Form::Date, false)));
        check_moment("2026-12-01T09:30:00Z", Some(("2026-12-01T09:30", Form::Utc, false)));
        check_moment("20261201T0930", Some(("2026-12-01T09:30", Form::Wall, false)));
        check_moment("20261201t093000z", Some(("2026-12-01T09:30", Form::Utc, false)));
        check_moment("20261231T240000", Some(("2027-01-01T00:00", Form::Wall, true)));
        check_moment("20261201T235960Z", Some(("2026-12-01T23:59:59", Form::Utc, true)));
        check_moment("20261201T093000+0100", Some(("2026-12-01T08:30", Form::Utc, false)));
        check_moment("2026-12-01T09:30:00.000Z", Some(("2026-12-01T09:30", Form::Utc, false)));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "T",
            "2026",
            "20261301",
            "20260230",
            "20261201T",
            "20261201T99",
            "20261201T250000",
            "20261201T093000X",
            "2026120é",
            "tomorrow",
            "20261201T09300",
            "-0261201",
        ] {
            check_moment(text, None);
        }
    }

    #[test]
    fn durations_keep_days_and_time_apart() {
        let check = |text: &str, expected: Option<(i64, i64)>| {
            let read = duration(text).map(|d| (d.days, d.time.as_secs()));
            assert_eq!(read, expected, "{text}");
        };
        check("PT15M", Some((0, 900)));
        check("P1W", Some((7, 0)));
        check("P1DT2H3M4S", Some((1, 7384)));
        check("-PT5M", Some((0, -300)));
        check("+P0D", Some((0, 0)));
        check("pt1h", Some((0, 3600)));
        check("P", None);
        check("PT1", None);
        check("P1H", None);
        check("PT1D", None);
        check("PT99999999999999999999S", None);
        check("1H", None);
    }

    #[test]
    fn offsets_are_read_with_and_without_colons() {
        let check = |text: &str, expected: Option<i32>| {
            assert_eq!(offset(text).map(Offset::seconds), expected, "{text}");
        };
        check("+0100", Some(3600));
        check("-05:30", Some(-19800));
        check("+013015", Some(5415));
        check("+9", Some(32400));
        check("0100", None);
        check("+2500", None);
        check("+01x0", None);
        check("+", None);
    }

    #[test]
    fn texts_lose_their_escapes() {
        assert_eq!(unescape(r"a\, b\; c\nd\Ne\\n \x \"), "a, b; c\nd\ne\\n \\x \\");
    }

    #[test]
    fn a_title_becomes_one_short_line() {
        assert_eq!(one_line("  a\r\n\tb\u{7}c  ", 99), "a b c");
        assert_eq!(one_line("äöü xyz", 5), "äöü x");
        assert_eq!(one_line("äöü xyz", 4), "äöü");
        assert_eq!(one_line(" \n ", 5), "");
    }
}
