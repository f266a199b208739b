//! Calendars at a CalDAV server, by way of a stand-in. `tests/radicale/run` has a real one.

use http::Method;
use tests::calendar_server::Trouble;
use tests::dav_server::{DavServer, Knows, PASSWORD, USER};
use tests::events::{Event, calendar, event};
use tests::users::user;
use tests::world::World;

use super::{MORNING, NEW_YORK, connection};

const CONNECTION: &str = "/v1/users/ada/calendars/work/connection";
const EVENING: &str = "2026-11-25T03:00:00Z";

pub(super) fn put(dav: &mut DavServer, event: &Event) {
    let object = calendar(std::slice::from_ref(event));
    let uid = object.lines().find_map(|line| line.strip_prefix("UID:")).unwrap().to_owned();
    dav.put(&format!("{uid}.ics"), &object);
}

/// A world in which Ada's calendar is at the server, and was looked at.
async fn connected(events: &[Event], set: impl FnOnce(&mut DavServer)) -> World {
    connected_in(World::at(MORNING), events, set).await
}

/// As [`connected`], in a world of its own.
pub(super) async fn connected_in(
    world: World,
    events: &[Event],
    set: impl FnOnce(&mut DavServer),
) -> World {
    world.add(user("ada", NEW_YORK)).await;
    world.known.add("password", PASSWORD);
    world.known.add("account", USER);
    world.calendars.dav(|dav| {
        events.iter().for_each(|event| put(dav, event));
        set(dav);
    });
    connect(&world, "https://dav.example/", PASSWORD, None).await;
    world.settle().await;
    world
}

async fn connect(world: &World, address: &str, password: &str, calendar: Option<&str>) {
    let caldav = serde_json::json!({ "user": USER, "password": password, "calendar": calendar });
    let body = serde_json::json!({ "address": address, "caldav": caldav }).to_string();
    let (status, told) = world.request(Method::PUT, CONNECTION, &body).await;
    assert!(status == 201 || status == 200, "{told}");
    assert!(!told.contains(PASSWORD) && !told.contains(USER), "{told}");
}

fn standup() -> Event {
    event("Standup", "2026-11-24T10:00", NEW_YORK)
}

async fn problem(world: &World) -> String {
    connection(world).await.health.problem.map(|problem| problem.what).unwrap_or_default()
}

#[tokio::test]
async fn cal_07_cal_01_an_account_is_enough_and_every_change_is_followed() {
    for knows in [Knows::Tokens, Knows::Tags, Knows::Nothing] {
        let lunch = event("Lunch", "2026-11-24T12:00", NEW_YORK);
        let world = connected(&[standup(), lunch], |dav| dav.knows = knows).await;
        assert_eq!(problem(&world).await, "", "{knows:?}");
        let both =
            ["Standup scheduled 2026-11-24T14:45:00Z", "Lunch scheduled 2026-11-24T16:45:00Z"];
        assert_eq!(world.outcomes("ada").await, both, "{knows:?}");
        let asked = world.calendars.requests().len();
        world.run_until("2026-11-24T13:15:00Z").await;
        let cost = world.calendars.requests().len() - asked;
        let cost_max = if knows == Knows::Nothing { 3 } else { 1 };
        assert_eq!(cost, cost_max, "an unchanged calendar, {knows:?}");
        world.calendars.dav(|dav| {
            dav.remove("Standup@test.ics");
            put(dav, &event("Tea & <cake>", "2026-11-24T15:00", NEW_YORK));
        });
        world.run_until(EVENING).await;
        let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
        let expected =
            ["Lunch: in 15 minutes, at 12:00 PM.", "Tea & <cake>: in 15 minutes, at 3:00 PM."];
        assert_eq!(bodies, expected, "{knows:?}");
        world.finish().await;
    }
}

#[tokio::test]
async fn cal_13_an_expired_token_reads_everything_anew_and_nothing_twice() {
    let world = connected(&[standup()], |_| ()).await;
    let before = world.reminder("ada").await;
    world.calendars.dav(DavServer::forget_tokens);
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(problem(&world).await, "");
    assert_eq!(world.reminder("ada").await, before);
    let asked = world.calendars.requests().len();
    world.run_until("2026-11-24T13:30:00Z").await;
    assert_eq!(world.calendars.requests().len() - asked, 1, "the new token is good");
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_16_trouble_at_a_caldav_server_withdraws_nothing() {
    let troubles = [
        Trouble::Status(500, Vec::new()),
        Trouble::Status(429, Vec::new()),
        Trouble::Status(207, Vec::new()),
        Trouble::Instead("<html>Sorry</html>"),
        Trouble::Timeout,
    ];
    for trouble in troubles {
        let world = connected(&[standup()], |_| ()).await;
        world.calendars.trouble([trouble.clone()]);
        world.run_until("2026-11-24T13:15:00Z").await;
        assert_ne!(problem(&world).await, "", "{trouble:?} is noticed");
        world.run_until("2026-11-24T13:17:00Z").await;
        assert_eq!(problem(&world).await, "", "{trouble:?} is over");
        world.run_until(EVENING).await;
        assert_eq!(world.texts().len(), 1, "{trouble:?}");
        world.finish().await;
    }
    // Half an answer is none.
    let world = connected(&[standup()], |_| ()).await;
    world.calendars.dav(|dav| {
        put(dav, &event("Lunch", "2026-11-24T12:00", NEW_YORK));
        dav.tells_half = true;
    });
    world.run_until("2026-11-24T13:15:00Z").await;
    assert!(problem(&world).await.contains("only a part"));
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T14:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_16_a_refused_password_is_told_and_what_was_planned_goes_out() {
    let world = connected(&[standup()], |_| ()).await;
    connect(&world, "https://dav.example/", "wrong-password", None).await;
    world.settle().await;
    let stored = connection(&world).await.health.problem.expect("it is noticed");
    assert!(stored.needs_person && stored.what.contains("password"), "{}", stored.what);
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn of_several_calendars_one_is_named() {
    let world = connected(&[standup()], |dav| dav.has_another = true).await;
    assert!(problem(&world).await.contains("several calendars"));
    let check = async |address: &str, name: Option<&str>, words: &str| {
        connect(&world, address, PASSWORD, name).await;
        world.settle().await;
        let problem = problem(&world).await;
        assert!(
            if words.is_empty() { problem.is_empty() } else { problem.contains(words) },
            "{problem}"
        );
    };
    check("https://dav.example/", Some("Play"), "no calendar of that name").await;
    check("https://dav.example/dav/", Some("Work & more"), "").await;
    check("https://dav.example/dav/calendars/ada/nothing/", Some("work"), "").await;
    check("https://dav.example/dav/calendars/ada/tasks/", None, "several calendars").await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T14:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn sec_02_an_account_is_read_carefully() {
    let world = World::at(MORNING);
    world.add(user("ada", NEW_YORK)).await;
    let check = async |caldav: &str, words: &str| {
        let body = format!("{{\"address\": \"https://dav.example/\", \"caldav\": {caldav}}}");
        let (status, told) = world.request(Method::PUT, CONNECTION, &body).await;
        assert_eq!(status, 422, "{caldav}: {told}");
        assert!(told.contains(words), "{caldav}: {told}");
    };
    check("{\"user\": \"\", \"password\": \"x\"}", "caldav.user").await;
    check("{\"user\": \"a:b\", \"password\": \"x\"}", "colon").await;
    check("{\"user\": \"a\", \"password\": \"x\\ny\"}", "caldav.password").await;
    check("{\"user\": \"a\"}", "password").await;
    world.finish().await;
}
