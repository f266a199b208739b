//! The time left, in words.

use jiff::Timestamp;

use super::pattern::{Pattern, Slot};
use super::when::push_number;
use super::words::{Counted, RelativeWords, Words};

/// Adds the time from `now` to `start`.
pub(super) fn push(words: &Words, out: &mut String, now: Timestamp, start: Timestamp) {
    push_seconds(&words.relative, out, start.as_second().saturating_sub(now.as_second()));
}

fn push_seconds(words: &RelativeWords, out: &mut String, seconds: i64) {
    let minutes = (seconds.unsigned_abs() + 30) / 60;
    let mut span = |pattern: &Pattern, counts: &[(u64, &Counted)]| {
        pattern.push(out, |out, _| push_span(words, out, counts));
    };
    match (minutes, seconds > 0) {
        (0, _) => out.push_str(&words.now),
        (1..60, true) => span(&words.ahead, &[(minutes, &words.minute)]),
        (60..1440, true) => {
            span(&words.ahead, &[(minutes / 60, &words.hour), (minutes % 60, &words.minute)]);
        }
        (_, true) => {
            let hours = (minutes + 30) / 60;
            // Weeks ahead, hours say nothing; and the words stay short whatever comes.
            let rest = if hours < 240 { hours % 24 } else { 0 };
            span(&words.ahead, &[(hours / 24, &words.day), (rest, &words.hour)]);
        }
        (1..60, false) => span(&words.ago, &[(minutes, &words.minute)]),
        (60..1440, false) => span(&words.ago, &[(minutes / 60, &words.hour)]),
        (1440..1_440_000, false) => span(&words.ago, &[(minutes / 1440, &words.day)]),
        (_, false) => out.push_str(&words.long_ago),
    }
}

/// Adds the counts that are not zero, with their units in singular or plural.
fn push_span(words: &RelativeWords, out: &mut String, counts: &[(u64, &Counted)]) {
    let mut is_first = true;
    for &(count, unit) in counts.iter().filter(|(count, _)| *count > 0) {
        if !is_first {
            out.push_str(&words.between);
        }
        is_first = false;
        unit.of(count).push(out, |out, slot| {
            if slot == Slot::N {
                push_number(out, count);
            }
        });
    }
}

/// The length of the longest relative time, in characters.
pub(super) fn longest(words: &Words) -> usize {
    // In minutes: now, of minutes, of hours and minutes, of days and hours, from one end of time to
    // the other; and the same ago.
    let lengths = [0, 59, 1_439, 14_340, 10_518_456_960, -59, -1_380, -1_438_560, -14_400_000];
    let chars = |minutes: i64| {
        let mut out = String::new();
        push_seconds(&words.relative, &mut out, minutes * 60);
        out.chars().count()
    };
    lengths.into_iter().map(chars).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::super::words::words;
    use super::*;

    #[test]
    fn the_room_kept_free_is_that_of_the_longest_time() {
        const END: i64 = 631_107_417_600;
        for language in Language::ALL {
            let words = words(language);
            let chars = |seconds: i64| {
                let mut out = String::new();
                push_seconds(&words.relative, &mut out, seconds);
                out.chars().count()
            };
            let near = (-1_500..15_000).map(|minutes| minutes * 60);
            let longest = near.chain([-END, END]).map(chars).max().unwrap();
            assert_eq!(words.relative_chars_max, longest, "{language:?}");
        }
    }

    #[test]
    fn a_half_minute_is_rounded_up_and_days_ahead_have_hours() {
        let told = |seconds| {
            let mut out = String::new();
            push_seconds(&words(Language::En).relative, &mut out, seconds);
            out
        };
        assert_eq!([29, 30, 0, -29].map(told), ["now", "in 1 minute", "now", "now"]);
        let days = [239, 240, 241].map(|hours| told(hours * 3_600));
        assert_eq!(days, ["in 9 days 23 hours", "in 10 days", "in 10 days"]);
    }
}
