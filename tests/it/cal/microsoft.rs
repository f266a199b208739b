//! Calendars at Microsoft, by way of a stand-in that speaks the protocol.

use http::Method;
use serde_json::{Value, json};
use tests::microsoft_server::MicrosoftServer;
use tests::users::user;
use tests::world::World;

use super::google::come_back;
use super::{MORNING, NEW_YORK, connection};

const ASK: &str = "/v1/users/ada/calendars/work/microsoft";
const EVENING: &str = "2026-11-25T03:00:00Z";

/// An event of an hour on that Tuesday, which begins at that time in New York.
pub(super) fn event(id: &str, title: &str, start: &str) -> Value {
    let start: jiff::Timestamp = format!("2026-11-24T{start}:00-05:00").parse().unwrap();
    let end = start + jiff::SignedDuration::from_hours(1);
    let moment = |at: jiff::Timestamp| {
        let civil = at.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string();
        json!({ "dateTime": civil, "timeZone": "UTC" })
    };
    json!({
        "id": id, "iCalUId": format!("{id}-uid"), "type": "singleInstance", "subject": title,
        "start": moment(start), "end": moment(end), "isAllDay": false, "isCancelled": false,
        "showAs": "busy", "isOrganizer": false, "body": { "contentType": "text", "content": "" },
    })
}

