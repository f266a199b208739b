//! The table of reminders to come, for `try` and `simulate`.

use std::io;

use app::simulate::{Decision, OutlookRow};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::output::{Output, Rows, Tone};

/// Shows reminders in their order, with times on the wall of `zone`.
pub(super) fn show(
    out: &mut Output<'_>,
    reminders: &[OutlookRow],
    zone: &TimeZone,
) -> io::Result<()> {
    if reminders.is_empty() {
        return out.line("no reminders");
    }
    let mut rows = Rows::new(&["text at", "event at", "lead ", "decision", "text", "seg "]);
    for reminder in reminders {
        rows.add(cells(reminder, zone));
    }
    out.table(&rows)
}

fn cells(row: &OutlookRow, zone: &TimeZone) -> Vec<(Tone, String)> {
    let tone = match row.decision {
        Decision::Send if row.reason.is_some() => Tone::Caution,
        Decision::Send => Tone::Good,
        Decision::Skip | Decision::Cancel => Tone::Faint,
    };
    let decision = match row.reason {
        Some(reason) => format!("{}: {}", row.decision.as_str(), reason.replace('_', " ")),
        None => row.decision.as_str().to_owned(),
    };
    let segments = if row.segments == 0 { String::new() } else { row.segments.to_string() };
    vec![
        (Tone::Plain, row.send_at.map_or_else(String::new, |at| on_the_wall(at, zone))),
        (Tone::Plain, on_the_wall(row.start, zone)),
        (Tone::Plain, lead(row.lead_minutes)),
        (tone, decision),
        // What is not texted is known by its title.
        match &row.body {
            Some(body) => (Tone::Plain, body.clone()),
            None => (Tone::Faint, row.title.clone()),
        },
        (Tone::Plain, segments),
    ]
}

/// `Mon 2026-11-23 09:45`.
pub(super) fn on_the_wall(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%a %F %H:%M").to_string()
}

/// `15m`, `2h`, `1d`.
fn lead(minutes: Option<u32>) -> String {
    match minutes {
        None => String::new(),
        Some(minutes) if minutes % (24 * 60) == 0 => format!("{}d", minutes / (24 * 60)),
        Some(minutes) if minutes % 60 == 0 => format!("{}h", minutes / 60),
        Some(minutes) => format!("{minutes}m"),
    }
}
