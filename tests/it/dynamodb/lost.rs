//! A write is made and its answer lost. Its repetition must not be told that somebody else did it.

use std::sync::{Arc, Mutex};

use adapters_aws::store::DynamoStore;
use app::ports::{
    Calendars, ClaimResult, Claims, Control, Phone, Phones, PlanWrite, PlanWriteResult, Reminders,
    RowUpdate, StoreError, Users,
};
use domain::rollout::Rollout;
use domain::states::Change;
use domain::user::{Consent, Planned};
use futures::future::{BoxFuture, join_all};
use serde_json::{Value, json};
use tests::aws::script::{Answer, Call, Script, cancelled};
use tests::contract::samples::{
    after, calendar, claim_of, claimed, event, id, key, new_rows, on, reminder, user,
};

/// What a test does with a script's store: whether it was told that it wrote.
type Deed = fn(DynamoStore) -> Told;

type Told = BoxFuture<'static, bool>;

fn single_update(store: DynamoStore) -> Told {
    Box::pin(async move {
        let row = claimed(&reminder("ann", "one", "2026-03-02T10:00:00Z"));
        let update = RowUpdate { row: &row, expected: 1, leaves_day: None };
        store.update(&update).await.unwrap()
    })
}

fn phone_write(store: DynamoStore) -> Told {
    Box::pin(async move { store.put_phone(&phone(), Some(1)).await.unwrap() })
}

fn new_phone_write(store: DynamoStore) -> Told {
    Box::pin(async move { store.put_phone(&phone(), None).await.unwrap() })
}

fn switch(store: DynamoStore) -> Told {
    let off = Rollout { is_on: false, version: 1, ..Rollout::default() };
    Box::pin(async move { store.put_rollout(&off).await.unwrap() })
}

fn settings(store: DynamoStore) -> Told {
    Box::pin(async move {
        let mut changed = user("ann");
        changed.inputs_version = 2;
        store.update_user(&changed, &key("ann"), 1).await.unwrap()
    })
}

fn leaving_update(store: DynamoStore) -> Told {
    Box::pin(async move {
        let taken = claimed(&reminder("ann", "one", "2026-03-02T10:00:00Z"));
        let back = after(&taken, Change::GiveBack);
        let update = RowUpdate { row: &back, expected: 2, leaves_day: Some(back.day_on) };
        store.update(&update).await.unwrap()
    })
}

fn claim(store: DynamoStore) -> Told {
    Box::pin(async move {
        let row = claimed(&reminder("ann", "one", "2026-03-02T10:00:00Z"));
        let result = store.claim(&claim_of(&row, &key("ann"), 10)).await.unwrap();
        result == ClaimResult::Claimed
    })
}

fn plan(store: DynamoStore) -> Told {
    Box::pin(async move {
        let (user, rows) = (id("ann"), new_rows(&[reminder("ann", "one", "2026-03-02T10:00:00Z")]));
        let planned = Planned { on: on("2026-03-02"), inputs_version: 1 };
        let write =
            PlanWrite { user: &user, inputs_version: 1, planned, rows: &rows, records: &[] };
        store.write_plan(&write).await.unwrap() == PlanWriteResult::Written
    })
}

fn new_user(store: DynamoStore) -> Told {
    Box::pin(async move { store.add_user(&user("ann"), &key("ann")).await.unwrap() })
}

fn mirror(store: DynamoStore) -> Told {
    Box::pin(async move {
        let events = [event("work", "one", "2026-03-02T10:00:00Z")];
        let raised = store.write_mirror(&calendar("ann", "work"), &events, &[], 1).await.unwrap();
        raised == Some(2)
    })
}

fn phone() -> Phone {
    Phone {
        key: key("ann"),
        consent: Consent::OptedOut,
        ledger: Vec::new(),
        users: vec![id("ann")],
        mark: None,
        hinted_at: None,
        last_inbound: Vec::new(),
        version: 2,
    }
}

/// What stands where something is read before it is written.
fn read(call: &Call) -> Option<Answer> {
    let table = call.body["TableName"].as_str().unwrap_or_default();
    match (call.operation.as_str(), table) {
        ("GetItem", "t-users") => Some(Answer::Good(json!({"Item": {
            "user": {"S": "ann"},
            "phone": {"S": key("ann").as_str()},
            "inputs_version": {"N": "1"},
        }}))),
        ("GetItem", _) => Some(Answer::Good(json!({}))),
        _ => None,
    }
}

