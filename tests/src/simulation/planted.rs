//! Bugs, planted between the system and its ports. Each is a rule that is broken, as a careless
//! change to an adapter or a use case would break it; the simulation must find every one.

mod gateway;
mod rows;
mod world;

use std::sync::Arc;

use beforehand::system::Ports;

use self::gateway::BentGateway;
use self::rows::{BentClaims, BentReminders};
use self::world::{
    BentCalendars, BentControl, BentEvents, BentMetrics, BentPhones, BentUsers, Cached,
};

macro_rules! bugs {
    ($($(#[doc = $words:literal])+ $bug:ident,)*) => {
        /// A bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $($(#[doc = $words])+ $bug,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$bug,)*];

            /// What is wrong.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$bug => concat!($($words,)+),)*
                }
            }
        }
    };
}

bugs! {
    /// a claim does not look at the row's revision
    ClaimWithoutRevision,
    /// a claim does not look at the user's inputs
    ClaimWithoutInputs,
    /// a claim does not look at the phone's consent
    ClaimWithoutConsent,
    /// the daily limit is read before the claim, but not checked by it
    LimitReadThenWritten,
    /// the daily limit is not looked at at all
    NoLimit,
    /// a claim that was refused is taken for made
    RefusedClaimHolds,
    /// a row is written whatever its revision
    UpdateWithoutRevision,
    /// now and then a write gets lost, and nobody is told
    WritesGetLost,
    /// a plan is written though its inputs changed
    PlanWithoutInputs,
    /// a plan is written though its rows changed
    PlanWithoutRevision,
    /// nothing is ever found due
    NothingIsDue,
    /// what became of a claim is never asked
    ClaimsAreNotSwept,
    /// a reminder that sent nothing keeps its place in the day's set
    PlacesAreKept,
    /// a text that arrived is not written down
    ArrivalsAreForgotten,
    /// STOP is answered, and not written down
    StopIsForgotten,
    /// consent is read from a cache that is never renewed
    ConsentIsCached,
    /// the switch is read from a cache that is never renewed
    SwitchIsCached,
    /// a text without an answer is posted again at once
    RetryOnUnknown,
    /// a text without an answer is taken for not processed
    UnknownIsNotProcessed,
    /// a text without an answer is taken for refused
    UnknownIsRejected,
    /// the provider's list is taken for complete and empty
    ListsAreEmpty,
    /// every text is posted twice
    EverythingTwice,
    /// a text without a receipt is taken for undelivered
    SilenceIsFailure,
    /// every change is counted twice
    CountedTwice,
    /// nothing is counted
    NeverCounted,
    /// events are read from a cache that is never renewed, and a claim does not look at the inputs
    EventsAreCached,
    /// deleted events stay in the mirror
    DeletionsAreForgotten,
    /// quiet hours are not read
    NoQuietHours,
    /// lead times are read a minute longer
    LeadsAreLonger,
    /// every number is taken for verified
    EverybodyIsVerified,
    /// reminders that were switched off are not
    NobodyIsOff,
    /// everybody is taken to live in UTC
    EverybodyInUtc,
}

/// Plants a bug.
pub fn plant(bug: Bug, ports: Ports) -> Ports {
    let mut bent = ports.clone();
    let stores = &mut bent.stores;
    stores.claims = Arc::new(BentClaims { bug, stores: ports.stores.clone() });
    stores.reminders =
        Arc::new(BentReminders { bug, stores: ports.stores.clone(), writes: 0.into() });
    stores.phones =
        Arc::new(BentPhones { bug, inner: ports.stores.phones.clone(), cache: Cached::default() });
    stores.control = Arc::new(BentControl {
        bug,
        inner: ports.stores.control.clone(),
        cache: Cached::default(),
    });
    stores.metrics = Arc::new(BentMetrics { bug, inner: ports.stores.metrics.clone() });
    stores.users = Arc::new(BentUsers { bug, inner: ports.stores.users.clone() });
    stores.events =
        Arc::new(BentEvents { bug, inner: ports.stores.events.clone(), cache: Cached::default() });
    stores.calendars = Arc::new(BentCalendars { bug, inner: ports.stores.calendars.clone() });
    bent.gateway = Arc::new(BentGateway { bug, inner: ports.gateway.clone() });
    bent
}
