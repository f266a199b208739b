//! A switch that cannot be read (ROL-05), wherever it is stored: reading it is an error, never
//! "on", and the pre-send check sends nothing for as long as that lasts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapters_embedded::clock::ManualClock;
use adapters_embedded::dice::SeededDice;
use app::ceiling::{Ceiling, CeilingSettings};
use app::domain_events::DomainEvent;
use app::jobs::{OptInJob, SendJob};
use app::pace::Pacer;
use app::ports::{
    Clock, Control, DomainEvents, GatewayError, OptInQueue, OutgoingText, PhoneKeys, QueueError,
    SendQueue, SmsGateway, StoreClock, StoreError, StoreTime, TextList, TextState,
};
use app::receipt::ReceiptPorts;
use app::seals::Seals;
use app::send::{Looked, SendPorts, look};
use app::sign_up::OptIns;
use async_trait::async_trait;
use domain::countries::Countries;
use domain::ids::MessageSid;
use domain::pace::Lane;
use domain::phone::PhoneNumber;
use domain::reasons::DeferReason;
use domain::reminder::{Reminder, SendOutcome, State};
use domain::text_hours::Preset;
use domain::time::Zones;
use domain::trail::Step;
use jiff::{SignedDuration, Timestamp};

use super::StorePorts;
use super::rollout::Anywhere;
use super::samples::{CONTRACT_SECRET, add, at, calendar, event, id, new_rows, plan, reminder};

/// Puts something else where a store keeps the switch.
#[async_trait]
pub trait Spoil: Send + Sync {
    /// From now on the switch's stored form is this JSON.
    async fn put(&self, doc: &str);
}

