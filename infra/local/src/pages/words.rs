//! Times and names as people read them.

use domain::reminder::State;
use domain::texts::HourCycle;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A time of day, to the minute: `14:45` or `2:45 PM`.
pub(super) fn time_of_day(at: Timestamp, zone: &TimeZone, hours: HourCycle) -> String {
    let format = match hours {
        HourCycle::H12 => "%-I:%M %p",
        HourCycle::H24 => "%H:%M",
    };
    at.to_zoned_datetime(zone.clone()).strftime(format).to_string()
}

/// A time of day, to the second.
pub(super) fn time_with_seconds(at: Timestamp, zone: &TimeZone, hours: HourCycle) -> String {
    let format = match hours {
        HourCycle::H12 => "%-I:%M:%S %p",
        HourCycle::H24 => "%H:%M:%S",
    };
    at.to_zoned_datetime(zone.clone()).strftime(format).to_string()
}

/// A date: `Tue, Nov 3`.
pub(super) fn date(on: Date) -> String {
    on.strftime("%a, %b %-d").to_string()
}

/// How far ahead an instant lies: `in 40 s`, `in 12 min`, `in 3 h 5 min`, `in 2 days`. The script
/// counts down in the same words.
pub(super) fn until(now: Timestamp, at: Timestamp) -> String {
    let left = at.duration_since(now);
    // Rounded up, so that nothing is said to be due before it is.
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    match seconds {
        ..=0 => "now".to_owned(),
        1..60 => format!("in {seconds} s"),
        60..3_600 => format!("in {} min", seconds / 60),
        3_600..86_400 => format!("in {} h {} min", seconds / 3_600, seconds / 60 % 60),
        86_400..172_800 => "in 1 day".to_owned(),
        _ => format!("in {} days", seconds / 86_400),
    }
}

/// The place that a zone is named after: `New York` for `America/New_York`.
pub(super) fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// A state as a word on a page.
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Scheduled => "Scheduled",
        State::Claimed => "Being sent",
        State::Accepted => "Accepted",
        State::Sent => "Sent",
        State::Delivered => "Delivered",
        State::Undelivered => "Undelivered",
        State::Failed => "Failed",
        State::Unconfirmed => "Unconfirmed",
        State::Unknown => "Unknown",
        State::Cancelled(_) => "Cancelled",
        State::Skipped(_) => "Skipped",
    }
}

/// What an event is called, also where its calendar gives no title.
pub(super) fn title(given: &str) -> &str {
    if given.is_empty() { "(no title)" } else { given }
}

/// A length of time in its largest units: `15 minutes`, `1 hour`, `1 hour 30 minutes`, `2 days`.
pub(super) fn span(minutes: u32) -> String {
    let units = [(minutes / 1_440, "day"), (minutes / 60 % 24, "hour"), (minutes % 60, "minute")];
    let told: Vec<String> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    told.join(" ")
}

/// A name as part of an HTML id, which must not hold blanks; different names stay different.
pub(super) fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            slug.push(c);
        } else {
            slug.push_str(&format!("_{:x}_", u32::from(c)));
        }
    }
    slug
}

/// Milliseconds since 1970, as scripts count them.
pub(super) fn milliseconds(at: Timestamp) -> String {
    at.as_millisecond().to_string()
}

/// Seconds that the wall clock of a zone is ahead of UTC at an instant.
pub(super) fn offset(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_offset(at).seconds().to_string()
}

/// The first full multiple of `every` at or after `at`.
pub(super) fn aligned_up(at: Timestamp, every: SignedDuration) -> Timestamp {
    let down = domain::time::aligned(at, every);
    if down == at { at } else { domain::time::ahead(down, every) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_is_told_in_its_largest_units() {
        let check = |seconds: i64, expected: &str| {
            let now = Timestamp::UNIX_EPOCH;
            assert_eq!(until(now, now + SignedDuration::from_secs(seconds)), expected);
        };
        check(-5, "now");
        check(0, "now");
        check(1, "in 1 s");
        check(59, "in 59 s");
        check(60, "in 1 min");
        check(3_599, "in 59 min");
        check(11_100, "in 3 h 5 min");
        check(100_000, "in 1 day");
        check(200_000, "in 2 days");
    }

    #[test]
    fn lead_times_are_told_without_empty_units() {
        let check = |minutes, expected: &str| assert_eq!(span(minutes), expected);
        check(1, "1 minute");
        check(15, "15 minutes");
        check(60, "1 hour");
        check(90, "1 hour 30 minutes");
        check(2_880, "2 days");
    }

    #[test]
    fn names_make_ids_without_blanks() {
        let check = |name, expected: &str| assert_eq!(slug(name), expected);
        check("ada-2", "ada-2");
        check("Ada L.", "Ada_20_L_2e_");
    }

    #[test]
    fn zones_are_called_by_their_place() {
        let check = |zone, expected: &str| assert_eq!(city(zone), expected);
        check("America/New_York", "New York");
        check("America/Argentina/Buenos_Aires", "Buenos Aires");
        check("UTC", "UTC");
    }
}
