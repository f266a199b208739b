//! English words. Another language is another file like this one.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::{EventFacts, HourCycle};
use crate::time;

pub(super) const OPT_OUT_CONFIRMATION: &str = "Beforehand: you are unsubscribed and will get no \
    more texts from this number. Reply START to get reminders again.";
pub(super) const OPT_IN_CONFIRMATION: &str = "Beforehand: reminders about events on your calendar \
    are on. Message and data rates may apply. Reply HELP for help, STOP to stop.";
pub(super) const HELP: &str = "Beforehand texts you shortly before events on your calendar. \
    Message and data rates may apply. Reply STOP to stop, START to start again.";
pub(super) const HINT: &str = "Beforehand: sorry, I understand only a few words. Reply STOP to \
    stop reminders, START to get them again, HELP for help.";
pub(super) const RATING_THANKS: &str = "Beforehand: thank you, that helps us. Reply STOP to stop \
    reminders.";

/// The longest relative time: `in 23 hours 59 minutes`.
pub(super) const RELATIVE_CHARS_MAX: usize = 22;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Adds what follows the relative time, up to the end of the time: `, at 2:00 PM`, on another
/// date `, on Tue, Nov 24 at 2:00 PM`; and for all-day events, which have no relative time,
/// `Tue, Nov 24 (all day)`. Answers how many characters to reserve for the relative time.
pub(super) fn push_when(
    out: &mut String,
    facts: &EventFacts,
    zone: &TimeZone,
    hours: HourCycle,
    nominal_day: Date,
) -> usize {
    if let Some(first) = facts.all_day_on {
        push_date(out, first);
        // The end is the first instant of the day after the last.
        let last =
            time::local_date(time::back(facts.end, jiff::SignedDuration::from_secs(1)), zone);
        if last > first {
            out.push_str(" to ");
            push_date(out, last);
        }
        out.push_str(" (all day)");
        return 0;
    }
    let start = zone.to_datetime(facts.start);
    if start.date() == nominal_day {
        out.push_str(", at ");
    } else {
        out.push_str(", on ");
        push_date(out, start.date());
        out.push_str(" at ");
    }
    push_time(out, start.time(), hours);
    RELATIVE_CHARS_MAX
}

fn push_date(out: &mut String, date: Date) {
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(date.month() - 1).unwrap_or_default();
    out.push_str(WEEKDAYS.get(weekday).copied().unwrap_or_default());
    out.push_str(", ");
    out.push_str(MONTHS.get(month).copied().unwrap_or_default());
    out.push(' ');
    push_number(out, date.day().unsigned_abs().into());
}

fn push_time(out: &mut String, time: Time, hours: HourCycle) {
    let hour = time.hour().unsigned_abs();
    let shown = match (hours, hour % 12) {
        (HourCycle::H24, _) => hour,
        (HourCycle::H12, 0) => 12,
        (HourCycle::H12, hour) => hour,
    };
    if hours == HourCycle::H24 && shown < 10 {
        out.push('0');
    }
    push_number(out, shown.into());
    let minute = time.minute().unsigned_abs();
    out.push(':');
    out.push(char::from(b'0' + minute / 10));
    out.push(char::from(b'0' + minute % 10));
    if hours == HourCycle::H12 {
        out.push_str(if hour < 12 { " AM" } else { " PM" });
    }
}

/// Adds the time from `now` to `start`; at most [`RELATIVE_CHARS_MAX`] characters.
pub(super) fn push_relative(out: &mut String, now: Timestamp, start: Timestamp) {
    let seconds = start.as_second().saturating_sub(now.as_second());
    let minutes = (seconds.unsigned_abs() + 30) / 60;
    match (minutes, seconds > 0) {
        (0, _) => out.push_str("now"),
        (1..60, true) => push_span(out, "in ", &[(minutes, "minute")]),
        (60..1440, true) => {
            push_span(out, "in ", &[(minutes / 60, "hour"), (minutes % 60, "minute")]);
        }
        (_, true) => {
            let hours = (minutes + 30) / 60;
            // Weeks ahead, hours say nothing; and the words stay short whatever comes.
            let rest = if hours < 240 { hours % 24 } else { 0 };
            push_span(out, "in ", &[(hours / 24, "day"), (rest, "hour")]);
        }
        (1..60, false) => push_ago(out, minutes, "minute"),
        (60..1440, false) => push_ago(out, minutes / 60, "hour"),
        (1440..1_440_000, false) => push_ago(out, minutes / 1440, "day"),
        (_, false) => out.push_str("started long ago"),
    }
}

fn push_ago(out: &mut String, count: u64, unit: &str) {
    push_span(out, "started ", &[(count, unit)]);
    out.push_str(" ago");
}

/// Adds the counts that are not zero, with their units in singular or plural.
fn push_span(out: &mut String, lead: &str, counts: &[(u64, &str)]) {
    out.push_str(lead);
    let mut is_first = true;
    for &(count, unit) in counts.iter().filter(|(count, _)| *count > 0) {
        if !is_first {
            out.push(' ');
        }
        is_first = false;
        push_number(out, count);
        out.push(' ');
        out.push_str(unit);
        if count != 1 {
            out.push('s');
        }
    }
}

fn push_number(out: &mut String, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(char::from(b'0' + u8::try_from(number % 10).unwrap_or_default()));
}
