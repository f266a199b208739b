//! Quiet hours, from the plan to the send.

use app::users::SettingsChange;
use domain::quiet_hours::QuietPolicy;
use domain::quiet_parse::window;
use domain::reasons::SkipReason;
use domain::reminder::State;
use domain::time::Zones;
use http::Method;
use jiff::SignedDuration;
use tests::events::event;
use tests::inspect::steps;
use tests::users::{UserSpec, user};
use tests::world::{World, instant};

use super::NEW_YORK;

const NIGHT: &str = "22:00-08:00";

/// A text due at 23:00 for an event at 9:00 the next day.
fn late_text() -> UserSpec {
    user("ada", NEW_YORK).leads(&[600])
}

#[tokio::test]
async fn pre_02_a_text_due_at_23_00_for_9_00_the_next_day_is_deferred_to_8_00() {
    let world = World::at("2026-11-24T15:00:00Z");
    world.add(late_text().quiet(&[NIGHT])).await;
    world.put("ada", "work", &[event("Flight", "2026-11-25T09:00", NEW_YORK)]).await;
    world.run_until("2026-11-25T12:59:59Z").await;
    assert_eq!(world.texts(), []);
    let waiting = world.reminder("ada").await;
    assert_eq!(waiting.nominal_at, instant("2026-11-25T04:00:00Z"));
    assert_eq!(waiting.send_at, instant("2026-11-25T13:00:00Z"));
    world.run_until("2026-11-25T14:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, instant("2026-11-25T13:00:00Z"));
    assert_eq!(texts[0].body, "Flight: in 1 hour, at 9:00 AM.");
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;
}

#[tokio::test]
async fn pre_02_quiet_hours_chosen_after_the_plan_defer_at_the_send_even_if_no_plan_follows() {
    let world = World::at("2026-11-24T15:00:00Z");
    world.add(late_text().leads(&[593])).await;
    world.put("ada", "work", &[event("Flight", "2026-11-25T09:00", NEW_YORK)]).await;
    // Due at 23:07, between two ticks, so that only the sender can notice.
    world.run_until("2026-11-25T04:06:00Z").await;
    let quiet_windows = Some(vec![window(NIGHT).unwrap()]);
    world.change("ada", &SettingsChange { quiet_windows, ..SettingsChange::default() }).await;
    world.lose_plans();
    world.run_until("2026-11-25T04:07:30Z").await;
    let waiting = world.reminder("ada").await;
    assert_eq!(waiting.send_at, instant("2026-11-25T13:00:00Z"));
    assert_eq!(steps(&waiting), ["planned", "deferred quiet_hours"]);
    world.run_until("2026-11-25T14:30:00Z").await;
    let at: Vec<_> = world.texts().iter().map(|text| text.at).collect();
    assert_eq!(at, [instant("2026-11-25T13:00:00Z")]);
    world.finish().await;
}

/// An event at 23:15 with the night quiet; when it was texted, and where its reminder ended.
async fn event_at_23_15(ada: UserSpec) -> (Option<String>, State) {
    let world = World::at("2026-11-24T15:00:00Z");
    world.add(ada.quiet(&[NIGHT])).await;
    world.put("ada", "work", &[event("Night train", "2026-11-24T23:15", NEW_YORK)]).await;
    world.run_until("2026-11-25T20:00:00Z").await;
    let texts = world.texts();
    assert!(texts.len() <= 1);
    let state = world.reminder("ada").await.state;
    world.finish().await;
    (texts.first().map(|text| text.at.to_string()), state)
}

#[tokio::test]
async fn pre_03_an_event_at_23_15_is_skipped_visibly_or_texted_before_or_after_as_one_likes() {
    let ada = || user("ada", NEW_YORK);
    let skipped = State::Skipped(SkipReason::QuietUntilAfterStart);
    assert_eq!(event_at_23_15(ada()).await, (None, skipped));
    let advanced = event_at_23_15(ada().quiet_policy(QuietPolicy::Advance)).await;
    assert_eq!(advanced, (Some("2026-11-25T02:59:00Z".to_owned()), State::Delivered));
    let afterwards = event_at_23_15(ada().allow_after_start()).await;
    assert_eq!(afterwards, (Some("2026-11-25T13:00:00Z".to_owned()), State::Delivered));
    let skip = State::Skipped(SkipReason::QuietHours);
    assert_eq!(event_at_23_15(ada().quiet_policy(QuietPolicy::Skip)).await, (None, skip));
}

/// When a text goes out that is due `lead` minutes before `start`, both by New York's clocks.
async fn sent_at(windows: &[&str], start: &str, lead: u32) -> Option<String> {
    let eve = instant(&format!("{}T00:00:00Z", &start[..10])) - SignedDuration::from_hours(8);
    let world = World::at(&eve.to_string());
    world.add(user("ada", NEW_YORK).leads(&[lead]).quiet(windows)).await;
    world.put("ada", "work", &[event("Event", start, NEW_YORK)]).await;
    world.run_for(SignedDuration::from_hours(60)).await;
    assert!(world.reminder("ada").await.state.is_terminal());
    let texts = world.texts();
    assert!(texts.len() <= 1, "{texts:?}");
    world.finish().await;
    let zones = Zones::bundled();
    let zone = zones.rules(&zones.parse(NEW_YORK).unwrap()).unwrap();
    let at = zone.to_datetime(texts.first()?.at);
    Some(at.strftime("%a %H:%M:%S").to_string())
}

#[tokio::test]
async fn pre_04_windows_are_exact_to_the_minute() {
    let check = async |windows: &[&str], start: &str, lead: u32, expected: &str| {
        let found = sent_at(windows, start, lead).await;
        assert_eq!(found.as_deref().unwrap_or("never"), expected, "{windows:?} {start} {lead}");
    };
    // 2026-11-24 is a Tuesday, 2026-11-28 a Saturday.
    let night = ["22:30-07:15"];
    check(&night, "2026-11-25T08:29", 600, "Tue 22:29:00").await;
    check(&night, "2026-11-25T08:30", 600, "Wed 07:15:00").await;
    check(&night, "2026-11-25T17:14", 600, "Wed 07:15:00").await;
    check(&night, "2026-11-25T17:15", 600, "Wed 07:15:00").await;
    check(&night, "2026-11-25T17:16", 600, "Wed 07:16:00").await;
    let lunch = ["mon-fri 12:00-13:00"];
    check(&lunch, "2026-11-24T14:00", 121, "Tue 11:59:00").await;
    check(&lunch, "2026-11-24T14:00", 120, "Tue 13:00:00").await;
    check(&lunch, "2026-11-24T14:00", 60, "Tue 13:00:00").await;
    check(&lunch, "2026-11-28T14:00", 120, "Sat 12:00:00").await;
    let overlapping = ["12:00-13:00", "12:30-14:00", "14:00-14:30"];
    check(&overlapping, "2026-11-24T15:00", 170, "Tue 14:30:00").await;
    check(&overlapping, "2026-11-24T14:30", 20, "never").await;
}

#[tokio::test]
async fn pre_04_a_window_that_ends_inside_a_gap_ends_with_the_gap() {
    // Clocks jump from 02:00 to 03:00 on 2027-03-14, so the wall never shows 02:30.
    let ends_in_gap = ["22:00-02:30"];
    let found = sent_at(&ends_in_gap, "2027-03-14T06:00", 240).await;
    assert_eq!(found.as_deref(), Some("Sun 03:00:00"));
}

#[tokio::test]
async fn pre_04_a_week_that_is_quiet_throughout_skips_and_ends() {
    let always = ["00:00-12:00", "12:00-00:00"];
    assert_eq!(sent_at(&always, "2026-11-25T10:00", 15).await, None);
}

#[tokio::test]
async fn pre_05_a_window_whose_start_is_its_end_is_refused_with_an_explanation() {
    let world = World::at("2026-11-24T15:00:00Z");
    world.add(user("ada", NEW_YORK).quiet(&[NIGHT])).await;
    let before = world.request(Method::GET, "/v1/users/ada", "").await;
    let change = r#"{"quiet": ["08:00-08:00"]}"#;
    let (status, said) = world.request(Method::PATCH, "/v1/users/ada/settings", change).await;
    assert_eq!(status, 422, "{said}");
    assert!(said.contains("could mean never or always"), "{said}");
    assert_eq!(world.request(Method::GET, "/v1/users/ada", "").await, before);
    world.finish().await;
}

#[tokio::test]
async fn pre_06_a_text_deferred_over_midnight_counts_on_the_day_it_is_sent() {
    let world = World::at("2026-11-24T12:00:00Z");
    world.add(late_text().limit(1).quiet(&[NIGHT])).await;
    let events = [
        event("Chess", "2026-11-24T20:00", NEW_YORK),
        event("Choir", "2026-11-25T09:00", NEW_YORK),
        event("Badminton", "2026-11-25T20:00", NEW_YORK),
    ];
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-26T06:00:00Z").await;
    let outcomes = [
        "Chess delivered 2026-11-24T15:00:00Z",
        "Choir delivered 2026-11-25T13:00:00Z",
        "Badminton cancelled.daily_limit 2026-11-25T15:00:00Z",
    ];
    assert_eq!(world.outcomes("ada").await, outcomes);
    assert_eq!(world.claimed_on("ada", "2026-11-24").await, 1);
    assert_eq!(world.claimed_on("ada", "2026-11-25").await, 1);
    let counters = world.counters("ada", "2026-11-25").await;
    assert_eq!((counters["delivered"], counters["cancelled.daily_limit"]), (1, 1));
    assert_eq!(world.counters("ada", "2026-11-24").await["delivered"], 1);
    world.finish().await;
}

#[tokio::test]
async fn pre_06_a_text_advanced_to_the_evening_before_counts_on_that_day() {
    let world = World::at("2026-11-24T12:00:00Z");
    let ada = user("ada", NEW_YORK).limit(1).quiet(&[NIGHT]);
    world.add(ada.quiet_policy(QuietPolicy::Advance)).await;
    let events = [
        event("Rowing", "2026-11-25T07:30", NEW_YORK),
        event("Pottery", "2026-11-25T11:00", NEW_YORK),
    ];
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-26T06:00:00Z").await;
    let outcomes =
        ["Rowing delivered 2026-11-25T02:59:00Z", "Pottery delivered 2026-11-25T15:45:00Z"];
    assert_eq!(world.outcomes("ada").await, outcomes);
    assert_eq!(world.counters("ada", "2026-11-24").await["delivered"], 1);
    assert_eq!(world.counters("ada", "2026-11-25").await["delivered"], 1);
    world.finish().await;
}
