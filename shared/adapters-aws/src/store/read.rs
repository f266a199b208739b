//! Reading: one item, the pages of a query, many items by their keys.

use std::collections::HashMap;

use app::ports::StoreError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use futures::{StreamExt, TryStreamExt, stream};

use super::DynamoStore;
use super::attributes::Item;
use super::failure::Asked;
use super::schema::Index;
use super::write::names_in;

/// Pages of one query, of up to 1 MiB each: far beyond any user's items.
const PAGES_MAX: usize = 1_000;

/// Items of one batch, by DynamoDB.
const BATCH_MAX: usize = 100;

/// Batches that are read side by side.
const AT_ONCE: usize = 4;

/// How often what a batch left out is asked for again.
const LEFTOVER_TRIES_MAX: u32 = 8;

/// Whether a read must see every write that was answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consistency {
    /// It must: a promise depends on it.
    Strong,
    /// It need not, for half the price.
    Eventual,
}

/// A query within one partition.
#[derive(Debug, Clone)]
pub(super) struct Query<'a> {
    pub(super) table: &'a str,
    pub(super) index: Option<Index>,
    pub(super) condition: &'static str,
    pub(super) values: HashMap<String, AttributeValue>,
    pub(super) consistency: Consistency,
    pub(super) start: Option<Item>,
    pub(super) limit: Option<usize>,
}

impl<'a> Query<'a> {
    /// The items of a table that meet a condition on their keys.
    pub(super) fn of<const N: usize>(
        table: &'a str,
        condition: &'static str,
        values: [(&str, AttributeValue); N],
    ) -> Self {
        let values = values.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
        let consistency = Consistency::Strong;
        Self { table, index: None, condition, values, consistency, start: None, limit: None }
    }

    /// Through an index. Those that are not local are consistent only eventually.
    pub(super) fn through(mut self, index: Index) -> Self {
        self.index = Some(index);
        if !index.is_local {
            self.consistency = Consistency::Eventual;
        }
        self
    }
}

/// A page of a query.
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    /// Where the next one begins, if there is one.
    pub(super) next: Option<Item>,
}

impl DynamoStore {
    /// One item.
    pub(super) async fn get(
        &self,
        operation: &'static str,
        table: &str,
        key: Item,
        consistency: Consistency,
    ) -> Result<Option<Item>, StoreError> {
        let asked = Asked { operation, action: "GetItem", table };
        let got = self
            .inner
            .client
            .get_item()
            .table_name(table)
            .set_key(Some(key))
            .consistent_read(consistency == Consistency::Strong)
            .send()
            .await;
        got.map(|answer| answer.item).map_err(|error| asked.failed(&error))
    }

    /// One page.
    pub(super) async fn page(
        &self,
        operation: &'static str,
        query: &Query<'_>,
    ) -> Result<Page, StoreError> {
        let asked = Asked { operation, action: "Query", table: query.table };
        let limit = query.limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX));
        let answer = self
            .inner
            .client
            .query()
            .table_name(query.table)
            .set_index_name(query.index.map(|index| index.name.to_owned()))
            .key_condition_expression(query.condition)
            .set_expression_attribute_names(Some(names_in([query.condition])))
            .set_expression_attribute_values(Some(query.values.clone()))
            .consistent_read(query.consistency == Consistency::Strong)
            .set_exclusive_start_key(query.start.clone())
            .set_limit(limit)
            .send()
            .await
            .map_err(|error| asked.failed(&error))?;
        Ok(Page { items: answer.items.unwrap_or_default(), next: answer.last_evaluated_key })
    }

    /// All items.
    pub(super) async fn all(
        &self,
        operation: &'static str,
        query: Query<'_>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let keep = |page: Vec<Item>| {
            items.extend(page);
            Ok(())
        };
        self.each_page(operation, query, keep).await?;
        Ok(items)
    }

    /// Shows all items, page by page, so that nobody has to hold them all.
    pub(super) async fn each_page(
        &self,
        operation: &'static str,
        mut query: Query<'_>,
        mut see: impl FnMut(Vec<Item>) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        for _ in 0..PAGES_MAX {
            let page = self.page(operation, &query).await?;
            see(page.items)?;
            let Some(next) = page.next else { return Ok(()) };
            query.start = Some(next);
        }
        let asked = Asked { operation, action: "Query", table: query.table };
        Err(asked.permanent("there are more items than anybody can have"))
    }

    /// The items of a table with these keys, in no order.
    pub(super) async fn get_many(
        &self,
        operation: &'static str,
        table: &str,
        keys: Vec<Item>,
    ) -> Result<Vec<Item>, StoreError> {
        let batches: Vec<_> = keys.chunks(BATCH_MAX).map(<[Item]>::to_vec).collect();
        let reads = batches.into_iter().map(|keys| self.get_batch(operation, table, keys));
        stream::iter(reads).buffered(AT_ONCE).try_concat().await
    }

    async fn get_batch(
        &self,
        operation: &'static str,
        table: &str,
        keys: Vec<Item>,
    ) -> Result<Vec<Item>, StoreError> {
        let asked = Asked { operation, action: "BatchGetItem", table };
        let mut items = Vec::with_capacity(keys.len());
        let token = self.inner.tokens.next();
        let mut left = keys;
        for tried in 0..LEFTOVER_TRIES_MAX {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build()
                .map_err(|_| asked.permanent("the request is incomplete"))?;
            let answer = self
                .inner
                .client
                .batch_get_item()
                .request_items(table, wanted)
                .send()
                .await
                .map_err(|error| asked.failed(&error))?;
            let found = answer.responses.and_then(|mut tables| tables.remove(table));
            let had = items.len();
            items.extend(found.unwrap_or_default());
            let rest = answer.unprocessed_keys.and_then(|mut tables| tables.remove(table));
            left = rest.map_or_else(Vec::new, |rest| rest.keys);
            if left.is_empty() {
                return Ok(items);
            }
            // A large answer ends at 16 MiB, and the rest is there for the asking.
            if items.len() == had {
                self.back_off(&token, tried).await;
            }
        }
        Err(asked.transient("throttled: parts of the answer were left out again and again"))
    }
}
