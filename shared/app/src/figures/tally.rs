//! The counters of a span of hours, read once and summed up over any part of it.

use domain::figures::{Counts, Dimension, Figures};
use domain::time::{start_of_day, utc_date};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::add;
use crate::ports::{Metrics, StoreError};

/// The counters of everybody in each UTC hour of a span. Hours without any are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    hours: Vec<(Timestamp, Counts)>,
}

impl Tally {
    /// Reads the hours that begin at or after `from` and before `until`.
    ///
    /// # Errors
    /// [`StoreError`] if the store does not answer.
    pub async fn read(
        metrics: &dyn Metrics,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(Self { hours: metrics.hours(dimension, from, until).await? })
    }

    /// With the hours of another, which follow.
    pub fn followed_by(mut self, later: Self) -> Self {
        self.hours.extend(later.hours);
        self
    }

    /// The figures of the hours that begin at or after `from` and before `until`.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> Figures {
        let mut sum = Counts::new();
        for (_, counts) in self.hours.iter().filter(|(at, _)| (from..until).contains(at)) {
            add(&mut sum, counts);
        }
        Figures::of_counts(&sum)
    }

    /// The figures of a date in a zone. Where the zone is no whole hours from UTC, an hour belongs
    /// to the date in which it begins.
    pub fn on(&self, date: Date, zone: &TimeZone) -> Figures {
        let (from, until) = bounds(date, zone);
        self.between(from, until)
    }

    /// The figures of each hour that has any, oldest first.
    pub fn hours_of(&self, date: Date) -> Vec<(Timestamp, Figures)> {
        let of_date = self.hours.iter().filter(|(at, _)| utc_date(*at) == date);
        of_date.map(|(at, counts)| (*at, Figures::of_counts(counts))).collect()
    }

    /// The first hour that has any counters.
    pub fn first_hour(&self) -> Option<Timestamp> {
        self.hours.first().map(|(at, _)| *at)
    }
}

/// When a date begins in a zone, and when it ends.
pub fn bounds(date: Date, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let end = date.tomorrow().map_or(Timestamp::MAX, |next| start_of_day(next, zone));
    (start_of_day(date, zone), end)
}
