//! SEC: what no log may hold.
//!
//! Every [`World`] searches its own log when it ends, so this is checked by all tests; here is one
//! life that goes through every part, and the proof that the search finds what it is for.

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, Fate, Script};
use app::users::SettingsChange;
use http::Method;
use tests::events::event;
use tests::faults::{Fault, Faults, faulty};
use tests::leaks::{Known, count};
use tests::users::{phone_of, user};
use tests::webhooks::Webhook;
use tests::world::World;
use twilio_webhook::INBOUND_PATH;

const NEW_YORK: &str = "America/New_York";

/// Everything that a calendar says of a person.
async fn private_life(world: &World) {
    world.add(user("ada", NEW_YORK).leads(&[15, 60])).await;
    world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
    world.add(user("carol", NEW_YORK).limit(1)).await;
    let appointment = |title: &str, start: &str| {
        event(title, &format!("2026-11-24T{start}"), NEW_YORK)
            .with("LOCATION:Rheumatology ward seven")
            .with("DESCRIPTION:Bring the lab report\\nhttps://zoom.us/j/5550123?pwd=hunter22")
            .with("URL:https://clinic.example/patients/4711")
    };
    let events = [
        appointment("Biopsy results \\, Dr. Grün", "11:00"),
        appointment("Divorce lawyer", "12:00"),
        appointment("Interview at \"Initech\"", "13:00"),
    ];
    for id in ["ada", "bob", "carol"] {
        world.put(id, "work", &events).await;
    }
}

/// A day on which all that can go wrong does.
async fn bad_day(world: &World, faults: &Faults) {
    let to = phone_of("ada").as_e164().to_owned();
    let refused = Script::answer(Answer::Reject { status: 400, code: 21_614 });
    let lost = Script::answer(Answer::Lost { processed: true });
    let failed = Script::fate(Fate::Undeliver { code: 30_003 });
    for script in [refused, lost, failed, Script::answer(Answer::RateLimited)] {
        world.sandbox.script_next_to(&to, &script, 1);
    }
    for operation in ["claim", "record", "user", "phone", "events_between", "DomainEvents::publish"]
    {
        faults.fail(operation, Fault::After, 1);
    }
    world.run_until("2026-11-24T15:50:00Z").await;
    faults.stop();
    world.push_send("{\"version\": 9, \"user\": \"ada\"}");
    world.push_send("Biopsy results for +12025550123");
    world.run_until("2026-11-24T16:50:00Z").await;
    for words in ["what is this about my biopsy", "HELP", "STOP", "START", "stop texting me now"] {
        world.reply("ada", words).await;
    }
}

/// What strangers and careless people send.
async fn bad_requests(world: &World) {
    let forged = Webhook::new(INBOUND_PATH, &[("From", "+12025550147"), ("Body", "forged words")]);
    world.known.add("body", "forged words");
    assert_eq!(forged.signed("a guessed token").post(world.system.router()).await.0, 403);
    world.known.add("secret", "a guessed token");
    for (method, path, body) in [
        (Method::POST, "/v1/users", "{\"id\": \"eve\", \"phone\": \"+1202555017\"}"),
        (Method::POST, "/v1/users", "{\"phone\": \"+12025550171\", broken"),
        (Method::PATCH, "/v1/users/ada", "{\"phone\": \"+12025550172\", \"zone\": \"Mars\"}"),
        (Method::GET, "/v1/reminders/+12025550173", ""),
    ] {
        let (status, said) = world.request(method.clone(), path, body).await;
        assert!((400..500).contains(&status), "{method} {path}: {status} {said}");
    }
    let half = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Oncology intake\r\nDTSTART:never";
    world.put_text("bob", "broken", half).await;
}

#[tokio::test]
async fn sec_01_the_log_of_a_whole_life_at_every_level_holds_nothing_of_the_person() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world = World::maker("2026-11-24T10:00:00Z")
        .answering_stop_ourselves()
        .ports(move |ports| faulty(&inside, ports))
        .make();
    private_life(&world).await;
    bad_day(&world, &faults).await;
    bad_requests(&world).await;
    world
        .change("carol", &SettingsChange { reminders_on: Some(false), ..Default::default() })
        .await;
    world.run_until("2026-11-26T10:00:00Z").await;
    assert!(world.texts().len() >= 4, "something went out: {:?}", world.texts());
    assert!(!world.dead_letters().await.is_empty(), "what nobody could read was given up");
    assert!(count() > 40, "the day was logged: {} lines", count());
    assert_eq!(world.leaks(), [""; 0]);
    world.finish().await;
}

#[tokio::test]
async fn sec_01_whatever_a_world_knows_is_found_in_its_log() {
    let world = World::at("2026-11-24T10:00:00Z");
    private_life(&world).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    world.reply("ada", "what \"is\" this?").await;
    assert_eq!(world.leaks(), [""; 0], "so far nothing");
    let body = world.texts_to("ada").remove(0).body;
    let number = phone_of("ada").as_e164().to_owned();
    for (what, planted) in [
        ("phone number", number.as_str()),
        ("phone number", "%2B442079460958"),
        ("title", "Divorce lawyer"),
        ("title", "Interview at \"Initech\""),
        ("location", "Rheumatology ward seven"),
        ("link", "https://clinic.example/patients/4711"),
        ("body", "what \"is\" this?"),
        ("body", &body),
        ("secret", world.token()),
        ("secret", "a secret of tests"),
    ] {
        tracing::trace!(reminder.title = planted, "A line with a field");
        let by_field = world.leaks();
        tracing::trace!("A line that says {planted}, and goes on");
        let by_words = world.leaks();
        for found in [by_field, by_words] {
            assert_eq!(found.len(), 1, "{what} {planted}: {found:?}");
        }
    }
    // Another thread's line is every world's to find.
    let known = Known::default();
    known.add("title", "Divorce lawyer");
    assert_eq!(known.search_in(["Reminded of Divorce lawyer"]).len(), 1);
    assert_eq!(known.search_in(["Reminded of Divorce lawyers", "no divorce lawyer"]).len(), 0);
    world.finish().await;
}
