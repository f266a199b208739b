//! Receipts: the provider's word on how far a text got.

use std::sync::Arc;

use domain::ids::MessageSid;
use domain::provider_codes::{About, meaning};
use domain::reminder::DeliveryStatus;
use domain::states::Change;
use jiff::Timestamp;
use tracing::{error, info, warn};

use crate::inbound::opt_out;
use crate::ports::{
    ConsentSource, NumberMark, PhoneKey, PhoneKeys, Phones, Reminders, SendQueue, StoreError,
    TextIds,
};
use crate::send::{SendError, look_again, receipt_of};
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
pub async fn record_receipt(
    ports: &ReceiptPorts,
    receipt: &DeliveryReceipt,
    now: Timestamp,
) -> Result<Changed, SendError> {
    let ids = &receipt.ids;
    let change = receipt_of(ids.attempt, &receipt.sid, receipt.status, receipt.code);
    let decide = |_: &domain::reminder::Reminder| Some(Change::Receipt(change.clone()));
    let changed = change_reminder(&*ports.reminders, &ids.user, ids.reminder, now, decide).await?;
    if changed.is_changed() {
        info!(reminder.id = %ids.reminder, "Reminder {} is {:?}", ids.reminder, receipt.status);
        follow_up(ports, &changed, receipt.code, now).await?;
    }
    Ok(changed)
}

/// What follows from a changed row: a later look, and what an error code says about the number.
pub(crate) async fn follow_up(
    ports: &ReceiptPorts,
    changed: &Changed,
    code: Option<u32>,
    now: Timestamp,
) -> Result<(), SendError> {
    look_again(&*ports.sends, changed, now).await?;
    let (Some(code), Some(row)) = (code.filter(|code| *code != 0), changed.row()) else {
        return Ok(());
    };
    let Some(attempt) = row.last_attempt() else { return Ok(()) };
    let key = ports.phone_keys.key(&attempt.to);
    let meaning = meaning(code);
    if meaning.about == About::OptedOut {
        let source = ConsentSource::ProviderRefusal { code };
        opt_out(&*ports.phones, &*ports.reminders, &key, source, now).await?;
    } else if meaning.about.marks_number() {
        mark_number(&*ports.phones, &key, NumberMark { code, at: now }).await?;
    }
    if meaning.about.is_ours() {
        error!(reminder.id = %row.id, code, "A text failed for a reason of ours: {}", meaning.words);
    } else {
        warn!(reminder.id = %row.id, code, "A text failed: {}", meaning.words);
    }
    Ok(())
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
