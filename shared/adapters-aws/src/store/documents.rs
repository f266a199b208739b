//! Stored forms (`app::records`) as the attribute `doc`.

use app::ports::StoreError;
use app::records::{self, BadRecord, Record};
use aws_sdk_dynamodb::types::AttributeValue;

use super::attributes::{Item, number_of};
use super::failure::bad_record;

/// The attribute that holds the stored form.
pub(super) const DOC: &str = "doc";

/// A value as it is stored.
pub(super) fn encode<R: Record>(
    operation: &'static str,
    table: &str,
    value: &R::Value,
) -> Result<AttributeValue, StoreError> {
    encode_form(operation, table, &R::of(value))
}

/// A stored form as an attribute.
pub(super) fn encode_form<R: Record>(
    operation: &'static str,
    table: &str,
    form: &R,
) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(form).map_err(|_| {
        let place = "as attributes".to_owned();
        bad_record(operation, table, &BadRecord::Unwritable { what: R::WHAT, place })
    })
}

/// The value that an item holds.
pub(super) fn decode<R: Record>(
    operation: &'static str,
    table: &str,
    item: &Item,
) -> Result<R::Value, StoreError> {
    let form = form_of::<R>(item).map_err(|bad| bad_record(operation, table, &bad))?;
    records::read(form).map_err(|bad| bad_record(operation, table, &bad))
}

/// The values that items hold.
pub(super) fn decode_all<R: Record>(
    operation: &'static str,
    table: &str,
    items: &[Item],
) -> Result<Vec<R::Value>, StoreError> {
    items.iter().map(|item| decode::<R>(operation, table, item)).collect()
}

fn form_of<R: Record>(item: &Item) -> Result<R, BadRecord> {
    let malformed = |place: &str| BadRecord::Malformed { what: R::WHAT, place: place.to_owned() };
    let Some(AttributeValue::M(doc)) = item.get(DOC) else {
        return Err(malformed("(no map in attribute `doc`)"));
    };
    // A later version may well have another shape: then the version is the news, not the shape.
    match number_of::<u32>(doc, "v") {
        None => return Err(malformed("in attribute `doc` (no version)")),
        Some(found) => records::check_version::<R>(found)?,
    }
    serde_dynamo::from_item(doc.clone())
        .map_err(|_| malformed("in attribute `doc` (unexpected value)"))
}
