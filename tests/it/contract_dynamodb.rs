//! The contract suites on DynamoDB, where `AWS_ENDPOINT_URL` names an emulator.

use std::sync::Arc;
use std::time::Duration;

use adapters_aws::store::DynamoStore;
use adapters_embedded::clock::SystemClock;
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use tests::aws;
use tests::contract::{
    Spoil, StorePorts, calendars_suite, claims_suite, connections_suite, control_suite, due_suite,
    erasure_suite, gates_suite, metrics_suite, phones_suite, reminders_suite, restart_suite,
    rollout_suite, trials_suite, unreadable_suite, users_suite,
};

/// A suite takes up to half a minute, most of it the emulator's; what hangs ends here.
const SUITE_MAX: Duration = Duration::from_secs(300);

macro_rules! store_suites {
    ($($suite:ident: $test:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let Some(clients) = aws::clients("the contract of the store") else { return };
            let _turn = aws::turn().await;
            let suite = $suite(async || StorePorts::of(Arc::new(aws::store(&clients).await)));
            tokio::time::timeout(SUITE_MAX, suite).await.expect("the suite ends in time");
        }
    )*};
}

store_suites! {
    users_suite: users;
    phones_suite: phones;
    erasure_suite: erasure;
    calendars_suite: calendars;
    reminders_suite: reminders;
    due_suite: due;
    claims_suite: claims;
    connections_suite: connections;
    control_suite: control;
    metrics_suite: metrics;
    rollout_suite: rollout;
    gates_suite: gates;
    trials_suite: trials;
}

/// A table that something else is written into.
struct Beside {
    client: Client,
    table: String,
}

#[async_trait]
impl Spoil for Beside {
    async fn put(&self, doc: &str) {
        let doc: serde_json::Value = serde_json::from_str(doc).unwrap();
        let doc: AttributeValue = serde_dynamo::to_attribute_value(doc).unwrap();
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item("kind", text("rollout")).item("name", text("switch"));
        let put = put.item("version", AttributeValue::N("1".to_owned())).item("doc", doc);
        put.send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rol_05_a_switch_in_a_table_that_cannot_be_read_sends_nothing() {
    let Some(clients) = aws::clients("the contract of the store") else { return };
    let _turn = aws::turn().await;
    unreadable_suite(async || {
        let (client, tables) = (aws::dynamodb(&clients), aws::new_tables(&clients).await);
        let store = DynamoStore::new(client.clone(), tables.clone(), Arc::new(SystemClock));
        let beside = Beside { client, table: tables.control };
        (StorePorts::of(Arc::new(store)), Arc::new(beside) as Arc<dyn Spoil>)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_hold_everything_over_a_restart() {
    let Some(clients) = aws::clients("the contract of the store") else { return };
    let _turn = aws::turn().await;
    let tables = aws::new_tables(&clients).await;
    restart_suite(async || {
        let clock = Arc::new(SystemClock);
        StorePorts::of(Arc::new(DynamoStore::new(aws::dynamodb(&clients), tables.clone(), clock)))
    })
    .await;
}
