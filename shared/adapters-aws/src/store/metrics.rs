//! Counters, each change folded once.
//!
//! A guard per reminder holds its revision and what it contributed. One transaction replaces it and
//! adds the difference to the counters of its date, and to one shard of the totals and of its hour
//! (see `hours`), so that a change told twice, or out of order, counts once.

use app::ports::{Contribution, CountedIn, Metrics, StoreError, Wanted, changed_counts};
use app::records::{CountedV1, StoredContribution};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::figures::{Counts, Dimension, add, hour_at};
use domain::ids::{ReminderId, UserId};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::DynamoStore;
use super::attributes::{Item, expiry, expiry_on, item, number, number_of, text, text_of};
use super::documents::{DOC, decode, encode};
use super::failure::{Asked, unreadable};
use super::read::{Consistency, Query};
use super::request::Write;

/// Shards of the totals and of every hour: each fold writes to one of them, the same of each, so
/// that folds which do not meet in one do not meet in the others.
pub(super) const SHARDS: u8 = 16;

/// The last edition of the counters whose guards do not name it.
const EDITION_OF_OLD_GUARDS: u32 = 1;

/// How often a fold is tried while others fold the same reminder.
const TRIES_MAX: u32 = 12;

/// Stands before the name of a counter, so that it is never taken for another attribute.
const COUNTER: &str = "n:";

/// Stands before the date of a user's counters.
const DAY: &str = "day#";

