//! Users.

use app::ports::{PageMark, PhoneKey, StoreError, Users, UsersPage};
use app::records::{UserNumberV1, UserV1};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::phone::PhoneNumber;
use domain::time::ZoneName;
use domain::user::User;
use jiff::civil::Date;

use super::DynamoStore;
use super::attributes::{Item, item, number, number_of, text, text_of, user_shard};
use super::documents::{DOC, decode, decode_all, encode};
use super::failure::{Asked, unreadable};
use super::phones::Entry;
use super::read::{Consistency, Query};
use super::request::Write;
use super::schema::STALE;
use super::write::{Written, names_in};

/// Shards of the indexes of users, by zone and of stale plans. Where a large zone's day begins,
/// thousands of plans a second move their users within them.
pub(super) const USER_SHARDS: u8 = 4;

/// How often entering a phone's row is tried while others enter or leave it.
const TRIES_MAX: u32 = 20;

#[async_trait]
impl Users for DynamoStore {
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        const OPERATION: &str = "read a user";
        let table = &self.inner.tables.users;
        let found = self.get(OPERATION, table, key_of(id), Consistency::Strong).await?;
        found.map(|item| decode::<UserV1>(OPERATION, table, &item)).transpose()
    }

    async fn add_user(&self, user: &User, phone: &PhoneKey) -> Result<bool, StoreError> {
        const OPERATION: &str = "add a user";
        let item = self.user_item(OPERATION, user, phone)?;
        let table = &self.inner.tables.users;
        let put = Write::put_item(table, item).only_if("attribute_not_exists(#user)");
        self.note_zone(OPERATION, &user.zone).await?;
        for tried in 0..TRIES_MAX {
            let entry = self.entry(OPERATION, phone, &user.id, user.created_at).await?;
            let mut writes = vec![put.clone()];
            writes.extend(entry.into_write());
            match self.write(OPERATION, writes).await? {
                Written::Done => return Ok(true),
                Written::Refused(by) if by.contains(&0) => return Ok(false),
                Written::Refused(_) => self.back_off(user.id.as_str(), tried).await,
            }
        }
        Err(restless(OPERATION, &self.inner.tables.phones))
    }

    async fn update_user(
        &self,
        user: &User,
        phone: &PhoneKey,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "change a user";
        let table = &self.inner.tables.users;
        let put = Write::put_item(table, self.user_item(OPERATION, user, phone)?)
            .only_if("#inputs_version = :expected AND #phone = :former")
            .with("expected", number(expected));
        self.note_zone(OPERATION, &user.zone).await?;
        for tried in 0..TRIES_MAX {
            let stored = self.get(OPERATION, table, key_of(&user.id), Consistency::Strong).await?;
            let Some(stored) = stored else { return Ok(false) };
            let former = text_of(&stored, "phone")
                .ok_or_else(|| unreadable(OPERATION, table, "no text in attribute `phone`"))?;
            if number_of(&stored, "inputs_version") != Some(expected) {
                return Ok(false);
            }
            let mut writes = vec![put.clone().with("former", text(former))];
            // A user stands in the row of their phone, whatever else changes about them.
            if former != phone.as_str() {
                writes.extend(self.leaving(OPERATION, former, &user.id).await?);
                let entry = self.entry(OPERATION, phone, &user.id, user.created_at).await?;
                writes.extend(entry.into_write());
            }
            match self.write(OPERATION, writes).await? {
                Written::Done => return Ok(true),
                Written::Refused(by) if by.contains(&0) => return Ok(false),
                Written::Refused(_) => self.back_off(user.id.as_str(), tried).await,
            }
        }
        Err(restless(OPERATION, &self.inner.tables.phones))
    }

    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        const OPERATION: &str = "list users";
        let items = self.listed(OPERATION, after, limit, None).await?;
        decode_all::<UserV1>(OPERATION, &self.inner.tables.users, &items)
    }

    async fn numbers(&self, limit: usize) -> Result<Vec<PhoneNumber>, StoreError> {
        const OPERATION: &str = "list numbers";
        let items = self.listed(OPERATION, None, limit, Some("#doc.#v, #doc.#phone")).await?;
        decode_all::<UserNumberV1>(OPERATION, &self.inner.tables.users, &items)
    }

    async fn zones_in_use(&self) -> Result<Vec<ZoneName>, StoreError> {
        self.inhabited_zones("list the zones in use").await
    }

    async fn users_planned_before(
        &self,
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Result<UsersPage, StoreError> {
        self.behind("list users to plan", zone, on, after, limit).await
    }

    async fn users_with_stale_plans(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        const OPERATION: &str = "list stale plans";
        let table = &self.inner.tables.users;
        let mut users = Vec::new();
        for shard in 0..USER_SHARDS {
            let values = [("shard", text(shard.to_string()))];
            let mut query = Query::of(table, "#stale_shard = :shard", values).through(STALE);
            while users.len() < limit {
                query.limit = Some(limit - users.len());
                let page = self.page(OPERATION, &query).await?;
                for item in &page.items {
                    users.push(user_of(OPERATION, table, item)?);
                }
                query.start = page.next;
                if query.start.is_none() {
                    break;
                }
            }
        }
        Ok(users)
    }
}

