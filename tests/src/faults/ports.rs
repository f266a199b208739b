//! The failing twin of each port.

use std::sync::Arc;

use app::domain_events::DomainEvent;
use app::jobs::{LocalDayStarted, NoticeJob, OptInJob, PlanJob, SendJob, SyncJob};
use app::ports::{
    Calendar, Calendars, Claim, ClaimResult, Claims, Connection, Connections, Control, Document,
    DomainEvents, DueRow, DueSync, EventBus, Events, GatewayError, MirrorWindow, NoticeQueue,
    OptInQueue, OutgoingText, PageMark, Phone, PhoneKey, Phones, PlanQueue, PlanWrite,
    PlanWriteResult, QueueError, Reminders, RowUpdate, RunRecord, SendQueue, SmsGateway,
    StoreClock, StoreError, StoreTime, SyncQueue, TextList, TextState, Users, UsersPage,
};
use async_trait::async_trait;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, MessageSid, Occurrence, ReminderId, UserId};
use domain::pace::Pace;
use domain::phone::PhoneNumber;
use domain::reminder::{Reminder, SendOutcome};
use domain::rollout::Rollout;
use domain::time::{ZoneName, ahead};
use domain::user::User;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Fault, Faults};

/// A port that fails when told to.
pub(super) struct Faulty<P: ?Sized> {
    pub(super) inner: Arc<P>,
    pub(super) faults: Arc<Faults>,
}