const FOLDED_UNTIL: &str = "folded_until";

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
            let stays = |before: &StoredContribution| !before.gives_way_to(revision, contribution);
            if before.as_ref().is_some_and(stays) {
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

    async fn count_once(&self, id: &str, at: Timestamp, name: &str) -> Result<bool, StoreError> {
        let (table, counts) = (&self.inner.tables.metrics, Counts::from([(name.to_owned(), 1)]));
        let mut guard = item([("scope", text(format!("once#{id}"))), ("part", text("guard"))]);
        // Whoever spread the shards by the time of day would meet in one of them.
        let shard = Sha256::digest(id)[0] % SHARDS;
        guard.insert("expires_at".to_owned(), expiry(at, self.inner.retention.guards()));
        let guard = Write::put_item(table, guard).only_if("attribute_not_exists(#scope)");
        let mut writes = vec![guard, self.addition(total_key(shard), &counts, None)];
        writes.extend(self.hour_additions(&Dimension::all(), hour_at(at), shard, counts));
        Ok(self.write("count once", writes).await?.is_done())
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        const OPERATION: &str = "read the counters of a day";
        let table = &self.inner.tables.metrics;
        let found = self.get(OPERATION, table, day_key(user, on), Consistency::Strong).await?;
        Ok(sums(found.iter()).into_iter().collect())
    }

    async fn days(
        &self,
        user: &UserId,
        from: Date,
        until: Date,
    ) -> Result<Vec<(Date, Counts)>, StoreError> {
        const OPERATION: &str = "read the counters of days";
        if from > until {
            return Ok(Vec::new());
        }
        let table = &self.inner.tables.metrics;
        let values = [
            ("scope", text(scope_of(user))),
            ("from", text(part_of(from))),
            ("until", text(part_of(until))),
        ];
        let condition = "#scope = :scope AND #part BETWEEN :from AND :until";
        let items = self.all(OPERATION, Query::of(table, condition, values)).await?;
        let bad = || unreadable(OPERATION, table, "no date in attribute `part`");
        let day = |item: &Item| {
            let on = text_of(item, "part").and_then(|part| part.strip_prefix(DAY)?.parse().ok());
            Ok((on.ok_or_else(bad)?, sums([item].into_iter())))
        };
        let days = items.iter().map(day).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(days.into_iter().filter(|(_, counts)| !counts.is_empty()).collect())
    }

    async fn hours(
        &self,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        self.counted_hours(dimension, from, until).await
    }

    async fn sums(
        &self,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Vec<Counts>, StoreError> {
        self.summed_hours(dimension, bounds, is_wanted).await
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let keys = (0..SHARDS).map(total_key).collect();
        let found = self.get_many("read the totals", &self.inner.tables.metrics, keys).await?;
        Ok(sums(found.iter()).into_iter().collect())
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
            ("expires_at", expiry_on(next.contribution.on, self.inner.retention.guards())),
            (DOC, encode::<CountedV1>(operation, table, next)?),
        ]));
        if next.contribution.edition > EDITION_OF_OLD_GUARDS {
            whole.insert("edition".to_owned(), number(next.contribution.edition));
        }
        let put = Write::put_item(table, whole);
        Ok(match before {
            None => put.only_if("attribute_not_exists(#scope)"),
            // Of two that count the same revision anew only one may.
            Some(before) if before.contribution.edition > EDITION_OF_OLD_GUARDS => put
                .only_if("#revision = :before AND #edition = :edition")
                .with("before", number(before.revision))
                .with("edition", number(before.contribution.edition)),
            Some(before) => put
                .only_if("#revision = :before AND attribute_not_exists(#edition)")
                .with("before", number(before.revision)),
        })
    }

    fn counter_writes(
        &self,
        user: &UserId,
        reminder: ReminderId,
        before: Option<&StoredContribution>,
        next: &StoredContribution,
    ) -> Vec<Write> {
        let before = before.map(|before| &before.contribution);
        let shard = reminder.shard(SHARDS);
        let changed = changed_counts(before, &next.contribution).into_iter();
        let writes = changed.flat_map(|(place, counts)| match place {
            CountedIn::Day(on) => {
                let expires_at = expiry_on(on, self.inner.retention.counters());
                vec![self.addition(day_key(user, on), &counts, Some(expires_at))]
            }
            CountedIn::Total => vec![self.addition(total_key(shard), &counts, None)],
            CountedIn::Hour { dimension, hour_at } => {
                self.hour_additions(&dimension, hour_at, shard, counts)
            }
        });
        writes.collect()
    }

    /// Adds counts to an item that may be deleted some day.
    pub(super) fn addition(
        &self,
        key: Item,
        counts: &Counts,
        expires_at: Option<AttributeValue>,
    ) -> Write {
        let terms: Vec<_> = (0..counts.len()).map(|place| format!("#c{place} :c{place}")).collect();
        let set = if expires_at.is_some() { "SET #expires_at = :at " } else { "" };
        let change = format!("{set}ADD {}", terms.join(", "));
        let mut write = Write::change(&self.inner.tables.metrics, key, change);
        if let Some(expires_at) = expires_at {
            write = write.with("at", expires_at);
        }
        for (place, (name, count)) in counts.iter().enumerate() {
            let term = format!("c{place}");
            write = write.named(&term, format!("{COUNTER}{name}")).with(&term, number(count));
        }
        write
    }
}

fn guard_key(user: &UserId, reminder: ReminderId) -> Item {
    item([("scope", text(scope_of(user))), ("part", text(format!("guard#{reminder}")))])
}

fn day_key(user: &UserId, on: Date) -> Item {
    item([("scope", text(scope_of(user))), ("part", text(part_of(on)))])
}

fn part_of(on: Date) -> String {
    format!("{DAY}{on}")
}

fn total_key(shard: u8) -> Item {
    item([("scope", text(format!("total#{shard}"))), ("part", text("all"))])
}

/// Under what everything is counted that concerns a user.
pub(super) fn scope_of(user: &UserId) -> String {
    format!("user#{}", user.as_str())
}

/// The counters of items, added up, without those at zero.
pub(super) fn sums<'a>(items: impl Iterator<Item = &'a Item>) -> Counts {
    let mut sums = Counts::new();
    items.for_each(|item| add_item(&mut sums, item, |_| true));
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// Adds the wanted counters of an item.
pub(super) fn add_item(sums: &mut Counts, item: &Item, is_wanted: Wanted) {
    let counters = item.keys().filter_map(|name| Some((name, name.strip_prefix(COUNTER)?)));
    for (name, counter) in counters.filter(|(_, counter)| is_wanted(counter)) {
        add(sums, counter, number_of(item, name).unwrap_or(0));
    }
}
