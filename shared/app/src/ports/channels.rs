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
    /// When it ends by itself. It cannot be made longer; another one takes its place.
    pub expires_at: Timestamp,
}

/// Opens and closes channels.
#[async_trait]
pub trait Channels: Send + Sync {
    /// The provider whose channels these are, if calendars that this opens can have any.
    fn provider(&self, access: &Access) -> Option<&'static str>;

    /// Opens a channel of a name never used before. What is pushed carries `token`.
    async fn open(
        &self,
        access: &Access,
        id: &str,
        token: &Hidden,
        now: Timestamp,
    ) -> Result<Channel, PullError>;

    /// Closes a channel. One that is no longer open there is closed.
    async fn close(
        &self,
        access: &Access,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<(), PullError>;
}
