//! The SMS provider.

use async_trait::async_trait;
use domain::ids::{MessageSid, ReminderId, UserId};
use domain::phone::PhoneNumber;
use domain::reminder::{DeliveryStatus, SendOutcome};
use jiff::{SignedDuration, Timestamp};

use super::Cause;

/// The ids a text carries to the provider and back: they stand in the signed address of its status
/// callbacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextIds {
    /// Whose.
    pub user: UserId,
    /// Which reminder.
    pub reminder: ReminderId,
    /// Which attempt.
    pub attempt: u32,
}

/// A text on its way out.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingText<'a> {
    /// To whom.
    pub to: &'a PhoneNumber,
    /// The words.
    pub body: &'a str,
    /// What its callbacks carry.
    pub ids: &'a TextIds,
    /// How long the provider may keep it in its own queue.
    pub validity: SignedDuration,
}

/// How far a text got, by the provider's own records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextState {
    /// How far.
    pub status: DeliveryStatus,
    /// The error code, if it failed.
    pub code: Option<u32>,
}

/// A text in the provider's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedText {
    /// The provider's name for it.
    pub sid: MessageSid,
    /// The words.
    pub body: String,
    /// When the provider took it.
    pub created_at: Timestamp,
    /// How far it got.
    pub state: TextState,
}

/// The provider's list of texts to one number from our sender, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextList {
    /// The texts.
    pub texts: Vec<ListedText>,
    /// Whether it surely holds every text since the asked instant.
    pub is_complete: bool,
}

/// The provider did not answer a question. Asking again does no harm.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: the provider did not answer")]
pub struct GatewayError {
    /// What was asked.
    pub operation: &'static str,
    /// What went wrong, without personal data.
    #[source]
    pub source: Cause,
}

/// Sends texts and asks what became of them.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Posts a text. Never tries twice by itself: only the caller knows whether that is safe.
    async fn send(&self, text: OutgoingText<'_>) -> SendOutcome;

    /// The texts from our sender to `to` that were created at or after `since`, without a filter
    /// by date sent, because a queued text has none.
    async fn list(&self, to: &PhoneNumber, since: Timestamp) -> Result<TextList, GatewayError>;

    /// How far one text got; none if the provider does not know it.
    async fn fetch(&self, sid: &MessageSid) -> Result<Option<TextState>, GatewayError>;
}
