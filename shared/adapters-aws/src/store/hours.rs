//! The counters of an hour, in shards.
//!
//! What writing an item costs goes by the size of the whole, so the buckets of each sketch lie
//! beside the other counters: `<hour>#<shard>` and `<hour>#<shard>#<sketch>`, under a dimension.

use std::collections::BTreeMap;

use app::ports::StoreError;
use domain::figures::{Counts, Dimension, names};
use jiff::Timestamp;

use super::DynamoStore;
use super::attributes::{Item, expiry, instant, item, parse_instant, text, text_of};
use super::failure::unreadable;
use super::metrics::sums;
use super::read::Query;
use super::request::Write;

/// Stands between the parts of a key.
const SEPARATOR: char = '#';

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
        const OPERATION: &str = "read the counters of hours";
        if from >= until {
            return Ok(Vec::new());
        }
        let table = &self.inner.tables.metrics;
        // Parts of the hour at `until` are longer than its name, and stand behind it.
        let values = [
            ("scope", text(scope_of(dimension))),
            ("from", text(instant(from))),
            ("until", text(instant(until))),
        ];
        let condition = "#scope = :scope AND #part BETWEEN :from AND :until";
        let items = self.all(OPERATION, Query::of(table, condition, values)).await?;
        let mut hours: BTreeMap<Timestamp, Vec<&Item>> = BTreeMap::new();
        for item in &items {
            let hour_at = text_of(item, "part")
                .and_then(|part| parse_instant(part.split(SEPARATOR).next()?))
                .ok_or_else(|| unreadable(OPERATION, table, "no instant in attribute `part`"))?;
            hours.entry(hour_at).or_default().push(item);
        }
        let hours = hours.into_iter().map(|(at, items)| (at, sums(items.into_iter())));
        Ok(hours.filter(|(_, counts)| !counts.is_empty()).collect())
    }
}

/// Under what an hour is counted.
fn scope_of(dimension: &Dimension) -> String {
    format!("hour{SEPARATOR}{dimension}")
}
