//! The whole system in one process: the same functions that run as Lambdas, on embedded adapters.
//!
//! [`System`] is wiring and single steps; it starts no task and never waits, so tests drive it on a
//! manual clock. [`live`] runs it on a real one.

pub mod callbacks;
mod consume;
mod demo;
pub mod live;
mod local_clock;
mod models;
mod ports;
mod provider;
mod serve;
pub mod traces;
pub mod up;

use std::sync::{Arc, Mutex, PoisonError};

use adapters_embedded::cron::Cron;
use adapters_embedded::queue::{DelayQueue, QueueBacklogs, QueueSettings};
use adapters_embedded::store::SqliteStore;
use api::ApiState;
use app::causes::in_full;
use app::compose::ComposePorts;
use app::figures::{RebuildPorts, catch_up};
use app::fold::{FeedPorts, FoldError, fold};
use app::plan::PlanPorts;
use app::ports::{Clock, StoreError};
use app::promote::{PromoteError, PromotePorts};
use app::send::SendPorts;
use app::sweep::sweep;
use app::sync::SyncPorts;
use app::tick::TickPorts;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use axum::Router;
use domain::limits;
use jiff::{SignedDuration, Timestamp};
use monitor::MonitorPorts;
use tracing::error;
use twilio_webhook::WebhookPorts;

pub use self::consume::Consumed;
pub use self::local_clock::LocalClock;
pub use self::ports::{Ports, Settings, Stores};

/// How long a received message stays hidden: longer than any step takes.
const VISIBILITY: SignedDuration = SignedDuration::from_mins(3);

/// How often a message is received before it is given up.
const RECEIVES_MAX: u32 = 5;

/// What fires on a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// Local days that begin.
    Scheduler,
    /// What becomes due.
    Promoter,
    /// What got lost or goes wrong.
    Monitor,
    /// What is older than it is kept.
    Retention,
}

/// Every function with its ports, the queues between them, and the schedules.
pub struct System {
    clock: Arc<dyn Clock>,
    ticks: TickPorts,
    plans: PlanPorts,
    composes: Option<ComposePorts>,
    promotions: PromotePorts,
    monitor: MonitorPorts,
    syncs: SyncPorts,
    sends: SendPorts,
    folds: FeedPorts,
    counting: RebuildPorts,
    webhook: WebhookPorts,
    pushes: calendar_webhook::WebhookPorts,
    api: ApiState,
    settings: Settings,
    swept: Option<SqliteStore>,
    queues: Queues,
    cron: Mutex<Cron<Tick>>,
}

/// The queues and the bus.
#[derive(Clone)]
pub struct Queues {
    /// Consumed by the sender.
    pub sends: Arc<DelayQueue>,
    /// Consumed by the planner.
    pub plans: Arc<DelayQueue>,
    /// Consumed by the composer.
    pub composes: Arc<DelayQueue>,
    /// Consumed by the sync of calendars.
    pub syncs: Arc<DelayQueue>,
    /// Consumed by the scheduler.
    pub bus: Arc<DelayQueue>,
}

impl Queues {
    /// Empty queues.
    pub fn new(clock: Arc<dyn Clock>, store: &SqliteStore) -> Self {
        let queue = |name: &str| {
            let settings = QueueSettings {
                name: name.to_owned(),
                visibility: VISIBILITY,
                receives_max: RECEIVES_MAX,
            };
            Arc::new(DelayQueue::new(settings, clock.clone(), store.clone()))
        };
        Self {
            sends: queue("sends"),
            plans: queue("plans"),
            composes: queue("composes"),
            syncs: queue("syncs"),
            bus: queue("bus"),
        }
    }

    /// What looks at them.
    pub fn backlogs(&self, clock: Arc<dyn Clock>, store: &SqliteStore) -> Arc<QueueBacklogs> {
        let Self { sends, plans, composes, syncs, bus } = self.clone();
        let queues = vec![sends, plans, composes, syncs, bus];
        Arc::new(QueueBacklogs::new(queues, store.clone(), clock))
    }
}

