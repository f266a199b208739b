//! Whether the counters are what the reminders themselves say.

use std::collections::BTreeMap;

use domain::figures::{Counts, Dimension, add, names};
use domain::ids::UserId;
use domain::reminder::Reminder;
use domain::time::utc_date;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Problem, VerifyPorts};
use crate::figures::bounds;
use crate::fold::{contribution, counted_once};
use crate::ports::{CountedIn, StoreError, changed_counts};

/// What all reminders add to the counters.
#[derive(Debug, Default)]
pub(super) struct Recount {
    totals: Counts,
    /// Whether rows of somebody may have passed, which the totals still count.
    pub(super) may_lack_rows: bool,
    hours: BTreeMap<Dimension, BTreeMap<Timestamp, Counts>>,
    /// What differs on the days of users, which are compared at once: nobody keeps them all.
    of_days: Vec<Problem>,
}

impl Recount {
    /// Counts the reminders of a user.
    pub(super) async fn add(
        &mut self,
        ports: &VerifyPorts,
        user: &UserId,
        rows: &[Reminder],
        since_on: Date,
    ) -> Result<(), StoreError> {
        let mut days: BTreeMap<Date, Counts> = BTreeMap::new();
        let mut once = BTreeMap::new();
        for counted in rows.iter().flat_map(counted_once) {
            let known = once.entry(counted.id).or_insert_with(|| counted.clone());
            if counted.rank > known.rank {
                *known = counted;
            }
        }
        let once = once.into_values().map(|counted| counted.contribution);
        for contribution in rows.iter().map(contribution).chain(once) {
            for (place, counts) in changed_counts(None, &contribution) {
                let held = match place {
                    CountedIn::Day(on) => days.entry(on).or_default(),
                    CountedIn::Total => &mut self.totals,
                    CountedIn::Hour { dimension, hour_at } => {
                        self.hours.entry(dimension).or_default().entry(hour_at).or_default()
                    }
                };
                for (name, by) in counts {
                    *held.entry(name).or_default() += by;
                }
            }
        }
        days.retain(|on, _| *on >= since_on);
        let stored = ports.metrics.days(user, since_on, Date::MAX).await?;
        let stored: BTreeMap<_, _> = stored.into_iter().collect();
        let whose = |on: Date| (Some(user.clone()), format!(" of {on}"));
        compare_all(&stored, &days, whose, &mut self.of_days);
        Ok(())
    }

    /// What the stored counters say that the reminders do not, or the other way round. All rows
    /// that count `since` then are there; of what was counted before, some may have passed, and so
    /// the totals of whoever was there before cannot be recounted.
    pub(super) async fn differences(
        mut self,
        ports: &VerifyPorts,
        since: Timestamp,
    ) -> Result<Vec<Problem>, StoreError> {
        let mut found = self.of_days;
        if !self.may_lack_rows {
            let stored = ports.metrics.totals().await?.into_iter().collect();
            compare(&stored, &self.totals, (None, String::new()), &mut found);
        }
        for (dimension, hours) in &mut self.hours {
            hours.retain(|at, _| *at >= since);
            let stored = ports.metrics.hours(dimension, since, Timestamp::MAX).await?;
            let stored: BTreeMap<_, _> = stored.into_iter().collect();
            let whose = |at: Timestamp| (None, format!(" of {dimension} at {at}"));
            compare_all(&stored, &*hours, whose, &mut found);
            found.extend(days_differ(ports, dimension, since, &*hours).await?);
        }
        Ok(found)
    }
}

/// What the store sums up of whole UTC days that their hours do not: it may keep days as well.
async fn days_differ(
    ports: &VerifyPorts,
    dimension: &Dimension,
    since: Timestamp,
    hours: &BTreeMap<Timestamp, Counts>,
) -> Result<Vec<Problem>, StoreError> {
    let mut counted: BTreeMap<Date, Counts> = BTreeMap::new();
    for (at, counts) in hours {
        let day = counted.entry(utc_date(*at)).or_default();
        counts.iter().for_each(|(name, count)| add(day, name, *count));
    }
    // Of the first day there may be a part only.
    counted.remove(&utc_date(since));
    let mut found = Vec::new();
    for (on, counts) in counted {
        let (begin, end) = bounds(on, &TimeZone::UTC);
        let stored = ports.metrics.sums(dimension, &[begin, end], |_| true).await?;
        let whose = (None, format!(" of {dimension} on {on}"));
        compare(stored.first().unwrap_or(&Counts::new()), &counts, whose, &mut found);
    }
    Ok(found)
}

/// Compares the counters of several days or hours.
fn compare_all<T: Ord + Copy>(
    stored: &BTreeMap<T, Counts>,
    counted: &BTreeMap<T, Counts>,
    whose: impl Fn(T) -> (Option<UserId>, String),
    found: &mut Vec<Problem>,
) {
    let nothing = Counts::new();
    let of = |counts: &BTreeMap<T, Counts>, at: &T| counts.get(at).unwrap_or(&nothing).clone();
    let gone = stored.keys().filter(|at| !counted.contains_key(at));
    for at in counted.keys().chain(gone) {
        compare(&of(stored, at), &of(counted, at), whose(*at), found);
    }
}

fn compare(
    stored: &Counts,
    counted: &Counts,
    (user, place): (Option<UserId>, String),
    found: &mut Vec<Problem>,
) {
    // No reminder tells of an opt-out.
    let is_told = |name: &&String| *name != names::OPTED_OUT;
    let gone = stored.keys().filter(|name| !counted.contains_key(*name)).filter(is_told);
    for name in counted.keys().chain(gone) {
        let value = |counts: &Counts| counts.get(name).copied().unwrap_or(0);
        let (stored, recounted) = (value(stored), value(counted));
        if stored != recounted {
            found.push(Problem {
                code: "counter",
                user: user.clone(),
                reminder: None,
                what: format!(
                    "Counter {name}{place} says {stored}, the reminders themselves say {recounted}."
                ),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, i64)]) -> Counts {
        counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn counters_are_compared_both_ways() {
        let stored = counts(&[("planned", 2), ("sent", 1)]);
        let check = |counted: &[(&str, i64)], problems: usize| {
            let mut found = Vec::new();
            compare(&stored, &counts(counted), (None, String::new()), &mut found);
            assert_eq!(found.len(), problems, "{counted:?}");
        };
        check(&[("planned", 2), ("sent", 1), ("late", 0)], 0);
        check(&[("planned", 3), ("sent", 1)], 1);
        check(&[("planned", 2)], 1);
        check(&[("planned", 2), ("sent", 1), ("late", 1)], 1);
    }

    #[test]
    fn days_are_compared_both_ways() {
        let stored = BTreeMap::from([(1, counts(&[("sent", 1)])), (2, counts(&[("sent", 1)]))]);
        let counted = BTreeMap::from([(2, counts(&[("sent", 1)])), (3, counts(&[("sent", 4)]))]);
        let mut found = Vec::new();
        compare_all(&stored, &counted, |at| (None, format!(" of {at}")), &mut found);
        let told: Vec<_> = found.iter().map(|problem| problem.what.as_str()).collect();
        assert_eq!(
            told,
            [
                "Counter sent of 3 says 0, the reminders themselves say 4.",
                "Counter sent of 1 says 1, the reminders themselves say 0.",
            ]
        );
    }
}
