//! API-03: the preview of a day with other settings is what the planner then does.

use domain::reminder::State;
use http::Method;
use serde_json::{Value, json};
use tests::browser::Browser;
use tests::events::event;
use tests::users::user;
use tests::world::World;

use super::NEW_YORK;

async fn world() -> World {
    let world = World::at("2026-11-24T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let events: Vec<_> = (9..18)
        .map(|hour| {
            event(&format!("Meeting {hour}"), &format!("2026-11-24T{hour:02}:00"), NEW_YORK)
        })
        .collect();
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T15:30:00Z").await;
    world
}

/// What is or will be texted on the day: instant and text.
fn told(outlook: &Value) -> Vec<(String, String)> {
    let rows = outlook["rows"].as_array().unwrap().iter();
    let sent = rows.filter(|row| row["decision"] == "send");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    sent.map(|row| (word(&row["send_at"]), word(&row["body"]))).collect()
}

#[tokio::test]
async fn api_03_what_is_tried_is_what_then_happens() {
    for settings in [
        json!({}),
        json!({"lead": ["5m"]}),
        json!({"lead": ["15m", "1h"]}),
        json!({"lead": ["2h"]}),
        json!({"quiet": ["11:00-13:30"], "quiet_policy": "defer"}),
        json!({"quiet": ["11:00-13:30"], "quiet_policy": "skip"}),
        json!({"quiet": ["12:40-14:50"], "quiet_policy": "advance"}),
        json!({"limit": 3}),
        json!({"quiet_preset": "us-tcpa"}),
        json!({"quiet_preset": "us-tcpa", "zone": "America/Los_Angeles", "lead": ["1h", "2d"]}),
        json!({"language": "de", "clock": "24h"}),
        json!({"reminders": false}),
        json!({"zone": "Europe/Berlin"}),
        json!({"lead": ["30m", "10m"], "limit": 5, "quiet": ["14:00-15:00"]}),
    ] {
        let world = world().await;
        let before = world.reminders("ada").await;
        let body = json!({"date": "2026-11-24", "settings": settings}).to_string();
        let (status, said) = world.request(Method::POST, "/v1/users/ada/outlook", &body).await;
        assert_eq!(status, 200, "{said}");
        let preview = told(&serde_json::from_str(&said).unwrap());
        assert_eq!(world.reminders("ada").await, before, "nothing is written");
        let path = "/v1/users/ada/settings";
        assert_eq!(world.request(Method::PATCH, path, &settings.to_string()).await.0, 200);
        world.settle().await;
        let after = world.request(Method::GET, "/v1/users/ada/outlook?date=2026-11-24", "").await;
        assert_eq!(told(&serde_json::from_str(&after.1).unwrap()), preview, "{settings}");
        // Not only told: every row is there, and nothing else waits on that day.
        let rows = world.reminders("ada").await;
        let planned = rows.iter().filter(|row| {
            row.day_on.to_string() == "2026-11-24"
                && !matches!(row.state, State::Cancelled(_) | State::Skipped(_))
        });
        let mut planned: Vec<_> = planned.map(|row| row.send_at.to_string()).collect();
        planned.sort();
        let mut expected: Vec<_> = preview.into_iter().map(|(at, _)| at).collect();
        expected.sort();
        assert_eq!(planned, expected, "{settings}");
        world.finish().await;
    }
}

#[tokio::test]
async fn api_03_the_page_previews_and_saves_without_a_script() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let page = ada.page("/me/settings").await;
    assert!(page.contains("Meeting 12: in 15 minutes"), "{page}");
    let fields = [
        ("reminders", "on"),
        ("lead", "30m"),
        ("lead-other", "2h"),
        ("quiet", "22:00-08:00\r\nsat,sun 00:00-10:00\r\n"),
        ("policy", "defer"),
        ("limit", "12"),
        ("zone", "America/New_York"),
        ("language", "en"),
        ("clock", "24h"),
    ];
    let before = world.request(Method::GET, "/v1/users/ada", "").await.1;
    let preview = ada.act("/me/settings/preview", &fields).await;
    assert_eq!(preview.status(), 200);
    assert!(preview.body().contains("Meeting 13: in 30 minutes, at 13:00."), "{}", preview.body());
    assert!(preview.body().contains("Nothing is saved yet."));
    assert_eq!(world.request(Method::GET, "/v1/users/ada", "").await.1, before);
    // A script asks for the part alone.
    let part: Vec<_> = fields.into_iter().chain([("part", "preview")]).collect();
    let part = ada.act("/me/settings/preview", &part).await;
    assert!(!part.body().contains("<html") && part.body().contains("Meeting 13"));
    assert_eq!(ada.act("/me/settings", &fields).await.status(), 303);
    let (_, after) = world.request(Method::GET, "/v1/users/ada", "").await;
    let after: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(after["lead"], json!(["30m", "2h"]));
    assert_eq!(after["quiet"].as_array().unwrap().len(), 2, "{after}");
    assert_eq!((&after["limit"], &after["clock"]), (&json!(12), &json!("24h")));
    world.settle().await;
    world.finish().await;
}

#[tokio::test]
async fn api_01_settings_that_cannot_be_are_told_by_their_field_and_nothing_is_saved() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let before = world.request(Method::GET, "/v1/users/ada", "").await.1;
    let good = [
        ("lead", "15m"),
        ("quiet", ""),
        ("policy", "defer"),
        ("limit", "5"),
        ("zone", "America/New_York"),
        ("language", "en"),
        ("clock", "12h"),
        ("lead-other", ""),
    ];
    for (name, value, words) in [
        ("lead-other", "soon", "How long before"),
        ("quiet", "22:00", "Quiet hours"),
        ("limit", "many", "At most so many texts a day"),
        ("limit", "51", "At most so many texts a day"),
        ("zone", "Mars", "Time zone"),
        ("language", "xx", "Language"),
        ("clock", "x", "Clock"),
        ("policy", "x", "A text that falls into quiet hours"),
    ] {
        let fields = good.map(|(known, usual)| (known, if known == name { value } else { usual }));
        for address in ["/me/settings", "/me/settings/preview"] {
            let answer = ada.act(address, &fields).await;
            let wrong = format!("Please check: {words}");
            assert!(answer.body().contains(&wrong), "{name}={value}: {}", answer.body());
        }
    }
    assert_eq!(world.request(Method::GET, "/v1/users/ada", "").await.1, before);
    world.finish().await;
}
