//! One text as the sandbox keeps and shows it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Twilio's statuses of a text, as far as the sandbox knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextStatus {
    /// Taken by a messaging service that has yet to choose the sender.
    Accepted,
    /// Waiting to be sent.
    Queued,
    /// On its way to the carrier.
    Sending,
    /// The carrier has it.
    Sent,
    /// The carrier says that it arrived.
    Delivered,
    /// The carrier says that it did not arrive.
    Undelivered,
    /// It could not be sent.
    Failed,
    /// An inbound text.
    Received,
}

impl TextStatus {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Received => "received",
        }
    }

    /// Whether an error code belongs to it.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed)
    }

    /// Whether nothing follows it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Undelivered | Self::Failed | Self::Received)
    }
}

impl fmt::Display for TextStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which way a text went, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Created through the API.
    OutboundApi,
    /// The webhook's answer to an inbound text.
    OutboundReply,
    /// Sent by somebody's phone to one of our numbers.
    Inbound,
    /// Twilio's own answer to an opt-out word. It reaches the phone but is no resource of the API.
    OptOutReply,
    /// A code of Verify. It reaches the phone but is no resource of the messages' API.
    Code,
}

impl Direction {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutboundApi | Self::Code => "outbound-api",
            Self::OutboundReply | Self::OptOutReply => "outbound-reply",
            Self::Inbound => "inbound",
        }
    }
}

/// One text, outbound or inbound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxText {
    /// `SM` and 32 hexadecimal digits.
    pub sid: String,
    /// Who gets it.
    pub to: String,
    /// Who sent it; `None` until a messaging service has chosen the sender.
    pub from: Option<String>,
    /// The messaging service it was created with.
    pub messaging_service_sid: Option<String>,
    /// The words.
    pub body: String,
    /// Where it stands.
    pub status: TextStatus,
    /// Which way it went.
    pub direction: Direction,
    /// Why it failed, if it did.
    pub error_code: Option<u32>,
    /// Parts that are billed.
    pub segments: u32,
    /// When it was created, or came in.
    pub created_at: Timestamp,
    /// When the carrier got it.
    pub sent_at: Option<Timestamp>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
    /// When its status changed last.
    pub updated_at: Timestamp,
    /// Where its status callbacks go: the whole URL as it was given, with query and fragment.
    pub status_callback: Option<String>,
    /// How long it may stay in the queue, in seconds.
    pub validity_seconds: u32,
}

impl SandboxText {
    /// Whether a phone would show it: it was delivered there, or sent from there.
    pub fn is_on_phone(&self) -> bool {
        matches!(self.status, TextStatus::Delivered | TextStatus::Received)
    }
}
