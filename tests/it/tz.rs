//! TZ: days and clocks, through the whole system. The rules themselves are tested in `domain`.

use domain::reasons::SkipReason;
use domain::reminder::State;
use domain::time::{LocalDay, Zones, start_of_day};
use http::Method;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZoneDatabase;
use tests::events::event;
use tests::users::user;
use tests::world::{World, instant};

/// Runs over one local day of a zone, with an event soon after its beginning and one before its
/// end, and checks that the day is planned before it begins, once, and both are texted.
async fn check_day(zone: &str, on: Date, hours: f64, first: &str, first_at: &str) {
    let zones = Zones::bundled();
    let rules = zones.rules(&zones.parse(zone).unwrap()).unwrap();
    let day = LocalDay::of(on, &rules);
    assert!((day.hours() - hours).abs() < 0.01, "{zone} {on} has {} hours", day.hours());
    let start = day.start - jiff::SignedDuration::from_hours(3);
    let world = World::at(&start.to_string());
    world.add(user("ada", zone)).await;
    world.run_to(start).await;
    let late = event("Late", &format!("{on}T23:30"), zone);
    world.put("ada", "work", &[event("First", first, zone), late]).await;
    world.run_to(day.end).await;
    let rows = world.reminders("ada").await;
    assert_eq!(rows.len(), 2, "{zone}");
    for row in &rows {
        assert_eq!((row.state, row.day_on), (State::Delivered, on), "{zone}");
        assert!(row.planned_at < start_of_day(on, &rules), "{zone}: before the day begins");
    }
    assert_eq!(world.texts()[0].at, instant(first_at), "{zone}");
    world.finish().await;
}

#[tokio::test]
async fn tz_02_a_day_without_a_midnight_is_planned_and_lasts_23_hours() {
    let cairo = date(2026, 4, 24);
    check_day("Africa/Cairo", cairo, 23.0, "2026-04-24T01:20", "2026-04-23T22:05:00Z").await;
    let havana = date(2026, 3, 8);
    check_day("America/Havana", havana, 23.0, "2026-03-08T01:20", "2026-03-08T05:05:00Z").await;
    let santiago = date(2026, 9, 6);
    check_day("America/Santiago", santiago, 23.0, "2026-09-06T01:20", "2026-09-06T04:05:00Z").await;
    let beirut = date(2026, 3, 29);
    check_day("Asia/Beirut", beirut, 23.0, "2026-03-29T01:20", "2026-03-28T22:05:00Z").await;
    let azores = date(2026, 3, 29);
    check_day("Atlantic/Azores", azores, 23.0, "2026-03-29T01:20", "2026-03-29T01:05:00Z").await;
}

#[tokio::test]
async fn tz_03_a_day_with_two_midnights_is_planned_once_and_lasts_25_hours() {
    // In 2026 Havana stopped changing its clocks.
    let havana = date(2025, 11, 2);
    check_day("America/Havana", havana, 25.0, "2025-11-02T02:20", "2025-11-02T07:05:00Z").await;
    let azores = date(2026, 10, 25);
    check_day("Atlantic/Azores", azores, 25.0, "2026-10-25T02:20", "2026-10-25T03:05:00Z").await;
}

#[tokio::test]
async fn tz_04_a_gap_is_later_a_fold_earlier_and_the_lead_is_elapsed_time() {
    // An event at a wall time that is skipped or repeated, and when its text goes out.
    let check = async |zone: &str, at: &str, expected: &str| {
        let expected: Timestamp = instant(expected);
        let world = World::at(&(expected - jiff::SignedDuration::from_hours(5)).to_string());
        world.add(user("ada", zone)).await;
        world.put("ada", "work", &[event("Odd", at, zone)]).await;
        world.run_to(expected + jiff::SignedDuration::from_hours(3)).await;
        let times: Vec<_> = world.texts().iter().map(|text| text.at).collect();
        assert_eq!(times, [expected], "{zone} {at}");
        world.finish().await;
    };
    // 02:30 does not exist: 03:30 daylight time. 01:30 comes twice: the first.
    check("America/New_York", "2026-03-08T02:30", "2026-03-08T07:15:00Z").await;
    check("America/New_York", "2026-11-01T01:30", "2026-11-01T05:15:00Z").await;
    // Lord Howe changes by half an hour: 02:15 becomes 02:45; 01:45 comes twice.
    check("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00Z").await;
    check("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:30:00Z").await;
    // Troll changes by two hours: 01:30 becomes 03:30; 02:30 comes twice.
    check("Antarctica/Troll", "2026-03-29T01:30", "2026-03-29T01:15:00Z").await;
    check("Antarctica/Troll", "2026-10-25T01:30", "2026-10-24T23:15:00Z").await;
}

#[tokio::test]
async fn tz_05_vancouver_keeps_its_new_time() {
    let world = World::at("2026-12-01T00:00:00Z");
    world.add(user("ada", "America/Vancouver")).await;
    let noon_utc = event("Breakfast", "", "").set("DTSTART", "DTSTART:20261201T120000Z");
    world.put("ada", "work", &[noon_utc]).await;
    world.run_until("2026-12-01T13:00:00Z").await;
    assert_eq!(world.texts()[0].body, "Breakfast: in 15 minutes, at 5:00 AM.");
    world.finish().await;
}

#[tokio::test]
async fn tz_06_an_unknown_zone_is_refused_when_it_is_written() {
    let world = World::at("2026-12-01T00:00:00Z");
    let body = r#"{"id":"ada","phone":"+12025550143","zone":"America/Vancuver"}"#;
    let (status, answer) = world.request(Method::POST, "/v1/users", body).await;
    assert_eq!(status, 422, "{answer}");
    assert!(answer.contains("America/Vancouver"), "names the nearest: {answer}");
    assert_eq!(world.ports.stores.users.users(None, 10).await.unwrap(), []);
    world.finish().await;
}

#[tokio::test]
async fn tz_06_a_zone_that_became_unknown_defers_and_never_sends_in_doubt() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", "America/New_York")).await;
    world.put("ada", "work", &[event("Call", "2026-11-24T10:00", "America/New_York")]).await;
    world.settle().await;
    let nowhere = Zones::from_database(TimeZoneDatabase::none(), "none".to_owned());
    let world = world.restart_with_zones(nowhere).await;
    world.run_until("2026-11-24T14:50:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Scheduled, "deferred");
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts(), []);
    assert_eq!(world.reminder("ada").await.state, State::Skipped(SkipReason::TooLate));
    let world = world.restart_with_zones(Zones::bundled()).await;
    world.finish().await;
}
