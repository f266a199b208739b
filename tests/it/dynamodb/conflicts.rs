//! Others write the same items, or everybody writes too much.

use app::ports::{
    ClaimResult, Claims, PlanWrite, PlanWriteResult, Reminders, RowUpdate, StoreError,
};
use domain::user::Planned;
use serde_json::json;
use tests::aws::script::{Answer, Call, Script, cancelled};
use tests::contract::samples::{claim_of, claimed, id, key, new_rows, on, reminder};

const NONE: (&str, Option<serde_json::Value>) = ("None", None);
const CONFLICT: (&str, Option<serde_json::Value>) = ("TransactionConflict", None);
const REFUSED: (&str, Option<serde_json::Value>) = ("ConditionalCheckFailed", None);

async fn claim(script: &Script) -> Result<ClaimResult, StoreError> {
    let row = claimed(&reminder("ann", "one", "2026-03-02T10:00:00Z"));
    script.store().claim(&claim_of(&row, &key("ann"), 10)).await
}

/// Answers as `play` says, and checks that every repetition is the same request.
#[track_caller]
fn check_same(calls: &[Call], times: usize) {
    assert_eq!(calls.len(), times);
    assert!(calls.iter().all(|call| call.body == calls[0].body), "one write is one request");
}

#[tokio::test]
async fn a_conflict_is_tried_again_and_never_a_refusal() {
    for busy in ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"] {
        let script = Script::new(move |call| match call.nth {
            0..=2 => cancelled(&[(busy, None), NONE, NONE, NONE]),
            _ => Answer::Good(json!({})),
        });
        assert_eq!(claim(&script).await.unwrap(), ClaimResult::Claimed, "{busy}");
        check_same(&script.calls(), 4);
    }
    let script = Script::new(|call| match call.nth {
        0 => Answer::Error("TransactionInProgressException", json!({})),
        _ => Answer::Good(json!({})),
    });
    assert_eq!(claim(&script).await.unwrap(), ClaimResult::Claimed);
}

#[tokio::test]
async fn a_conflict_that_does_not_end_is_transient() {
    let script = Script::new(|_| cancelled(&[CONFLICT, NONE, NONE, NONE]));
    let error = claim(&script).await.unwrap_err();
    assert!(matches!(error, StoreError::Transient { .. }), "{error:?}");
    let tries = script.calls().len();
    assert!((5..=20).contains(&tries), "{tries} tries");
    // Even beside a refusal: it is not known which conditions hold.
    let script = Script::new(|_| cancelled(&[CONFLICT, NONE, NONE, REFUSED]));
    assert!(matches!(claim(&script).await, Err(StoreError::Transient { .. })));
}

#[tokio::test]
async fn each_reason_means_what_it_says() {
    let check = async |reasons: [(&'static str, Option<serde_json::Value>); 4], expected| {
        let script = Script::new(move |_| cancelled(&reasons));
        assert_eq!(claim(&script).await.unwrap(), expected);
        assert_eq!(script.calls().len(), 1, "a refusal is final");
    };
    check([REFUSED, NONE, NONE, NONE], ClaimResult::Changed).await;
    check([NONE, REFUSED, NONE, NONE], ClaimResult::Changed).await;
    check([NONE, NONE, REFUSED, NONE], ClaimResult::Changed).await;
    check([NONE, NONE, NONE, REFUSED], ClaimResult::LimitReached).await;
    check([REFUSED, NONE, NONE, REFUSED], ClaimResult::Changed).await;
}

#[tokio::test]
async fn a_single_write_that_meets_a_transaction_is_tried_again() {
    let script = Script::new(|call| match call.nth {
        0 | 1 => Answer::Error("TransactionConflictException", json!({})),
        _ => Answer::Good(json!({})),
    });
    let row = claimed(&reminder("ann", "one", "2026-03-02T10:00:00Z"));
    let update = RowUpdate { row: &row, expected: 1, leaves_day: None };
    assert!(script.store().update(&update).await.unwrap());
    check_same(&script.calls(), 3);
}

#[tokio::test]
async fn throttling_is_waited_out_within_a_bound() {
    let throttled = || Answer::Error("ProvisionedThroughputExceededException", json!({}));
    let script = Script::new(move |call| match call.nth {
        0 | 1 => throttled(),
        _ => Answer::Good(json!({})),
    });
    assert_eq!(claim(&script).await.unwrap(), ClaimResult::Claimed);
    check_same(&script.calls(), 3);
    let script = Script::new(move |_| throttled());
    let error = claim(&script).await.unwrap_err();
    assert!(matches!(error, StoreError::Transient { .. }), "{error:?}");
    assert!(script.calls().len() <= 12);
}

#[tokio::test]
async fn a_plan_in_batches_stops_where_its_inputs_changed() {
    let rows: Vec<_> = (0..250)
        .map(|number| reminder("ann", &format!("uid-{number}"), "2026-03-02T10:00:00Z"))
        .collect();
    let (user, rows) = (id("ann"), new_rows(&rows));
    let planned = Planned { on: on("2026-03-02"), inputs_version: 1 };
    let write = PlanWrite { user: &user, inputs_version: 1, planned, rows: &rows, records: &[] };
    let script = Script::new(|call| match call.nth {
        0 => Answer::Good(json!({})),
        _ => {
            let mut reasons = vec![NONE; 99];
            reasons.push(REFUSED);
            cancelled(&reasons)
        }
    });
    let result = script.store().write_plan(&write).await.unwrap();
    assert_eq!(result, PlanWriteResult::Outdated);
    let calls = script.calls();
    assert_eq!(calls.len(), 2);
    let is_marked = |call: &Call| call.body.to_string().contains("planned_on");
    assert!(!calls.iter().any(is_marked), "the user is marked last");
    // Undisturbed: each batch looks at the inputs, the last one changes the user.
    let script = Script::new(|_| Answer::Good(json!({})));
    let result = script.store().write_plan(&write).await.unwrap();
    assert_eq!(result, PlanWriteResult::Written);
    let calls = script.calls();
    assert_eq!(calls.len(), 3);
    for call in &calls {
        assert!(call.body["TransactItems"].as_array().unwrap().len() <= 100);
        assert!(call.body.to_string().contains("#inputs_version = :expected"));
    }
    assert!(!is_marked(&calls[0]) && !is_marked(&calls[1]) && is_marked(&calls[2]));
    assert_ne!(calls[0].token(), calls[1].token(), "each batch is a transaction of its own");
}
