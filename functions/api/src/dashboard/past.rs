//! The counters of days that are over, kept for some minutes: a page that is open asks every ten
//! seconds, and on AWS each hour of a month is dozens of items to read and pay for. Receipts still
//! come in for yesterday, so that and today are read each time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use app::experiments::Told;
use app::figures::{Tally, bounds};
use app::ports::StoreError;
use domain::figures::Dimension;
use domain::time::utc_date;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::read::days_back;
use crate::state::ApiState;

/// How long they are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Days that are read each time: yesterday and today.
const LIVE_DAYS: i64 = 2;

/// What was read.
#[derive(Default)]
pub(super) struct Past(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    read_at: Timestamp,
    /// By dimension, from the first day it was asked for.
    tallies: BTreeMap<(Dimension, Date), Tally>,
    countries: Option<Vec<Dimension>>,
    /// By the name of the experiment.
    reports: BTreeMap<String, Told>,
}

impl Past {
    /// The counters under a dimension, from a date to today.
    pub(super) async fn tally(
        &self,
        state: &ApiState,
        dimension: &Dimension,
        from: Date,
        now: Timestamp,
    ) -> Result<Tally, StoreError> {
        let begins = |date| bounds(date, &TimeZone::UTC).0;
        let today = utc_date(now);
        let (live, end) =
            (begins(days_back(today, LIVE_DAYS - 1)), bounds(today, &TimeZone::UTC).1);
        let metrics = &*state.metrics;
        let key = (dimension.clone(), from);
        let kept = self.kept(now, |kept| kept.tallies.get(&key).cloned());
        let past = match kept {
            Some(past) => past,
            None => {
                let read = Tally::read(metrics, dimension, begins(from), live).await?;
                self.kept(now, |kept| kept.tallies.insert(key, read.clone()));
                read
            }
        };
        Ok(past.followed_by(Tally::read(metrics, dimension, live.max(begins(from)), end).await?))
    }

    /// The countries that were found last, if that was not long ago.
    pub(super) fn countries(&self, now: Timestamp) -> Option<Vec<Dimension>> {
        self.kept(now, |kept| kept.countries.clone())
    }

    /// Keeps the countries.
    pub(super) fn keep_countries(&self, now: Timestamp, found: &[Dimension]) {
        self.kept(now, |kept| kept.countries = Some(found.to_vec()));
    }

    /// What an experiment had shown when it was last looked at, if that was not long ago: a report
    /// reads every hour since the experiment began.
    pub(super) fn report(&self, now: Timestamp, experiment: &str) -> Option<Told> {
        self.kept(now, |kept| kept.reports.get(experiment).cloned())
    }

    /// Keeps a report.
    pub(super) fn keep_report(&self, now: Timestamp, told: &Told) {
        let name = told.run.experiment.name.clone();
        self.kept(now, |kept| kept.reports.insert(name, told.clone()));
    }

    /// Forgets the reports, since somebody changed an experiment.
    pub(super) fn forget_reports(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reports.clear();
    }

    /// What is kept; it begins anew after a while, on another day, and where the clock went back.
    fn kept<T>(&self, now: Timestamp, of: impl FnOnce(&mut Kept) -> T) -> T {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age = kept.read_at.duration_until(now);
        let is_fresh = (SignedDuration::ZERO..KEPT_FOR).contains(&age);
        if !is_fresh || utc_date(kept.read_at) != utc_date(now) {
            *kept = Kept { read_at: now, ..Kept::default() };
        }
        of(&mut kept)
    }
}
