//! Removing people.

use app::ports::{Erasure, StoreError};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::user::Consent;
use futures::{StreamExt, TryStreamExt, stream};

use super::DynamoStore;
use super::attributes::{Item, text, text_of};
use super::failure::{Asked, unreadable};
use super::metrics::scope_of;
use super::read::{Consistency, Query};
use super::request::Write;
use super::users::key_of;
use super::write::{TRANSACTION_MAX, Written};

/// How often a removal is tried while others change the same rows.
const TRIES_MAX: u32 = 20;

/// Parts of calendars deleted in one transaction, which takes 4 MB; see `ics_text`.
const PARTS_AT_ONCE: usize = 9;

/// Transactions under way at once.
const AT_ONCE: usize = 4;

#[async_trait]
impl Erasure for DynamoStore {
    async fn remove_user(&self, user: &UserId) -> Result<bool, StoreError> {
        const OPERATION: &str = "remove a user";
        let table = &self.inner.tables.users;
        for tried in 0..TRIES_MAX {
            let stored = self.get(OPERATION, table, key_of(user), Consistency::Strong).await?;
            let Some(stored) = stored else { return Ok(false) };
            let phone = text_of(&stored, "phone")
                .ok_or_else(|| unreadable(OPERATION, table, "no text in attribute `phone`"))?;
            let removal = Write::delete_item(table, key_of(user))
                .only_if("#phone = :phone")
                .with("phone", text(phone));
            let mut writes = vec![removal];
            writes.extend(self.parting(OPERATION, phone, user).await?);
            if let Written::Done = self.write(OPERATION, writes).await? {
                return Ok(true);
            }
            self.back_off(user.as_str(), tried).await;
        }
        let asked = Asked { operation: OPERATION, action: "TransactWriteItems", table };
        Err(asked.transient("others keep changing the same user"))
    }

    async fn remove_remains(&self, user: &UserId) -> Result<usize, StoreError> {
        let tables = &self.inner.tables;
        let (name, scope) = (user.as_str().to_owned(), scope_of(user));
        // What a person would miss most, and what could still be sent, goes first.
        let places = [
            (&tables.reminders, ["user", "reminder"], &name, TRANSACTION_MAX),
            (&tables.events, ["user", "event"], &name, TRANSACTION_MAX),
            (&tables.calendars, ["user", "calendar"], &name, PARTS_AT_ONCE),
            (&tables.days, ["user", "day_on"], &name, TRANSACTION_MAX),
            (&tables.metrics, ["scope", "part"], &scope, TRANSACTION_MAX),
        ];
        let mut removed = 0;
        for (table, key, value, at_once) in places {
            removed += self.remove_all(table, key, value, at_once).await?;
        }
        Ok(removed)
    }
}

impl DynamoStore {
    /// What takes a user out of their phone's row, or the row with them.
    async fn parting(
        &self,
        operation: &'static str,
        key: &str,
        user: &UserId,
    ) -> Result<Option<Write>, StoreError> {
        let Some(phone) = self.stored_phone(operation, key).await? else { return Ok(None) };
        let is_shared = phone.users.iter().any(|other| other != user);
        if is_shared || phone.consent == Consent::OptedOut {
            return self.leaving(operation, key, user).await;
        }
        let removal = Write::delete_item(&self.inner.tables.phones, super::phones::key_of(key))
            .only_if("#version = :version")
            .with("version", super::attributes::number(phone.version));
        Ok(Some(removal))
    }

    /// Deletes all items of a partition, a page after the other.
    async fn remove_all(
        &self,
        table: &str,
        key: [&'static str; 2],
        value: &str,
        at_once: usize,
    ) -> Result<usize, StoreError> {
        const OPERATION: &str = "remove what is left of a user";
        let condition = if key[0] == "scope" { "#scope = :value" } else { "#user = :value" };
        let items = self.all(OPERATION, Query::of(table, condition, [("value", text(value))]));
        let keys: Vec<Item> = items.await?.into_iter().map(|item| key_in(item, key)).collect();
        let mut batches = Vec::new();
        for keys in keys.chunks(at_once) {
            let deletion = |key: &Item| Write::delete_item(table, key.clone());
            batches.push(keys.iter().map(deletion).collect::<Vec<_>>());
        }
        let deletions = batches.into_iter().map(|writes| self.write(OPERATION, writes));
        stream::iter(deletions).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(keys.len())
    }
}

/// Of an item its key.
fn key_in(mut item: Item, key: [&str; 2]) -> Item {
    item.retain(|name, _| key.contains(&name.as_str()));
    item
}
