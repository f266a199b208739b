//! Ports that fail when they are told to: before they do what they are asked, or after it, when
//! nobody knows that it was done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use app::jobs::{LocalDayStarted, PlanJob, SendJob};
use app::ports::{
    Calendar, Calendars, Claim, ClaimResult, Claims, Control, DueRow, EventBus, Events,
    MirrorWindow, Phone, PhoneKey, Phones, PlanQueue, PlanWrite, PlanWriteResult, QueueError,
    Reminders, RowUpdate, RunRecord, SendQueue, StoreError, Users,
};
use async_trait::async_trait;
use beforehand::system::Ports;
use domain::calendar_event::CalendarEvent;
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::reminder::Reminder;
use domain::rollout::Rollout;
use domain::time::ZoneName;
use domain::user::User;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// When a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Before anything was done.
    Before,
    /// After it was done.
    After,
}

/// Which calls fail.
#[derive(Default)]
pub struct Faults {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: usize,
    at_call: HashMap<usize, Fault>,
    next: HashMap<&'static str, (Fault, usize)>,
    names: Vec<&'static str>,
}

impl Faults {
    /// The next `times` calls of `operation` fail.
    pub fn fail(&self, operation: &'static str, fault: Fault, times: usize) {
        self.state.lock().unwrap().next.insert(operation, (fault, times));
    }

    /// Calls of `operation` work again.
    pub fn heal(&self, operation: &'static str) {
        self.state.lock().unwrap().next.remove(operation);
    }

    /// The call number `call` from now on (from 0) fails, whatever it is.
    pub fn fail_call(&self, call: usize, fault: Fault) {
        let mut state = self.state.lock().unwrap();
        let at = state.calls + call;
        state.at_call.insert(at, fault);
    }

    /// The names of all calls so far.
    pub fn calls(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().names.clone()
    }

    fn of(&self, operation: &'static str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        let call = state.calls;
        state.calls += 1;
        state.names.push(operation);
        if let Some(fault) = state.at_call.remove(&call) {
            return Some(fault);
        }
        let (fault, times) = state.next.get_mut(operation)?;
        let fault = *fault;
        *times -= 1;
        if *times == 0 {
            state.next.remove(operation);
        }
        Some(fault)
    }
}

trait Injected {
    fn injected(operation: &'static str) -> Self;
}

impl Injected for StoreError {
    fn injected(operation: &'static str) -> Self {
        Self::Transient { operation, source: "a fault of this test".into() }
    }
}

impl Injected for QueueError {
    fn injected(operation: &'static str) -> Self {
        Self { operation, source: "a fault of this test".into() }
    }
}

/// A port that fails when told to.
struct Faulty<P: ?Sized> {
    inner: Arc<P>,
    faults: Arc<Faults>,
}

/// All ports of a world, failing as `faults` says.
pub fn faulty(faults: &Arc<Faults>, ports: Ports) -> Ports {
    fn wrap<P: ?Sized>(faults: &Arc<Faults>, inner: Arc<P>) -> Arc<Faulty<P>> {
        Arc::new(Faulty { inner, faults: faults.clone() })
    }
    let mut ports = ports;
    let stores = &mut ports.stores;
    stores.users = wrap(faults, stores.users.clone());
    stores.phones = wrap(faults, stores.phones.clone());
    stores.calendars = wrap(faults, stores.calendars.clone());
    stores.events = wrap(faults, stores.events.clone());
    stores.reminders = wrap(faults, stores.reminders.clone());
    stores.claims = wrap(faults, stores.claims.clone());
    stores.control = wrap(faults, stores.control.clone());
    ports.sends = wrap(faults, ports.sends.clone());
    ports.plans = wrap(faults, ports.plans.clone());
    ports.bus = wrap(faults, ports.bus.clone());
    ports
}

macro_rules! delegate {
    ($port:ident {
        $(fn $name:ident($($arg:ident: $type:ty),*) -> Result<$ok:ty, $error:ty>;)*
    }) => {
        #[async_trait]
        impl $port for Faulty<dyn $port> {
            $(
                async fn $name(&self, $($arg: $type),*) -> Result<$ok, $error> {
                    let fault = self.faults.of(stringify!($name));
                    if fault == Some(Fault::Before) {
                        return Err(<$error>::injected(stringify!($name)));
                    }
                    let answer = self.inner.$name($($arg),*).await;
                    if fault == Some(Fault::After) {
                        return Err(<$error>::injected(stringify!($name)));
                    }
                    answer
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
    fn zones_in_use() -> Result<Vec<ZoneName>, StoreError>;
    fn users_planned_before(
        zone: &ZoneName,
        on: Date,
        after: Option<&UserId>,
        limit: usize
    ) -> Result<Vec<UserId>, StoreError>;
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
    ) -> Result<bool, StoreError>;
    fn remove_calendar(user: &UserId, id: &CalendarId, expected: u64) -> Result<bool, StoreError>;
});

delegate!(Events {
    fn events_between(user: &UserId, window: MirrorWindow) -> Result<Vec<CalendarEvent>, StoreError>;
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
    fn promoted_until() -> Result<Option<Timestamp>, StoreError>;
    fn set_promoted_until(until: Timestamp) -> Result<(), StoreError>;
});

delegate!(SendQueue {
    fn enqueue(jobs: &[(SendJob, SignedDuration)]) -> Result<(), QueueError>;
});

delegate!(PlanQueue {
    fn enqueue(jobs: &[PlanJob]) -> Result<(), QueueError>;
});

delegate!(EventBus {
    fn local_days_started(days: &[LocalDayStarted]) -> Result<(), QueueError>;
});
