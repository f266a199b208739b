//! Folds what changed about reminders into counters, and tells what it means.
//!
//! The stream brings each change at least once, with the row before and after it. Counters are
//! guarded by the row's revision, so a change counts once however often it comes.

use app::causes::in_full;
use app::domain_events::Standing;
use app::fold::{FoldPorts, RowChange, contribution, fold_changes};
use app::records::{BadRecord, Record, ReminderV1, VERSION, read};
use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::reminder::Reminder;
use serde::Deserialize;
use serde_dynamo::{Item, from_attribute_value};
use tracing::error;

/// Where the store keeps the row in an item, beside the attributes that it searches by.
const ROW: &str = "doc";

/// Handles a batch of changes, and names those that must come again. The stream goes on from the
/// first of them, so what stands behind it comes again with it.
pub async fn handle(ports: &FoldPorts, payload: Event) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    let mut changes = Vec::with_capacity(payload.records.len());
    let mut numbers = Vec::with_capacity(payload.records.len());
    for record in payload.records {
        let number = record.change.sequence_number.clone().unwrap_or_default();
        match change_in(&record) {
            Ok(Some(change)) => {
                changes.push(change);
                numbers.push(number);
            }
            Ok(None) => {}
            Err(why) => {
                error!("Change {number} of the stream is not readable: {why}");
                response.batch_item_failures.push(failure(number));
            }
        }
    }
    if let Err(failed) = fold_changes(ports, &changes).await {
        error!("The stream stays where it is: {}", in_full(&failed));
        let number = numbers.get(failed.first).cloned().unwrap_or_default();
        response.batch_item_failures.push(failure(number));
    }
    response
}

/// The change that a record tells of; none if the row is gone, which counts no more and no less:
/// its time was up, or its person was erased.
fn change_in(record: &EventRecord) -> Result<Option<RowChange>, String> {
    if record.event_name == "REMOVE" {
        return Ok(None);
    }
    let row = row_in(&record.change.new_image, "new")?;
    let before = &record.change.old_image;
    let before = if before.is_empty() { None } else { Some(row_in(before, "old")?) };
    Ok(Some(RowChange {
        before: before.as_ref().map(Standing::of),
        counts_as_before: before.is_some_and(|before| contribution(&before) == contribution(&row)),
        row,
    }))
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// The words of the errors name places only: an image holds personal data.
fn row_in(image: &Item, which: &str) -> Result<Reminder, String> {
    let Some(row) = image.get(ROW) else {
        return Err(format!(
            "its {which} image has no {ROW}; the stream must be of the table of reminders and \
             bring new and old images"
        ));
    };
    let malformed = |_| format!("the row in its {which} image is malformed");
    // A later version may well have another shape: then the version is the news, not the shape.
    let VersionOnly { v } = from_attribute_value(row.clone()).map_err(malformed)?;
    if v != VERSION {
        return Err(
            BadRecord::Version { what: ReminderV1::WHAT, found: v, newest: VERSION }.to_string()
        );
    }
    let form: ReminderV1 = from_attribute_value(row.clone()).map_err(malformed)?;
    read(form).map_err(|bad| bad.to_string())
}

fn failure(sequence_number: String) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    // An empty one stands for the whole batch.
    failure.item_identifier = Some(sequence_number);
    failure
}
