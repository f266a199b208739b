//! Ticks that do not come.

use domain::reasons::SkipReason;
use domain::reminder::State;
use tests::events::event;
use tests::users::user;
use tests::world::{World, outcome};

use super::NEW_YORK;

/// The machine sleeps from the evening of the 23rd until `wake`; then the next tick must plan what
/// is still ahead, and record what was missed.
async fn check(wake: &str, texted: &[&str], too_late: &[&str]) {
    let world = World::at("2026-11-23T15:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let days = ["24", "25", "26", "27"];
    let events =
        days.map(|day| event(&format!("Day {day}"), &format!("2026-11-{day}T12:00"), NEW_YORK));
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T01:00:00Z").await;
    assert_eq!(world.reminders("ada").await.len(), 0);
    world.sleep_until(wake);
    world.run_until("2026-11-28T12:00:00Z").await;
    let rows = world.reminders("ada").await;
    let titles = |state: State| -> Vec<_> {
        let rows = rows.iter().filter(|row| row.state == state);
        rows.map(|row| row.facts.title.clone()).collect()
    };
    let all: Vec<_> = rows.iter().map(outcome).collect();
    assert_eq!(titles(State::Delivered), texted, "{wake}: {all:?}");
    assert_eq!(titles(State::Skipped(SkipReason::TooLate)), too_late, "{wake}: {all:?}");
    assert_eq!(rows.len(), texted.len() + too_late.len(), "{wake}: {all:?}");
    assert_eq!(world.texts().len(), texted.len(), "{wake}");
    world.finish().await;
}

#[tokio::test]
async fn sch_10_a_tick_missed_for_six_hours_loses_nothing_that_is_ahead() {
    check("2026-11-24T10:40:00Z", &["Day 24", "Day 25", "Day 26", "Day 27"], &[]).await;
}

#[tokio::test]
async fn sch_10_a_tick_missed_for_26_hours_records_what_was_missed() {
    check("2026-11-25T06:40:00Z", &["Day 25", "Day 26", "Day 27"], &["Day 24"]).await;
}

#[tokio::test]
async fn sch_10_a_tick_missed_for_three_days_records_what_was_missed() {
    check("2026-11-27T04:40:00Z", &["Day 27"], &["Day 24", "Day 25", "Day 26"]).await;
}
