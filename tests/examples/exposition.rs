//! Prints what Prometheus reads: of an `empty` system, or of one after a `busy` day. For
//! `tests/prometheus/run`.

use std::error::Error;
use std::io::{Write, stdout};

use adapters_embedded::sms_sandbox::{Answer, Script};
use http::Method;
use tests::events::event;
use tests::users::{phone_of, user};
use tests::world::World;

const NEW_YORK: &str = "America/New_York";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = World::at("2026-11-24T11:00:00Z");
    if std::env::args().nth(1).as_deref() == Some("busy") {
        busy(&world).await;
    }
    world.system.fold().await?;
    let (status, text) = world.request(Method::GET, "/metrics", "").await;
    world.finish().await;
    if status != 200 {
        return Err(format!("status {status}: {text}").into());
    }
    stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// Texts are delivered, refused, skipped and beyond the limit; somebody opts out.
async fn busy(world: &World) {
    let refused = Script::answer(Answer::Reject { status: 400, code: 21_614 });
    world.sandbox.script_next_to(phone_of("bob").as_e164(), &refused, 1);
    world.add(user("ada", NEW_YORK).limit(1)).await;
    world.add(user("bob", NEW_YORK)).await;
    world.add(user("carol", NEW_YORK).unverified()).await;
    world.add(user("dave", NEW_YORK).quiet(&["09:30-09:50"])).await;
    for id in ["ada", "bob", "carol", "dave"] {
        let at = |title: &str, time: &str| event(title, &format!("2026-11-24T{time}"), NEW_YORK);
        world.put(id, "work", &[at("One", "10:00"), at("Two", "12:00")]).await;
    }
    world.run_until("2026-11-24T16:00:00Z").await;
    world.reply("dave", "STOP").await;
    world.run_until("2026-11-24T18:00:00Z").await;
}
