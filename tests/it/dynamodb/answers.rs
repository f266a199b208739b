//! Answers that are incomplete, forbidden, or make no sense.

use std::error::Error;

use app::ports::{Claims, Control, Metrics, Reminders, StoreError, Users};
use serde_json::{Value, json};
use tests::aws::script::{Answer, Script, at};
use tests::contract::samples::{id, on, reminder};

fn words(error: &StoreError) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words += &format!(": {cause}");
        source = cause.source();
    }
    words
}

#[tokio::test]
async fn each_failure_names_operation_table_and_remedy() {
    let check = async |answer: fn() -> Answer, is_transient: bool, expected: &[&str]| {
        let script = Script::new(move |_| answer());
        let error = script.store().user(&id("ann")).await.unwrap_err();
        let words = words(&error);
        assert_eq!(matches!(error, StoreError::Transient { .. }), is_transient, "{words}");
        for part in expected.iter().chain(&["read a user", "GetItem on t-users"]) {
            assert!(words.contains(part), "{part} is not in: {words}");
        }
        assert!(!words.contains("secret words"), "{words}");
    };
    macro_rules! error {
        ($name:literal) => {
            || Answer::Error($name, json!({"message": "secret words of size"}))
        };
    }
    check(error!("ResourceNotFoundException"), false, &["TABLE_PREFIX", "AWS_REGION"]).await;
    check(error!("AccessDeniedException"), false, &["role", "policy"]).await;
    check(error!("UnrecognizedClientException"), false, &["AWS_ACCESS_KEY_ID"]).await;
    check(error!("ExpiredTokenException"), true, &["expired"]).await;
    check(error!("ProvisionedThroughputExceededException"), true, &["throttled", "limit"]).await;
    check(error!("ThrottlingException"), true, &["throttled"]).await;
    check(error!("ValidationException"), false, &["larger"]).await;
    check(error!("SomethingNewException"), true, &["DynamoDB failed"]).await;
    check(|| Answer::Status(500), true, &["DynamoDB failed"]).await;
    check(|| Answer::Lost, true, &["no connection", "AWS_ENDPOINT_URL"]).await;
}

#[tokio::test]
async fn an_item_that_cannot_be_read_says_where_and_what_without_what_stands_there() {
    let check = async |item: Value, expected: &[&str]| {
        let answer = json!({"Item": item});
        let script = Script::new(move |_| Answer::Good(answer.clone()));
        let error = script.store().user(&id("ann")).await.unwrap_err();
        assert!(matches!(error, StoreError::Permanent { .. }), "{error:?}");
        let words = words(&error);
        for part in expected.iter().chain(&["read a user", "t-users"]) {
            assert!(words.contains(part), "{part} is not in: {words}");
        }
        assert!(!words.contains("+1202"), "{words}");
    };
    let older = json!({"doc": {"M": {"v": {"N": "0"}, "phone": {"S": "+12025550123"}}}});
    check(older, &["user has version 0", "this code reads version 1", "release"]).await;
    let newer = json!({"doc": {"M": {"v": {"N": "2"}, "phone": {"L": []}}}});
    check(newer, &["user has version 2"]).await;
    let garbage = json!({"doc": {"M": {"v": {"N": "1"}, "phone": {"S": "+12025550123 and more"}}}});
    check(garbage, &["user is malformed", "`doc`"]).await;
    check(json!({"doc": {"S": "+12025550123"}}), &["no map in attribute `doc`"]).await;
    check(json!({}), &["no map in attribute `doc`"]).await;
    // Keys and sets as well.
    let script = Script::new(|_| Answer::Good(json!({"Item": {"claimed": {"SS": ["+1202"]}}})));
    let error = script.store().claimed_on(&id("ann"), on("2026-03-02")).await.unwrap_err();
    assert!(words(&error).contains("attribute `claimed` is no set of ids"));
    let row = json!({"due_bucket": {"S": "1"}, "due_at": {"S": "+1202"}});
    let script = Script::new(move |_| Answer::Good(json!({"Items": [row]})));
    let (from, until) = (at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z"));
    let error = script.store().due(from, until, None, 10).await.unwrap_err();
    assert!(words(&error).contains("attribute `due_at` is unreadable"), "{}", words(&error));
    assert!(!words(&error).contains("1202"));
}

#[tokio::test]
async fn what_a_batch_leaves_out_is_asked_for_again() {
    let total = |sent: i64| json!({"n:sent": {"N": sent.to_string()}, "n:late": {"N": "0"}});
    let script = Script::new(move |call| {
        let keys = call.body["RequestItems"]["t-metrics"]["Keys"].as_array().unwrap().clone();
        let given = keys.len().min(5);
        let items: Vec<_> = (0..given).map(|_| total(1)).collect();
        let rest = &keys[given..];
        let mut answer = json!({"Responses": {"t-metrics": items}});
        if !rest.is_empty() {
            answer["UnprocessedKeys"] = json!({"t-metrics": {"Keys": rest}});
        }
        Answer::Good(answer)
    });
    let totals = script.store().totals().await.unwrap();
    assert_eq!(totals, [("sent".to_owned(), 16)]);
    assert_eq!(script.calls().len(), 4);
    // Never anything: that ends.
    let script = Script::new(|call| {
        let keys = call.body["RequestItems"]["t-metrics"]["Keys"].clone();
        Answer::Good(json!({"Responses": {}, "UnprocessedKeys": {"t-metrics": {"Keys": keys}}}))
    });
    let error = script.store().totals().await.unwrap_err();
    assert!(matches!(error, StoreError::Transient { .. }), "{error:?}");
    assert!(script.calls().len() <= 10);
}

#[tokio::test]
async fn pages_are_read_to_their_end() {
    // Two pages of keys, with an empty one between them, as filters and deletions leave them.
    let row = reminder("ann", "one", "2026-03-02T10:00:00Z");
    let key = json!({"user": {"S": "ann"}, "reminder": {"S": row.id.to_string()}});
    let script = Script::new(move |call| match (call.operation.as_str(), call.nth) {
        ("Query", 0) => Answer::Good(json!({"Items": [key], "LastEvaluatedKey": key})),
        ("Query", 1) => {
            assert_eq!(call.body["ExclusiveStartKey"], key);
            Answer::Good(json!({"Items": [], "LastEvaluatedKey": key}))
        }
        ("Query", _) => Answer::Good(json!({"Items": [key]})),
        _ => Answer::Good(json!({"Responses": {}})),
    });
    let day = on("2026-03-02");
    let rows = script.store().reminders_between(&id("ann"), day, day).await.unwrap();
    assert_eq!(rows, []);
    let calls = script.calls();
    assert_eq!(calls.len(), 4);
    let keys = &calls[3].body["RequestItems"]["t-reminders"]["Keys"];
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert!(calls.iter().all(|call| call.body.to_string().contains("\"ConsistentRead\":true")));
}

#[tokio::test]
async fn a_rollout_that_cannot_be_read_is_not_on() {
    let script = Script::new(|_| Answer::Good(json!({"Item": {"doc": {"M": {"v": {"N": "1"}}}}})));
    assert!(script.store().rollout().await.is_err());
}
