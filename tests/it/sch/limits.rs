//! The daily limit.

use app::jobs::PlanJob;
use app::users::SettingsChange;
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::user::DailyLimit;
use tests::events::{Event, event};
use tests::users::user;
use tests::world::{World, user_id};

use super::NEW_YORK;

/// So many events, one each hour from 9:00 local time on.
fn hourly(count: u32) -> Vec<Event> {
    let at = |hour: u32| format!("2026-11-24T{hour:02}:00");
    (0..count).map(|n| event(&format!("Event {n}"), &at(9 + n), NEW_YORK)).collect()
}

async fn world_with(limit: u32, events: u32) -> World {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK).limit(limit)).await;
    world.put("ada", "work", &hourly(events)).await;
    world.settle().await;
    world
}

async fn count(world: &World, state: State) -> usize {
    world.reminders("ada").await.iter().filter(|row| row.state == state).count()
}

const OVER: State = State::Cancelled(CancelReason::DailyLimit);

#[tokio::test]
async fn sch_11_of_ten_events_the_first_five_are_planned_and_the_rest_says_why_not() {
    let world = world_with(5, 10).await;
    let rows = world.reminders("ada").await;
    assert!(rows[..5].iter().all(|row| row.state == State::Scheduled));
    assert!(rows[5..].iter().all(|row| row.state == OVER));
    world.run_until("2026-11-25T02:00:00Z").await;
    assert_eq!(world.texts().len(), 5);
    world.finish().await;
}

#[tokio::test]
async fn sch_12_the_sixth_takes_the_place_of_one_that_is_deleted() {
    let world = world_with(5, 10).await;
    let mut events = hourly(10);
    events.remove(2);
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-25T02:00:00Z").await;
    let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(bodies.len(), 5, "{bodies:?}");
    assert!(bodies[4].starts_with("Event 5:"), "{bodies:?}");
    world.finish().await;
}

#[tokio::test]
async fn sch_12_the_sixth_takes_the_place_of_one_that_somebody_cancels() {
    let world = world_with(5, 10).await;
    let second = world.reminders("ada").await[1].id;
    assert_eq!(world.cancel(second).await.0, 200);
    world.settle().await;
    assert_eq!(count(&world, State::Scheduled).await, 5);
    world.run_until("2026-11-25T02:00:00Z").await;
    let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
    assert!(bodies[4].starts_with("Event 5:"), "{bodies:?}");
    assert_eq!(bodies.len(), 5);
    world.finish().await;
}

#[tokio::test]
async fn sch_13_exactly_as_many_events_as_the_limit_are_all_texted() {
    let world = world_with(5, 5).await;
    world.run_until("2026-11-25T02:00:00Z").await;
    assert_eq!(world.texts().len(), 5);
    world.finish().await;
}

#[tokio::test]
async fn sch_14_a_limit_of_zero_texts_nobody() {
    let world = world_with(0, 3).await;
    assert_eq!(count(&world, OVER).await, 3);
    world.run_until("2026-11-25T02:00:00Z").await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn sch_14_a_limit_lowered_during_the_day_cancels_the_surplus() {
    let world = world_with(5, 10).await;
    world.run_until("2026-11-24T15:00:00Z").await;
    assert_eq!(world.texts().len(), 2);
    let daily_limit = Some(DailyLimit::new(3).unwrap());
    world.change("ada", &SettingsChange { daily_limit, ..SettingsChange::default() }).await;
    world.run_until("2026-11-25T02:00:00Z").await;
    assert_eq!(world.texts().len(), 3);
    assert_eq!(count(&world, OVER).await, 7);
    world.finish().await;
}

#[tokio::test]
async fn sch_14_fifty_planners_at_once_never_plan_above_the_limit() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK).limit(5)).await;
    world.put("ada", "work", &hourly(10)).await;
    let job = PlanJob { users: vec![user_id("ada")] };
    for _ in 0..500 {
        world.ports.plans.enqueue(std::slice::from_ref(&job)).await.unwrap();
    }
    let planners = (0..50).map(|_| world.system.consume_plans());
    futures::future::join_all(planners).await;
    assert_eq!(count(&world, State::Scheduled).await, 5);
    assert_eq!(world.reminders("ada").await.len(), 10);
    world.run_until("2026-11-25T02:00:00Z").await;
    assert_eq!(world.texts().len(), 5);
    world.finish().await;
}

#[tokio::test]
async fn sch_18_ten_thousand_events_a_day_are_bounded() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let at = |n: usize| format!("2026-11-24T{:02}:{:02}", 8 + n % 12, n % 60);
    let events: Vec<_> =
        (0..10_000).map(|n| event("Busy", &at(n), NEW_YORK).uid(&format!("busy-{n}"))).collect();
    world.put("ada", "work", &events).await;
    world.settle().await;
    let rows = world.reminders("ada").await;
    assert_eq!(rows.len(), domain::limits::ROWS_PER_DAY_MAX);
    assert_eq!(rows.iter().filter(|row| row.state == State::Scheduled).count(), 10);
    let on = jiff::civil::date(2026, 11, 24);
    let records = world.ports.stores.reminders.run_records(&user_id("ada"), on, on).await.unwrap();
    assert_eq!(records[0].over_rows, 10_000 - rows.len());
    world.run_until("2026-11-24T13:30:00Z").await;
    assert_eq!(world.texts().len(), 10);
    world.finish().await;
}
