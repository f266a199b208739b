//! PRE: the check before a text is sent.

mod ceiling;
mod doubt;
mod limits;
mod preset;
mod quiet;
mod races;
mod withdrawn;

use std::sync::Arc;

use tests::events::event;
use tests::faults::{Faults, faulty};
use tests::users::user;
use tests::world::World;

const NEW_YORK: &str = "America/New_York";

/// Ada has a meeting at 10:07 local time; it is 14:51 UTC, a minute before the text is due.
async fn minute_before_with_faults() -> (World, Arc<Faults>) {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world =
        World::maker("2026-11-24T10:00:00Z").ports(move |ports| faulty(&inside, ports)).make();
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    (world, faults)
}
