//! People connect their calendars on their own page.

use app::ports::Connections as _;
use domain::ids::CalendarId;
use http::header;
use tests::browser::Browser;
use tests::users::user;
use tests::world::{World, user_id};

use super::NEW_YORK;

async fn world() -> World {
    let world = World::at("2026-11-24T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world
}

async fn connection(world: &World, name: &str) -> Option<app::ports::Connection> {
    let calendar = CalendarId::parse(name).unwrap();
    world.store.connection(&user_id("ada"), &calendar).await.unwrap()
}

/// The link of a page that leads to somebody else.
fn link(page: &str) -> String {
    let href = page.split("class=\"button\" href=\"").nth(1).expect("there is a link");
    href.split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn cal_07_a_calendar_at_google_or_microsoft_is_connected_on_the_own_page() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let page = ada.page("/me/data").await;
    for words in ["Google Calendar", "Microsoft Outlook", "CalDAV", ".ics"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let answer = ada.act("/me/calendars", &[("kind", "microsoft"), ("name", "work")]).await;
    assert_eq!(answer.status(), 200);
    let back = world.microsoft.allow(&link(answer.body()));
    let path = back.strip_prefix("https://beforehand.example").unwrap();
    assert_eq!(world.request(http::Method::GET, path, "").await.0, 200);
    let answer = ada.act("/me/calendars", &[("kind", "google"), ("name", "home")]).await;
    let back = world.google.allow(&link(answer.body()));
    let path = back.strip_prefix("https://beforehand.example").unwrap();
    assert_eq!(world.request(http::Method::GET, path, "").await.0, 200);
    world.settle().await;
    for (name, host) in [("work", "Microsoft Outlook"), ("home", "Google Calendar")] {
        let found = connection(&world, name).await.expect("it is connected");
        assert_eq!((&found.host[..], &found.health.problem), (host, &None));
    }
    assert!(ada.page("/me/data").await.contains("connected · Google Calendar"));
    world.finish().await;
}

#[tokio::test]
async fn cal_07_sec_02_a_caldav_account_is_sealed_and_never_shown_again() {
    let world = world().await;
    let (password, account) = ("app-password-of-ada", "ada-at-the-cloud");
    world.known.add("secret", password);
    let mut ada = Browser::of(&world, "ada").await;
    let fields = [
        ("kind", "caldav"),
        ("name", "cloud"),
        ("address", "https://cloud.example/dav"),
        ("user", account),
        ("password", password),
        ("calendar", ""),
    ];
    let answer = ada.act("/me/calendars", &fields).await;
    assert_eq!(answer.headers()[header::LOCATION], "/me/data?done=connected");
    let stored = connection(&world, "cloud").await.expect("it is connected");
    let form = app::records::to_json::<app::records::ConnectionV1>(&stored).unwrap();
    assert!(!form.contains(password) && !form.contains(account), "{form}");
    let page = ada.page("/me/data?done=connected").await;
    assert!(page.contains("cloud.example") && page.contains("Your calendar is connected"));
    assert!(!page.contains(password) && !page.contains(account), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn cal_07_what_cannot_be_connected_is_said_and_nothing_is_stored() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let address = "https://calendar.example/ada.ics";
    world.known.add("calendar address", "calendar.example/ada.ics");
    for (fields, words) in [
        (
            vec![("kind", "address"), ("name", "a"), ("address", "nonsense")],
            "Please check: Address",
        ),
        (vec![("kind", "address"), ("name", ""), ("address", address)], "What you call it here"),
        (
            vec![("kind", "caldav"), ("name", "a"), ("address", address), ("user", "ada")],
            "Please check: App password",
        ),
    ] {
        let answer = ada.act("/me/calendars", &fields).await;
        assert!(answer.body().contains(words), "{words}: {}", answer.body());
    }
    assert!(world.store.connections(&user_id("ada")).await.unwrap().is_empty());
    let fields = [("kind", "address"), ("name", "a"), ("address", address)];
    let answer = ada.act("/me/calendars", &fields).await;
    assert_eq!(answer.headers()[header::LOCATION], "/me/data?done=connected");
    let stored = connection(&world, "a").await.expect("it is connected");
    assert_eq!(stored.host, "calendar.example");
    let form = [("kind", "address"), ("name", "b"), ("address", address), ("token", "forged")];
    let answer = ada.post("/me/calendars", &form).await;
    assert_eq!(answer.status(), 403);
    assert!(connection(&world, "b").await.is_none(), "nobody else sends forms");
    world.finish().await;
}
