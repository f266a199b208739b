//! Conditional writes: one item by itself, several as a transaction.
//!
//! An answer may get lost after its request was carried out. So every write carries a token of its
//! own, which no other has: a transaction that is repeated under it is carried out once, and an
//! item that refuses a write although it bears its token was written by that very write. The token
//! is not derived from what is written, because two senders that decide the same thing in the same
//! instant must not both be told that they made the claim.

use std::collections::HashMap;

use app::ports::StoreError;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, TransactWriteItem};
use jiff::SignedDuration;

use super::DynamoStore;
use super::attributes::{Item, text, text_of};
use super::failure::Asked;
use super::request::{Kind, Write};

/// The most items of one transaction, by DynamoDB.
pub(super) const TRANSACTION_MAX: usize = 100;

/// How often a write is sent while others write the same items.
const TRIES_MAX: u32 = 12;

/// No try begins later than this after the first: a claim is good for ten seconds.
const TRIES_FOR: SignedDuration = SignedDuration::from_secs(3);

/// The attribute that names the write that last wrote an item.
pub(super) const WRITTEN_BY: &str = "written_by";

/// What became of writes.
#[derive(Debug)]
pub(super) enum Written {
    /// All were made.
    Done,
    /// None was made: these, by their place in the list, did not find what they asked for.
    Refused(Vec<usize>),
}

impl Written {
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

/// What one try says.
enum Try {
    Done,
    /// Refused by these items, as they are stored.
    Refused(Vec<(usize, Option<Item>)>),
    /// Others write the same items at the same time, or too many write at all.
    Busy,
}

impl DynamoStore {
    /// Makes all of the writes, or none.
    pub(super) async fn write(
        &self,
        operation: &'static str,
        mut writes: Vec<Write>,
    ) -> Result<Written, StoreError> {
        let token = self.inner.tokens.next();
        for write in &mut writes {
            write.sign(&token);
        }
        let table = table_of(&writes);
        let action = if writes.len() == 1 { writes[0].action() } else { "TransactWriteItems" };
        let asked = Asked { operation, action, table: &table };
        let began_at = self.inner.clock.now();
        for number in 0..TRIES_MAX {
            let tried = match writes.as_slice() {
                [one] if one.is_single() => self.write_one(&asked, one).await?,
                _ => self.write_all(&asked, &writes, &token).await?,
            };
            match tried {
                Try::Done => return Ok(Written::Done),
                // It is whole or not at all, so one item that bears our token tells of all.
                Try::Refused(by) if by.iter().any(|(_, old)| is_signed(old, &token)) => {
                    return Ok(Written::Done);
                }
                Try::Refused(by) => {
                    return Ok(Written::Refused(by.into_iter().map(|(place, _)| place).collect()));
                }
                Try::Busy => {}
            }
            if began_at.duration_until(self.inner.clock.now()) > TRIES_FOR {
                break;
            }
            self.back_off(&token, number).await;
        }
        Err(asked.transient("others keep writing the same items, or it is throttled"))
    }

    async fn write_one(&self, asked: &Asked<'_>, write: &Write) -> Result<Try, StoreError> {
        let client = &self.inner.client;
        match &write.kind {
            Kind::Put(_) => match write.put(client).send().await {
                Ok(_) => Ok(Try::Done),
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                        Ok(Try::Refused(vec![(0, refused.item.clone())]))
                    }
                    Some(PutItemError::TransactionConflictException(_)) => Ok(Try::Busy),
                    _ => Err(asked.failed(&error)),
                },
            },
            _ => match write.update(client).send().await {
                Ok(_) => Ok(Try::Done),
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                        Ok(Try::Refused(vec![(0, refused.item.clone())]))
                    }
                    Some(UpdateItemError::TransactionConflictException(_)) => Ok(Try::Busy),
                    _ => Err(asked.failed(&error)),
                },
            },
        }
    }

    async fn write_all(
        &self,
        asked: &Asked<'_>,
        writes: &[Write],
        token: &str,
    ) -> Result<Try, StoreError> {
        let mut items = Vec::with_capacity(writes.len());
        for write in writes {
            items.push(write.part().map_err(|_| asked.permanent("the request is incomplete"))?);
        }
        match self.transact(items, token).await {
            Ok(()) => Ok(Try::Done),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancellation(asked, cancelled.cancellation_reasons())
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => Ok(Try::Busy),
                _ => Err(asked.failed(&error)),
            },
        }
    }

    async fn transact(
        &self,
        items: Vec<TransactWriteItem>,
        token: &str,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        self.inner
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token)
            .send()
            .await
            .map(|_| ())
    }
}

/// Reads the reasons one by one. Whatever may pass is tried again, even beside a refusal: only
/// then is it known which of the conditions do not hold.
fn cancellation(asked: &Asked<'_>, reasons: &[CancellationReason]) -> Result<Try, StoreError> {
    let mut refused = Vec::new();
    let mut is_busy = false;
    for (place, reason) in reasons.iter().enumerate() {
        match reason.code().unwrap_or("None") {
            "None" => {}
            "ConditionalCheckFailed" => refused.push((place, reason.item.clone())),
            "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded" => {
                is_busy = true;
            }
            "ItemCollectionSizeLimitExceeded" => {
                return Err(asked.permanent("one user's items have reached 10 GB"));
            }
            "ValidationError" => {
                return Err(
                    asked.permanent("an item does not suit its table, or is larger than 400 KB")
                );
            }
            _ => return Err(asked.transient("cancelled for a reason that is new")),
        }
    }
    if is_busy || refused.is_empty() { Ok(Try::Busy) } else { Ok(Try::Refused(refused)) }
}

fn is_signed(old: &Option<Item>, token: &str) -> bool {
    old.as_ref().and_then(|item| text_of(item, WRITTEN_BY)) == Some(token)
}

/// The tables of a transaction, for errors.
fn table_of(writes: &[Write]) -> String {
    let mut names: Vec<&str> = writes.iter().map(|write| write.table.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// The values that sign an item.
pub(super) fn signature(token: &str) -> (String, AttributeValue) {
    (format!(":{WRITTEN_BY}"), text(token))
}

/// The names that stand behind `#name` in expressions: `name` itself. All are written so, because
/// DynamoDB reserves hundreds of words.
pub(super) fn names_in<'a>(
    expressions: impl IntoIterator<Item = &'a str>,
) -> HashMap<String, String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut names = HashMap::new();
    for expression in expressions {
        for rest in expression.split('#').skip(1) {
            let name: String = rest.chars().take_while(|letter| is_part(*letter)).collect();
            names.insert(format!("#{name}"), name);
        }
    }
    names
}
