//! The counters of a span of time, read once and summed up over any part of it.

use domain::figures::{Counts, Dimension, Figures};
use domain::time::{start_of_day, utc_date};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::{add_all, any};
use crate::ports::{Metrics, StoreError, Wanted};

/// The counters of everybody in each part of a span: hours, dates, or whatever it was read in.
/// Parts without any are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Each with its beginning, the oldest first.
    parts: Vec<(Timestamp, Counts)>,
}

impl Tally {
    /// Reads what lies between neighbouring bounds, which are in order: nothing smaller can be told
    /// apart then.
    ///
    /// # Errors
    /// [`StoreError`] if the store does not answer.
    pub async fn read(
        metrics: &dyn Metrics,
        dimension: &Dimension,
        bounds: &[Timestamp],
    ) -> Result<Self, StoreError> {
        Self::read_some(metrics, dimension, bounds, any).await
    }

    /// The same of only the counters that are wanted.
    ///
    /// # Errors
    /// [`StoreError`] if the store does not answer.
    pub async fn read_some(
        metrics: &dyn Metrics,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Self, StoreError> {
        let sums = metrics.sums(dimension, bounds, is_wanted).await?;
        let parts = bounds.iter().copied().zip(sums);
        Ok(Self { parts: parts.filter(|(_, counts)| !counts.is_empty()).collect() })
    }

    /// Reads each date of a zone from one to another, the latter included.
    ///
    /// # Errors
    /// [`StoreError`] if the store does not answer.
    pub async fn of_dates(
        metrics: &dyn Metrics,
        dimension: &Dimension,
        (from, to): (Date, Date),
        zone: &TimeZone,
    ) -> Result<Self, StoreError> {
        Self::read(metrics, dimension, &bounds_of(from, to, zone)).await
    }

    /// With the parts of another, which follow.
    pub fn followed_by(mut self, later: Self) -> Self {
        self.parts.extend(later.parts);
        self
    }

    /// The figures of the parts that begin at or after `from` and before `until`.
    pub fn between(&self, from: Timestamp, until: Timestamp) -> Figures {
        let mut sum = Counts::new();
        for (_, counts) in self.parts.iter().filter(|(at, _)| (from..until).contains(at)) {
            add_all(&mut sum, counts);
        }
        Figures::of_counts(&sum)
    }

    /// The figures of a date in a zone. Where the zone is no whole hours from UTC, an hour belongs
    /// to the date in which it begins.
    pub fn on(&self, date: Date, zone: &TimeZone) -> Figures {
        let (from, until) = bounds(date, zone);
        self.between(from, until)
    }

    /// The figures of each part that begins on a UTC date, oldest first.
    pub fn parts_of(&self, date: Date) -> Vec<(Timestamp, Figures)> {
        let of_date = self.parts.iter().filter(|(at, _)| utc_date(*at) == date);
        of_date.map(|(at, counts)| (*at, Figures::of_counts(counts))).collect()
    }

    /// When the first part begins that has any counters.
    pub fn begins_at(&self) -> Option<Timestamp> {
        self.parts.first().map(|(at, _)| *at)
    }
}

/// When a date begins in a zone, and when it ends.
pub fn bounds(date: Date, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let end = date.tomorrow().map_or(Timestamp::MAX, |next| start_of_day(next, zone));
    (start_of_day(date, zone), end)
}

/// When each date of a zone begins, from one to another, and when the last one ends.
pub(super) fn bounds_of(from: Date, to: Date, zone: &TimeZone) -> Vec<Timestamp> {
    let dates = from.series(Span::new().days(1)).take_while(|date| *date <= to);
    let mut all: Vec<_> = dates.map(|date| start_of_day(date, zone)).collect();
    if from <= to {
        all.push(bounds(to, zone).1);
    }
    all
}
