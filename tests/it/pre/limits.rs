//! The daily limit at the send, when planning has not caught up.

use app::users::SettingsChange;
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::user::DailyLimit;
use futures::future::join_all;
use tests::events::{Event, event};
use tests::inspect::send_job;
use tests::users::user;
use tests::world::World;

use super::NEW_YORK;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pre_08_ten_senders_at_once_text_exactly_as_many_as_the_limit_allows() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let at_once = |n| event(&format!("Event {n}"), "2026-11-24T10:07", NEW_YORK);
    let events: Vec<Event> = (0..10).map(at_once).collect();
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    let rows = world.reminders("ada").await;
    assert!(rows.iter().all(|row| row.state == State::Scheduled), "all ten are planned");

    let daily_limit = Some(DailyLimit::new(3).unwrap());
    world.change("ada", &SettingsChange { daily_limit, ..SettingsChange::default() }).await;
    world.lose_queues();
    world.sleep_until("2026-11-24T14:52:00Z");
    for _ in 0..10 {
        rows.iter().for_each(|row| world.push_send(&send_job(row)));
    }
    let senders = (0..10).map(|_| {
        let system = world.system.clone();
        tokio::spawn(async move { system.consume_sends().await })
    });
    let taken: usize = join_all(senders).await.into_iter().map(|done| done.unwrap().taken).sum();
    assert_eq!(taken, 100, "every sender had its batch");
    assert_eq!(world.texts().len(), 3);
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 3);
    let rows = world.reminders("ada").await;
    let over = State::Cancelled(CancelReason::DailyLimit);
    assert_eq!(rows.iter().filter(|row| row.state == State::Delivered).count(), 3);
    assert_eq!(rows.iter().filter(|row| row.state == over).count(), 7);
    assert_eq!(world.claimed_on("ada", "2026-11-24").await, 3);
    world.finish().await;
}
