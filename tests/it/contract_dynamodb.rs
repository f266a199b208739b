//! The contract suites on DynamoDB, where `AWS_ENDPOINT_URL` names an emulator.

use std::sync::Arc;
use std::time::Duration;

use adapters_aws::store::DynamoStore;
use adapters_embedded::clock::SystemClock;
use tests::aws;
use tests::contract::{
    StorePorts, calendars_suite, claims_suite, connections_suite, control_suite, due_suite,
    erasure_suite, metrics_suite, phones_suite, reminders_suite, restart_suite, rollout_suite,
    users_suite,
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
