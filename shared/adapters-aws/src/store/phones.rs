//! What belongs to phone numbers.

use app::ports::{Phone, PhoneKey, Phones, StoreError};
use app::records::PhoneV1;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::UserId;
use jiff::Timestamp;

use super::DynamoStore;
use super::attributes::{Item, item, number, text};
use super::documents::{DOC, decode, encode};
use super::read::Consistency;
use super::request::Write;

#[async_trait]
impl Phones for DynamoStore {
    async fn phone(&self, key: &PhoneKey) -> Result<Option<Phone>, StoreError> {
        self.stored_phone("read a phone", key.as_str()).await
    }

    async fn put_phone(&self, phone: &Phone, expected: Option<u64>) -> Result<bool, StoreError> {
        const OPERATION: &str = "write a phone";
        let put = self.phone_put(OPERATION, phone, expected)?;
        Ok(self.write(OPERATION, vec![put]).await?.is_done())
    }
}

/// What entering a user at a phone's row takes.
pub(super) enum Entry {
    /// They stand there already.
    Stands,
    /// This write.
    Needs(Box<Write>),
}

impl DynamoStore {
    pub(super) async fn stored_phone(
        &self,
        operation: &'static str,
        key: &str,
    ) -> Result<Option<Phone>, StoreError> {
        let table = &self.inner.tables.phones;
        let found = self.get(operation, table, key_of(key), Consistency::Strong).await?;
        found.map(|item| decode::<PhoneV1>(operation, table, &item)).transpose()
    }

    /// What enters a user at a phone's row, which is made if there is none. An existing row is
    /// changed as it then is, not replaced as it was read, so that many may enter side by side.
    pub(super) async fn entry(
        &self,
        operation: &'static str,
        key: &PhoneKey,
        user: &UserId,
        created_at: Timestamp,
    ) -> Result<Entry, StoreError> {
        let Some(stored) = self.stored_phone(operation, key.as_str()).await? else {
            let new = Phone::of_new_user(key, user, created_at);
            return Ok(Entry::Needs(Box::new(self.phone_put(operation, &new, None)?)));
        };
        if stored.users.contains(user) {
            return Ok(Entry::Stands);
        }
        let change = "SET #written_by = :written_by, #version = #version + :one, \
            #doc.#version = #doc.#version + :one, \
            #doc.#users = list_append(#doc.#users, :users)";
        let write = Write::change(&self.inner.tables.phones, key_of(key.as_str()), change)
            .only_if("attribute_exists(#phone) AND NOT contains(#doc.#users, :user)")
            .with("one", number(1))
            .with("user", text(user.as_str()))
            .with("users", AttributeValue::L(vec![text(user.as_str())]));
        Ok(Entry::Needs(Box::new(write)))
    }

    /// What takes a user out of a phone's row. The row stays: consent belongs to the number.
    pub(super) async fn leaving(
        &self,
        operation: &'static str,
        key: &str,
        user: &UserId,
    ) -> Result<Option<Write>, StoreError> {
        let Some(mut phone) = self.stored_phone(operation, key).await? else { return Ok(None) };
        let expected = phone.version;
        phone.users.retain(|other| other != user);
        phone.version += 1;
        self.phone_put(operation, &phone, Some(expected)).map(Some)
    }

    fn phone_put(
        &self,
        operation: &'static str,
        phone: &Phone,
        expected: Option<u64>,
    ) -> Result<Write, StoreError> {
        let table = &self.inner.tables.phones;
        let item = item([
            ("phone", text(phone.key.as_str())),
            ("version", number(phone.version)),
            (DOC, encode::<PhoneV1>(operation, table, phone)?),
        ]);
        let put = Write::put_item(table, item);
        Ok(match expected {
            None => put.only_if("attribute_not_exists(#phone)"),
            Some(version) => put.only_if("#version = :expected").with("expected", number(version)),
        })
    }
}

/// The key of a phone's row.
pub(super) fn key_of(key: &str) -> Item {
    item([("phone", text(key))])
}
