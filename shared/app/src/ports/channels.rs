//! Channels by which whoever keeps a calendar tells us that something changed there.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Access, Hidden, PullError};

/// An open channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The name that we gave it.
    pub id: String,
    /// What it watches, in the words of whoever keeps that.
    pub resource: String,
    /// When it ends by itself, unless it is renewed or another one takes its place.
    pub expires_at: Timestamp,
}

/// Who tells of changes, and what they take with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// What they are called in notes.
    pub provider: &'static str,
    /// Characters of a token that they take.
    pub token_chars_max: usize,
}

/// Opens and closes channels.
#[async_trait]
pub trait Channels: Send + Sync {
    /// Whose channels these are, if calendars that this opens can have any.
    fn telling(&self, access: &Access) -> Option<Telling>;

    /// Opens a channel of a name never used before. What is pushed carries `token`.
    async fn open(
        &self,
        access: &Access,
        id: &str,
        token: &Hidden,
        now: Timestamp,
    ) -> Result<Channel, PullError>;

    /// Makes a channel last longer. None if that cannot be done there, or it is no longer open:
    /// another one must take its place.
    async fn renew(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Option<Channel>, PullError>;

    /// Closes a channel. One that is no longer open there is closed.
    async fn close(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<(), PullError>;
}
