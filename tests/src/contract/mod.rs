//! What every adapter behind a port must do, one suite per group of ports.
//!
//! A suite is a plain function over the ports and a way to make them, so the embedded store and
//! the one on AWS run the very same. Each case asks `make` for ports of its own; they must start
//! empty. A suite panics where the contract is broken.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod calendars;
mod claims;
mod connections;
mod control;
mod due;
mod erasure;
mod feed;
mod gates;
mod metrics;
mod phones;
mod queues;
mod reminders;
mod restart;
mod rollout;
pub mod samples;
mod trials;
mod unreadable;
mod users;

use std::future::Future;
use std::sync::Arc;

use app::ports::{
    Calendars, Claims, Connections, Control, Erasure, Events, Metrics, Phones, Reminders,
    StoreClock, Users,
};

pub use calendars::calendars_suite;
pub use claims::claims_suite;
pub use connections::connections_suite;
pub use control::control_suite;
pub use due::due_suite;
pub use erasure::erasure_suite;
pub use feed::feed_suite;
pub use gates::gates_suite;
pub use metrics::metrics_suite;
pub use phones::phones_suite;
pub use queues::{Drain, bus_suite, opt_in_queue_suite, plan_queue_suite, send_queue_suite};
pub use reminders::reminders_suite;
pub use restart::restart_suite;
pub use rollout::rollout_suite;
pub use trials::trials_suite;
pub use unreadable::{Spoil, nothing_is_sent_until, unreadable_suite};
pub use users::users_suite;

/// One store, once for each port it stands behind.
#[derive(Clone)]
pub struct StorePorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Phones.
    pub phones: Arc<dyn Phones>,
    /// What removes people.
    pub erasure: Arc<dyn Erasure>,
    /// Calendars.
    pub calendars: Arc<dyn Calendars>,
    /// Where calendars live that are connected.
    pub connections: Arc<dyn Connections>,
    /// The mirror.
    pub events: Arc<dyn Events>,
    /// Reminders.
    pub reminders: Arc<dyn Reminders>,
    /// Claims.
    pub claims: Arc<dyn Claims>,
    /// What controls everybody.
    pub control: Arc<dyn Control>,
    /// Counters.
    pub metrics: Arc<dyn Metrics>,
    /// The store's clock.
    pub clock: Arc<dyn StoreClock>,
}

impl StorePorts {
    /// The ports of a store that stands behind all of them.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: Users
            + Phones
            + Erasure
            + Calendars
            + Connections
            + Events
            + Reminders
            + Claims
            + Control
            + Metrics
            + StoreClock
            + 'static,
    {
        Self {
            users: store.clone(),
            phones: store.clone(),
            erasure: store.clone(),
            calendars: store.clone(),
            connections: store.clone(),
            events: store.clone(),
            reminders: store.clone(),
            claims: store.clone(),
            control: store.clone(),
            metrics: store.clone(),
            clock: store,
        }
    }
}

/// Runs `times` tasks at once, each with its number, and collects what they say.
pub(crate) async fn at_once<T, F>(times: usize, task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..times).map(|number| tokio::spawn(task(number))).collect();
    let mut said = Vec::with_capacity(times);
    for task in tasks {
        said.push(task.await.expect("a task ran to its end"));
    }
    said
}

/// How often `value` is among `values`.
pub(crate) fn count<T: PartialEq>(values: &[T], value: &T) -> usize {
    values.iter().filter(|each| *each == value).count()
}
