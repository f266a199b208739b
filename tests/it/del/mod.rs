//! DEL: sending, delivery and retries.

mod callbacks;
mod killed;
mod lost;
mod orphans;
mod pace;
mod queues;
mod retries;

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Delays, SandboxConfig};
use domain::reminder::Reminder;
use domain::trail::Step;
use jiff::Timestamp;
use tests::events::event;
use tests::faults::{Faults, faulty};
use tests::users::user;
use tests::world::{World, instant};

const NEW_YORK: &str = "America/New_York";

/// When the text of the only reminder is due, between two ticks.
const DUE_AT: &str = "2026-11-24T14:52:00Z";

/// Ada has a meeting at 10:07 local time, so a text is due at 14:52 UTC; it is 14:51. Statuses come
/// at the instant of creation unless a script says otherwise.
async fn minute_before() -> World {
    minute_before_with(|_| ()).await.0
}

/// The same with other settings of the sandbox, and with ports that can fail.
async fn minute_before_with(change: impl FnOnce(&mut SandboxConfig)) -> (World, Arc<Faults>) {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world = World::maker("2026-11-24T10:00:00Z")
        .sandbox(|config| {
            config.delays = Delays::NONE;
            change(config);
        })
        .ports(move |ports| faulty(&inside, ports))
        .make();
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    (world, faults)
}

/// When attempts began.
fn claims(row: &Reminder) -> Vec<Timestamp> {
    let entries = row.trail.entries().iter();
    entries.filter(|e| matches!(e.step, Step::Claimed { .. })).map(|entry| entry.at).collect()
}

fn instants<const N: usize>(times: [&str; N]) -> Vec<Timestamp> {
    times.iter().map(|time| instant(&format!("2026-11-24T{time}Z"))).collect()
}