impl System {
    /// Wires everything up. Nothing runs yet.
    pub fn new(ports: &Ports, queues: Queues, settings: Settings) -> Self {
        let rules = [
            (Tick::Scheduler, limits::TICK_EVERY),
            (Tick::Promoter, limits::BUCKET),
            (Tick::Monitor, SignedDuration::from_mins(1)),
            (Tick::Retention, SignedDuration::from_hours(1)),
        ];
        let cron = Cron::starting(ports.clock.now(), &rules);
        Self {
            clock: ports.clock.clone(),
            ticks: ports.ticks(&settings),
            plans: ports.plans(&settings),
            composes: ports.composes(&settings),
            promotions: ports.promotions(&settings),
            monitor: ports.monitor(&settings),
            syncs: ports.syncs(&settings),
            sends: ports.sends(&settings),
            folds: ports.folds(),
            counting: ports.counting(),
            webhook: ports.webhook(&settings),
            pushes: ports.pushes(&settings),
            api: ports.api(&settings),
            settings,
            swept: ports.stores.swept.clone(),
            queues,
            cron: Mutex::new(cron),
        }
    }

    /// The routes that the outside world reaches: webhooks and the API.
    pub fn router(&self) -> Router {
        let webhook = twilio_webhook::router(self.webhook.clone(), self.settings.webhook.clone());
        let pushes = calendar_webhook::router(self.pushes.clone());
        webhook.merge(pushes).merge(api::router(self.api.clone()))
    }

    /// After a restart: fills the queues from the store, and counts what an earlier release did
    /// not.
    ///
    /// # Errors
    /// [`PromoteError`] if the store does not answer.
    pub async fn rebuild(&self) -> Result<(), PromoteError> {
        let now = self.clock.now();
        let rows = app::promote::rebuild(&self.promotions, now).await?;
        // What was due long ago may fill more than one page of the sweep; it goes on from there.
        let overdue = sweep(&self.promotions, now).await?;
        tracing::info!(rows, overdue, "Rebuilt the queues from the store: {rows} rows");
        // Nobody waits for figures; texts go out without them.
        match catch_up(&self.counting, &*self.api.control).await {
            Ok(0) => {}
            Ok(counted) => tracing::info!(counted, "Counted {counted} reminders anew"),
            Err(failed) => error!("Could not count anew: {}", in_full(&failed)),
        }
        Ok(())
    }

    /// Fires the schedules that are due and returns when the next one is.
    pub async fn run_schedules(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let due = self.cron.lock().unwrap_or_else(PoisonError::into_inner).due(now);
        for tick in due {
            self.fire(tick).await;
        }
        self.cron.lock().unwrap_or_else(PoisonError::into_inner).next_at()
    }

    /// Fires one schedule now, due or not.
    pub async fn fire(&self, tick: Tick) {
        let payload = scheduled_payload();
        let clock = &*self.clock;
        let failed = match tick {
            Tick::Scheduler => {
                scheduler::handle(&self.ticks, clock, payload).await.err().map(|e| in_full(&e))
            }
            Tick::Promoter => promoter::handle(&self.promotions, clock, payload)
                .await
                .err()
                .map(|error| in_full(&error)),
            Tick::Monitor => monitor::handle(&self.monitor, clock, payload)
                .await
                .err()
                .map(|error| in_full(&error)),
            Tick::Retention => self.remove_old().await.err().map(|error| in_full(&error)),
        };
        if let Some(failed) = failed {
            error!("The {tick:?} failed; its next run catches up: {failed}");
        }
    }

    /// Removes what is older than it is kept; on AWS the tables do.
    async fn remove_old(&self) -> Result<(), StoreError> {
        let Some(store) = &self.swept else { return Ok(()) };
        let removed = store.sweep_old(self.clock.now(), &self.settings.retention).await?;
        if removed > 0 {
            tracing::info!(removed, "Removed {removed} rows that are older than they are kept");
        }
        Ok(())
    }

    /// Folds what changed into the counters.
    ///
    /// # Errors
    /// [`FoldError`] if the store does not answer; folding again changes nothing twice.
    pub async fn fold(&self) -> Result<usize, FoldError> {
        fold(&self.folds).await
    }

    /// When the next job becomes visible or the next schedule fires.
    pub fn next_due(&self) -> Option<Timestamp> {
        let cron = self.cron.lock().unwrap_or_else(PoisonError::into_inner).next_at();
        let Queues { sends, plans, composes, syncs, bus } = &self.queues;
        let queues = [bus, syncs, plans, composes, sends];
        queues.into_iter().filter_map(|queue| queue.next_visible_at()).chain(cron).min()
    }

    /// The queues, for whoever looks at them.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }
}

/// What EventBridge sends at a schedule; the handlers take the time from their own clock.
fn scheduled_payload() -> EventBridgeEvent {
    let mut payload = EventBridgeEvent::default();
    payload.detail_type = "Scheduled Event".to_owned();
    payload.source = "aws.events".to_owned();
    payload
}