/// Stored forms that are no switch, with what the error says of them.
const SPOILT: [(&str, &str); 5] = [
    (r#"{"v":9,"is_on":true,"version":1}"#, "version 9"),
    (r#"{"v":2,"is_on":true,"version":1,"stage":"percent11"}"#, "rollout"),
    // For everybody only the first version is without a stage.
    (r#"{"v":2,"is_on":true,"version":1}"#, "no stage"),
    (r#"{"v":1,"version":1}"#, "rollout"),
    (r#"{"v":1,"is_on":"perhaps","version":1}"#, "rollout"),
];

/// Runs every case.
pub async fn unreadable_suite(make: impl AsyncFn() -> (StorePorts, Arc<dyn Spoil>)) {
    let (ports, spoil) = make().await;
    let desk = Desk::new(&ports, ports.control.clone()).await;
    for (doc, words) in SPOILT {
        spoil.put(doc).await;
        match ports.control.rollout().await {
            Err(bad @ StoreError::Permanent { .. }) => {
                assert!(bad.to_string().contains(words), "{doc}: {bad}");
            }
            other => panic!("{doc} is read as {other:?}"),
        }
        desk.nothing_is_sent(doc).await;
    }
    spoil.put(r#"{"v":1,"is_on":true,"version":1}"#).await;
    desk.it_is_sent_once().await;
}

/// The same where the store does not answer at all: `control` fails until `mended`.
pub async fn nothing_is_sent_until(
    ports: StorePorts,
    control: Arc<dyn Control>,
    mended: impl FnOnce(),
) {
    let desk = Desk::new(&ports, control.clone()).await;
    assert!(control.rollout().await.is_err());
    desk.nothing_is_sent("no answer").await;
    mended();
    desk.it_is_sent_once().await;
}

/// A sender, and a reminder that is due.
struct Desk {
    ports: SendPorts,
    clock: Arc<ManualClock>,
    gateway: Arc<Counting>,
    row: Reminder,
}

impl Desk {
    async fn new(stores: &StorePorts, control: Arc<dyn Control>) -> Self {
        // It is no world, and what it logs is nobody's.
        crate::leaks::ignore();
        let clock = Arc::new(ManualClock::new(at("2026-03-02T10:00:00Z")));
        let gateway = Arc::<Counting>::default();
        let row = reminder("ann", "one", "2026-03-02T10:00:00Z");
        add(stores, &["ann"]).await;
        let events = [event("work", "one", "2026-03-02T10:15:00Z")];
        let mirror = calendar("ann", "work");
        let raised = stores.calendars.write_mirror(&mirror, &events, &[], 1).await.unwrap();
        plan(stores, "ann", raised.unwrap(), &new_rows(std::slice::from_ref(&row))).await;
        let ports = sends(stores, control, &clock, &gateway);
        Self { ports, clock, gateway, row }
    }

    async fn looks(&self) -> Looked {
        look(&self.ports, &SendJob::of(&self.row)).await.unwrap()
    }

    async fn stored(&self) -> Reminder {
        let row = self.ports.receipts.reminders.reminder(&id("ann"), self.row.id).await;
        row.unwrap().unwrap()
    }

    /// The reminder is due, and waits.
    async fn nothing_is_sent(&self, why: &str) {
        self.clock.set(self.stored().await.send_at);
        assert_eq!(self.looks().await, Looked::Waits, "{why}");
        let row = self.stored().await;
        assert_eq!((row.state, row.attempts.len()), (State::Scheduled, 0), "{why}");
        assert!(row.send_at > self.clock.now(), "{why}: it is looked at again");
        let last = row.trail.entries().last().unwrap().step.clone();
        let is_so = matches!(last, Step::Deferred { reason: DeferReason::Unreadable, .. });
        assert!(is_so, "{why}: {last:?}");
        assert_eq!(self.gateway.0.load(Ordering::Relaxed), 0, "{why}");
    }

    /// So it was for no other reason.
    async fn it_is_sent_once(&self) {
        self.clock.set(self.stored().await.send_at);
        assert_eq!(self.looks().await, Looked::Posted);
        assert_eq!(self.looks().await, Looked::Nothing);
        assert_eq!(self.stored().await.state, State::Accepted);
        assert_eq!(self.gateway.0.load(Ordering::Relaxed), 1);
    }
}

fn sends(
    stores: &StorePorts,
    control: Arc<dyn Control>,
    clock: &Arc<ManualClock>,
    gateway: &Arc<Counting>,
) -> SendPorts {
    let sends = Arc::new(Later);
    let lane = Lane { sender: "ours".to_owned(), rate: None };
    let receipts = ReceiptPorts {
        reminders: stores.reminders.clone(),
        phones: stores.phones.clone(),
        sends: sends.clone(),
        phone_keys: PhoneKeys::new(CONTRACT_SECRET),
        domain_events: sends.clone(),
        metrics: stores.metrics.clone(),
    };
    SendPorts {
        users: stores.users.clone(),
        receipts,
        events: stores.events.clone(),
        claims: stores.claims.clone(),
        pacer: Arc::new(Pacer::new(lane, control.clone())),
        ceiling: Arc::new(Ceiling::new(&CeilingSettings::default(), control.clone())),
        control,
        gateway: gateway.clone(),
        plans: Arc::new(Anywhere),
        countries: Countries::ALL,
        hours: Preset::default(),
        clock: clock.clone(),
        store_clock: Arc::new(Alike(clock.clone())),
        dice: Arc::new(SeededDice::new(7)),
        zones: Zones::bundled(),
        notices: Arc::new(Anywhere),
        opt_ins: OptIns { queue: sends, seals: Seals::new(CONTRACT_SECRET, &[]) },
        links: None,
    }
}

/// A provider that takes every text, and counts them.
#[derive(Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl SmsGateway for Counting {
    async fn send(&self, _: OutgoingText<'_>) -> SendOutcome {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        SendOutcome::Accepted(MessageSid::parse(&format!("SM{number}")).expect("a name"))
    }

    async fn list(&self, _: &PhoneNumber, _: Timestamp) -> Result<TextList, GatewayError> {
        panic!("nothing is unknown");
    }

    async fn fetch(&self, _: &MessageSid) -> Result<Option<TextState>, GatewayError> {
        Ok(None)
    }
}

/// The store's clock goes as ours does.
struct Alike(Arc<ManualClock>);

#[async_trait]
impl StoreClock for Alike {
    async fn store_time(&self) -> Result<StoreTime, StoreError> {
        let now = self.0.now();
        Ok(StoreTime { store_at: now, local_at: now })
    }
}

/// Takes jobs that come later, and forgets them: the test looks by itself.
struct Later;

#[async_trait]
impl SendQueue for Later {
    async fn enqueue(&self, _: &[(SendJob, SignedDuration)]) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl OptInQueue for Later {
    async fn enqueue_opt_in(&self, _: &OptInJob, _: SignedDuration) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl DomainEvents for Later {
    async fn publish(&self, _: &[DomainEvent]) -> Result<(), QueueError> {
        Ok(())
    }
}
