//! What tests need of AWS, on whatever `AWS_ENDPOINT_URL` names: an emulator.

pub mod script;
pub mod services;
mod tables;

use std::sync::Arc;
use std::time::Duration;

use adapters_aws::clients::Clients;
use adapters_aws::store::{DynamoStore, Tables};
use adapters_embedded::clock::SystemClock;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use tokio::sync::{Mutex, MutexGuard};

pub use tables::create_tables;

/// The clients, or none, with a printed line, where no emulator is named.
pub fn clients(what: &str) -> Option<Clients> {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    if endpoint.trim().is_empty() {
        println!("skipped: {what}: AWS_ENDPOINT_URL names no emulator");
        return None;
    }
    // An emulator takes any credentials. Real ones are never used by tests.
    let lookup = |name: &str| match name {
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_SESSION_TOKEN" => None,
        _ => std::env::var(name).ok(),
    };
    Some(Clients::from_lookup(lookup).expect("all that is needed is there"))
}

/// A turn at the emulator, which answers one request at a time: cases that write thousands of
/// items would make each other's requests wait for minutes.
pub async fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// A client of DynamoDB that waits for an emulator on a busy machine.
pub fn dynamodb(clients: &Clients) -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(60))
        .operation_timeout(Duration::from_secs(60))
        .build();
    let client = clients.dynamodb();
    Client::from_conf(client.config().to_builder().timeout_config(timeouts).build())
}

/// A store in tables of its own, which are new.
pub async fn store(clients: &Clients) -> DynamoStore {
    let tables = new_tables(clients).await;
    DynamoStore::new(dynamodb(clients), tables, Arc::new(SystemClock))
}

/// New tables.
pub async fn new_tables(clients: &Clients) -> Tables {
    let tables = Tables::with_prefix(&unique("case"));
    create_tables(&dynamodb(clients), &tables).await;
    tables
}

/// A name that nothing else has while this process runs.
pub fn unique(name: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{count}", std::process::id())
}
