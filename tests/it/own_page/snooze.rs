//! "Again in ten minutes": by the API, on the page, by a link.

use domain::reminder::{Reminder, State};
use http::Method;
use serde_json::Value;
use tests::browser::{Browser, reminder_link};
use tests::events::event;
use tests::users::user;
use tests::world::World;

use super::NEW_YORK;

/// Ada has a meeting at 14:00 New York time, which is 19:00 in UTC.
async fn world(leads: &[u32]) -> World {
    let world = World::at("2026-11-24T12:00:00Z");
    world.add(user("ada", NEW_YORK).leads(leads)).await;
    world.put("ada", "work", &[event("Dentist", "2026-11-24T14:00", NEW_YORK)]).await;
    world.settle().await;
    world
}

async fn snooze(world: &World, row: &Reminder, minutes: u32) -> (u16, Value) {
    let path = format!("/v1/reminders/{}/snooze", row.id);
    let (status, said) =
        world.request(Method::POST, &path, &format!("{{\"minutes\": {minutes}}}")).await;
    (status, serde_json::from_str(&said).unwrap())
}

fn texted_at(world: &World) -> Vec<String> {
    world.texts_to("ada").iter().map(|text| format!("{} {}", text.at, text.body)).collect()
}

#[tokio::test]
async fn api_01_a_texted_reminder_that_is_put_off_is_texted_once_more_and_never_twice() {
    let world = world(&[30]).await;
    world.run_until("2026-11-24T18:31:00Z").await;
    let first = world.reminder("ada").await;
    // Asked three times, at once and a little later.
    let (one, two) = tokio::join!(snooze(&world, &first, 10), snooze(&world, &first, 10));
    assert_eq!((one.0, two.0), (200, 200), "{one:?} {two:?}");
    assert_eq!(one.1["id"], two.1["id"]);
    world.run_until("2026-11-24T18:33:00Z").await;
    let (_, third) = snooze(&world, &first, 5).await;
    assert_eq!(third["id"], one.1["id"], "one waits already");
    world.run_until("2026-11-24T19:30:00Z").await;
    assert_eq!(
        texted_at(&world),
        [
            "2026-11-24T18:30:00Z Dentist: in 30 minutes, at 2:00 PM.",
            "2026-11-24T18:41:00Z Dentist: in 19 minutes, at 2:00 PM.",
        ]
    );
    let rows = world.reminders("ada").await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.state == State::Delivered));
    let path = format!("/v1/reminders/{}/why", first.id);
    let (_, why) = world.request(Method::GET, &path, "").await;
    assert!(why.contains("Its reader put it off until Tue 2026-11-24 13:41:00 EST"), "{why}");
    let path = format!("/v1/reminders/{}/why", rows[1].id);
    let (_, why) = world.request(Method::GET, &path, "").await;
    assert!(why.contains("It follows one that its reader put off."), "{why}");
    world.finish().await;
}

