//! The `due` index: which reminders need a look, in order of when.
//!
//! It is sparse, and sharded by the id of the reminder, so that no partition takes the writes of
//! all. Within a shard rows are sorted by instant, so any window of any length is one range of
//! each shard: a sweep that looks back to the beginning of time reads what is overdue and nothing
//! else. (Shards split further by five minutes would take no more: what happens to reminders
//! happens around the instant they are due, in the same few buckets. They would have to be walked
//! one by one, however many lie between an outage and now.) A reminder is written to the index
//! about six times, a partition takes 1,000 writes a second: eight shards carry more than a
//! thousand reminders a second, beyond any sender's rate.
//!
//! The index lags behind its table. A row read through it is a hint: it may have been handled, and
//! one that is due may be missing for a moment. The sweep finds it a minute later.

use std::collections::VecDeque;

use app::ports::{DueRow, StoreError};
use domain::limits;
use domain::reminder::Reminder;
use futures::future::try_join_all;
use jiff::Timestamp;

use super::DynamoStore;
use super::attributes::{Item, instant, item, parse_instant, text, text_of};
use super::failure::unreadable;
use super::read::Query;
use super::reminders::id_of;
use super::schema::DUE;
use super::users::user_of;

const OPERATION: &str = "list due reminders";

/// Rows that a shard is asked for beyond its even part of a page.
const SPARE: usize = 8;

/// What enters a row in the index, if it needs a look.
pub(super) fn due_attributes(row: &Reminder) -> Item {
    row.due_at().map_or_else(Item::new, |due_at| {
        item([
            ("due_bucket", text(row.id.shard(limits::DUE_SHARDS).to_string())),
            ("due_at", text(place_of(due_at, &row.id.to_string(), row.needs_turn_before()))),
        ])
    })
}

/// The sort key: first by instant, then by id. `#` is before all that may follow an instant. The
/// deadline of what needs a turn is no part of the order; it is there to be read, since the index
/// holds keys only. Rows of before have none until they are written.
fn place_of(due_at: Timestamp, id: &str, last_at: Option<Timestamp>) -> String {
    let last_at = last_at.map_or_else(String::new, |last_at| format!("#{}", instant(last_at)));
    format!("{}#{id}{last_at}", instant(due_at))
}

/// The rows of one shard in the window, read ahead.
struct Shard<'a> {
    query: Query<'a>,
    rows: VecDeque<(String, DueRow)>,
    is_read: bool,
}

impl DynamoStore {
    pub(super) async fn due_rows(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StoreError> {
        let until = instant(until);
        // After the `#` that may follow an id, and before the digits and letters of a longer one.
        let after =
            after.map(|row| format!("{}$", place_of(row.due_at, &row.reminder.to_string(), None)));
        let from = after.unwrap_or_default().max(instant(from));
        if from > until || limit == 0 {
            return Ok(Vec::new());
        }
        let mut shards: Vec<_> = (0..limits::DUE_SHARDS)
            .map(|shard| self.shard(shard, (&from, &until), limit))
            .collect();
        let mut rows = Vec::new();
        while rows.len() < limit {
            // The first of all is known once each shard shows its first, or has none.
            try_join_all(shards.iter_mut().map(|shard| self.read_ahead(shard))).await?;
            let firsts = shards.iter_mut().filter(|shard| !shard.rows.is_empty());
            let first = firsts.min_by(|a, b| place(a).cmp(&place(b)));
            let Some((_, row)) = first.and_then(|shard| shard.rows.pop_front()) else { break };
            rows.push(row);
        }
        Ok(rows)
    }

    fn shard(&self, shard: u8, (from, until): (&str, &str), limit: usize) -> Shard<'_> {
        let values = [
            ("shard", text(shard.to_string())),
            ("from", text(from)),
            // No row stands at an instant without an id, so this end is not included.
            ("until", text(until)),
        ];
        let condition = "#due_bucket = :shard AND #due_at BETWEEN :from AND :until";
        let mut query = Query::of(&self.inner.tables.reminders, condition, values).through(DUE);
        query.limit = Some(limit.div_ceil(usize::from(limits::DUE_SHARDS)) + SPARE);
        Shard { query, rows: VecDeque::new(), is_read: false }
    }

    async fn read_ahead(&self, shard: &mut Shard<'_>) -> Result<(), StoreError> {
        while shard.rows.is_empty() && !shard.is_read {
            let page = self.page(OPERATION, &shard.query).await?;
            for item in &page.items {
                shard.rows.push_back(due_row(&self.inner.tables.reminders, item)?);
            }
            shard.is_read = page.next.is_none();
            shard.query.start = page.next;
        }
        Ok(())
    }
}

fn place<'a>(shard: &'a Shard<'_>) -> Option<&'a str> {
    shard.rows.front().map(|(place, _)| place.as_str())
}

fn due_row(table: &str, item: &Item) -> Result<(String, DueRow), StoreError> {
    let bad = || unreadable(OPERATION, table, "attribute `due_at` is unreadable");
    let place = text_of(item, "due_at").ok_or_else(bad)?;
    let mut parts = place.split('#');
    let due_at = parts.next().and_then(parse_instant).ok_or_else(bad)?;
    let last_at = parts.nth(1).map(|at| parse_instant(at).ok_or_else(bad)).transpose()?;
    let user = user_of(OPERATION, table, item)?;
    let reminder = id_of(OPERATION, table, item)?;
    Ok((place.to_owned(), DueRow { user, reminder, due_at, last_at }))
}
