//! A switch that the role may not read, or that DynamoDB does not give (ROL-05).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapters_embedded::clock::ManualClock;
use app::ports::{Control, StoreError};
use serde_json::json;
use tests::aws::script::{Answer, Script, at};
use tests::contract::{StorePorts, nothing_is_sent_until};
use tests::memory::MemoryStore;

/// How DynamoDB refuses to give the switch.
type Refusal = fn() -> Answer;

const REFUSALS: [(&str, Refusal); 4] = [
    ("no permission", || Answer::Error("AccessDeniedException", json!({"message": "no"}))),
    ("no such table", || Answer::Error("ResourceNotFoundException", json!({"message": "no"}))),
    ("out of order", || Answer::Status(503)),
    ("no answer", || Answer::Lost),
];

#[tokio::test]
async fn rol_05_a_switch_that_the_role_may_not_read_sends_nothing() {
    for (what, refusal) in REFUSALS {
        let is_mended = Arc::new(AtomicBool::new(false));
        let asked = is_mended.clone();
        let script = Script::new(move |call| {
            let is_switch = call.body["Key"]["kind"]["S"] == "rollout";
            // Without an item nothing was ever switched.
            let is_given = !is_switch || asked.load(Ordering::Relaxed);
            if is_given { Answer::Good(json!({})) } else { refusal() }
        });
        let control = Arc::new(script.store());
        let read = control.rollout().await;
        let is_permission = matches!(
            &read,
            Err(StoreError::Permanent { what, .. }) if what.contains("role does not permit it")
        );
        assert_eq!(is_permission, what == "no permission", "{what}: {read:?}");
        // Everything else is there, so that nothing but the switch can be the reason.
        let clock = Arc::new(ManualClock::new(at("2026-03-02T10:00:00Z")));
        let rest = StorePorts::of(Arc::new(MemoryStore::new(clock)));
        nothing_is_sent_until(rest, control, || is_mended.store(true, Ordering::Relaxed)).await;
    }
}
