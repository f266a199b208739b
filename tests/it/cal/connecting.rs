//! Connecting and letting go, through the API.

use app::ports::Connections as _;
use http::Method;
use tests::events::{calendar, event};
use tests::users::user;
use tests::world::{World, user_id};

use super::{ADDRESS, MORNING, NEW_YORK, connected};

const CONNECTION: &str = "/v1/users/ada/calendars/work/connection";

async fn with_ada() -> World {
    let world = World::at(MORNING);
    world.add(user("ada", NEW_YORK)).await;
    world.calendars.publish(ADDRESS, calendar(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]));
    world
}

#[tokio::test]
async fn cal_07_a_calendar_is_connected_looked_at_and_let_go() {
    let world = with_ada().await;
    let body = "{\"address\": \"webcal://calendar.example/ada.ics\", \"every_minutes\": 30}";
    let (status, told) = world.request(Method::PUT, CONNECTION, body).await;
    assert_eq!(status, 201, "{told}");
    assert!(told.contains("\"health\":\"new\"") && told.contains("\"host\":\"calendar.example\""));
    assert!(!told.contains("ada.ics"), "the address is not shown again: {told}");
    world.settle().await;
    let (_, told) = world.request(Method::GET, "/v1/users/ada/connections", "").await;
    assert!(told.contains("\"health\":\"ok\"") && told.contains("\"every_minutes\":30"), "{told}");
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T14:45:00Z"]);
    assert_eq!(world.request(Method::PUT, CONNECTION, body).await.0, 200);
    let path = "/v1/users/ada/calendars/work";
    assert_eq!(world.request(Method::DELETE, path, "").await.0, 204);
    assert_eq!(world.request(Method::DELETE, path, "").await.0, 404);
    world.run_until("2026-11-25T03:00:00Z").await;
    assert_eq!(world.texts(), []);
    assert_eq!(world.store.connections(&user_id("ada")).await.unwrap(), []);
    let after = world.calendars.requests().len();
    world.run_until("2026-11-25T05:00:00Z").await;
    assert_eq!(world.calendars.requests().len(), after, "nobody looks there any more");
    world.finish().await;
}

#[tokio::test]
async fn sec_02_what_is_no_address_is_refused_with_a_reason() {
    let world = with_ada().await;
    let check = async |body: &str, expected: u16, words: &str| {
        let (status, told) = world.request(Method::PUT, CONNECTION, body).await;
        assert_eq!(status, expected, "{body}: {told}");
        assert!(told.contains(words), "{body}: {told}");
    };
    check("{\"address\": \"ftp://calendar.example/\"}", 422, "https://").await;
    check("{\"address\": \"https://ada:hush@calendar.example/\"}", 422, "password").await;
    check("{\"address\": \"https://a.example/\", \"every_minutes\": 1}", 422, "5 to 1440").await;
    check("{\"adress\": \"https://a.example/\"}", 422, "unknown field").await;
    world.put("ada", "work", &[]).await;
    check("{\"address\": \"https://a.example/\"}", 409, "as a document").await;
    let nobody = "/v1/users/nobody/calendars/work/connection";
    let body = "{\"address\": \"https://a.example/\"}";
    assert_eq!(world.request(Method::PUT, nobody, body).await.0, 404);
    assert_eq!(world.request(Method::GET, "/v1/users/nobody/connections", "").await.0, 404);
    let path = "/v1/users/ada/calendars/work/sync";
    assert_eq!(world.request(Method::POST, path, "").await.0, 404, "it is not connected");
    world.finish().await;
}

#[tokio::test]
async fn a_connected_calendar_takes_no_document() {
    let world = connected(&[]).await;
    let text = calendar(&[]);
    let request = http::Request::put("/v1/users/ada/calendars/work")
        .header("content-type", "text/calendar")
        .body(axum::body::Body::from(text))
        .unwrap();
    let (status, told) = tests::stand_ins::answer(world.system.router(), request).await;
    assert_eq!(status, 409, "{told}");
    assert!(told.contains("disconnect it first"), "{told}");
    world.finish().await;
}

#[tokio::test]
async fn sec_02_what_opens_a_calendar_is_not_in_the_store_as_it_is() {
    let world = connected(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    let stored = world.store.connections(&user_id("ada")).await.unwrap();
    let form = app::records::to_json::<app::records::ConnectionV1>(&stored[0]).unwrap();
    assert!(form.contains("calendar.example") && !form.contains("ada.ics"), "{form}");
    world.finish().await;
}
