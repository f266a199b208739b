//! Quiet hours as people write them: `22:00-08:00`, `mon-fri 12:00-13:00`, `sat,sun 22:00-10:00`.

use jiff::civil::{Time, Weekday};

use crate::quiet_hours::{BadQuietHours, QuietWindow, Weekdays};

const HINT: &str = "write 22:00-08:00, or with weekdays mon-fri 12:00-13:00";
const HINT_MIDNIGHT: &str = "an end at midnight is written 00:00";

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Reads one window.
pub fn window(given: &str) -> Result<QuietWindow, BadQuietHours> {
    let text = given.trim();
    let (days, hours) = match text.rsplit_once(char::is_whitespace) {
        Some((days, hours)) => (weekdays(days).ok_or_else(|| unreadable(given, HINT))?, hours),
        None => (Weekdays::ALL, text),
    };
    let (from, until) = hours.split_once('-').ok_or_else(|| unreadable(given, HINT))?;
    let parse = |time: &str| {
        if time.trim() == "24:00" {
            return Err(unreadable(given, HINT_MIDNIGHT));
        }
        clock(time).ok_or_else(|| unreadable(given, HINT))
    };
    QuietWindow::new(parse(from)?, parse(until)?, days)
}

/// Writes a window the way [`window`] reads it.
pub fn write(window: &QuietWindow) -> String {
    let hours = format!("{}-{}", hhmm(window.from()), hhmm(window.until()));
    if window.days() == Weekdays::ALL {
        return hours;
    }
    let days = DAYS.iter().filter(|(_, day)| window.days().contains(*day)).map(|(name, _)| *name);
    format!("{} {hours}", days.collect::<Vec<_>>().join(","))
}

/// Reads a wall-clock time of whole minutes, `7:15` or `07:15`.
pub fn clock(given: &str) -> Option<Time> {
    let (hour, minute) = given.trim().split_once(':')?;
    let is_number = |text: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(hour, 1..=2) || !is_number(minute, 2..=2) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn hhmm(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

fn weekdays(given: &str) -> Option<Weekdays> {
    let mut days = Vec::new();
    for part in given.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        let mut day = first;
        days.push(day);
        while day != last {
            day = day.next();
            days.push(day);
        }
    }
    Some(Weekdays::of(&days))
}

fn weekday(given: &str) -> Option<Weekday> {
    let given = given.trim().to_lowercase();
    // "mon", "monday", and what lies between; two letters could be Tuesday or Thursday.
    let full = |day: Weekday| format!("{day:?}").to_lowercase();
    DAYS.iter()
        .find(|(short, day)| given.starts_with(short) && full(*day).starts_with(&given))
        .map(|(_, day)| *day)
}

fn unreadable(given: &str, hint: &'static str) -> BadQuietHours {
    BadQuietHours::Unreadable { given: given.chars().take(80).collect(), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_written() {
        let check = |given: &str, expected: &str| {
            let read = window(given).map(|window| write(&window));
            assert_eq!(read.as_deref().unwrap_or("refused"), expected, "{given}");
        };
        check("22:00-08:00", "22:00-08:00");
        check(" 7:15-9:00 ", "07:15-09:00");
        check("mon-fri 12:00-13:00", "mon,tue,wed,thu,fri 12:00-13:00");
        check("Saturday,sun 22:00-10:00", "sat,sun 22:00-10:00");
        check("sat-mon 22:00-10:00", "mon,sat,sun 22:00-10:00");
        check("mon-sun 22:00-00:00", "22:00-00:00");
        for bad in ["", "22-8", "22:00", "25:00-08:00", "22:00-24:00", "8:00-8:00", "+8:00-9:00"] {
            check(bad, "refused");
        }
        check("xyz 22:00-08:00", "refused");
        check("monkey 22:00-08:00", "refused");
    }
}
