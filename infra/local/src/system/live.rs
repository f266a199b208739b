//! Running a [`System`] on a real clock: one task per loop, each step of which is the system's own.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use adapters_embedded::clock::ControlledClock;
use adapters_embedded::queue::DelayQueue;
use adapters_embedded::sms_sandbox::{CallbackSender, SmsSandbox};
use app::causes::in_full;
use app::ports::Clock;
use domain::time::ahead;
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tracing::error;

use super::{Consumed, LocalClock, System};

/// Batches of send jobs under way at once. Each has up to ten posts under way, most of which wait
/// for the provider.
const SEND_WORKERS: usize = 16;

/// How often what changed is folded into the counters.
const FOLD_EVERY: SignedDuration = SignedDuration::from_secs(2);

/// How long a loop with nothing to wait for waits.
const IDLE: SignedDuration = SignedDuration::from_hours(1);

/// A system that runs, until it is told to stop.
pub struct Live {
    /// What runs.
    pub system: Arc<System>,
    /// The time it runs by.
    pub clock: ControlledClock,
    local_clock: LocalClock,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Live {
    /// Starts every loop.
    pub fn start(system: Arc<System>, local_clock: LocalClock) -> Self {
        let (stop, _) = watch::channel(false);
        let clock = local_clock.clock.clone();
        let mut live = Self { system, clock, local_clock, stop, tasks: JoinSet::new() };
        live.spawn_schedules();
        live.spawn_folding();
        let queues = live.system.queues().clone();
        live.spawn_consumer(queues.bus, |system| async move { system.consume_bus().await });
        live.spawn_consumer(queues.plans, |system| async move { system.consume_plans().await });
        let composes = queues.composes;
        live.spawn_consumer(composes, |system| async move { system.consume_composes().await });
        live.spawn_consumer(queues.syncs, |system| async move { system.consume_syncs().await });
        for _ in 0..SEND_WORKERS {
            let sends = queues.sends.clone();
            live.spawn_consumer(sends, |system| async move { system.consume_sends().await });
        }
        live
    }

    /// Lets the sandbox's phones and carriers go about their work.
    pub fn start_sandbox(&mut self, sandbox: Arc<SmsSandbox>, callbacks: Arc<dyn CallbackSender>) {
        let (clock, mut stop) = (self.clock.clone(), self.stop.subscribe());
        self.tasks.spawn(async move {
            let never = Notify::new();
            while !*stop.borrow() {
                sandbox.run_due(clock.now(), &*callbacks).await;
                let due = sandbox.next_due().unwrap_or_else(|| idle(&clock));
                tokio::select! {
                    _ = clock.wait_until(due, &never) => {}
                    () = sandbox.work_added() => {}
                    _ = stop.changed() => {}
                }
            }
        });
    }

    /// Takes no further work, and waits until what is under way has ended.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(failed) = ended {
                error!("A loop ended badly: {failed}");
            }
        }
    }

    fn spawn_schedules(&mut self) {
        let (system, clock) = (self.system.clone(), self.clock.clone());
        let mut stop = self.stop.subscribe();
        self.tasks.spawn(async move {
            let never = Notify::new();
            while !*stop.borrow() {
                let next = guarded("schedule", system.run_schedules()).await.flatten();
                let next = next.unwrap_or_else(|| idle(&clock));
                tokio::select! {
                    _ = clock.wait_until(next, &never) => {}
                    _ = stop.changed() => {}
                }
            }
        });
    }

    fn spawn_folding(&mut self) {
        let (system, clock) = (self.system.clone(), self.clock.clone());
        let (mut stop, local_clock) = (self.stop.subscribe(), self.local_clock.clone());
        self.tasks.spawn(async move {
            let never = Notify::new();
            while !*stop.borrow() {
                local_clock.remember();
                if let Some(Err(failed)) = guarded("fold", system.fold()).await {
                    error!("Could not fold the change feed: {}", in_full(&failed));
                }
                tokio::select! {
                    _ = clock.wait_until(ahead(clock.now(), FOLD_EVERY), &never) => {}
                    _ = stop.changed() => {}
                }
            }
        });
    }

    fn spawn_consumer<F, Fut>(&mut self, queue: Arc<DelayQueue>, consume: F)
    where
        F: Fn(Arc<System>) -> Fut + Send + 'static,
        Fut: Future<Output = Consumed> + Send + 'static,
    {
        let (system, clock) = (self.system.clone(), self.clock.clone());
        let (mut stop, added) = (self.stop.subscribe(), queue.added());
        self.tasks.spawn(async move {
            while !*stop.borrow() {
                let consumed = guarded("consume", consume(system.clone())).await;
                if consumed.unwrap_or_default().taken > 0 {
                    continue;
                }
                let due = queue.next_visible_at().unwrap_or_else(|| idle(&clock));
                tokio::select! {
                    _ = clock.wait_until(due, &added) => {}
                    _ = stop.changed() => {}
                }
            }
        });
    }
}

/// A panic in one step is an error of that step: its messages become visible again, and the loop
/// goes on.
async fn guarded<T>(what: &str, step: impl Future<Output = T>) -> Option<T> {
    let result = AssertUnwindSafe(step).catch_unwind().await;
    if result.is_err() {
        error!("A {what} step panicked; what it worked on comes again");
    }
    result.ok()
}

fn idle(clock: &ControlledClock) -> Timestamp {
    ahead(clock.now(), IDLE)
}
