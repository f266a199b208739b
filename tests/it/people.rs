//! A person as a whole: exported, and erased.

use std::fs;
use std::sync::Arc;

use adapters_embedded::clock::ManualClock;
use adapters_embedded::store::SqliteStore;
use app::users::{ErasePorts, erase_user};
use domain::user::Consent;
use http::Method;
use serde_json::Value;
use tests::contract::StorePorts;
use tests::contract::samples::{add, add_with, claimed, connection, id, number, reminder};
use tests::events::{calendar, event};
use tests::inspect::send_job;
use tests::users::{phone_of, user};
use tests::world::World;

const NEW_YORK: &str = "America/New_York";
const EXPORT: &str = "/v1/users/ada/export";

/// Where a calendar is published, for those who know.
const ADDRESS: &str = "https://calendar.example/hush/ada.ics";

/// Ada, with one text behind her and one ahead, whose job is queued; Bob uses the same number.
async fn ada_between_two_texts() -> World {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
    let first = event("Dentist", "2026-11-24T09:00", NEW_YORK).with("LOCATION:12 Elm Street");
    let second = event("Interview", "2026-11-24T10:00", NEW_YORK);
    world.put("ada", "work", &[first, second]).await;
    world.put("bob", "work", &[event("Lunch", "2026-11-24T12:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:40:00Z").await;
    assert_eq!(world.texts_to("ada").len(), 1);
    assert!(!world.system.queues().sends.is_empty(), "the second is queued");
    world
}

async fn erase(world: &World, name: &str) -> (u16, Value) {
    let path = format!("/v1/users/{name}");
    let (status, said) = world.request(Method::DELETE, &path, "").await;
    (status, serde_json::from_str(&said).unwrap())
}

#[tokio::test]
async fn api_04_an_export_holds_everything_of_one_person_and_nothing_of_others() {
    let world = ada_between_two_texts().await;
    let (status, said) = world.request(Method::GET, EXPORT, "").await;
    assert_eq!(status, 200, "{said}");
    for kept in [phone_of("ada").as_e164(), "Dentist", "12 Elm Street", "Interview", NEW_YORK] {
        assert!(said.contains(kept), "{kept}");
    }
    for foreign in ["bob", "Lunch"] {
        assert!(!said.contains(foreign), "{foreign}");
    }
    let export: Value = serde_json::from_str(&said).unwrap();
    let count = |name: &str| export[name].as_array().unwrap().len();
    assert_eq!((count("calendars"), count("events"), count("reminders")), (1, 2, 2));
    assert!(count("plans") > 0);
    assert_eq!(export["phone"]["consent"], "opted_in");
    assert_eq!(export["phone"]["ledger"][0]["source"]["kind"], "added_by_operator");
    let texted = &export["reminders"][0]["attempts"][0]["text"];
    assert_eq!(*texted, "Dentist: in 15 minutes, at 9:00 AM. 12 Elm Street.");
    assert_eq!(world.request(Method::GET, "/v1/users/eve/export", "").await.0, 404);
    world.run_until("2026-11-25T12:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn api_04_whoever_is_erased_while_a_text_is_queued_is_not_texted_and_is_gone() {
    let world = ada_between_two_texts().await;
    let job = send_job(&world.reminders("ada").await[1]);
    let (status, said) = erase(&world, "ada").await;
    assert_eq!(status, 200, "{said}");
    assert!(said["items"].as_u64().unwrap() >= 6, "{said}");
    for path in ["/v1/users/ada", "/v1/users/ada/why?date=2026-11-24", EXPORT] {
        assert_eq!(world.request(Method::GET, path, "").await.0, 404, "{path}");
    }
    assert_eq!(erase(&world, "ada").await.0, 404, "there is nothing to be erased any more");
    world.push_send(&job);
    world.run_until("2026-11-24T16:30:00Z").await;
    assert_eq!(world.texts_to("ada").len(), 1, "nothing more was sent, and Bob comes later");
    // Bob, who shares the number, is texted as before.
    world.run_until("2026-11-25T12:00:00Z").await;
    let texts = world.texts_to("ada");
    assert!(texts.last().unwrap().body.starts_with("Lunch"), "{texts:?}");
    let (_, verified) = world.request(Method::GET, "/v1/verify", "").await;
    assert!(verified.contains("\"sound\":true"), "{verified}");
    world.finish().await;
}

#[tokio::test]
async fn api_04_connected_calendars_are_exported_without_their_addresses_and_go_with_their_user() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let standup = event("Standup", "2026-11-24T10:00", NEW_YORK);
    world.calendars.publish(ADDRESS, calendar(std::slice::from_ref(&standup)));
    let body = format!("{{\"address\": \"{ADDRESS}\"}}");
    let path = "/v1/users/ada/calendars/work/connection";
    assert_eq!(world.request(Method::PUT, path, &body).await.0, 201);
    world.settle().await;
    let (_, said) = world.request(Method::GET, EXPORT, "").await;
    let export: Value = serde_json::from_str(&said).unwrap();
    let [connection] = export["connections"].as_array().unwrap().as_slice() else {
        panic!("{said}")
    };
    assert_eq!((&connection["calendar"], &connection["health"]), (&"work".into(), &"ok".into()));
    assert!(said.contains("Standup") && !said.contains("hush"), "{said}");
    // The periodic look finds nobody, and so does one that is queued.
    world.run_until("2026-11-23T12:14:30Z").await;
    let looks = world.calendars.requests().len();
    assert_eq!(world.request(Method::POST, "/v1/users/ada/calendars/work/sync", "").await.0, 202);
    assert_eq!(erase(&world, "ada").await.0, 200);
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.calendars.requests().len(), looks, "nobody looks there any more");
    assert_eq!(world.texts(), []);
    assert_eq!(erase(&world, "ada").await.0, 404, "nothing came back");
    world.finish().await;
}

#[tokio::test]
async fn api_04_what_is_connected_in_the_middle_of_an_erasure_goes_at_its_first_look() {
    let world = World::at("2026-11-23T12:00:00Z");
    // The wish to connect had seen its user before they were erased; nothing is published there.
    let orphan = connection("ada", "work", "2026-11-23T12:00:00Z");
    assert!(world.stores.connections.put_connection(&orphan).await.unwrap());
    world.run_until("2026-11-23T12:05:00Z").await;
    assert_eq!(world.stores.connections.connections(&id("ada")).await.unwrap(), []);
    world.finish().await;
}

#[tokio::test]
async fn api_04_an_opt_out_outlives_the_erasure_and_holds_for_whoever_is_added_later() {
    let world = World::at("2026-11-24T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.reply("ada", "STOP").await;
    assert_eq!(erase(&world, "ada").await.0, 200);
    world.add(user("ann", NEW_YORK).sharing_phone_of("ada")).await;
    world.put("ann", "work", &[event("Dentist", "2026-11-24T09:00", NEW_YORK)]).await;
    world.run_until("2026-11-25T12:00:00Z").await;
    assert_eq!(world.phone("ada").await.consent, Consent::OptedOut);
    assert!(world.texts_to("ada").iter().all(|text| !text.body.contains("Dentist")));
    world.finish().await;
}

#[tokio::test]
async fn api_04_nothing_of_whoever_is_erased_is_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-03-02T09:00:00Z".parse().unwrap()));
    let store = Arc::new(SqliteStore::open(&folder.path().join("test.db"), clock).unwrap());
    let ports = StorePorts::of(store);
    add(&ports, &["bob"]).await;
    let row = claimed(&reminder("ann", "the-dentist", "2026-03-02T10:00:00Z"));
    add_with(&ports, "ann", std::slice::from_ref(&row)).await;
    let held = |what: &str| {
        let files = fs::read_dir(folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()));
        files
            .map(Result::unwrap)
            .any(|bytes| bytes.windows(what.len()).any(|at| at == what.as_bytes()))
    };
    let told = [number("ann").as_e164().to_owned(), "the-dentist".to_owned()];
    assert!(told.iter().all(|what| held(what)));
    let erasing = ErasePorts {
        erasure: ports.erasure.clone(),
        reminders: ports.reminders.clone(),
        metrics: ports.metrics.clone(),
    };
    assert!(erase_user(&erasing, &id("ann")).await.unwrap().is_some());
    // What was written goes to the file itself when the last connection closes.
    drop((erasing, ports));
    for what in told {
        assert!(!held(&what), "{what}");
    }
    assert!(held(number("bob").as_e164()));
}
