//! A large mirror is written in several transactions; what if it ends between two of them?

use std::sync::Arc;

use adapters_aws::store::DynamoStore;
use adapters_embedded::clock::SystemClock;
use app::ports::{
    Calendar, CalendarSource, Calendars, Events, MirrorWindow, PlanWriteResult, StoreError,
};
use domain::calendar_event::CalendarEvent;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::aws;
use tests::aws::script::{Answer, Call, Script, cancelled};
use tests::contract::StorePorts;
use tests::contract::samples::{add, calendar, event, id, plan, stored};

fn events(count: usize) -> Vec<CalendarEvent> {
    (0..count)
        .map(|number| event("work", &format!("uid-{number:04}"), "2026-03-02T10:00:00Z"))
        .collect()
}

fn transactions(script: &Script) -> Vec<Vec<Value>> {
    let calls = script.calls().into_iter();
    let transactions = calls.filter(|call| call.operation == "TransactWriteItems");
    let writes = |call: Call| call.body["TransactItems"].as_array().unwrap().clone();
    transactions.map(writes).collect()
}

/// The window that a transaction leaves the calendar with, if it writes it.
fn window(writes: &[Value]) -> Option<&Value> {
    let put = |write: &Value| write["Put"]["Item"].get("doc").is_some();
    let puts = writes.iter().filter(|write| put(write));
    puts.map(|write| &write["Put"])
        .find(|put| put["TableName"] == "t-calendars")
        .map(|put| &put["Item"]["doc"]["M"]["mirrored"])
}

#[tokio::test]
async fn the_version_rises_first_and_last_and_the_window_comes_last() {
    let script = Script::new(|_| Answer::Good(json!({})));
    let work = calendar("ann", "work");
    let raised = script.store().write_mirror(&work, &events(250), &[], 7).await.unwrap();
    assert_eq!(raised, Some(9));
    let transactions = transactions(&script);
    assert_eq!(transactions.len(), 5);
    let (first, last) = (&transactions[0], &transactions[4]);
    assert_eq!(first[0]["Update"]["ExpressionAttributeValues"][":expected"]["N"], "7");
    assert_eq!(window(first), Some(&Value::Null), "the calendar has no window");
    for batch in &transactions[1..4] {
        let check = &batch[0]["ConditionCheck"];
        assert_eq!(check["ExpressionAttributeValues"][":expected"]["N"], "8");
        assert_eq!(window(batch), None);
        assert!(batch.len() <= 100);
    }
    assert_eq!(last[0]["Update"]["ExpressionAttributeValues"][":expected"]["N"], "8");
    assert!(window(last).is_some_and(Value::is_object));
    // A small one is one transaction.
    let script = Script::new(|_| Answer::Good(json!({})));
    let raised = script.store().write_mirror(&work, &events(90), &[], 7).await.unwrap();
    assert_eq!(raised, Some(8));
}

#[tokio::test]
async fn whoever_comes_between_stops_it() {
    for stop in 0..4 {
        let script = Script::new(move |call| match call.operation.as_str() {
            "TransactWriteItems" if call.nth == stop => {
                let writes = call.body["TransactItems"].as_array().unwrap().len();
                let mut reasons = vec![("None", None); writes];
                reasons[0] = ("ConditionalCheckFailed", None);
                cancelled(&reasons)
            }
            _ => Answer::Good(json!({})),
        });
        let work = calendar("ann", "work");
        let raised = script.store().write_mirror(&work, &events(150), &[], 7).await.unwrap();
        assert_eq!(raised, None, "stopped at {stop}");
        assert_eq!(transactions(&script).len(), stop + 1);
    }
}

#[tokio::test]
async fn a_calendar_too_large_is_refused_before_anything_is_written() {
    let script = Script::new(|_| Answer::Good(json!({})));
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{state:016x}")
    };
    let text: String = (0..500_000).map(|_| noise()).collect();
    let work = Calendar { source: CalendarSource::Ics { text }, ..calendar("ann", "work") };
    let error = script.store().write_mirror(&work, &[], &[], 1).await.unwrap_err();
    let StoreError::Permanent { what, .. } = error else { panic!("{error:?}") };
    assert!(what.contains("bytes compressed") && what.contains("split it"), "{what}");
    assert!(transactions(&script).is_empty());
}

/// On an emulator: the write is cut off after its first transaction, and everything heals.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_that_was_cut_off_is_completed_by_whoever_comes_next() {
    let Some(clients) = aws::clients("a mirror that was cut off") else { return };
    let _turn = aws::turn().await;
    let tables = aws::new_tables(&clients).await;
    let store = Arc::new(DynamoStore::new(aws::dynamodb(&clients), tables, Arc::new(SystemClock)));
    let ports = StorePorts::of(store.clone());
    add(&ports, &["ann"]).await;
    let work = calendar("ann", "work");
    assert!(store.write_mirror(&work, &events(1), &[], 1).await.unwrap().is_some());
    assert_eq!(plan(&ports, "ann", 2, &[]).await, PlanWriteResult::Written);
    // What its first step leaves: the version risen, the calendar without a window.
    let open = Calendar { mirrored: None, ..work.clone() };
    assert_eq!(store.write_mirror(&open, &[], &[], 2).await.unwrap(), Some(3));
    assert!(stored(&ports, "ann").await.is_plan_stale(), "somebody will plan them");
    let found = store.calendars(&id("ann")).await.unwrap();
    assert_eq!(found, [open], "and will find that the mirror must be read again");
    assert_eq!(plan(&ports, "ann", 2, &[]).await, PlanWriteResult::Outdated);
    let raised = store.write_mirror(&work, &events(300), &[], 3).await.unwrap();
    assert_eq!(raised, Some(5));
    let all = MirrorWindow { from: Timestamp::MIN, until: Timestamp::MAX };
    assert_eq!(store.events_between(&id("ann"), all).await.unwrap(), events(300));
    assert_eq!(store.calendars(&id("ann")).await.unwrap(), [work]);
}
