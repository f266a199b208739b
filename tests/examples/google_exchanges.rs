//! Does everything that we do at Google's, by the whole system over the stand-in of our tests, and
//! prints each request of the API with its answer: our side of `tests/discovery/run`.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "it prints, for a script")]

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::google_server::fault_body;
use tests::users::user;
use tests::world::World;

const MORNING: &str = "2026-11-24T13:00:00Z";
const CALENDAR: &str = "/v1/users/ada/calendars/work";

/// Events with every field that we read, as Google writes them.
fn events() -> Vec<Value> {
    let moment = |hour: u32| {
        let at = format!("2026-11-24T{hour:02}:00:00-05:00");
        json!({ "dateTime": at, "timeZone": "America/New_York" })
    };
    let plain = |id: &str, hour: u32| {
        json!({
            "kind": "calendar#event", "id": id, "iCalUID": format!("{id}@google.com"),
            "status": "confirmed", "summary": "Standup", "eventType": "default",
            "start": moment(hour), "end": moment(hour + 1),
        })
    };
    let with = |mut event: Value, more: Value| {
        for (name, value) in more.as_object().expect("an object") {
            event[name] = value.clone();
        }
        event
    };
    let video = json!({ "entryPointType": "video", "uri": "https://meet.google.com/a-b-c" });
    vec![
        plain("a", 9),
        with(
            plain("b", 10),
            json!({
                "status": "tentative", "location": "Room 5", "transparency": "transparent",
                "description": "See https://example.com",
                "hangoutLink": "https://meet.google.com/a",
                "conferenceData": { "entryPoints": [video] }, "organizer": { "self": true },
                "attendees": [{ "self": true, "responseStatus": "accepted" }],
            }),
        ),
        with(plain("s_1", 11), json!({ "recurringEventId": "s", "originalStartTime": moment(12) })),
        with(
            plain("d", 12),
            json!({ "start": { "date": "2026-11-24" }, "end": { "date": "2026-11-25" } }),
        ),
        with(plain("e", 13), json!({ "eventType": "focusTime" })),
        with(plain("f", 14), json!({ "eventType": "outOfOffice" })),
        with(plain("g", 15), json!({ "eventType": "workingLocation" })),
    ]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let world = World::at(MORNING);
    world.add(user("ada", "America/New_York")).await;
    for event in events() {
        world.google.put(event);
    }
    let (_, told) = world.request(Method::POST, &format!("{CALENDAR}/google"), "{}").await;
    let told: Value = serde_json::from_str(&told).expect("an answer");
    let back = world.google.allow(told["address"].as_str().expect("a page"));
    let back = back.strip_prefix("https://beforehand.example").expect("it is ours");
    assert_eq!(world.request(Method::GET, back, "").await.0, 200);
    world.settle().await;
    let quarter = SignedDuration::from_mins(15);
    world.run_for(quarter).await;
    // Pages, a change, a token that is gone, trouble, an access token that ends early.
    world.google.page_size(2);
    world.google.delete("a");
    world.run_for(quarter).await;
    world.google.forget_tokens();
    world.run_for(quarter).await;
    for (status, reason) in [(403, "rateLimitExceeded"), (429, "rateLimitExceeded"), (500, "x")] {
        world.google.trouble([Some((status, fault_body(status, reason)))]);
        world.run_for(quarter).await;
    }
    world.google.expire_access();
    // Until its channel is replaced; then it is let go.
    world.run_for(SignedDuration::from_hours(6 * 24)).await;
    assert_eq!(world.request(Method::DELETE, CALENDAR, "").await.0, 204);
    for exchange in world.google.exchanges() {
        println!("{exchange}");
    }
    world.finish().await;
}
