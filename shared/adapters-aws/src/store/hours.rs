//! The counters of an hour, in shards.
//!
//! What writing an item costs goes by the size of the whole, so the buckets of each sketch lie
//! beside the other counters: `<hour>#<shard>` and `<hour>#<shard>#<sketch>`, under a dimension.

use std::collections::BTreeMap;

use app::ports::{StoreError, Wanted};
use domain::figures::{Counts, Dimension, add, names};
use domain::time::ahead;
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use super::DynamoStore;
use super::attributes::{Item, expiry, instant, item, parse_instant, text, text_of};
use super::failure::unreadable;
use super::metrics::{add_item, sums};
use super::read::Query;
use super::request::Write;

/// Stands between the parts of a key.
const SEPARATOR: char = '#';

/// Stretches of a long time that are read side by side.
const AT_ONCE: i32 = 4;

/// What is shorter is read at once.
const STRETCH_MIN: SignedDuration = SignedDuration::from_hours(24);

const OPERATION: &str = "read the counters of hours";

impl DynamoStore {
    /// What adds counts to a shard of an hour.
    pub(super) fn hour_additions(
        &self,
        dimension: &Dimension,
        hour_at: Timestamp,
        shard: u8,
        counts: Counts,
    ) -> Vec<Write> {
        let mut items: BTreeMap<Option<String>, Counts> = BTreeMap::new();
        for (name, by) in counts {
            let sketch = names::bucket_in(&name).map(|(sketch, _)| sketch.to_owned());
            items.entry(sketch).or_default().insert(name, by);
        }
        let expires_at = expiry(hour_at, self.inner.retention.counters());
        let write = |(sketch, counts): (Option<String>, Counts)| {
            let mut part = format!("{}{SEPARATOR}{shard:02}", instant(hour_at));
            if let Some(sketch) = sketch {
                part = format!("{part}{SEPARATOR}{sketch}");
            }
            let key = item([("scope", text(scope_of(dimension))), ("part", text(part))]);
            self.addition(key, &counts, Some(expires_at.clone()))
        };
        items.into_iter().map(write).collect()
    }

    /// The counters of each hour, all shards together.
    pub(super) async fn counted_hours(
        &self,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        if from >= until {
            return Ok(Vec::new());
        }
        let query = self.hours_between(dimension, from, until);
        let items = self.all(OPERATION, query).await?;
        let mut hours: BTreeMap<Timestamp, Vec<&Item>> = BTreeMap::new();
        for item in &items {
            hours.entry(self.hour_of(item)?).or_default().push(item);
        }
        let hours = hours.into_iter().map(|(at, items)| (at, sums(items.into_iter())));
        Ok(hours.filter(|(_, counts)| !counts.is_empty()).collect())
    }

    /// The sums of the wanted counters between neighbouring bounds. Several stretches are read side
    /// by side, since the pages of one can only be read one after the other.
    pub(super) async fn summed_hours(
        &self,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Vec<Counts>, StoreError> {
        let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
            return Ok(Vec::new());
        };
        // Nothing is counted before, and the texts of years before the first sort backwards.
        let first = (*first).max(Timestamp::UNIX_EPOCH);
        let reads = stretches(first, *last).into_iter().map(async |(from, until)| {
            let mut sums = vec![Counts::new(); bounds.len() - 1];
            let see = |page: Vec<Item>| {
                for item in &page {
                    let hour_at = self.hour_of(item)?;
                    let after = bounds.partition_point(|bound| *bound <= hour_at);
                    if let Some(sum) = after.checked_sub(1).and_then(|span| sums.get_mut(span)) {
                        add_item(sum, item, is_wanted);
                    }
                }
                Ok::<_, StoreError>(())
            };
            let query = self.hours_between(dimension, from, until);
            self.each_page(OPERATION, query, see).await?;
            Ok::<_, StoreError>(sums)
        });
        let mut all = vec![Counts::new(); bounds.len() - 1];
        for stretch in try_join_all(reads).await? {
            for (sum, counts) in all.iter_mut().zip(stretch) {
                counts.iter().for_each(|(name, count)| add(sum, name, *count));
            }
        }
        all.iter_mut().for_each(|sum| sum.retain(|_, count| *count != 0));
        Ok(all)
    }

    fn hours_between(&self, dimension: &Dimension, from: Timestamp, until: Timestamp) -> Query<'_> {
        // Parts of the hour at `until` are longer than its name, and stand behind it.
        let values = [
            ("scope", text(scope_of(dimension))),
            ("from", text(instant(from))),
            ("until", text(instant(until))),
        ];
        let condition = "#scope = :scope AND #part BETWEEN :from AND :until";
        Query::of(&self.inner.tables.metrics, condition, values)
    }

    fn hour_of(&self, item: &Item) -> Result<Timestamp, StoreError> {
        let bad =
            || unreadable(OPERATION, &self.inner.tables.metrics, "no instant in attribute `part`");
        text_of(item, "part")
            .and_then(|part| parse_instant(part.split(SEPARATOR).next()?))
            .ok_or_else(bad)
    }
}

/// What is read one after the other of the time between two instants: all of it, or a part of a
/// long one.
fn stretches(from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    if from >= until {
        return Vec::new();
    }
    let each = from.duration_until(until) / AT_ONCE;
    if each < STRETCH_MIN {
        return vec![(from, until)];
    }
    let cut = |at: i32| if at == AT_ONCE { until } else { ahead(from, each * at) };
    (0..AT_ONCE).map(|at| (cut(at), cut(at + 1))).collect()
}

/// Under what an hour is counted.
fn scope_of(dimension: &Dimension) -> String {
    format!("hour{SEPARATOR}{dimension}")
}
