//! Lets a day pass and exports its traces to a collector: `spans ENDPOINT`. Prints the id of each
//! reminder. For `tests/judges/run`.
#![allow(clippy::print_stdout, reason = "a script reads it")]

use std::error::Error;
use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, Script};
use app::ports::Clock;
use beforehand::system::traces::Exporter;
use tests::events::event;
use tests::users::{phone_of, user};
use tests::world::World;
use traces::Traces;
use tracing_subscriber::layer::SubscriberExt as _;
use transport::{ReqwestTransport, TransportSettings};

const ZONE: &str = "America/New_York";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).ok_or("spans ENDPOINT")?.parse()?;
    let world = World::at("2026-11-24T03:00:00Z");
    let clock = world.clock.clone();
    let now = move || u64::try_from(clock.now().as_nanosecond()).unwrap_or_default();
    let traces = Traces::new("beforehand", "judged", now);
    let subscriber = tracing_subscriber::registry().with(traces.layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let refused = Script::answer(Answer::Reject { status: 400, code: 21_614 });
    world.sandbox.script_next_to(phone_of("bob").as_e164(), &refused, 1);
    for id in ["ada", "bob"] {
        world.add(user(id, ZONE)).await;
        world.put(id, "work", &[event("Standup", "2026-11-24T10:00", ZONE)]).await;
    }
    world.run_until("2026-11-24T18:00:00Z").await;
    world.system.fold().await?;
    for id in ["ada", "bob"] {
        println!("{}", world.reminder(id).await.id);
    }
    let transport = ReqwestTransport::new(&TransportSettings::default())?;
    Exporter::new(traces, &endpoint, Arc::new(transport)).flush().await;
    world.finish().await;
    Ok(())
}
