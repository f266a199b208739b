//! What controls everybody.

use app::ports::{Control, StoreError};
use app::records::{PaceV1, RolloutV1};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::pace::Pace;
use domain::rollout::Rollout;
use jiff::Timestamp;

use super::DynamoStore;
use super::attributes::{Item, instant, item, number, parse_instant, text, text_of};
use super::documents::{DOC, decode, encode};
use super::failure::unreadable;
use super::read::Consistency;
use super::request::Write;

const PROMOTED_UNTIL: &str = "promoted_until";

#[async_trait]
impl Control for DynamoStore {
    async fn rollout(&self) -> Result<Rollout, StoreError> {
        const OPERATION: &str = "read the rollout";
        let table = &self.inner.tables.control;
        let found = self.get(OPERATION, table, switch(), Consistency::Strong).await?;
        let stored = found.map(|item| decode::<RolloutV1>(OPERATION, table, &item)).transpose()?;
        Ok(stored.unwrap_or_default())
    }

    async fn put_rollout(&self, rollout: &Rollout) -> Result<bool, StoreError> {
        const OPERATION: &str = "set the rollout";
        let doc = encode::<RolloutV1>(OPERATION, &self.inner.tables.control, rollout)?;
        self.put_version(OPERATION, switch(), rollout.version, doc).await
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
        self.put_version(OPERATION, pace_key(sender), pace.version, doc).await
    }
}

impl DynamoStore {
    /// Writes an item if its stored version is one less.
    async fn put_version(
        &self,
        operation: &'static str,
        key: Item,
        version: u64,
        doc: AttributeValue,
    ) -> Result<bool, StoreError> {
        let Some(expected) = version.checked_sub(1) else { return Ok(false) };
        let mut whole = key;
        whole.extend(item([("version", number(version)), (DOC, doc)]));
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
    item([("kind", text("rollout")), ("name", text("switch"))])
}

fn pace_key(sender: &str) -> Item {
    item([("kind", text("pace")), ("name", text(sender))])
}

fn cursor_key(name: &str) -> Item {
    item([("kind", text("cursor")), ("name", text(name))])
}
