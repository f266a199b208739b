//! The table of reminders to come, for `try` and `simulate`.

use std::collections::BTreeMap;
use std::io;

use app::simulate::OutlookRow;
use domain::limits;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::output::{Output, Rows, Tone};

/// A reminder to come, whoever decided it, in the order in which `try` prints its fields.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    uid: String,
    occurrence: String,
    title: String,
    start: Timestamp,
    lead_minutes: Option<u32>,
    nominal_at: Timestamp,
    decision: String,
    send_at: Option<Timestamp>,
    reason: Option<String>,
    body: Option<String>,
    segments: usize,
}

impl From<&OutlookRow> for Row {
    fn from(row: &OutlookRow) -> Self {
        Self {
            uid: row.uid.clone(),
            occurrence: row.occurrence.clone(),
            title: row.title.clone(),
            start: row.start,
            lead_minutes: row.lead_minutes,
            nominal_at: row.nominal_at,
            decision: row.decision.as_str().to_owned(),
            send_at: row.send_at,
            reason: row.reason.map(str::to_owned),
            body: row.body.clone(),
            segments: row.segments,
        }
    }
}

/// The events and reminders that have no row, counted by reason.
pub(super) fn left_out<'r>(
    reasons: impl Iterator<Item = &'r str>,
    over_rows: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    if !counts.is_empty() {
        let events = counted(counts.values().sum(), "event");
        let counts = counts.iter().map(|(reason, count)| format!("{count} {reason}"));
        lines.push(format!("left out: {events} ({})", counts.collect::<Vec<_>>().join(", ")));
    }
    if over_rows > 0 {
        let (rest, most) = (counted(over_rows, "reminder"), limits::ROWS_PER_DAY_MAX);
        lines.push(format!("left out: {rest} beyond the {most} that a day may have"));
    }
    lines
}

/// `1 event`, `2 events`.
pub(super) fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Shows reminders in their order, with times on the wall of `zone`.
pub(super) fn show(out: &mut Output<'_>, reminders: &[Row], zone: &TimeZone) -> io::Result<()> {
    if reminders.is_empty() {
        return out.line("no reminders");
    }
    let mut rows = Rows::new(&["text at", "event at", "lead ", "decision", "text", "seg "]);
    for reminder in reminders {
        rows.add(cells(reminder, zone));
    }
    out.table(&rows)
}

fn cells(row: &Row, zone: &TimeZone) -> Vec<(Tone, String)> {
    let tone = match row.decision.as_str() {
        "send" if row.reason.is_some() => Tone::Caution,
        "send" => Tone::Good,
        _ => Tone::Faint,
    };
    let decision = match &row.reason {
        Some(reason) => format!("{}: {}", row.decision, reason.replace('_', " ")),
        None => row.decision.clone(),
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
fn on_the_wall(at: Timestamp, zone: &TimeZone) -> String {
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
