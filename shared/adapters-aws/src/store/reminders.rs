//! Reminders.

use app::ports::{DueRow, PlanWrite, PlanWriteResult, Reminders, RowUpdate, RunRecord, StoreError};
use app::records::{ReminderV1, RunRecordV1};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use jiff::Timestamp;
use jiff::civil::Date;

use super::DynamoStore;
use super::attributes::{expiry, expiry_on, item, number, reminder_key, text, text_of, user_key};
use super::documents::{DOC, decode, decode_all, encode};
use super::due::due_attributes;
use super::failure::unreadable;
use super::read::{Consistency, Query};
use super::request::Write;
use super::schema::{BY_DAY, BY_ID};
use super::users::user_of;

#[async_trait]
impl Reminders for DynamoStore {
    async fn reminder(
        &self,
        user: &UserId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, StoreError> {
        const OPERATION: &str = "read a reminder";
        let table = &self.inner.tables.reminders;
        let key = reminder_key(user, id);
        let found = self.get(OPERATION, table, key, Consistency::Strong).await?;
        found.map(|item| decode::<ReminderV1>(OPERATION, table, &item)).transpose()
    }

    async fn find_reminder(&self, id: ReminderId) -> Result<Option<Reminder>, StoreError> {
        const OPERATION: &str = "find a reminder";
        let table = &self.inner.tables.reminders;
        let values = [("reminder", text(id.to_string()))];
        let query = Query::of(table, "#reminder = :reminder", values).through(BY_ID);
        let found = self.page(OPERATION, &query).await?.items;
        let Some(found) = found.first() else { return Ok(None) };
        let user = user_of(OPERATION, table, found)?;
        self.reminder(&user, id).await
    }

    async fn reminders_between(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<Reminder>, StoreError> {
        const OPERATION: &str = "read the reminders of a user";
        if from > to {
            return Ok(Vec::new());
        }
        let table = &self.inner.tables.reminders;
        let values = [
            ("user", text(user.as_str())),
            ("from", text(from.to_string())),
            ("to", text(to.to_string())),
        ];
        let condition = "#user = :user AND #day_on BETWEEN :from AND :to";
        let query = Query::of(table, condition, values).through(BY_DAY);
        let keys = self.all(OPERATION, query).await?;
        let ids = keys.iter().map(|item| id_of(OPERATION, table, item));
        let keys = ids.map(|id| id.map(|id| reminder_key(user, id)));
        let items = self.get_many(OPERATION, table, keys.collect::<Result<_, _>>()?).await?;
        let mut rows = decode_all::<ReminderV1>(OPERATION, table, &items)?;
        // Some may have moved to another day between the two reads.
        rows.retain(|row| (from..=to).contains(&row.day_on));
        rows.sort_by_key(|row| (row.send_at, row.id));
        Ok(rows)
    }

    async fn write_plan(&self, write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError> {
        self.plan(write).await
    }

    async fn update(&self, update: &RowUpdate<'_>) -> Result<bool, StoreError> {
        const OPERATION: &str = "change a reminder";
        let mut writes = vec![self.row_put(OPERATION, update.row, Some(update.expected))?];
        if let Some(on) = update.leaves_day {
            writes.push(self.day_change(update.row, on, "DELETE"));
        }
        Ok(self.write(OPERATION, writes).await?.is_done())
    }

    async fn due(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        limit: usize,
    ) -> Result<Vec<DueRow>, StoreError> {
        self.due_rows(from, until, after, limit).await
    }

    async fn run_records(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<RunRecord>, StoreError> {
        const OPERATION: &str = "read the records of plans";
        if from > to {
            return Ok(Vec::new());
        }
        let table = &self.inner.tables.days;
        let values = [
            ("user", text(user.as_str())),
            ("from", text(run_name(from))),
            ("to", text(run_name(to))),
        ];
        let condition = "#user = :user AND #day_on BETWEEN :from AND :to";
        let items = self.all(OPERATION, Query::of(table, condition, values)).await?;
        decode_all::<RunRecordV1>(OPERATION, table, &items)
    }
}

/// The sort key of the record of a date's plan; the date alone is that of its claims.
pub(super) fn run_name(on: Date) -> String {
    format!("run#{on}")
}

impl DynamoStore {
    /// Writes a row whose stored revision is `expected`; none where it must not exist.
    pub(super) fn row_put(
        &self,
        operation: &'static str,
        row: &Reminder,
        expected: Option<u64>,
    ) -> Result<Write, StoreError> {
        let (table, kept_for) = (&self.inner.tables.reminders, self.inner.retention.reminders());
        let mut whole = reminder_key(&row.user, row.id);
        whole.extend(item([
            ("revision", number(row.revision)),
            ("day_on", text(row.day_on.to_string())),
            ("expires_at", expiry(row.send_at.max(row.facts.end), kept_for)),
            (DOC, encode::<ReminderV1>(operation, table, row)?),
        ]));
        whole.extend(due_attributes(row));
        let put = Write::put_item(table, whole);
        Ok(match expected {
            None => put.only_if("attribute_not_exists(#reminder)"),
            Some(revision) => {
                put.only_if("#revision = :expected").with("expected", number(revision))
            }
        })
    }

    /// Adds a row to the set of a day's claimed reminders (`ADD`), or takes it out (`DELETE`).
    pub(super) fn day_change(&self, row: &Reminder, on: Date, verb: &str) -> Write {
        let change = format!("SET #expires_at = :expires_at {verb} #claimed :ids");
        let key = user_key(&row.user, "day_on", on.to_string());
        Write::change(&self.inner.tables.days, key, change)
            .with("expires_at", expiry_on(on, self.inner.retention.reminders()))
            .with("ids", AttributeValue::Ss(vec![row.id.to_string()]))
    }
}

/// The id of a reminder that an index gives.
pub(super) fn id_of(
    operation: &'static str,
    table: &str,
    item: &super::attributes::Item,
) -> Result<ReminderId, StoreError> {
    text_of(item, "reminder")
        .and_then(|id| ReminderId::parse(id).ok())
        .ok_or_else(|| unreadable(operation, table, "no usable id in attribute `reminder`"))
}
