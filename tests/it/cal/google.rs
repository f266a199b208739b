//! Calendars at Google, by way of a stand-in that speaks the protocol.

use http::Method;
use serde_json::{Value, json};
use tests::google_server::{GoogleServer, fault_body};
use tests::users::user;
use tests::world::World;

use super::{MORNING, NEW_YORK, connection};

const ASK: &str = "/v1/users/ada/calendars/work/google";
const EVENING: &str = "2026-11-25T03:00:00Z";

/// An event of an hour on that Tuesday.
pub(super) fn event(id: &str, title: &str, start: &str) -> Value {
    let start = format!("2026-11-24T{start}:00-05:00");
    let end: jiff::Timestamp = start.parse().unwrap();
    let end = (end + jiff::SignedDuration::from_hours(1)).to_string();
    json!({
        "id": id, "iCalUID": format!("{id}@google.test"), "status": "confirmed", "summary": title,
        "start": { "dateTime": start, "timeZone": NEW_YORK }, "end": { "dateTime": end },
        "eventType": "default",
    })
}

fn with(mut event: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub(super) async fn page(world: &World) -> String {
    let (status, told) = world.request(Method::POST, ASK, "{}").await;
    assert_eq!(status, 200, "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    told["address"].as_str().unwrap().to_owned()
}

/// The browser of the calendar's owner follows where Google sends it.
pub(super) async fn come_back(world: &World, to: &str) -> (u16, String) {
    let path = to.strip_prefix("https://beforehand.example").expect("it is ours");
    let (status, told) = world.request(Method::GET, path, "").await;
    (status, told)
}

/// A world in which Ada's calendar at Google is connected, and was looked at.
pub(super) async fn connected(events: &[Value]) -> World {
    connected_in(World::at(MORNING), events).await
}

/// As [`connected`], in a world of its own.
pub(super) async fn connected_in(world: World, events: &[Value]) -> World {
    world.add(user("ada", NEW_YORK)).await;
    for secret in GoogleServer::secrets() {
        world.known.add("secret", secret);
    }
    for event in events {
        world.google.put(event.clone());
        world.known.add("title", event["summary"].as_str().unwrap_or_default());
    }
    let back = world.google.allow(&page(&world).await);
    let (status, told) = come_back(&world, &back).await;
    assert_eq!(status, 200, "{told}");
    world.settle().await;
    world
}

async fn problem(world: &World) -> String {
    connection(world).await.health.problem.map(|problem| problem.what).unwrap_or_default()
}

async fn bodies(world: &World) -> Vec<String> {
    world.run_until(EVENING).await;
    world.texts().into_iter().map(|text| text.body).collect()
}

#[tokio::test]
async fn cal_07_cal_01_a_calendar_is_allowed_and_every_change_is_followed() {
    let world = connected(&[
        event("a", "Standup", "10:00"),
        event("b", "Lunch", "12:00"),
        event("c", "Review", "14:00"),
    ])
    .await;
    assert_eq!(problem(&world).await, "");
    assert_eq!(world.outcomes("ada").await.len(), 3);
    let lists = world.google.lists();
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(world.google.lists() - lists, 1, "an unchanged calendar costs one request");
    world.google.delete("a");
    world.google.put(event("b", "Late lunch", "13:00"));
    world.google.put(event("d", "Tea, with; \\cake\\", "16:00"));
    let expected = [
        "Late lunch: in 15 minutes, at 1:00 PM.",
        "Review: in 15 minutes, at 2:00 PM.",
        "Tea, with; \\cake\\: in 15 minutes, at 4:00 PM.",
    ];
    assert_eq!(bodies(&world).await, expected);
    let stored = connection(&world).await;
    let form = app::records::to_json::<app::records::ConnectionV1>(&stored).unwrap();
    assert!(GoogleServer::secrets().iter().all(|secret| !form.contains(secret)), "{form}");
    world.finish().await;
}

#[tokio::test]
async fn sch_15_what_google_says_of_an_event_decides_whether_it_counts() {
    let own = |answer: &str| json!({ "attendees": [{ "self": true, "responseStatus": answer }] });
    let series = |original: &str| {
        json!({ "recurringEventId": "s", "iCalUID": "s@google.test",
            "originalStartTime": { "dateTime": format!("2026-11-24T{original}:00-05:00") } })
    };
    let world = connected(&[
        with(event("a", "Accepted", "09:00"), own("accepted")),
        with(event("b", "Declined", "09:10"), own("declined")),
        with(event("c", "Free", "09:20"), json!({ "transparency": "transparent" })),
        with(event("d", "Focus", "09:30"), json!({ "eventType": "focusTime" })),
        with(event("e", "Away", "09:40"), json!({ "eventType": "outOfOffice" })),
        with(event("f", "At home", "09:50"), json!({ "eventType": "workingLocation" })),
        with(event("g", "Tentative", "10:00"), json!({ "status": "tentative" })),
        with(event("s_1", "First", "11:00"), series("11:00")),
        with(event("s_2", "Moved", "12:30"), series("12:00")),
        json!({ "id": "h", "iCalUID": "h", "summary": "All day",
            "start": { "date": "2026-11-24" }, "end": { "date": "2026-11-25" } }),
        json!({ "id": "i", "status": "cancelled" }),
    ])
    .await;
    let expected = [
        "Accepted: in 15 minutes, first of 3 meetings from 9:00 AM.",
        "Tentative: in 15 minutes, at 10:00 AM.",
        "First: in 15 minutes, at 11:00 AM.",
        "Moved: in 15 minutes, at 12:30 PM.",
    ];
    assert_eq!(bodies(&world).await, expected);
    world.finish().await;
}

#[tokio::test]
async fn cal_06_the_link_of_a_meeting_is_followed() {
    let link = |uri: &str| {
        json!({ "conferenceData": { "entryPoints": [
            { "entryPointType": "phone", "uri": "tel:+15550100" },
            { "entryPointType": "video", "uri": uri },
        ] } })
    };
    let meet = "https://meet.example/abc-defg";
    let world = connected(&[with(event("a", "Standup", "10:00"), link(meet))]).await;
    let links = async |world: &World| -> Vec<Option<String>> {
        let user = tests::world::user_id("ada");
        let work = domain::ids::CalendarId::parse("work").unwrap();
        let events = app::ports::Events::events_of(&world.store, &user, &work).await.unwrap();
        events.into_iter().map(|event| event.meeting_link).collect()
    };
    assert_eq!(links(&world).await, [Some(meet.to_owned())]);
    let other = "https://meet.example/xyz-uvwx";
    world.google.put(with(event("a", "Standup", "10:00"), link(other)));
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(links(&world).await, [Some(other.to_owned())]);
    world.finish().await;
}

#[tokio::test]
async fn cal_13_pages_are_read_to_their_end_or_not_at_all() {
    let titles = ["One", "Two", "Three", "Four", "Five"];
    let events: Vec<_> = (9..)
        .zip(titles)
        .map(|(hour, title)| event(title, title, &format!("{hour:02}:00")))
        .collect();
    let world = connected(&events).await;
    world.google.page_size(1);
    for (hour, title) in (9..).zip(titles) {
        world.google.put(event(title, title, &format!("{hour:02}:30")));
    }
    // The list of changes has five pages and comes; of the whole list, page 3 fails.
    let fails = Some((500, json!({})));
    world.google.trouble([None, None, None, None, None, None, None, fails]);
    world.run_until("2026-11-24T13:15:00Z").await;
    assert!(problem(&world).await.contains("500"), "{}", problem(&world).await);
    let before = connection(&world).await.cursor;
    assert_eq!(world.outcomes("ada").await[0], "One scheduled 2026-11-24T13:45:00Z");
    world.run_until("2026-11-24T13:17:00Z").await;
    assert_eq!(problem(&world).await, "");
    assert_ne!(connection(&world).await.cursor, before);
    assert_eq!(world.outcomes("ada").await[0], "One scheduled 2026-11-24T14:15:00Z");
    assert_eq!(bodies(&world).await.len(), 5);
    world.finish().await;
}

#[tokio::test]
async fn cal_13_a_token_that_is_gone_or_nonsense_reads_everything_anew_and_nothing_twice() {
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    let before = world.reminder("ada").await;
    world.google.forget_tokens();
    world.run_until("2026-11-24T13:15:00Z").await;
    assert!(world.google.requests().iter().any(|(_, status)| *status == 410));
    assert_eq!(problem(&world).await, "");
    let mut corrupt = connection(&world).await;
    corrupt.revision += 1;
    let cursor = corrupt.cursor.take().unwrap().0.replace("sync:", "nonsense:");
    corrupt.cursor = Some(app::ports::Cursor(cursor));
    assert!(app::ports::Connections::put_connection(&world.store, &corrupt).await.unwrap());
    world.run_until("2026-11-24T13:30:00Z").await;
    assert_eq!(problem(&world).await, "");
    assert_eq!(world.reminder("ada").await, before);
    assert_eq!(bodies(&world).await.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_16_quotas_pass_and_a_withdrawn_permission_is_told() {
    let check = async |status: u16, reason: &str, needs_person: bool| {
        let world = connected(&[event("a", "Standup", "10:00")]).await;
        world.google.trouble([Some((status, fault_body(status, reason)))]);
        world.run_until("2026-11-24T13:15:00Z").await;
        let told = connection(&world).await.health.problem.expect("it is noticed");
        assert_eq!(told.needs_person, needs_person, "{status} {reason}: {}", told.what);
        assert_eq!(bodies(&world).await.len(), 1, "what was planned goes out");
        world.finish().await;
    };
    check(403, "rateLimitExceeded", false).await;
    check(403, "userRateLimitExceeded", false).await;
    check(403, "quotaExceeded", false).await;
    check(429, "rateLimitExceeded", false).await;
    check(503, "backendError", false).await;
    check(403, "forbidden", true).await;
    check(404, "notFound", true).await;
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    // An access token that ends early is no problem of anybody's.
    world.google.expire_access();
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(problem(&world).await, "");
    world.google.revoke();
    world.run_until("2026-11-24T13:30:00Z").await;
    let told = connection(&world).await.health.problem.expect("it is noticed");
    assert!(told.needs_person && told.what.contains("connect the calendar anew"), "{}", told.what);
    // Allowed anew, it goes on.
    let back = world.google.allow(&page(&world).await);
    assert_eq!(come_back(&world, &back).await.0, 200);
    world.google.put(event("b", "Lunch", "12:00"));
    world.run_until("2026-11-24T13:45:00Z").await;
    assert_eq!(problem(&world).await, "");
    assert_eq!(bodies(&world).await.len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn sec_02_consent_is_for_one_user_once_and_in_time() {
    let world = World::at(MORNING);
    world.add(user("ada", NEW_YORK)).await;
    let check = async |to: &str, words: &str| {
        let (status, told) = come_back(&world, to).await;
        assert_eq!(status, 400, "{to}: {told}");
        assert!(told.contains(words), "{to}: {told}");
    };
    let callback = "https://beforehand.example/v1/google/callback";
    check(callback, "none of ours").await;
    check(&format!("{callback}?state=abc.def&code=1"), "none of ours").await;
    let back = world.google.allow(&page(&world).await);
    check(&back.replace("state=", "state=x"), "none of ours").await;
    // Somebody else's code, with a verifier that is not theirs.
    let other =
        world.google.allow(&page(&world).await.replace("code_challenge=", "code_challenge=x"));
    check(&other, "not connected").await;
    let (state, _) = back.split_once("&code=").unwrap();
    check(&format!("{state}&error=access_denied"), "did not allow").await;
    assert_eq!(come_back(&world, &back).await.0, 200);
    check(&back, "not connected").await;
    let late = world.google.allow(&page(&world).await);
    world.run_for(jiff::SignedDuration::from_hours(25)).await;
    check(&late, "too old").await;
    let nobody = "/v1/users/nobody/calendars/work/google";
    assert_eq!(world.request(Method::POST, nobody, "{}").await.0, 404);
    let (status, told) = world.request(Method::POST, ASK, "{\"calendar\": \"\"}").await;
    assert_eq!(status, 422, "{told}");
    world.finish().await;
}
