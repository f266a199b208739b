//! Receipts: the provider's word on how far a text got.

use std::sync::Arc;

use domain::ids::MessageSid;
use domain::phone::PhoneNumber;
use domain::provider_codes::{About, meaning};
use domain::reminder::{DeliveryStatus, Reminder};
use domain::states::{Change, Receipt};
use jiff::Timestamp;
use tracing::{error, info, instrument, warn};

use crate::inbound::opt_out;
use crate::ports::{
    ConsentSource, DomainEvents, Metrics, NumberMark, PhoneKey, PhoneKeys, Phones, Reminders,
    SendQueue, StoreError, TextIds,
};
use crate::send::{SendError, change_if_same, look_again, receipt_of};
use crate::steps;
use crate::update::{Changed, change_reminder};

/// How often a phone's row is written anew because others wrote it meanwhile.
const TRIES_MAX: usize = 10;

/// What recording receipts needs.
#[derive(Clone)]
pub struct ReceiptPorts {
    /// The rows.
    pub reminders: Arc<dyn Reminders>,
    /// Consent, and what is known of numbers.
    pub phones: Arc<dyn Phones>,
    /// Where looks that come later go.
    pub sends: Arc<dyn SendQueue>,
    /// Names phones.
    pub phone_keys: PhoneKeys,
    /// Who is told of an opt-out.
    pub domain_events: Arc<dyn DomainEvents>,
    /// What counts it.
    pub metrics: Arc<dyn Metrics>,
}

/// A delivery receipt, as it came in a signed callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReceipt {
    /// The ids the callback's address carried.
    pub ids: TextIds,
    /// The provider's name for the text.
    pub sid: MessageSid,
    /// How far it got.
    pub status: DeliveryStatus,
    /// The error code, if it failed.
    pub code: Option<u32>,
}

/// Records a receipt. Repeats, old news and receipts for what is gone change nothing.
#[instrument(
    name = "receipt",
    skip_all,
    fields(
        reminder.id = %receipt.ids.reminder,
        attempt = receipt.ids.attempt,
        status = ?receipt.status,
        outcome,
    )
)]
pub async fn record_receipt(
    ports: &ReceiptPorts,
    receipt: &DeliveryReceipt,
    now: Timestamp,
) -> Result<Changed, SendError> {
    steps::failed(record(ports, receipt, now).await)
}

async fn record(
    ports: &ReceiptPorts,
    receipt: &DeliveryReceipt,
    now: Timestamp,
) -> Result<Changed, SendError> {
    let ids = &receipt.ids;
    let said = receipt_of(ids.attempt, &receipt.sid, receipt.status, receipt.code);
    if receipt.code.is_some()
        && let Some(row) = ports.reminders.reminder(&ids.user, ids.reminder).await?
    {
        heed_receipt(ports, &row, &said, now).await?;
    }
    let decide = |_: &Reminder| Some(Change::Receipt(said.clone()));
    let changed = change_reminder(&*ports.reminders, &ids.user, ids.reminder, now, decide).await?;
    if changed.is_changed() {
        info!(reminder.id = %ids.reminder, "Reminder {} is {:?}", ids.reminder, receipt.status);
        look_again(&*ports.sends, &changed, now).await?;
    }
    Ok(changed)
}

/// Records what the provider said when it was asked about `row`, unless the row changed since.
pub(crate) async fn take_receipt(
    ports: &ReceiptPorts,
    row: &Reminder,
    receipt: Receipt,
    now: Timestamp,
) -> Result<Changed, SendError> {
    heed_receipt(ports, row, &receipt, now).await?;
    let changed = change_if_same(&*ports.reminders, row, Change::Receipt(receipt), now).await?;
    look_again(&*ports.sends, &changed, now).await?;
    Ok(changed)
}

/// What a receipt says about the number, if it is news. It is written before the receipt is, which
/// would not be news any more when it comes again because something failed in between.
async fn heed_receipt(
    ports: &ReceiptPorts,
    row: &Reminder,
    receipt: &Receipt,
    now: Timestamp,
) -> Result<(), SendError> {
    let attempt = row.attempts.iter().find(|attempt| attempt.number == receipt.attempt);
    let (Some(attempt), Some(code)) = (attempt, receipt.code) else { return Ok(()) };
    let is_failure = matches!(
        receipt.status,
        DeliveryStatus::Undelivered | DeliveryStatus::Failed | DeliveryStatus::Cancelled
    );
    if is_failure && receipt.status.follows(attempt.delivery) {
        heed_code(ports, row, &attempt.to, code, now).await?;
    }
    Ok(())
}

/// What an error code says about the number a text went to, or about us.
pub(crate) async fn heed_code(
    ports: &ReceiptPorts,
    row: &Reminder,
    to: &PhoneNumber,
    code: u32,
    now: Timestamp,
) -> Result<(), SendError> {
    if code == 0 {
        return Ok(());
    }
    let key = ports.phone_keys.key(to);
    let meaning = meaning(code);
    if meaning.about.is_ours() {
        error!(reminder.id = %row.id, code, "A text failed by our fault: {}", meaning.words);
    } else {
        warn!(reminder.id = %row.id, code, "A text failed: {}", meaning.words);
    }
    if !heed_opt_out(ports, &key, code, now).await? && meaning.about.marks_number() {
        mark_number(&*ports.phones, &key, NumberMark { code, at: now }).await?;
    }
    Ok(())
}

/// Opts a number out if that is what the provider refused a text for. Says whether it is.
pub(crate) async fn heed_opt_out(
    ports: &ReceiptPorts,
    key: &PhoneKey,
    code: u32,
    now: Timestamp,
) -> Result<bool, SendError> {
    let is_opt_out = meaning(code).about == About::OptedOut;
    if is_opt_out {
        opt_out(ports, key, ConsentSource::ProviderRefusal { code }, now).await?;
    }
    Ok(is_opt_out)
}

async fn mark_number(
    phones: &dyn Phones,
    key: &PhoneKey,
    mark: NumberMark,
) -> Result<(), StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(mut phone) = phones.phone(key).await? else { return Ok(()) };
        let expected = phone.version;
        phone.mark = Some(mark);
        phone.version += 1;
        if phones.put_phone(&phone, Some(expected)).await? {
            return Ok(());
        }
    }
    Err(StoreError::Transient {
        operation: "mark a number",
        source: "others keep changing the same row".into(),
    })
}
