//! Figures of hours, days and users, as the counters have them.

mod behind;
mod measured;
mod tally;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use domain::figures::{Counts, Dimension, EDITION, Figures, add, names};
use domain::ids::UserId;
use domain::time::{ahead, back, utc_date};
use futures::future::try_join_all;
use futures::try_join;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::fold::count;
use crate::ports::{Control, Document, Metrics, Reminders, StoreError, Users};

pub use self::behind::{Behind, BehindPorts, Found, behind};
pub use self::measured::measure;
pub use self::tally::{Tally, bounds};

use self::tally::bounds_of;

/// The kind of document that says that all is counted by an edition of the counters.
const KIND: &str = "figures";

/// Users counted anew at a time.
const PAGE: usize = 50;

/// Figures of a span of time: each part of it that has any, and all together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series<T> {
    /// The parts, oldest first.
    pub parts: Vec<(T, Figures)>,
    /// All of them.
    pub all: Figures,
}

/// The figures of everybody in each UTC hour from `from` until before `until`.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn hours(
    metrics: &dyn Metrics,
    dimension: &Dimension,
    from: Timestamp,
    until: Timestamp,
) -> Result<Series<Timestamp>, StoreError> {
    Ok(series(metrics.hours(dimension, from, until).await?))
}

/// The figures of everybody in the UTC hours from `from` until before `until` together.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn between(
    metrics: &dyn Metrics,
    dimension: &Dimension,
    from: Timestamp,
    until: Timestamp,
) -> Result<Figures, StoreError> {
    let sums = metrics.sums(dimension, &[from, until], any).await?;
    Ok(sums.first().map(Figures::of_counts).unwrap_or_default())
}

/// The figures of everybody on each UTC date from one to another, the latter included.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn days(
    metrics: &dyn Metrics,
    dimension: &Dimension,
    from: Date,
    to: Date,
) -> Result<Series<Date>, StoreError> {
    let bounds = bounds_of(from, to, &TimeZone::UTC);
    let sums = metrics.sums(dimension, &bounds, any).await?;
    let days = bounds.iter().map(|at| utc_date(*at)).zip(sums);
    Ok(series(days.filter(|(_, counts)| !counts.is_empty()).collect()))
}

/// The figures of a user on each local date from one to another, the latter included.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn days_of(
    metrics: &dyn Metrics,
    user: &UserId,
    from: Date,
    to: Date,
) -> Result<Series<Date>, StoreError> {
    let mut days = metrics.days(user, from, to).await?;
    // Of one person it says nothing that they are one.
    let is_own = |name: &str| ![names::USERS_TEXTED, names::USERS_LIMITED].contains(&name);
    days.iter_mut().for_each(|(_, counts)| counts.retain(|name, _| is_own(name)));
    days.retain(|(_, counts)| !counts.is_empty());
    Ok(series(days))
}

/// The figures of everybody in the day that ended last with an hour, and from the beginning.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn now(
    metrics: &dyn Metrics,
    users: &dyn Users,
    now: Timestamp,
) -> Result<Now, StoreError> {
    let from = back(now, SignedDuration::from_hours(24));
    let until = ahead(now, SignedDuration::from_secs(1));
    let last_day = async |of: &Dimension| between(metrics, of, from, until).await;
    let sources = SOURCES.into_iter().map(async |kind| {
        let figures = last_day(&Dimension::source(kind)).await?;
        Ok::<_, StoreError>((kind, figures))
    });
    let countries = async {
        let each = countries(users).await?.into_iter().map(async |country| {
            let figures = last_day(&country).await?;
            Ok::<_, StoreError>((country.country_name().to_owned(), figures))
        });
        try_join_all(each).await
    };
    let everybody = Dimension::all();
    let (totals, last_day, countries, sources) =
        try_join!(metrics.totals(), last_day(&everybody), countries, try_join_all(sources))?;
    let ever = Figures::of(totals.iter().map(|(name, count)| (name.as_str(), *count)));
    Ok(Now { ever, last_day, countries, sources })
}

/// Where texts come from.
pub const SOURCES: [&str; 3] = [names::TEMPLATE, names::MODEL, names::FALLBACK];

/// Countries that are told apart.
const COUNTRIES_MAX: usize = 8;

/// Users whose countries are looked at.
const USERS_LOOKED_AT: usize = 1_000;

