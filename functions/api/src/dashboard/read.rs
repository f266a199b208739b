//! What the dashboard shows, read at once.

use app::alerts::{Board, SCHEDULER, board, last_beat};
use app::experiments::Told;
use app::figures::{self, bounds};
use app::ports::StoreError;
use app::rollout::{Decision, Progress, decisions, progress};
use domain::figures::{Dimension, Figures};
use domain::limits;
use domain::rollout::Rollout;
use domain::time::{back, utc_date};
use futures::future::try_join_all;
use futures::try_join;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::experiments::running;
use super::past::{Past, TodayBy};
use crate::state::ApiState;

/// Days that are shown, today included.
pub(super) const DAYS: i64 = 30;

/// Days by source and by country, today included.
pub(super) const WEEK: i64 = 7;

/// What is shown.
pub(super) struct Overview {
    /// The instant of it.
    pub(super) now: Timestamp,
    /// The figures of each hour of today that has any.
    pub(super) hours: Vec<(Timestamp, Figures)>,
    /// The figures of each of the last days, oldest first.
    pub(super) days: Vec<(Date, Figures)>,
    /// Today, the last 7 days, the last 30.
    pub(super) spans: [Stretch; 3],
    /// The last 7 days by where texts came from.
    pub(super) sources: Vec<(&'static str, Figures)>,
    /// The last 7 days by country, of the countries with the most users.
    pub(super) countries: Vec<(String, Figures)>,
    /// Alerts.
    pub(super) board: Board,
    /// The rollout.
    pub(super) rollout: Rollout,
    /// What was decided of it last, oldest first.
    pub(super) decided: Vec<Decision>,
    /// Its course.
    pub(super) course: Progress,
    /// What the experiments that run have shown.
    pub(super) experiments: Vec<Told>,
    /// When the scheduler last ran.
    pub(super) ticked_at: Option<Timestamp>,
    /// When the promoter last ran.
    pub(super) promoted_at: Option<Timestamp>,
}

/// Versions of the rollout whose decisions are shown.
const DECIDED_MAX: u64 = 20;

/// A span of days.
pub(super) struct Stretch {
    /// What it is called.
    pub(super) name: &'static str,
    /// Its first date.
    pub(super) from: Date,
    /// Its last date.
    pub(super) to: Date,
    /// Its figures.
    pub(super) figures: Figures,
}

/// What reading takes.
struct Reading<'a> {
    state: &'a ApiState,
    past: &'a Past,
    now: Timestamp,
}

/// Reads everything.
pub(super) async fn overview(state: &ApiState, past: &Past) -> Result<Overview, StoreError> {
    let now = state.clock.now();
    let reading = Reading { state, past, now };
    let today = utc_date(now);
    let (control, everybody) = (&*state.control, Dimension::all());
    let counted = async {
        let since = days_back(today, DAYS - 1);
        let all = past.tally(state, &everybody, since, (now, TodayBy::Hour));
        try_join!(all, sources(&reading), countries(&reading), running(state, past, now))
    };
    let (read, board, rollout, course, ticked_at, promoted_until) = try_join!(
        counted,
        board(control),
        control.rollout(),
        progress(control),
        last_beat(control, SCHEDULER),
        control.promoted_until(),
    )?;
    let (tally, sources, countries, experiments) = read;
    let day = |back: i64| days_back(today, back);
    let days: Vec<_> = (0..DAYS).rev().map(day).collect();
    let days = days.into_iter().map(|on| (on, tally.on(on, &TimeZone::UTC))).collect();
    let span = |name, back: i64| {
        let from = day(back);
        let (begin, end) = (bounds(from, &TimeZone::UTC).0, bounds(today, &TimeZone::UTC).1);
        Stretch { name, from, to: today, figures: tally.between(begin, end) }
    };
    // As many as were made of the last versions of the rollout: naming users makes none.
    let before = rollout.version.saturating_sub(DECIDED_MAX);
    let decided = decisions(control, before, DECIDED_MAX.try_into().unwrap_or(usize::MAX)).await?;
    Ok(Overview {
        now,
        hours: tally.parts_of(today),
        days,
        spans: [span("Today", 0), span("7 days", WEEK - 1), span("30 days", DAYS - 1)],
        sources,
        countries,
        board,
        rollout,
        course,
        experiments,
        decided,
        ticked_at,
        // A run promotes up to the horizon.
        promoted_at: promoted_until.map(|until| back(until, limits::HORIZON)),
    })
}

/// The last week under a dimension.
async fn week(reading: &Reading<'_>, dimension: &Dimension) -> Result<Figures, StoreError> {
    let Reading { state, past, now } = reading;
    let from = days_back(utc_date(*now), WEEK - 1);
    let tally = past.tally(state, dimension, from, (*now, TodayBy::Date)).await?;
    Ok(tally.between(Timestamp::MIN, Timestamp::MAX))
}

async fn sources(reading: &Reading<'_>) -> Result<Vec<(&'static str, Figures)>, StoreError> {
    let read = figures::SOURCES.into_iter().map(|kind| async move {
        Ok::<_, StoreError>((kind, week(reading, &Dimension::source(kind)).await?))
    });
    try_join_all(read).await
}

async fn countries(reading: &Reading<'_>) -> Result<Vec<(String, Figures)>, StoreError> {
    let read = lived_in(reading).await?.into_iter().map(|dimension| async move {
        let name = dimension.country_name().to_owned();
        Ok::<_, StoreError>((name, week(reading, &dimension).await?))
    });
    try_join_all(read).await
}

/// The countries with the most users, which change slowly.
async fn lived_in(reading: &Reading<'_>) -> Result<Vec<Dimension>, StoreError> {
    let Reading { state, past, now } = reading;
    if let Some(known) = past.countries(*now) {
        return Ok(known);
    }
    let most = figures::countries(&*state.users.users).await?;
    past.keep_countries(*now, &most);
    Ok(most)
}

pub(super) fn days_back(today: Date, days: i64) -> Date {
    today.saturating_sub(Span::new().days(days))
}
