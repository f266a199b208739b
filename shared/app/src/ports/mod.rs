//! What the use cases need from the world, split so that a function asks only for what its
//! policy allows it.

mod access;
mod alerts;
mod calendar_access;
mod calendars;
mod channels;
mod connections;
mod documents;
mod gateway;
mod metrics;
mod model;
mod phone_codes;
mod queues;
mod reminders;
mod users;

use std::error::Error;

use jiff::Timestamp;

pub use access::{Bearer, Entropy, IssuerSettings, TokenError, TokenIssuer};
pub use alerts::{
    AlertChannel, AlertFigures, AlertNotice, Backlog, Backlogs, ChannelError, Figures,
};
pub use calendar_access::{Access, Consent, Consents, Hidden, Keeper};
pub use calendars::{
    Calendar, CalendarReader, CalendarSource, Calendars, Events, MirrorWindow, Oddity, ReadEvents,
};
pub use channels::{Channel, Channels, Telling};
pub use connections::{
    CalendarProvider, Connection, Connections, Cursor, DueSync, PullError, Pulled, SyncHealth,
    SyncProblem,
};
pub use documents::{Body, Document};
pub use gateway::{
    GatewayError, ListedText, OutgoingText, SmsGateway, TextIds, TextList, TextState,
};
pub use metrics::{
    ChangeFeed, Contribution, CountedIn, FeedEntry, Globally, Metrics, Wanted, changed_counts,
};
pub use model::{
    MODEL_TEMPERATURE, ModelAnswer, ModelError, ModelExample, ModelRequest, TextModel,
    structured_text,
};
pub use phone_codes::{CodeCheck, CodeSent, CodeService, PhoneCodes};
pub use queues::{
    ComposeQueue, DomainEvents, EventBus, NoticeQueue, OptInQueue, PlanQueue, QueueError,
    SendQueue, SyncQueue,
};
pub use reminders::{
    Claim, ClaimResult, Claims, Control, DueRow, LeftOutRecord, PlanWrite, PlanWriteResult,
    Reminders, RowUpdate, RunRecord,
};
pub use users::{
    ConsentEntry, ConsentSource, Erasure, NumberMark, PageMark, Phone, PhoneKey, PhoneKeys, Phones,
    Users, UsersPage,
};

/// A cause that an adapter met.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The store did not do what it was asked. The variant says what the caller must do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It may work when tried again; nothing is known of what became of a write.
    #[error("{operation}: the store did not answer")]
    Transient {
        /// What was asked.
        operation: &'static str,
        /// What went wrong.
        #[source]
        source: Cause,
    },
    /// It will not work when tried again: what is stored cannot be read, or the store is broken.
    #[error("{operation}: {what}")]
    Permanent {
        /// What was asked.
        operation: &'static str,
        /// What is wrong, without personal data.
        what: String,
    },
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Timestamp;
}

/// Throws dice, for jitter only.
pub trait Dice: Send + Sync {
    /// Any of 0 to 255, evenly.
    fn byte(&self) -> u8;
}

/// The store's own idea of the time, as of an answer it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreTime {
    /// What the store's clock showed.
    pub store_at: Timestamp,
    /// What our clock showed when the answer came.
    pub local_at: Timestamp,
}

/// Compares clocks: the claiming part asks before it claims.
#[async_trait::async_trait]
pub trait StoreClock: Send + Sync {
    /// A pair of readings at most a minute old.
    async fn store_time(&self) -> Result<StoreTime, StoreError>;
}
