//! The store's clock, told by the date of its answers.

use std::sync::Arc;

use adapters_embedded::clock::ManualClock;
use app::ports::{Clock, StoreClock, Users};
use jiff::SignedDuration;
use serde_json::json;
use tests::aws::script::{Answer, Script, at};
use tests::contract::samples::id;

const NINE: &str = "Mon, 02 Mar 2026 09:00:00 GMT";

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(at("2026-03-02T09:00:00Z")))
}

#[tokio::test]
async fn any_answer_tells_the_time_for_a_minute() {
    let clock = clock();
    let script = Script::new(|_| Answer::Dated(json!({}), NINE));
    let store = script.store_at(clock.clone());
    store.user(&id("ann")).await.unwrap();
    let read = async || store.store_time().await.unwrap();
    let first = read().await;
    // The date has whole seconds, cut off: the middle of the second is the fair reading.
    assert_eq!(first.store_at, at("2026-03-02T09:00:00.5Z"));
    assert_eq!(first.local_at, clock.now());
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(read().await, first);
    assert_eq!(script.calls().len(), 1, "no request was made for it");
    clock.advance(SignedDuration::from_secs(1));
    assert_eq!(read().await.local_at, at("2026-03-02T09:01:01Z"));
    assert_eq!(script.calls().len(), 2);
    // A clock that was set back makes no old reading fresh.
    clock.set(at("2026-03-02T08:00:00Z"));
    assert_eq!(read().await.local_at, at("2026-03-02T08:00:00Z"));
}

#[tokio::test]
async fn an_answer_that_says_too_little_tells_no_time() {
    let script = Script::new(|_| Answer::Good(json!({})));
    assert!(script.store_at(clock()).store_time().await.is_err(), "no date");
    let script = Script::new(|_| Answer::Dated(json!({}), "yesterday"));
    assert!(script.store_at(clock()).store_time().await.is_err(), "no date either");
    // Two seconds on its way: the process was frozen, or the network is slow.
    let (slow, clock) = (clock(), clock());
    let moved = clock.clone();
    let script = Script::new(move |_| {
        moved.advance(SignedDuration::from_secs(2));
        Answer::Dated(json!({}), NINE)
    });
    assert!(script.store_at(clock).store_time().await.is_err());
    // Half of what it took belongs to the way back.
    let moved = slow.clone();
    let script = Script::new(move |_| {
        moved.advance(SignedDuration::from_millis(800));
        Answer::Dated(json!({}), NINE)
    });
    let reading = script.store_at(slow).store_time().await.unwrap();
    assert_eq!(reading.local_at, at("2026-03-02T09:00:00.4Z"));
}
