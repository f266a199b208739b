//! Writing plans.

use std::collections::BTreeMap;

use app::ports::{PlanWrite, PlanWriteResult, RunRecord, StoreError};
use app::records::RunRecordV1;

use super::DynamoStore;
use super::attributes::{expiry_on, item, number, text, user_key};
use super::documents::{DOC, encode};
use super::failure::bad_record;
use super::reminders::run_name;
use super::request::Write;
use super::users::{key_of, stale_shard};
use super::write::TRANSACTION_MAX;

const OPERATION: &str = "write a plan";

/// Bytes of the events that a run record names; the rest of a calendar full of entries that do not
/// count is left out, for an item holds 400 KB and a transaction 4 MB.
const LEFT_OUT_BYTES_MAX: usize = 100_000;

impl DynamoStore {
    /// A plan is one transaction, unless it has a hundred rows. Then it is written in batches, each
    /// only while the inputs are those it was made from; the last one says that the user is
    /// planned. If that is never written, the plan is made again, from the rows as they then are.
    pub(super) async fn plan(&self, write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError> {
        let rows = write.rows.iter().map(|row| self.row_put(OPERATION, &row.row, row.expected));
        let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
        let mut last = vec![self.planned_mark(write)?];
        // Of several records of one date the last holds.
        let records: BTreeMap<_, _> = write.records.iter().map(|run| (run.on, run)).collect();
        for run in records.into_values() {
            last.push(self.run_put(write, run)?);
        }
        // Rows take at most some 25 KB each (a trail is bounded), so the count is what limits.
        while rows.len() + last.len() > TRANSACTION_MAX {
            let rest = rows.split_off(rows.len().min(TRANSACTION_MAX - 1));
            let mut batch = std::mem::replace(&mut rows, rest);
            if batch.is_empty() {
                // So many records that they do not fit beside the mark: the mark stays for last.
                batch = last.split_off(last.len() - (TRANSACTION_MAX - 1).min(last.len() - 1));
            }
            batch.push(self.inputs_check(write.user, write.inputs_version));
            if !self.write(OPERATION, batch).await?.is_done() {
                return Ok(PlanWriteResult::Outdated);
            }
        }
        last.append(&mut rows);
        let is_done = self.write(OPERATION, last).await?.is_done();
        Ok(if is_done { PlanWriteResult::Written } else { PlanWriteResult::Outdated })
    }

    /// Says in the user's item what the plan covers, if the inputs are those it was made from.
    fn planned_mark(&self, write: &PlanWrite<'_>) -> Result<Write, StoreError> {
        let table = &self.inner.tables.users;
        let planned = serde_dynamo::to_attribute_value(write.planned).map_err(|_| {
            let place = "as attributes".to_owned();
            let bad = app::records::BadRecord::Unwritable { what: "plan's mark", place };
            bad_record(OPERATION, table, &bad)
        })?;
        let set = "SET #written_by = :written_by, #planned_on = :on, #doc.#planned = :planned";
        let is_fresh = write.planned.inputs_version == write.inputs_version;
        let change = if is_fresh {
            Write::change(table, key_of(write.user), format!("{set} REMOVE #stale_shard"))
        } else {
            Write::change(table, key_of(write.user), format!("{set}, #stale_shard = :stale"))
                .with("stale", stale_shard(write.user))
        };
        Ok(change
            .only_if("#inputs_version = :expected")
            .with("expected", number(write.inputs_version))
            .with("on", text(write.planned.on.to_string()))
            .with("planned", planned))
    }

    fn run_put(&self, write: &PlanWrite<'_>, run: &RunRecord) -> Result<Write, StoreError> {
        let table = &self.inner.tables.days;
        let mut run = run.clone();
        let mut bytes = 0;
        run.left_out.retain(|event| {
            bytes += event.uid.len() + event.occurrence.len() + event.reason.len() + 64;
            bytes <= LEFT_OUT_BYTES_MAX
        });
        let mut whole = user_key(write.user, "day_on", run_name(run.on));
        whole.extend(item([
            ("expires_at", expiry_on(run.on, self.inner.retention.reminders())),
            (DOC, encode::<RunRecordV1>(OPERATION, table, &run)?),
        ]));
        Ok(Write::put_item(table, whole))
    }
}