/// What a call that failed answers.
trait Injected {
    fn injected(operation: &'static str, fault: Fault) -> Self;
}

impl<T> Injected for Result<T, StoreError> {
    fn injected(operation: &'static str, _: Fault) -> Self {
        Err(StoreError::Transient { operation, source: "a fault of this test".into() })
    }
}

impl<T> Injected for Result<T, QueueError> {
    fn injected(operation: &'static str, _: Fault) -> Self {
        Err(QueueError { operation, source: "a fault of this test".into() })
    }
}

impl<T> Injected for Result<T, GatewayError> {
    fn injected(operation: &'static str, _: Fault) -> Self {
        Err(GatewayError { operation, source: "a fault of this test".into() })
    }
}

/// A post that fails before it is done was refused at the door; otherwise its answer is lost.
impl Injected for SendOutcome {
    fn injected(_: &'static str, fault: Fault) -> Self {
        match fault {
            Fault::Before => Self::NotProcessed,
            Fault::After => Self::Unknown,
        }
    }
}

macro_rules! delegate {
    ($port:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl $port for Faulty<dyn $port> {
            $(
                async fn $name(&self, $($arg: $type),*) -> $answer {
                    let name = concat!(stringify!($port), "::", stringify!($name));
                    let call = self.faults.call(name);
                    if call.yields {
                        tokio::task::yield_now().await;
                    }
                    if let Some(planned) = call.planned.filter(|p| p.fault == Fault::Before) {
                        if planned.is_fatal {
                            self.faults.die();
                        }
                        return <$answer>::injected(name, Fault::Before);
                    }
                    if let Some(hook) = call.before {
                        hook().await;
                    }
                    let answer = self.inner.$name($($arg),*).await;
                    if let Some(hook) = call.after {
                        hook().await;
                    }
                    let Some(planned) = call.planned else { return answer };
                    if planned.is_fatal {
                        self.faults.die();
                    }
                    <$answer>::injected(name, Fault::After)
                }
            )*
        }
    };
}

delegate!(Users {
    fn user(id: &UserId) -> Result<Option<User>, StoreError>;
    fn add_user(user: &User, phone: &PhoneKey) -> Result<bool, StoreError>;
    fn update_user(user: &User, phone: &PhoneKey, expected: u64) -> Result<bool, StoreError>;
    fn users(after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError>;
    fn numbers(limit: usize) -> Result<Vec<PhoneNumber>, StoreError>;
    fn zones_in_use() -> Result<Vec<ZoneName>, StoreError>;
    fn users_planned_before(
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        limit: usize
    ) -> Result<UsersPage, StoreError>;
    fn users_with_stale_plans(limit: usize) -> Result<Vec<UserId>, StoreError>;
});

delegate!(Phones {
    fn phone(key: &PhoneKey) -> Result<Option<Phone>, StoreError>;
    fn put_phone(phone: &Phone, expected: Option<u64>) -> Result<bool, StoreError>;
});

delegate!(Calendars {
    fn calendars(user: &UserId) -> Result<Vec<Calendar>, StoreError>;
    fn write_mirror(
        calendar: &Calendar,
        upserts: &[CalendarEvent],
        removals: &[(EventUid, Occurrence)],
        expected: u64
    ) -> Result<Option<u64>, StoreError>;
    fn remove_calendar(user: &UserId, id: &CalendarId, expected: u64) -> Result<bool, StoreError>;
});

delegate!(Connections {
    fn connections(user: &UserId) -> Result<Vec<Connection>, StoreError>;
    fn connection(
        user: &UserId,
        calendar: &CalendarId
    ) -> Result<Option<Connection>, StoreError>;
    fn put_connection(connection: &Connection) -> Result<bool, StoreError>;
    fn remove_connection(user: &UserId, calendar: &CalendarId) -> Result<bool, StoreError>;
    fn syncs_due(until: Timestamp, limit: usize) -> Result<Vec<DueSync>, StoreError>;
});

delegate!(Events {
    fn events_between(
        user: &UserId,
        window: MirrorWindow
    ) -> Result<Vec<CalendarEvent>, StoreError>;
    fn events_of(user: &UserId, calendar: &CalendarId) -> Result<Vec<CalendarEvent>, StoreError>;
    fn event_copies(
        user: &UserId,
        uid: &EventUid,
        occurrence: &Occurrence
    ) -> Result<Vec<CalendarEvent>, StoreError>;
});

delegate!(Reminders {
    fn reminder(user: &UserId, id: ReminderId) -> Result<Option<Reminder>, StoreError>;
    fn find_reminder(id: ReminderId) -> Result<Option<Reminder>, StoreError>;
    fn reminders_between(user: &UserId, from: Date, to: Date) -> Result<Vec<Reminder>, StoreError>;
    fn write_plan(write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError>;
    fn update(update: &RowUpdate<'_>) -> Result<bool, StoreError>;
    fn due(
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        limit: usize
    ) -> Result<Vec<DueRow>, StoreError>;
    fn run_records(user: &UserId, from: Date, to: Date) -> Result<Vec<RunRecord>, StoreError>;
});

delegate!(Claims {
    fn claimed_on(user: &UserId, on: Date) -> Result<Vec<ReminderId>, StoreError>;
    fn claim(claim: &Claim<'_>) -> Result<ClaimResult, StoreError>;
});

delegate!(Control {
    fn rollout() -> Result<Rollout, StoreError>;
    fn put_rollout(rollout: &Rollout) -> Result<bool, StoreError>;
    fn document(kind: &str, name: &str) -> Result<Option<Document>, StoreError>;
    fn put_document(kind: &str, name: &str, document: &Document) -> Result<bool, StoreError>;
    fn put_passing_document(
        kind: &str,
        name: &str,
        document: &Document,
        times: (Timestamp, Timestamp)
    ) -> Result<bool, StoreError>;
    fn documents(
        kind: &str,
        after: Option<&str>,
        limit: usize
    ) -> Result<Vec<(String, Document)>, StoreError>;
    fn promoted_until() -> Result<Option<Timestamp>, StoreError>;
    fn set_promoted_until(until: Timestamp) -> Result<(), StoreError>;
    fn pace(sender: &str) -> Result<Pace, StoreError>;
    fn put_pace(sender: &str, pace: &Pace) -> Result<bool, StoreError>;
    fn take_turns(sender: &str, second: Timestamp, wanted: u32) -> Result<u32, StoreError>;
});

delegate!(SendQueue {
    fn enqueue(jobs: &[(SendJob, SignedDuration)]) -> Result<(), QueueError>;
});

delegate!(OptInQueue {
    fn enqueue_opt_in(job: &OptInJob, delay: SignedDuration) -> Result<(), QueueError>;
});

delegate!(NoticeQueue {
    fn enqueue_notices(jobs: &[NoticeJob], delay: SignedDuration) -> Result<(), QueueError>;
});

delegate!(PlanQueue {
    fn enqueue(jobs: &[PlanJob]) -> Result<(), QueueError>;
});

delegate!(SyncQueue {
    fn enqueue(jobs: &[SyncJob]) -> Result<(), QueueError>;
    fn enqueue_later(job: &SyncJob, delay: SignedDuration) -> Result<(), QueueError>;
});

delegate!(EventBus {
    fn local_days_started(days: &[LocalDayStarted]) -> Result<(), QueueError>;
});

delegate!(DomainEvents {
    fn publish(events: &[DomainEvent]) -> Result<(), QueueError>;
});

delegate!(SmsGateway {
    fn send(text: OutgoingText<'_>) -> SendOutcome;
    fn list(to: &PhoneNumber, since: Timestamp) -> Result<TextList, GatewayError>;
    fn fetch(sid: &MessageSid) -> Result<Option<TextState>, GatewayError>;
});

#[async_trait]
impl StoreClock for Faulty<dyn StoreClock> {
    async fn store_time(&self) -> Result<StoreTime, StoreError> {
        let call = self.faults.call("StoreClock::store_time");
        if let Some(planned) = call.planned {
            if planned.is_fatal {
                self.faults.die();
            }
            return Result::injected("StoreClock::store_time", planned.fault);
        }
        let time = self.inner.store_time().await?;
        Ok(StoreTime { store_at: ahead(time.store_at, self.faults.skew()), ..time })
    }
}