/// The answer to the write that `deed` makes is lost; its repetition finds an item that was written
/// by `writer` of the token.
async fn lose(deed: Deed, writer: impl Fn(&str) -> String + Send + 'static) -> (bool, Vec<Call>) {
    let first: Arc<Mutex<Option<Call>>> = Arc::default();
    let script = Script::new(move |call| {
        if let Some(answer) = read(call) {
            return answer;
        }
        if call.body["Item"]["kind"]["S"] == "zone" {
            return Answer::Good(json!({}));
        }
        let mut first = first.lock().unwrap();
        let Some(before) = first.as_ref() else {
            *first = Some(call.clone());
            return Answer::Lost;
        };
        assert_eq!(before.body, call.body, "the repetition is the same request");
        let item = json!({"written_by": {"S": writer(&call.token())}});
        match call.body["TransactItems"].as_array() {
            None => Answer::Error("ConditionalCheckFailedException", json!({"Item": item})),
            Some(writes) => {
                let refused: (&str, Option<Value>) = ("ConditionalCheckFailed", Some(item));
                let mut reasons = vec![("None", None); writes.len()];
                reasons[0] = refused;
                cancelled(&reasons)
            }
        }
    });
    let told = deed(script.store()).await;
    (told, script.calls())
}

const DEEDS: [(&str, Deed); 10] = [
    ("update", single_update),
    ("update that leaves a day", leaving_update),
    ("put_phone", phone_write),
    ("put_phone, new", new_phone_write),
    ("put_rollout", switch),
    ("update_user", settings),
    ("claim", claim),
    ("write_plan", plan),
    ("add_user", new_user),
    ("write_mirror", mirror),
];

#[tokio::test]
async fn a_write_whose_answer_was_lost_knows_its_own_hand() {
    for (name, deed) in DEEDS {
        let (told, calls) = lose(deed, str::to_owned).await;
        assert!(told, "{name}: it was written, and says so");
        assert!(calls.len() >= 2, "{name}");
    }
}

#[tokio::test]
async fn what_another_wrote_is_never_taken_for_ours() {
    for (name, deed) in DEEDS {
        let (told, _) = lose(deed, |_| "another".to_owned()).await;
        assert!(!told, "{name}: somebody else wrote the same");
    }
}

#[tokio::test]
async fn two_stores_never_make_the_same_write() {
    // The same claim, decided by two senders in the same instant, to the letter.
    let tokens: Vec<_> = join_all((0..2).map(|_| async {
        let script = Script::new(|_| Answer::Good(json!({})));
        assert!(claim(script.store()).await);
        script.calls()[0].token()
    }))
    .await;
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn a_write_that_stays_unclear_is_transient() {
    let script = Script::new(|call| read(call).unwrap_or(Answer::Lost));
    let row = claimed(&reminder("ann", "one", "2026-03-02T10:00:00Z"));
    let phone = key("ann");
    let error = script.store().claim(&claim_of(&row, &phone, 10)).await.unwrap_err();
    assert!(matches!(error, StoreError::Transient { .. }), "{error:?}");
    assert!(script.calls().len() <= 4, "the repetitions are bounded");
}

/// Both additions are in the sum, so what the first one took is behind the second.
#[tokio::test]
async fn turns_whose_answer_was_lost_are_lost_and_none_is_given_twice() {
    let script = Script::new(|call| match call.nth {
        0 => Answer::Lost,
        _ => Answer::Good(json!({"Attributes": {"taken": {"N": "7"}}})),
    });
    let second = "2026-03-02T10:05:00Z".parse().unwrap();
    assert_eq!(script.store().take_turns("48151", second, 3).await.unwrap(), 4);
    assert_eq!(script.calls().len(), 2);
    // An answer that cannot be read gives nobody a turn.
    for item in [json!({}), json!({"taken": {"N": "2"}}), json!({"taken": {"S": "7"}})] {
        let script = Script::new(move |_| Answer::Good(json!({"Attributes": item})));
        let error = script.store().take_turns("48151", second, 3).await.unwrap_err();
        assert!(matches!(error, StoreError::Permanent { .. }), "{error:?}");
    }
}
