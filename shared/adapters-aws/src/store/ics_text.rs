//! The documents of calendars: compressed, in parts beside the calendar's item.
//!
//! An item holds 400 KB and a real export may have 20 MiB, of which a tenth is left when it is
//! compressed. Parts are named by the hash of the document, so a calendar whose mirror rolls on
//! writes its small item only.

use std::io::{Read, Write as _};

use app::ports::StoreError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{CalendarId, UserId};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use super::DynamoStore;
use super::attributes::{Item, fit, item, joined, number, number_of, text, text_of, user_key};
use super::failure::{Asked, unreadable};
use super::request::Write;

/// Bytes of one part; an item holds 400 KB with its names.
const PART_BYTES: usize = 350_000;

/// Parts of one document. With the calendar's events they are written in one transaction, which
/// takes 4 MB.
const PARTS_MAX: usize = 9;

/// The longest document that is read back: what is longer was not written by us.
const TEXT_BYTES_MAX: u64 = 1 << 28;

/// Bytes of a sort key for the name of a calendar; hash and number of a part follow.
const NAME_BYTES_MAX: usize = 900;

/// Which document a calendar's item names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextName {
    hash: String,
    parts: usize,
}

impl TextName {
    /// As a calendar's item says.
    pub(super) fn of(item: &Item) -> Option<Self> {
        let hash = text_of(item, "text_hash")?.to_owned();
        Some(Self { hash, parts: number_of(item, "text_parts")? })
    }

    /// As a calendar's item shall say.
    pub(super) fn attributes(&self) -> Item {
        item([("text_hash", text(&self.hash)), ("text_parts", number(self.parts))])
    }
}

/// The hash of a document.
pub(super) fn hash_of(document: &str) -> String {
    Sha256::digest(document).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The sort key of a calendar.
pub(super) fn name_of(calendar: &CalendarId) -> String {
    fit(calendar.as_str().to_owned(), NAME_BYTES_MAX)
}

/// The key of a calendar.
pub(super) fn key_of(user: &UserId, calendar: &CalendarId) -> Item {
    user_key(user, "calendar", name_of(calendar))
}

fn part_name(calendar: &CalendarId, hash: &str, number: usize) -> String {
    joined(&[&name_of(calendar), hash, &number.to_string()])
}

impl DynamoStore {
    /// What brings the stored document from one to another, and what the calendar's item is to
    /// say of it.
    pub(super) fn text_change(
        &self,
        operation: &'static str,
        (user, calendar): (&UserId, &CalendarId),
        before: Option<&TextName>,
        document: &str,
    ) -> Result<(TextName, Vec<Write>), StoreError> {
        let hash = hash_of(document);
        if let Some(same) = before.filter(|name| name.hash == hash) {
            return Ok((same.clone(), Vec::new()));
        }
        let table = &self.inner.tables.calendars;
        let bytes = compressed(document);
        let parts: Vec<_> = bytes.chunks(PART_BYTES).collect();
        if parts.len() > PARTS_MAX {
            let what = format!(
                "the calendar takes {} bytes compressed, the store holds {} of each: split it, \
                 or leave out what is long past",
                bytes.len(),
                PART_BYTES * PARTS_MAX,
            );
            return Err(StoreError::Permanent { operation, what });
        }
        let mut writes = before.map_or_else(Vec::new, |old| self.text_removal(user, calendar, old));
        for (number, part) in parts.iter().enumerate() {
            let mut whole = user_key(user, "calendar", part_name(calendar, &hash, number));
            whole.insert("part".to_owned(), AttributeValue::B(Blob::new(*part)));
            writes.push(Write::put_item(table, whole));
        }
        Ok((TextName { hash, parts: parts.len() }, writes))
    }

    /// What deletes a document.
    pub(super) fn text_removal(
        &self,
        user: &UserId,
        calendar: &CalendarId,
        name: &TextName,
    ) -> Vec<Write> {
        let key = |number| user_key(user, "calendar", part_name(calendar, &name.hash, number));
        let table = &self.inner.tables.calendars;
        (0..name.parts).map(|number| Write::delete_item(table, key(number))).collect()
    }

    /// The document of a calendar, from the items of its user; none if a part is not among them.
    pub(super) fn text_among(
        &self,
        operation: &'static str,
        (item, calendar): (&Item, &CalendarId),
        all: &std::collections::BTreeMap<&str, &Item>,
    ) -> Result<Option<String>, StoreError> {
        let table = &self.inner.tables.calendars;
        let name = TextName::of(item).ok_or_else(|| {
            unreadable(operation, table, "attributes `text_hash` and `text_parts` are unreadable")
        })?;
        let mut bytes = Vec::new();
        for number in 0..name.parts {
            let part = all.get(part_name(calendar, &name.hash, number).as_str());
            let Some(Ok(part)) = part.and_then(|item| item.get("part")).map(AttributeValue::as_b)
            else {
                return Ok(None);
            };
            bytes.extend_from_slice(part.as_ref());
        }
        let document = decompressed(&bytes).filter(|document| hash_of(document) == name.hash);
        let bad = || unreadable(operation, table, "the calendar's document is damaged");
        document.map(Some).ok_or_else(bad)
    }

    /// A document some of whose parts are not there.
    pub(super) fn text_is_torn(&self, operation: &'static str) -> StoreError {
        let table = &self.inner.tables.calendars;
        Asked { operation, action: "Query", table }.transient("a calendar's document lacks a part")
    }
}

/// Writing to memory does not fail; if it did, the document would be stored as damaged and found
/// out by its hash.
fn compressed(document: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(document.as_bytes());
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

fn decompressed(bytes: &[u8]) -> Option<String> {
    let mut document = String::new();
    ZlibDecoder::new(bytes).take(TEXT_BYTES_MAX).read_to_string(&mut document).ok()?;
    Some(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_and_damage_is_seen() {
        let document = "BEGIN:VCALENDAR\r\nSUMMARY:été 🎉\r\nEND:VCALENDAR\r\n".repeat(1_000);
        let bytes = compressed(&document);
        assert!(bytes.len() * 10 < document.len());
        assert_eq!(decompressed(&bytes).as_deref(), Some(document.as_str()));
        assert_eq!(decompressed(&bytes[1..]), None);
        assert_eq!(decompressed(&compressed("")).as_deref(), Some(""));
    }
}
