//! API-04: what is older than its period goes, and nothing else does.

use beforehand::system::Tick;
use domain::retention::Retention;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::events::event;
use tests::users::user;
use tests::world::{World, instant, user_id};

const NEW_YORK: &str = "America/New_York";

async fn verified(world: &World) -> Value {
    let (_, said) = world.request(Method::GET, "/v1/verify", "").await;
    serde_json::from_str(&said).unwrap()
}

/// Ada and Bob were texted in March; Ada opted out.
async fn texted_long_ago() -> World {
    let world = World::at("2026-03-02T12:00:00Z");
    for name in ["ada", "bob"] {
        world.add(user(name, NEW_YORK)).await;
        world.put(name, "work", &[event("Standup", "2026-03-02T10:00", NEW_YORK)]).await;
    }
    world.run_until("2026-03-02T18:00:00Z").await;
    world.reply("ada", "STOP").await;
    world.run_until("2026-03-04T18:00:00Z").await;
    assert_eq!(world.texts().len(), 2);
    world
}

#[tokio::test]
async fn api_04_reminders_go_90_days_after_their_event_and_figures_stay() {
    let world = texted_long_ago().await;
    world.sleep_until("2026-05-31T12:00:00Z");
    world.settle().await;
    assert_eq!(world.reminders("bob").await.len(), 1, "within the period");
    assert_eq!(verified(&world).await["sound"], json!(true));
    world.sleep_until("2026-06-03T12:00:00Z");
    world.settle().await;
    let report = verified(&world).await;
    assert_eq!(report["sound"], json!(true), "{report}");
    assert_eq!(report["planned"], json!(0));
    for name in ["ada", "bob"] {
        assert_eq!(world.reminders(name).await, [], "{name}");
    }
    let stores = &world.stores;
    let (first, last) = ("2026-03-01".parse().unwrap(), "2026-03-03".parse().unwrap());
    let days = stores.metrics.days(&user_id("bob"), first, last).await.unwrap();
    assert_eq!(days.len(), 1, "counters are kept for 400 days");
    let records = stores.reminders.run_records(&user_id("bob"), first, last).await.unwrap();
    assert_eq!(records, []);
    let claimed = stores.claims.claimed_on(&user_id("bob"), first.tomorrow().unwrap()).await;
    assert_eq!(claimed.unwrap(), []);
    let consent = world.phone("ada").await;
    assert_eq!(consent.consent, domain::user::Consent::OptedOut, "consent has no period");
    assert!(!consent.ledger.is_empty());
    world.sleep_until("2027-05-01T12:00:00Z");
    world.settle().await;
    assert_eq!(stores.metrics.days(&user_id("bob"), first, last).await.unwrap(), []);
    let (from, until) = (instant("2026-03-01T00:00:00Z"), instant("2026-04-01T00:00:00Z"));
    let all = domain::figures::Dimension::all();
    assert_eq!(stores.metrics.hours(&all, from, until).await.unwrap(), []);
    assert_eq!(verified(&world).await["sound"], json!(true));
    world.finish().await;
}

#[tokio::test]
async fn api_04_a_shorter_period_holds_at_once_and_what_waits_is_never_removed() {
    let mut world = texted_long_ago().await;
    world.settings.retention = Retention::new(Some(10), Some(14), None).unwrap();
    let world = world.restart().await;
    world.put("bob", "work", &[event("Flight", "2026-03-20T10:00", NEW_YORK)]).await;
    world.sleep_until("2026-03-18T15:00:00Z");
    world.settle().await;
    let rows = world.reminders("bob").await;
    assert_eq!(rows, [], "two weeks are over, and the flight is not planned yet");
    world.run_until("2026-03-20T15:00:00Z").await;
    assert_eq!(world.texts_to("bob").len(), 2);
    assert_eq!(verified(&world).await["sound"], json!(true));
    world.finish().await;
}

#[tokio::test]
async fn api_04_a_sweep_goes_through_more_users_than_one_transaction_holds() {
    let world = World::at("2026-03-02T12:00:00Z");
    let names = tests::users::names(120);
    for name in &names {
        world.add(user(name, NEW_YORK)).await;
        world.put(name, "work", &[event("Standup", "2026-03-02T10:00", NEW_YORK)]).await;
    }
    world.run_until("2026-03-03T18:00:00Z").await;
    let later = world.now() + SignedDuration::from_hours(100 * 24);
    world.clock.set(later);
    world.system.fire(Tick::Retention).await;
    for name in &names {
        assert_eq!(world.reminders(name).await, [], "{name}");
    }
    world.finish().await;
}
