//! What controls everybody.

use app::ports::{Control, Document, StoreError};
use app::records::{PaceV1, RolloutV2};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::limits;
use domain::pace::Pace;
use domain::rollout::Rollout;
use jiff::Timestamp;

use super::DynamoStore;
use super::attributes::{
    Item, expiry, instant, item, number, number_of, parse_instant, text, text_of,
};
use super::documents::{DOC, decode, encode};
use super::failure::{Asked, unreadable};
use super::read::{Consistency, Query};
use super::request::Write;

/// The attribute that holds a document.
const BODY: &str = "body";

/// The attribute by which the table forgets items (`infra/template.yaml`): seconds since 1970.
const EXPIRES_AT: &str = "expires_at";

const PROMOTED_UNTIL: &str = "promoted_until";

#[async_trait]
impl Control for DynamoStore {
    async fn rollout(&self) -> Result<Rollout, StoreError> {
        const OPERATION: &str = "read the rollout";
        let table = &self.inner.tables.control;
        let found = self.get(OPERATION, table, switch(), Consistency::Strong).await?;
        let stored = found.map(|item| decode::<RolloutV2>(OPERATION, table, &item)).transpose()?;
        Ok(stored.unwrap_or_default())
    }

    async fn put_rollout(&self, rollout: &Rollout) -> Result<bool, StoreError> {
        const OPERATION: &str = "set the rollout";
        let doc = encode::<RolloutV2>(OPERATION, &self.inner.tables.control, rollout)?;
        self.put_version(OPERATION, switch(), rollout.version, (DOC, doc)).await
    }

    async fn document(&self, kind: &str, name: &str) -> Result<Option<Document>, StoreError> {
        const OPERATION: &str = "read a document";
        let table = &self.inner.tables.control;
        let found = self.get(OPERATION, table, key(kind, name), Consistency::Strong).await?;
        found.map(|item| self.document_of(OPERATION, &item)).transpose()
    }

    async fn put_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
    ) -> Result<bool, StoreError> {
        let (key, body) = (key(kind, name), text(document.body.as_str()));
        self.put_version("write a document", key, document.version, (BODY, body)).await
    }

    async fn put_passing_document(
        &self,
        kind: &str,
        name: &str,
        document: &Document,
        (_, until): (Timestamp, Timestamp),
    ) -> Result<bool, StoreError> {
        let (mut whole, body) = (key(kind, name), text(document.body.as_str()));
        whole.extend(item([(EXPIRES_AT, number(until.as_second()))]));
        self.put_version("write a document", whole, document.version, (BODY, body)).await
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        const OPERATION: &str = "list documents";
        let mut query =
            Query::of(&self.inner.tables.control, "#kind = :kind", [("kind", text(kind))]);
        query.start = after.map(|name| key(kind, name));
        let mut found = Vec::new();
        // A page ends at 1 MiB, whatever its limit.
        while found.len() < limit {
            query.limit = Some(limit - found.len());
            let page = self.page(OPERATION, &query).await?;
            for item in &page.items {
                let name = text_of(item, "name").unwrap_or_default().to_owned();
                found.push((name, self.document_of(OPERATION, item)?));
            }
            let Some(next) = page.next else { break };
            query.start = Some(next);
        }
        Ok(found)
    }

    async fn promoted_until(&self) -> Result<Option<Timestamp>, StoreError> {
        const OPERATION: &str = "read the promoter's cursor";
        let Some(found) = self.cursor(OPERATION, PROMOTED_UNTIL).await? else { return Ok(None) };
        let until = text_of(&found, "value").and_then(parse_instant);
        let bad = || unreadable(OPERATION, &self.inner.tables.control, "no instant in `value`");
        until.map(Some).ok_or_else(bad)
    }

    async fn set_promoted_until(&self, until: Timestamp) -> Result<(), StoreError> {
        let until = text(instant(until));
        self.raise_cursor("move the promoter's cursor", PROMOTED_UNTIL, until).await
    }

    async fn pace(&self, sender: &str) -> Result<Pace, StoreError> {
        const OPERATION: &str = "read a pace";
        let table = &self.inner.tables.control;
        let found = self.get(OPERATION, table, pace_key(sender), Consistency::Strong).await?;
        let stored = found.map(|item| decode::<PaceV1>(OPERATION, table, &item)).transpose()?;
        Ok(stored.unwrap_or_default())
    }

    async fn put_pace(&self, sender: &str, pace: &Pace) -> Result<bool, StoreError> {
        const OPERATION: &str = "set a pace";
        let table = &self.inner.tables.control;
        let doc = encode::<PaceV1>(OPERATION, table, pace)?;
        self.put_version(OPERATION, pace_key(sender), pace.version, (DOC, doc)).await
    }

    async fn take_turns(
        &self,
        sender: &str,
        second: Timestamp,
        wanted: u32,
    ) -> Result<u32, StoreError> {
        const OPERATION: &str = "take turns";
        let table = &self.inner.tables.control;
        let asked = Asked { operation: OPERATION, action: "UpdateItem", table };
        let change = "SET #expires_at = :expires_at ADD #taken :wanted";
        let addition = Write::change(table, turns_key(sender, second), change)
            .with("expires_at", expiry(second, limits::TURNS_KEPT_FOR))
            .with("wanted", number(wanted));
        // What a repetition adds once more is behind it in the sum, so nobody is given it.
        let added = addition.update(&self.inner.client).return_values(ReturnValue::UpdatedNew);
        let answer = added.send().await.map_err(|error| asked.failed(&error))?;
        let taken: Option<u64> =
            answer.attributes.as_ref().and_then(|item| number_of(item, "taken"));
        let before = taken.and_then(|taken| taken.checked_sub(u64::from(wanted)));
        let before = before.ok_or_else(|| unreadable(OPERATION, table, "no sum in `taken`"))?;
        Ok(u32::try_from(before).unwrap_or(u32::MAX))
    }
}