/// The countries with the most users. No store lists its dimensions, so they are those of the
/// first users' numbers.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn countries(users: &dyn Users) -> Result<Vec<Dimension>, StoreError> {
    let mut lived_in: BTreeMap<Dimension, usize> = BTreeMap::new();
    for number in users.numbers(USERS_LOOKED_AT).await? {
        *lived_in.entry(Dimension::country(&number)).or_default() += 1;
    }
    let mut lived_in: Vec<_> = lived_in.into_iter().collect();
    lived_in.sort_by_key(|(_, users)| Reverse(*users));
    Ok(lived_in.into_iter().map(|(of, _)| of).take(COUNTRIES_MAX).collect())
}

/// How things stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Now {
    /// Since the beginning; without durations.
    pub ever: Figures,
    /// In the UTC hours that began within the last 24.
    pub last_day: Figures,
    /// The same, by the country of the number, of the countries with the most users.
    pub countries: Vec<(String, Figures)>,
    /// The same, by where the text came from.
    pub sources: Vec<(&'static str, Figures)>,
}

/// What counting anew needs.
#[derive(Clone)]
pub struct RebuildPorts {
    /// Whose reminders.
    pub users: Arc<dyn Users>,
    /// What is counted.
    pub reminders: Arc<dyn Reminders>,
    /// Where it is counted.
    pub metrics: Arc<dyn Metrics>,
}

/// What one step of counting anew did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Reminders that were counted, or counted anew.
    pub counted: u64,
    /// Users whose reminders cannot be read, perhaps because a later release wrote them.
    pub unreadable: u64,
    /// The last user that was looked at; none after the last of all.
    pub until: Option<UserId>,
}

/// Counts what the feed did not bring, for the users after one: rows that changed last under an
/// earlier edition of the counters, or whose change was lost. What is counted stays as it is.
///
/// # Errors
/// [`StoreError`] if the store does not answer; what was counted is not counted twice.
pub async fn rebuild(ports: &RebuildPorts, after: Option<&UserId>) -> Result<Rebuilt, StoreError> {
    let page = ports.users.users(after, PAGE).await?;
    let (mut counted, mut unreadable) = (0, 0);
    for user in &page {
        let rows = ports.reminders.reminders_between(&user.id, Date::MIN, Date::MAX).await;
        let rows = match rows {
            Err(StoreError::Permanent { .. }) => {
                unreadable += 1;
                continue;
            }
            rows => rows?,
        };
        for row in &rows {
            counted += u64::from(count(&*ports.metrics, row).await?);
        }
    }
    Ok(Rebuilt { counted, unreadable, until: page.last().map(|user| user.id.clone()) })
}

/// Counts all that an earlier edition of the counters counted, or none, once for each edition. What
/// cannot be read yet is left to the next call. Returns how many reminders were counted.
///
/// # Errors
/// [`StoreError`] if the store does not answer; the next call goes on.
pub async fn catch_up(ports: &RebuildPorts, control: &dyn Control) -> Result<u64, StoreError> {
    let caught_up = format!("edition-{EDITION}");
    if control.document(KIND, &caught_up).await?.is_some() {
        return Ok(0);
    }
    let (mut counted, mut unreadable, mut after) = (0, 0, None);
    loop {
        let step = rebuild(ports, after.as_ref()).await?;
        counted += step.counted;
        unreadable += step.unreadable;
        let Some(until) = step.until else { break };
        after = Some(until);
    }
    if unreadable == 0 {
        // If somebody else was faster, it stands there already.
        let done = Document::new(1, String::new());
        control.put_document(KIND, &caught_up, &done).await?;
    }
    Ok(counted)
}

fn series<T>(parts: Vec<(T, Counts)>) -> Series<T> {
    let mut all = Counts::new();
    parts.iter().for_each(|(_, counts)| add_all(&mut all, counts));
    let figures = |(part, counts): (T, Counts)| (part, Figures::of_counts(&counts));
    Series { parts: parts.into_iter().map(figures).collect(), all: Figures::of_counts(&all) }
}

fn add_all(sum: &mut Counts, counts: &Counts) {
    counts.iter().for_each(|(name, count)| add(sum, name, *count));
}

/// Every counter is wanted.
fn any(_: &str) -> bool {
    true
}
