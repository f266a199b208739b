//! Times and names as people read them; numbers are written as everywhere.

use jiff::Timestamp;

pub(super) use domain::figures::words::{NONE, count, dollars, millis, share};

/// How long ago something was: `40 s ago`, `12 min ago`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", lasting(at, now))
}

/// How long something has lasted: `40 s`, `12 min`.
pub(super) fn lasting(since: Timestamp, now: Timestamp) -> String {
    let seconds = since.duration_until(now).as_secs().max(0);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// An instant: `2026-11-23 14:05`.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A name of ours as words: `daily_limit` becomes `daily limit`.
pub(super) fn plain(name: &str) -> String {
    name.replace(['_', '.'], " ")
}