impl DynamoStore {
    fn document_of(&self, operation: &'static str, item: &Item) -> Result<Document, StoreError> {
        let version = number_of(item, "version");
        let parts = version.zip(text_of(item, BODY));
        let bad = || unreadable(operation, &self.inner.tables.control, "no version or no body");
        let (version, body) = parts.ok_or_else(bad)?;
        Ok(Document::new(version, body.to_owned()))
    }

    /// Writes an item if its stored version is one less.
    async fn put_version(
        &self,
        operation: &'static str,
        key: Item,
        version: u64,
        (name, value): (&'static str, AttributeValue),
    ) -> Result<bool, StoreError> {
        let Some(expected) = version.checked_sub(1) else { return Ok(false) };
        let mut whole = key;
        whole.extend(item([("version", number(version)), (name, value)]));
        let put = Write::put_item(&self.inner.tables.control, whole);
        let put = match expected {
            0 => put.only_if("attribute_not_exists(#kind)"),
            _ => put.only_if("#version = :expected").with("expected", number(expected)),
        };
        Ok(self.write(operation, vec![put]).await?.is_done())
    }

    /// A cursor's item, if it was ever set.
    pub(super) async fn cursor(
        &self,
        operation: &'static str,
        name: &str,
    ) -> Result<Option<Item>, StoreError> {
        let table = &self.inner.tables.control;
        self.get(operation, table, cursor_key(name), Consistency::Strong).await
    }

    /// Moves a cursor ahead, never back.
    pub(super) async fn raise_cursor(
        &self,
        operation: &'static str,
        name: &str,
        to: AttributeValue,
    ) -> Result<(), StoreError> {
        let change = "SET #written_by = :written_by, #value = :to";
        let write = Write::change(&self.inner.tables.control, cursor_key(name), change)
            .only_if("attribute_not_exists(#value) OR #value < :to")
            .with("to", to);
        // Refused: it stands there already, or beyond.
        self.write(operation, vec![write]).await.map(|_| ())
    }
}

fn switch() -> Item {
    key("rollout", "switch")
}

fn pace_key(sender: &str) -> Item {
    key("pace", sender)
}

/// One item for each second, so that nothing must be set back when the next one begins.
fn turns_key(sender: &str, second: Timestamp) -> Item {
    key("turns", &format!("{sender} {}", instant(second)))
}

fn cursor_key(name: &str) -> Item {
    key("cursor", name)
}

fn key(kind: &str, name: &str) -> Item {
    item([("kind", text(kind)), ("name", text(name))])
}
