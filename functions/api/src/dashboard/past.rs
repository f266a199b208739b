//! The counters of days that are over, kept for some minutes: a page that is open asks every ten
//! seconds, and on AWS each hour of a month is dozens of items to read and pay for. Receipts still
//! come in for yesterday, so that and today are read each time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use app::experiments::Told;
use app::figures::{Tally, bounds};
use app::ports::StoreError;
use domain::figures::Dimension;
use domain::time::{ahead, utc_date};
use futures::try_join;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::read::days_back;
use crate::state::ApiState;

/// How long they are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Days that are read each time: yesterday and today.
const LIVE_DAYS: i64 = 2;

/// UTC knows no change of clocks.
const HOURS_OF_DAY: i64 = 24;

/// How today is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TodayBy {
    /// As a whole.
    Date,
    /// Hour by hour.
    Hour,
}

impl TodayBy {
    /// When each part begins from a date to today, and when the last one ends.
    fn bounds(self, from: Date, today: Date) -> Vec<Timestamp> {
        let (begin, end) = bounds(today, &TimeZone::UTC);
        let days = from.series(Span::new().days(1)).take_while(|date| *date < today);
        let before = days.map(|date| bounds(date, &TimeZone::UTC).0);
        let parts = match self {
            Self::Date => 1,
            Self::Hour => HOURS_OF_DAY,
        };
        let hours = (0..parts).map(|hour| ahead(begin, SignedDuration::from_hours(hour)));
        before.chain(hours).chain([end]).collect()
    }
}

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
    /// The counters under a dimension, from a date to today: by dates, today as it is asked for.
    pub(super) async fn tally(
        &self,
        state: &ApiState,
        dimension: &Dimension,
        from: Date,
        (now, today_by): (Timestamp, TodayBy),
    ) -> Result<Tally, StoreError> {
        let (zone, metrics) = (&TimeZone::UTC, &*state.metrics);
        let today = utc_date(now);
        let (live, past_to) = (days_back(today, LIVE_DAYS - 1), days_back(today, LIVE_DAYS));
        let key = (dimension.clone(), from);
        let kept = self.kept(now, |kept| kept.tallies.get(&key).cloned());
        let past = async {
            if let Some(past) = kept {
                return Ok(past);
            }
            let read = Tally::of_dates(metrics, dimension, (from, past_to), zone).await?;
            self.kept(now, |kept| kept.tallies.insert(key, read.clone()));
            Ok::<_, StoreError>(read)
        };
        let live = today_by.bounds(live.max(from), today);
        let (past, live) = try_join!(past, Tally::read(metrics, dimension, &live))?;
        Ok(past.followed_by(live))
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
