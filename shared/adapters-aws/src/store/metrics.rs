//! Counters, each change folded once.
//!
//! A guard per reminder holds its revision and what it contributed. One transaction replaces it and
//! adds the difference to the counters of its date and to one shard of the totals, so that a change
//! told twice, or out of order, counts once.

use std::collections::BTreeMap;

use app::ports::{Contribution, Metrics, StoreError};
use app::records::{CountedV1, StoredContribution};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::DynamoStore;
use super::attributes::{Item, expiry_on, item, number, number_of, text};
use super::documents::{DOC, decode, encode};
use super::failure::Asked;
use super::read::Consistency;
use super::request::Write;

/// Shards of the totals: every fold writes to one of them.
const TOTAL_SHARDS: u8 = 16;

/// How long guards are kept: longer than the rows whose changes they guard.
const GUARDS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(120 * 24);

/// How long the counters of a date are kept: a year, and some weeks to compare it with the next.
const COUNTERS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How often a fold is tried while others fold the same reminder.
const TRIES_MAX: u32 = 12;

/// Stands before the name of a counter, so that it is never taken for another attribute.
const COUNTER: &str = "n:";

const FOLDED_UNTIL: &str = "folded_until";

type Counts = BTreeMap<String, i64>;

#[async_trait]
impl Metrics for DynamoStore {
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "fold a change";
        let table = &self.inner.tables.metrics;
        let next = StoredContribution { revision, contribution: contribution.clone() };
        for tried in 0..TRIES_MAX {
            let key = guard_key(user, reminder);
            let found = self.get(OPERATION, table, key, Consistency::Strong).await?;
            let before =
                found.map(|item| decode::<CountedV1>(OPERATION, table, &item)).transpose()?;
            if before.as_ref().is_some_and(|before| before.revision >= revision) {
                return Ok(false);
            }
            let mut writes = vec![self.guard_put(OPERATION, (user, reminder), &before, &next)?];
            writes.extend(self.counter_writes(user, reminder, before.as_ref(), &next));
            if self.write(OPERATION, writes).await?.is_done() {
                return Ok(true);
            }
            self.back_off(&reminder.to_string(), tried).await;
        }
        let asked = Asked { operation: OPERATION, action: "TransactWriteItems", table };
        Err(asked.transient("others keep folding the same reminder"))
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        const OPERATION: &str = "read the counters of a day";
        let table = &self.inner.tables.metrics;
        let found = self.get(OPERATION, table, day_key(user, on), Consistency::Strong).await?;
        Ok(sums(found.iter()))
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let keys = (0..TOTAL_SHARDS).map(total_key).collect();
        let found = self.get_many("read the totals", &self.inner.tables.metrics, keys).await?;
        Ok(sums(found.iter()))
    }

    /// The change feed is pushed, and its own position is kept by whoever pushes it; this cursor
    /// serves those who want to note one of their own.
    async fn folded_until(&self) -> Result<u64, StoreError> {
        let found = self.cursor("read how far the feed is folded", FOLDED_UNTIL).await?;
        Ok(found.and_then(|item| number_of(&item, "value")).unwrap_or(0))
    }

    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError> {
        let to = number(sequence);
        self.raise_cursor("note how far the feed is folded", FOLDED_UNTIL, to).await
    }
}

impl DynamoStore {
    fn guard_put(
        &self,
        operation: &'static str,
        (user, reminder): (&UserId, ReminderId),
        before: &Option<StoredContribution>,
        next: &StoredContribution,
    ) -> Result<Write, StoreError> {
        let table = &self.inner.tables.metrics;
        let mut whole = guard_key(user, reminder);
        whole.extend(item([
            ("revision", number(next.revision)),
            ("expires_at", expiry_on(next.contribution.on, GUARDS_KEPT_FOR)),
            (DOC, encode::<CountedV1>(operation, table, next)?),
        ]));
        let put = Write::put_item(table, whole);
        Ok(match before {
            None => put.only_if("attribute_not_exists(#scope)"),
            Some(before) => {
                put.only_if("#revision = :before").with("before", number(before.revision))
            }
        })
    }

    fn counter_writes(
        &self,
        user: &UserId,
        reminder: ReminderId,
        before: Option<&StoredContribution>,
        next: &StoredContribution,
    ) -> Vec<Write> {
        let mut days: BTreeMap<Date, Counts> = BTreeMap::new();
        let mut total = Counts::new();
        for (stored, sign) in before.map(|before| (before, -1)).into_iter().chain([(next, 1)]) {
            let day = days.entry(stored.contribution.on).or_default();
            for (name, count) in &stored.contribution.counts {
                *day.entry(name.clone()).or_default() += sign * count;
                *total.entry(name.clone()).or_default() += sign * count;
            }
        }
        let mut writes: Vec<_> = days
            .into_iter()
            .filter_map(|(on, counts)| {
                let write = self.addition(day_key(user, on), &counts, "SET #expires_at = :at ")?;
                Some(write.with("at", expiry_on(on, COUNTERS_KEPT_FOR)))
            })
            .collect();
        let shard = total_key(reminder.shard(TOTAL_SHARDS));
        writes.extend(self.addition(shard, &total, ""));
        writes
    }

    /// Adds counts to an item, if any is not zero.
    fn addition(&self, key: Item, counts: &Counts, set: &str) -> Option<Write> {
        let counts: Vec<_> = counts.iter().filter(|(_, count)| **count != 0).collect();
        if counts.is_empty() {
            return None;
        }
        let terms: Vec<_> = (0..counts.len()).map(|place| format!("#c{place} :c{place}")).collect();
        let change = format!("{set}ADD {}", terms.join(", "));
        let mut write = Write::change(&self.inner.tables.metrics, key, change);
        for (place, (name, count)) in counts.into_iter().enumerate() {
            let term = format!("c{place}");
            write = write.named(&term, format!("{COUNTER}{name}")).with(&term, number(count));
        }
        Some(write)
    }
}

fn guard_key(user: &UserId, reminder: ReminderId) -> Item {
    item([("scope", text(scope_of(user))), ("part", text(format!("guard#{reminder}")))])
}

fn day_key(user: &UserId, on: Date) -> Item {
    item([("scope", text(scope_of(user))), ("part", text(format!("day#{on}")))])
}

fn total_key(shard: u8) -> Item {
    item([("scope", text(format!("total#{shard}"))), ("part", text("all"))])
}

/// Under what everything is counted that concerns a user.
pub(super) fn scope_of(user: &UserId) -> String {
    format!("user#{}", user.as_str())
}

/// The counters of items, added up, in order of their names, without those at zero.
fn sums<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<(String, i64)> {
    let mut sums = Counts::new();
    for item in items {
        for name in item.keys() {
            let Some(counter) = name.strip_prefix(COUNTER) else { continue };
            let count: i64 = number_of(item, name).unwrap_or(0);
            *sums.entry(counter.to_owned()).or_default() += count;
        }
    }
    sums.into_iter().filter(|(_, sum)| *sum != 0).collect()
}
