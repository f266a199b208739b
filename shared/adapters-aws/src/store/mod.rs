//! The store in DynamoDB: every port of the store, for any number of processes at once.
//!
//! What a promise depends on is read consistently and written under a condition: one item by
//! itself, several as a transaction. Indexes other than those within a user's partition lag, so
//! what they give is a hint, and whoever acts on it reads the item.
//!
//! An item holds its stored form (`app::records`) as the map `doc`, and beside it what it is found
//! and compared by. `schema` describes keys and indexes.

mod attributes;
mod calendars;
mod claims;
mod connections;
mod control;
mod documents;
mod due;
mod erasure;
mod events;
mod failure;
mod hours;
mod ics_text;
mod metrics;
mod phones;
mod plan;
mod read;
mod reminders;
mod request;
pub mod schema;
mod store_clock;
mod tables;
mod tokens;
mod users;
mod write;
mod zones;

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use app::ports::Clock;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedAsyncSleep;
use domain::retention::Retention;
use domain::time::ZoneName;

pub use tables::Tables;

use store_clock::Readings;
use tokens::Tokens;

/// The store. Clones share one client.
#[derive(Clone)]
pub struct DynamoStore {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    tables: Tables,
    clock: Arc<dyn Clock>,
    sleep: Option<SharedAsyncSleep>,
    tokens: Tokens,
    readings: Readings,
    retention: Retention,
    /// Zones that are known to be on the list of zones.
    zones: Mutex<HashSet<ZoneName>>,
}

impl DynamoStore {
    /// The store in these tables, whose items are kept for as long as is usual.
    pub fn new(client: Client, tables: Tables, clock: Arc<dyn Clock>) -> Self {
        Self::keeping(client, tables, clock, Retention::default())
    }

    /// The store in these tables.
    pub fn keeping(
        client: Client,
        tables: Tables,
        clock: Arc<dyn Clock>,
        retention: Retention,
    ) -> Self {
        let readings = Readings::new(clock.clone());
        let config = client.config().to_builder().interceptor(readings.clone()).build();
        let client = Client::from_conf(config);
        let sleep = client.config().sleep_impl();
        let (tokens, zones) = (Tokens::from_system(), Mutex::default());
        let inner = Inner { client, tables, clock, sleep, tokens, readings, retention, zones };
        Self { inner: Arc::new(inner) }
    }
}

impl fmt::Debug for DynamoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoStore").field("tables", &self.inner.tables).finish_non_exhaustive()
    }
}