#[tokio::test]
async fn api_01_a_waiting_reminder_that_is_put_off_goes_out_later_and_once() {
    let world = world(&[30]).await;
    let row = world.reminder("ada").await;
    assert_eq!(snooze(&world, &row, 15).await.0, 200);
    assert_eq!(snooze(&world, &row, 15).await.1["revision"], 2, "twice is once");
    // Whatever makes the plan anew leaves it there.
    world.put("ada", "home", &[event("Lunch", "2026-11-24T12:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(
        texted_at(&world),
        [
            "2026-11-24T16:30:00Z Lunch: in 30 minutes, at 12:00 PM.",
            "2026-11-24T18:45:00Z Dentist: in 15 minutes, at 2:00 PM.",
        ]
    );
    world.finish().await;
}

#[tokio::test]
async fn api_01_what_was_put_off_goes_with_its_event_and_survives_a_restart() {
    let world = world(&[30]).await;
    world.run_until("2026-11-24T18:31:00Z").await;
    let first = world.reminder("ada").await;
    assert_eq!(snooze(&world, &first, 10).await.0, 200);
    let world = world.restart().await;
    world.run_until("2026-11-24T18:35:00Z").await;
    world.put("ada", "work", &[]).await;
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(world.texts_to("ada").len(), 1);
    assert_eq!(world.outcomes("ada").await.len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn api_01_it_counts_in_the_daily_limit_and_a_stop_ends_it() {
    let world = World::at("2026-11-24T12:00:00Z");
    for (id, limit) in [("ada", 1), ("bob", 9)] {
        world.add(user(id, NEW_YORK).leads(&[30]).limit(limit)).await;
        world.put(id, "work", &[event("Dentist", "2026-11-24T14:00", NEW_YORK)]).await;
    }
    world.run_until("2026-11-24T18:31:00Z").await;
    let (status, said) = snooze(&world, &world.reminder("ada").await, 10).await;
    assert_eq!(status, 409);
    assert!(said["detail"].as_str().unwrap().contains("the limit of texts"), "{said}");
    assert_eq!(snooze(&world, &world.reminder("bob").await, 10).await.0, 200);
    world.reply("bob", "STOP").await;
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!((world.texts_to("ada").len(), world.texts_to("bob").len()), (1, 1));
    world.finish().await;
}

#[tokio::test]
async fn api_01_a_wish_that_cannot_be_is_refused_with_its_reason() {
    let world = world(&[15]).await;
    let row = world.reminder("ada").await;
    for (minutes, status) in [(7, 422), (0, 422), (15, 409)] {
        let (found, said) = snooze(&world, &row, minutes).await;
        assert_eq!(found, status, "{minutes}: {said}");
    }
    let path = format!("/v1/reminders/{}/snooze", "0".repeat(32));
    assert_eq!(world.request(Method::POST, &path, "{\"minutes\": 5}").await.0, 404);
    let path = format!("/v1/reminders/{}/acknowledge", row.id);
    assert_eq!(world.request(Method::POST, &path, "").await.0, 409, "nobody can have seen it");
    assert_eq!(world.cancel(row.id).await.0, 200);
    assert_eq!(snooze(&world, &row, 5).await.0, 409);
    assert_eq!(world.reminder("ada").await.revision, 2, "nothing else was written");
    world.finish().await;
}

#[tokio::test]
async fn in_03_a_link_lets_its_reader_say_seen_put_it_off_and_rate_it() {
    let world = world(&[30]).await;
    world.run_until("2026-11-24T18:31:00Z").await;
    let first = world.reminder("ada").await;
    let link = reminder_link(&world, first.id).await;
    let mut browser = Browser::new(&world);
    let page = browser.page(&link).await;
    assert!(page.contains("Dentist: in 30 minutes, at 2:00 PM."), "{page}");
    assert_eq!(world.reminder("ada").await, first, "looking changes nothing");
    for wish in ["seen", "snooze-10", "rate-4", "seen", "snooze-10", "rate-4"] {
        let answer = browser.post(&link, &[("do", wish), ("words", "right on time")]).await;
        assert_eq!(answer.status(), 303, "{wish}: {}", answer.body());
        let next = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(browser.page(&next).await.contains("role=\"status\""), "{wish}");
    }
    let rows = world.reminders("ada").await;
    let seen = rows.iter().find(|row| row.id == first.id).unwrap();
    assert_eq!(seen.acknowledged_at, Some(world.now()));
    let rating = seen.rating.as_ref().unwrap();
    assert_eq!((rating.stars, rating.feedback.as_deref()), (4, Some("right on time")));
    assert_eq!((rows.len(), seen.snoozes.len()), (2, 1));
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(world.texts_to("ada").len(), 2);
    let (_, figures) = world.request(Method::GET, "/v1/verify", "").await;
    assert!(figures.contains("\"counters\":\"equal\""), "{figures}");
    world.known.add("words", "right on time");
    world.finish().await;
}
