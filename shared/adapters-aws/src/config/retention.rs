//! How long what is stored of people is kept.

use std::ops::RangeInclusive;

use domain::retention::{COUNTERS_DAYS, EVENTS_DAYS, REMINDERS_DAYS, Retention};

use super::reader::Reader;

/// Reads the variables. What is wrong is noted.
pub(super) fn read(reader: &Reader) -> Retention {
    let days = |key, range: RangeInclusive<i64>| {
        reader.optional(key, |given| {
            let days = given.parse().map_err(|_| "must be a whole number of days".to_owned())?;
            Retention::days(days, range.clone()).map_err(|bad| bad.to_string())
        })
    };
    let events = days("RETENTION_EVENTS_DAYS", EVENTS_DAYS);
    let reminders = days("RETENTION_REMINDERS_DAYS", REMINDERS_DAYS);
    let counters = days("RETENTION_COUNTERS_DAYS", COUNTERS_DAYS);
    Retention::new(events, reminders, counters).unwrap_or_else(|bad| {
        reader.fault("RETENTION_COUNTERS_DAYS", &bad.to_string());
        Retention::default()
    })
}
