//! The `[retention]` table: how long what is stored of people is kept.

use domain::retention::{COUNTERS_DAYS, EVENTS_DAYS, REMINDERS_DAYS, Retention};

use super::document::Section;

/// Reads the table.
pub(super) fn read(table: &Section<'_>) -> Retention {
    let events = table.integer("events_days", EVENTS_DAYS);
    let reminders = table.integer("reminders_days", REMINDERS_DAYS);
    let counters = table.integer("counters_days", COUNTERS_DAYS);
    let retention = Retention::new(events, reminders, counters).unwrap_or_else(|bad| {
        table.problem("counters_days", bad.to_string());
        Retention::default()
    });
    table.finish();
    retention
}