fn with(mut event: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

/// The first occurrence of a series is on that Tuesday; this is one of its occurrences.
fn occurrence(kind: &str, id: &str, title: &str, original: &str, start: &str) -> Value {
    let uid = "040000008200E00074C5B7101A82E00807EA0B18D0A2AB0000000000";
    with(
        event(id, title, start),
        json!({ "type": kind, "seriesMasterId": "series", "iCalUId": uid,
            "originalStart": format!("2026-11-24T{original}:00Z") }),
    )
}

pub(super) async fn page(world: &World) -> String {
    let (status, told) = world.request(Method::POST, ASK, "{}").await;
    assert_eq!(status, 200, "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    told["address"].as_str().unwrap().to_owned()
}

/// A world in which Ada's calendar at Microsoft is connected, and was looked at.
pub(super) async fn connected(events: &[Value]) -> World {
    connected_in(World::at(MORNING), events).await
}

/// As [`connected`], in a world of its own.
pub(super) async fn connected_in(world: World, events: &[Value]) -> World {
    world.add(user("ada", NEW_YORK)).await;
    for secret in MicrosoftServer::secrets() {
        world.known.add("secret", secret);
    }
    for event in events {
        world.microsoft.put(event.clone());
        world.known.add("title", event["subject"].as_str().unwrap_or_default());
    }
    let back = world.microsoft.allow(&page(&world).await);
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
async fn cal_07_cal_01_cal_02_a_calendar_at_microsoft_is_followed_in_every_change() {
    let world = connected(&[
        event("a", "Standup", "10:00"),
        event("b", "Lunch", "12:00"),
        event("c", "Review", "14:00"),
    ])
    .await;
    assert_eq!(problem(&world).await, "");
    assert_eq!(world.outcomes("ada").await.len(), 3);
    let lists = world.microsoft.lists();
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(world.microsoft.lists() - lists, 1, "an unchanged calendar costs one request");
    world.microsoft.delete("a");
    world.microsoft.put(event("b", "Late lunch", "13:00"));
    world.microsoft.put(event("d", "Tea, with; \\cake\\", "16:00"));
    let expected = [
        "Late lunch: in 15 minutes, at 1:00 PM.",
        "Review: in 15 minutes, at 2:00 PM.",
        "Tea, with; \\cake\\: in 15 minutes, at 4:00 PM.",
    ];
    assert_eq!(bodies(&world).await, expected);
    let stored = connection(&world).await;
    let form = app::records::to_json::<app::records::ConnectionV1>(&stored).unwrap();
    assert!(MicrosoftServer::secrets().iter().all(|secret| !form.contains(secret)), "{form}");
    world.finish().await;
}

#[tokio::test]
async fn sch_15_what_microsoft_says_of_an_event_decides_whether_it_counts() {
    let own = |answer: &str| json!({ "responseStatus": { "response": answer } });
    let world = connected(&[
        with(event("a", "Accepted", "09:00"), own("accepted")),
        with(event("b", "Declined", "09:10"), own("declined")),
        with(event("c", "Free", "09:20"), json!({ "showAs": "free" })),
        with(event("d", "Mine", "09:30"), json!({ "isOrganizer": true })),
        with(event("e", "Away", "09:40"), json!({ "showAs": "oof" })),
        with(event("f", "At home", "09:50"), json!({ "showAs": "workingElsewhere" })),
        with(event("g", "Tentative", "10:00"), json!({ "showAs": "tentative" })),
        with(event("h", "Called off", "10:30"), json!({ "isCancelled": true })),
        occurrence("occurrence", "s_1", "First", "16:00", "11:00"),
        occurrence("exception", "s_2", "Moved", "17:00", "12:30"),
        with(event("i", "All day", "00:00"), json!({ "isAllDay": true })),
    ])
    .await;
    let expected = [
        "Accepted: in 15 minutes, at 9:00 AM.",
        "Mine: in 15 minutes, at 9:30 AM.",
        "Tentative: in 15 minutes, at 10:00 AM.",
        "First: in 15 minutes, at 11:00 AM.",
        "Moved: in 15 minutes, at 12:30 PM.",
    ];
    assert_eq!(bodies(&world).await, expected);
    world.finish().await;
}

#[tokio::test]
async fn cal_09_occurrences_of_a_series_are_moved_and_deleted_each_for_itself() {
    let world = connected(&[
        occurrence("occurrence", "s_1", "Series", "16:00", "11:00"),
        occurrence("occurrence", "s_2", "Series", "17:00", "12:00"),
        occurrence("occurrence", "s_3", "Series", "18:00", "13:00"),
    ])
    .await;
    world.microsoft.put(occurrence("exception", "s_1", "Series, moved", "16:00", "11:30"));
    world.microsoft.delete("s_2");
    world.run_until("2026-11-24T13:15:00Z").await;
    let expected = [
        "Series, moved scheduled 2026-11-24T16:15:00Z",
        "Series cancelled.event_cancelled 2026-11-24T16:45:00Z",
        "Series scheduled 2026-11-24T17:45:00Z",
    ];
    let mut outcomes = world.outcomes("ada").await;
    outcomes.sort();
    let mut expected = expected.map(str::to_owned).to_vec();
    expected.sort();
    assert_eq!(outcomes, expected);
    world.finish().await;
}

#[tokio::test]
async fn cal_13_pages_of_microsofts_are_read_to_their_end_or_not_at_all() {
    let titles = ["One", "Two", "Three", "Four", "Five"];
    let at = |minutes: &str| -> Vec<Value> {
        let all = (9..).zip(titles);
        all.map(|(hour, title)| event(title, title, &format!("{hour:02}:{minutes}"))).collect()
    };
    let world = connected(&at("00")).await;
    world.microsoft.page_size(1);
    for event in at("30") {
        world.microsoft.put(event);
    }
    // The list of changes has five pages and comes; of the view, page 3 fails.
    let fails = Some((500, "generalException", None));
    world.microsoft.trouble([None, None, None, None, None, None, None, fails]);
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
async fn cal_13_a_link_that_is_gone_or_nonsense_reads_everything_anew_and_nothing_twice() {
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    let before = world.reminder("ada").await;
    world.microsoft.forget_links();
    world.run_until("2026-11-24T13:15:00Z").await;
    assert!(world.microsoft.requests().iter().any(|(_, status)| *status == 410));
    assert_eq!(problem(&world).await, "");
    let replace = async |from: &str, to: &str| {
        let mut other = connection(&world).await;
        other.revision += 1;
        let cursor = other.cursor.take().unwrap().0;
        assert!(cursor.contains(from), "{cursor}");
        other.cursor = Some(app::ports::Cursor(cursor.replace(from, to)));
        assert!(app::ports::Connections::put_connection(&world.store, &other).await.unwrap());
    };
    replace("token_", "nonsense_").await;
    world.run_until("2026-11-24T13:30:00Z").await;
    assert_eq!(problem(&world).await, "");
    // What opens the calendar is sent to nobody else, whatever an answer said.
    replace("https://graph.microsoft.com", "https://evil.example").await;
    let requests = world.microsoft.requests().len();
    world.run_until("2026-11-24T13:45:00Z").await;
    assert!(problem(&world).await.contains("somebody else"), "{}", problem(&world).await);
    assert_eq!(world.microsoft.requests().len(), requests);
    replace("https://evil.example", "https://graph.microsoft.com").await;
    assert_eq!(world.reminder("ada").await, before);
    assert_eq!(bodies(&world).await.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_16_microsofts_limits_pass_and_a_withdrawn_permission_is_told() {
    let check = async |status: u16, code: &'static str, after: Option<u32>, person: bool| {
        let world = connected(&[event("a", "Standup", "10:00")]).await;
        world.microsoft.trouble([Some((status, code, after))]);
        world.run_until("2026-11-24T13:15:00Z").await;
        let told = connection(&world).await.health.problem.expect("it is noticed");
        assert_eq!(told.needs_person, person, "{status} {code}: {}", told.what);
        assert_eq!(bodies(&world).await.len(), 1, "what was planned goes out");
        world.finish().await;
    };
    check(429, "ApplicationThrottled", Some(30), false).await;
    check(503, "ErrorServerBusy", Some(5), false).await;
    check(504, "UnknownError", None, false).await;
    check(403, "ErrorAccessDenied", None, true).await;
    check(404, "ErrorItemNotFound", None, true).await;
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    // An access token that ends early is no problem of anybody's.
    world.microsoft.expire_access();
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(problem(&world).await, "");
    world.microsoft.revoke();
    world.run_until("2026-11-24T13:30:00Z").await;
    let told = connection(&world).await.health.problem.expect("it is noticed");
    assert!(told.needs_person && told.what.contains("connect the calendar anew"), "{}", told.what);
    // Allowed anew, it goes on.
    let back = world.microsoft.allow(&page(&world).await);
    assert_eq!(come_back(&world, &back).await.0, 200);
    world.microsoft.put(event("b", "Lunch", "12:00"));
    world.run_until("2026-11-24T13:45:00Z").await;
    assert_eq!(problem(&world).await, "");
    assert_eq!(bodies(&world).await.len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn cal_16_the_newest_refresh_token_is_the_one_that_is_stored() {
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    for hour in 14..=18 {
        // Only what was handed out last opens the calendar, as if long ago for all before.
        world.microsoft.expire_access();
        world.microsoft.expire_former();
        world.run_until(&format!("2026-11-24T{hour}:00:00Z")).await;
        assert_eq!(problem(&world).await, "", "at {hour}:00");
    }
    world.finish().await;
}

#[tokio::test]
async fn sec_02_consent_is_for_the_keeper_that_was_asked() {
    let world = World::at(MORNING);
    world.add(user("ada", NEW_YORK)).await;
    let back = world.microsoft.allow(&page(&world).await);
    let elsewhere = back.replace("/v1/microsoft/", "/v1/google/");
    let (status, told) = come_back(&world, &elsewhere).await;
    assert_eq!(status, 400);
    assert!(told.contains("none of ours"), "{told}");
    assert_eq!(come_back(&world, &back).await.0, 200);
    let (status, told) = come_back(&world, &back).await;
    assert_eq!((status, told.contains("not connected")), (400, true), "a code is good once");
    world.finish().await;
}