impl DynamoStore {
    /// The items of users after one, whole or in part.
    async fn listed(
        &self,
        operation: &'static str,
        after: Option<&UserId>,
        limit: usize,
        part: Option<&'static str>,
    ) -> Result<Vec<Item>, StoreError> {
        let table = &self.inner.tables.users;
        let asked = Asked { operation, action: "Scan", table };
        let mut items: Vec<Item> = Vec::new();
        let mut start = after.map(key_of);
        while items.len() < limit {
            let rest = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
            let answer = self
                .inner
                .client
                .scan()
                .table_name(table)
                .set_exclusive_start_key(start)
                .set_projection_expression(part.map(str::to_owned))
                .set_expression_attribute_names(part.map(|part| names_in([part])))
                .limit(rest)
                .send()
                .await
                .map_err(|error| asked.failed(&error))?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(items)
    }

    /// A user as an item: `phone` is the key of the phone's row.
    fn user_item(
        &self,
        operation: &'static str,
        user: &User,
        phone: &PhoneKey,
    ) -> Result<Item, StoreError> {
        let planned_on = user.planned.map_or(NEVER.to_owned(), |planned| planned.on.to_string());
        let mut item = item([
            ("user", text(user.id.as_str())),
            ("phone", text(phone.as_str())),
            ("inputs_version", number(user.inputs_version)),
            ("zone_shard", text(zone_shard(&user.zone, user_shard(&user.id, USER_SHARDS)))),
            ("planned_on", text(planned_on)),
            (DOC, encode::<UserV1>(operation, &self.inner.tables.users, user)?),
        ]);
        if user.is_plan_stale() {
            item.insert("stale_shard".to_owned(), stale_shard(&user.id));
        }
        Ok(item)
    }

    /// Looks that a user's inputs have a version.
    pub(super) fn inputs_check(&self, user: &UserId, version: u64) -> Write {
        Write::check(&self.inner.tables.users, key_of(user))
            .only_if("#inputs_version = :expected")
            .with("expected", number(version))
    }

    /// Raises the version of a user's inputs, if it still is `from`.
    pub(super) fn inputs_raise(&self, user: &UserId, from: u64) -> Write {
        let change = "SET #written_by = :written_by, #inputs_version = :to, \
            #doc.#inputs_version = :to, #stale_shard = :stale";
        Write::change(&self.inner.tables.users, key_of(user), change)
            .only_if("#inputs_version = :expected")
            .with("expected", number(from))
            .with("to", number(from.wrapping_add(1)))
            .with("stale", stale_shard(user))
    }
}

/// What stands for the date of a plan where there is none; it is before all dates.
pub(super) const NEVER: &str = "-";

/// The partition of the index by zone.
pub(super) fn zone_shard(zone: &ZoneName, shard: u8) -> String {
    format!("{}#{shard}", zone.as_str())
}

/// The partition of the index of stale plans.
pub(super) fn stale_shard(user: &UserId) -> aws_sdk_dynamodb::types::AttributeValue {
    text(user_shard(user, USER_SHARDS).to_string())
}

/// The key of a user.
pub(super) fn key_of(user: &UserId) -> Item {
    item([("user", text(user.as_str()))])
}

/// The user that an item is of.
pub(super) fn user_of(
    operation: &'static str,
    table: &str,
    item: &Item,
) -> Result<UserId, StoreError> {
    text_of(item, "user")
        .and_then(|user| UserId::parse(user).ok())
        .ok_or_else(|| unreadable(operation, table, "no usable id in attribute `user`"))
}

fn restless(operation: &'static str, table: &str) -> StoreError {
    Asked { operation, action: "TransactWriteItems", table }
        .transient("others keep changing the same phone's row")
}

impl Entry {
    fn into_write(self) -> Option<Write> {
        match self {
            Self::Stands => None,
            Self::Needs(write) => Some(*write),
        }
    }
}
