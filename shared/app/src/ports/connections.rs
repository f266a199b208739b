//! Calendars that we are connected to, and looking there.

use async_trait::async_trait;
use domain::ids::{CalendarId, UserId};
use jiff::{SignedDuration, Timestamp};

use super::{Access, Channel, StoreError};
use crate::seals::Sealed;

/// The connection of one of a user's calendars to where it lives. The calendar itself, with its
/// mirror, is a [`super::Calendar`] like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Whose.
    pub user: UserId,
    /// Which calendar it fills.
    pub calendar: CalendarId,
    /// What opens it: an [`Access`], sealed.
    pub access: Sealed,
    /// The host it lives on, for people to recognise it by.
    pub host: String,
    /// How often it is looked at.
    pub every: SignedDuration,
    /// How far we have read. It moves only once what was read is in the mirror and planned.
    pub cursor: Option<Cursor>,
    /// How the looks went.
    pub health: SyncHealth,
    /// When it is next looked at.
    pub next_sync_at: Timestamp,
    /// The channel by which we are told of changes there, if there is one.
    pub channel: Option<Channel>,
    /// When the look begins, or began, that was last asked for because of a push.
    pub wanted_at: Option<Timestamp>,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// Rises with every write; a write names the one it was made from.
    pub revision: u64,
}

/// How far a calendar was read, in the words of whoever keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub String);

/// How the looks at a calendar went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncHealth {
    /// When the last look began.
    pub checked_at: Option<Timestamp>,
    /// When the last look began that went well.
    pub ok_at: Option<Timestamp>,
    /// How many looks failed since.
    pub failures: u32,
    /// What is wrong, if the last look failed.
    pub problem: Option<SyncProblem>,
}

/// What is wrong with a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncProblem {
    /// In words for the user, without addresses or contents.
    pub what: String,
    /// Whether the user must connect it anew or change something there; else it may pass.
    pub needs_person: bool,
    /// Since when looks fail.
    pub since: Timestamp,
}

/// A connection whose next look is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueSync {
    /// Whose.
    pub user: UserId,
    /// Which calendar.
    pub calendar: CalendarId,
}

/// Keeps connections.
#[async_trait]
pub trait Connections: Send + Sync {
    /// All connections of a user, in order of their calendars.
    async fn connections(&self, user: &UserId) -> Result<Vec<Connection>, StoreError>;

    /// One connection.
    async fn connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Option<Connection>, StoreError>;

    /// Writes a connection, if the stored one still has the revision before (or there is none, for
    /// revision 1). False if it has not.
    async fn put_connection(&self, connection: &Connection) -> Result<bool, StoreError>;

    /// Removes a connection; false if there is none.
    async fn remove_connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<bool, StoreError>;

    /// Up to `limit` connections whose next look is due by `until`, the longest due among the
    /// first. It may lag behind what was written, and may name one that was just looked at.
    async fn syncs_due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueSync>, StoreError>;
}

/// What a look at a calendar found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// Nothing changed since the cursor; it may have another form by now.
    Unchanged(Cursor),
    /// The calendar as a whole.
    Document {
        /// As an iCalendar document.
        text: String,
        /// How far it was read.
        cursor: Cursor,
    },
}

/// Why a look found nothing. The words are for the user and name no address and no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// It will not go better before somebody does something.
    #[error("{what}")]
    NeedsPerson {
        /// What is wrong, and what to do.
        what: String,
    },
    /// It may pass.
    #[error("{what}")]
    Later {
        /// What is wrong.
        what: String,
        /// How long the other side asks to be left alone.
        after: Option<SignedDuration>,
    },
}

/// Looks at calendars where they live.
#[async_trait]
pub trait CalendarProvider: Send + Sync {
    /// What changed since the cursor, or everything if there is none. A cursor that is no longer
    /// good there counts as none.
    async fn pull(
        &self,
        access: &Access,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError>;

    /// What opens the calendar from now on, if whoever keeps it handed out something newer in
    /// place of it. What is not stored of that is lost: the former opens for a while.
    fn newer(&self, access: &Access) -> Option<Access>;
}
