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
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    let lengths = [
        0,
        59 * 60,
        23 * HOUR + 59 * 60,
        9 * DAY + 23 * HOUR,
        // From one end of time to the other.
        7_304_484 * DAY,
        -59 * 60,
        -23 * HOUR,
        -999 * DAY,
        -10_000 * DAY,
    ];
    let chars = |seconds| {
        let mut out = String::new();
        push_seconds(&words.relative, &mut out, seconds);
        out.chars().count()
    };
    lengths.into_iter().map(chars).max().unwrap_or_default()
}
