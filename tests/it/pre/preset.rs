//! The preset `us-tcpa`: from the setting to the send, and why.

use app::users::SettingsChange;
use domain::phone::PhoneNumber;
use domain::reasons::SkipReason;
use domain::reminder::State;
use domain::text_hours::Preset;
use http::Method;
use serde_json::{Value, json};
use tests::events::event;
use tests::inspect::steps;
use tests::users::{UserSpec, user};
use tests::world::{World, instant};

use super::NEW_YORK;

/// Lives in New York with a number of Los Angeles, three hours behind.
fn moved() -> UserSpec {
    let mut spec = user("ada", NEW_YORK).leads(&[120]);
    spec.user.phone = PhoneNumber::parse("+12135550123", None).unwrap();
    spec
}

async fn get(world: &World, path: &str) -> Value {
    let (status, said) = world.request(Method::GET, path, "").await;
    assert_eq!(status, 200, "{said}");
    serde_json::from_str(&said).unwrap()
}

#[tokio::test]
async fn pre_02_a_text_waits_for_8_00_where_the_area_code_lies_too_and_why_says_so() {
    let world = World::maker("2026-11-24T02:00:00Z").usual_hours(Preset::UsTcpa).make();
    world.add(moved()).await;
    // Wanted at 10:00 in New York, which is 7:00 in Los Angeles.
    world.put("ada", "work", &[event("Lunch", "2026-11-24T12:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T15:59:59Z").await;
    assert_eq!(world.texts(), []);
    let row = world.reminder("ada").await;
    assert_eq!(row.send_at, instant("2026-11-24T16:00:00Z"));
    let path = "/v1/users/ada/outlook?date=2026-11-24";
    let told = &get(&world, path).await["rows"][0];
    assert_eq!(told["send_at"], "2026-11-24T16:00:00Z");
    assert_eq!(told["reason"], "quiet_hours");
    let why = get(&world, &format!("/v1/reminders/{}/why", row.id)).await;
    let words = why["words"].as_str().unwrap_or_else(|| panic!("{why}"));
    assert!(words.contains("us-tcpa") && words.contains("07:00 in America/Los_Angeles"), "{words}");
    world.run_until("2026-11-24T17:00:00Z").await;
    assert_eq!(world.texts()[0].at, instant("2026-11-24T16:00:00Z"));
    world.finish().await;
}

#[tokio::test]
async fn pre_02_a_preset_chosen_after_the_plan_defers_at_the_send_even_if_no_plan_follows() {
    let world = World::at("2026-11-24T02:00:00Z");
    world.add(moved()).await;
    world.put("ada", "work", &[event("Lunch", "2026-11-24T12:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:59:00Z").await;
    assert_eq!(steps(&world.reminder("ada").await), ["planned"]);
    let chosen =
        SettingsChange { quiet_preset: Some(Some(Preset::UsTcpa)), ..SettingsChange::default() };
    world.change("ada", &chosen).await;
    world.run_until("2026-11-24T16:30:00Z").await;
    assert_eq!(world.texts()[0].at, instant("2026-11-24T16:00:00Z"));
    world.finish().await;
}

#[tokio::test]
async fn pre_03_what_cannot_wait_is_skipped_and_a_person_may_choose_otherwise() {
    let world = World::maker("2026-11-24T02:00:00Z").usual_hours(Preset::UsTcpa).make();
    world.add(moved().leads(&[15])).await;
    world.put("ada", "work", &[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:00:00Z").await;
    let late = State::Skipped(SkipReason::QuietUntilAfterStart);
    let row = world.reminder("ada").await;
    assert_eq!(row.state, late);
    let why = get(&world, &format!("/v1/reminders/{}/why", row.id)).await;
    assert!(why["words"].as_str().unwrap().contains("us-tcpa"), "{why}");
    let said = get(&world, "/v1/users/ada/settings").await;
    assert_eq!(said["quiet_preset"], "usual");
    for (given, status, kept) in [
        (json!({"quiet_preset": "tcpa"}), 422, "usual"),
        (json!({"quiet_preset": "us-tcpa"}), 200, "us-tcpa"),
        (json!({"quiet": ["23:00-06:00"]}), 200, "us-tcpa"),
        (json!({"quiet_preset": "usual"}), 200, "usual"),
        (json!({"quiet_preset": "none", "quiet": []}), 200, "none"),
    ] {
        let path = "/v1/users/ada/settings";
        let (found, said) = world.request(Method::PATCH, path, &given.to_string()).await;
        assert_eq!(found, status, "{given}: {said}");
        assert_eq!(get(&world, path).await["quiet_preset"], kept, "{given}");
    }
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts()[0].at, instant("2026-11-24T14:45:00Z"));
    world.finish().await;
}

#[tokio::test]
async fn pre_02_what_would_be_put_off_past_21_00_is_not() {
    let world = World::maker("2026-11-24T22:00:00Z").usual_hours(Preset::UsTcpa).make();
    world.add(moved().leads(&[45])).await;
    world.put("ada", "work", &[event("Dinner", "2026-11-24T21:30", NEW_YORK)]).await;
    // 20:45 in New York: what is put off by 15 minutes would fall on 21:00.
    world.run_until("2026-11-25T01:46:00Z").await;
    assert_eq!(world.texts().len(), 1);
    let id = world.reminder("ada").await.id;
    let path = format!("/v1/reminders/{id}/snooze");
    let (status, said) = world.request(Method::POST, &path, r#"{"minutes": 15}"#).await;
    assert_eq!(status, 409, "{said}");
    assert!(said.contains("quiet_hours") || said.contains("quiet hours"), "{said}");
    world.finish().await;
}
