//! Sums of what is counted of all users, of whole UTC dates where they are kept, and else of hours.

use app::ports::Wanted;
use domain::figures::{Counts, Dimension, add};
use domain::time::{start_of_day, utc_date};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, Params};

use super::columns::instant;
use super::failure::Failure;

/// Which sums are asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) dimension: Dimension,
    /// In order; each span lies between two neighbours.
    pub(super) bounds: Vec<Timestamp>,
    pub(super) is_wanted: Wanted,
}

impl Asked {
    /// The sums of each span.
    pub(super) fn read(&self, connection: &Connection) -> Result<Vec<Counts>, Failure> {
        let spans = self.bounds.windows(2).filter_map(|span| Some((*span.first()?, *span.get(1)?)));
        spans.map(|(from, until)| self.sum(connection, from, until)).collect()
    }

    fn sum(
        &self,
        connection: &Connection,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Counts, Failure> {
        let mut sum = Counts::new();
        // The first midnight in the span, and the last.
        let (first, last) = (midnight_from(from), midnight_until(until));
        if self.dimension.has_sketches() && first < last {
            self.add_hours(connection, &mut sum, (from, first))?;
            self.add_days(connection, &mut sum, (first, last))?;
            self.add_hours(connection, &mut sum, (last, until))?;
        } else {
            self.add_hours(connection, &mut sum, (from, until))?;
        }
        sum.retain(|_, value| *value != 0);
        Ok(sum)
    }

    fn add_hours(
        &self,
        connection: &Connection,
        sum: &mut Counts,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<(), Failure> {
        if from >= until {
            return Ok(());
        }
        let sql = "SELECT name, value FROM hours \
            WHERE dimension = ? AND hour_at >= ? AND hour_at < ?";
        let (from, until) = (instant(from), instant(until));
        self.add(connection, sum, sql, [self.dimension.as_str(), &from, &until])
    }

    /// Of the dates from one midnight to another.
    fn add_days(
        &self,
        connection: &Connection,
        sum: &mut Counts,
        (from, until): (Timestamp, Timestamp),
    ) -> Result<(), Failure> {
        let sql = "SELECT name, value FROM utc_days \
            WHERE dimension = ? AND day_on >= ? AND day_on < ?";
        let (from, until) = (utc_date(from).to_string(), utc_date(until).to_string());
        self.add(connection, sum, sql, [self.dimension.as_str(), &from, &until])
    }

    fn add(
        &self,
        connection: &Connection,
        sum: &mut Counts,
        sql: &str,
        params: impl Params,
    ) -> Result<(), Failure> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            let name = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            if (self.is_wanted)(name) {
                add(sum, name, row.get(1)?);
            }
        }
        Ok(())
    }
}

/// The first UTC midnight that is not before an instant.
fn midnight_from(at: Timestamp) -> Timestamp {
    let midnight = midnight_until(at);
    if midnight >= at {
        return midnight;
    }
    let next = utc_date(at).tomorrow();
    next.map_or(Timestamp::MAX, |next| start_of_day(next, &TimeZone::UTC))
}

/// The last UTC midnight that is not after an instant.
fn midnight_until(at: Timestamp) -> Timestamp {
    start_of_day(utc_date(at), &TimeZone::UTC)
}
