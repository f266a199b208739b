//! The contract suites on the embedded adapters, in memory and in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters_embedded::clock::ManualClock;
use adapters_embedded::queue::{DelayQueue, QueueSettings};
use adapters_embedded::store::SqliteStore;
use app::ports::{ChangeFeed, Clock, EventBus, OptInQueue, PlanQueue, SendQueue};
use async_trait::async_trait;
use jiff::SignedDuration;
use rusqlite::Connection;
use tempfile::TempDir;
use tests::contract::{
    Drain, Spoil, StorePorts, bus_suite, calendars_suite, claims_suite, connections_suite,
    control_suite, due_suite, erasure_suite, feed_suite, gates_suite, metrics_suite,
    opt_in_queue_suite, phones_suite, plan_queue_suite, reminders_suite, restart_suite,
    rollout_suite, send_queue_suite, trials_suite, unreadable_suite, users_suite,
};
use tests::memory::MemoryStore;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new("2026-03-02T09:00:00Z".parse().unwrap()))
}

fn in_memory() -> SqliteStore {
    SqliteStore::in_memory(clock()).unwrap()
}

fn in_file(folder: &Path, name: &str) -> SqliteStore {
    SqliteStore::open(&folder.join(name), clock()).unwrap()
}

/// Stores in files of their own, in one folder that outlives them.
struct Files {
    folder: TempDir,
    next: std::cell::Cell<usize>,
}

impl Files {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), next: std::cell::Cell::new(0) }
    }

    fn store(&self) -> SqliteStore {
        let number = self.next.replace(self.next.get() + 1);
        in_file(self.folder.path(), &format!("{number}.db"))
    }
}

macro_rules! store_suites {
    ($($suite:ident: $in_memory:ident, $in_file:ident, $of_tests:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $of_tests() {
            $suite(async || StorePorts::of(Arc::new(MemoryStore::new(clock())))).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $in_memory() {
            $suite(async || StorePorts::of(Arc::new(in_memory()))).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $in_file() {
            let files = Files::new();
            $suite(async || StorePorts::of(Arc::new(files.store()))).await;
        }
    )*};
}

store_suites! {
    users_suite: users_in_memory, users_in_a_file, users_of_tests;
    phones_suite: phones_in_memory, phones_in_a_file, phones_of_tests;
    erasure_suite: erasure_in_memory, erasure_in_a_file, erasure_of_tests;
    calendars_suite: calendars_in_memory, calendars_in_a_file, calendars_of_tests;
    connections_suite: connections_in_memory, connections_in_a_file, connections_of_tests;
    reminders_suite: reminders_in_memory, reminders_in_a_file, reminders_of_tests;
    due_suite: due_in_memory, due_in_a_file, due_of_tests;
    claims_suite: claims_in_memory, claims_in_a_file, claims_of_tests;
    control_suite: control_in_memory, control_in_a_file, control_of_tests;
    rollout_suite: rollout_in_memory, rollout_in_a_file, rollout_of_tests;
    gates_suite: gates_in_memory, gates_in_a_file, gates_of_tests;
    trials_suite: trials_in_memory, trials_in_a_file, trials_of_tests;
    metrics_suite: metrics_in_memory, metrics_in_a_file, metrics_of_tests;
}

/// A file that something else is written into, beside the store that has it open.
struct Beside(PathBuf);

#[async_trait]
impl Spoil for Beside {
    async fn put(&self, doc: &str) {
        let sql = "INSERT INTO control (kind, name, value) VALUES ('rollout', 'switch', ?1) \
            ON CONFLICT (kind, name) DO UPDATE SET value = ?1";
        assert_eq!(Connection::open(&self.0).unwrap().execute(sql, [doc]).unwrap(), 1);
    }
}

#[tokio::test]
async fn rol_05_a_switch_in_a_file_that_cannot_be_read_sends_nothing() {
    let folder = TempDir::new().unwrap();
    unreadable_suite(async || {
        let store = Arc::new(in_file(folder.path(), "store.db"));
        (StorePorts::of(store), Arc::new(Beside(folder.path().join("store.db"))) as Arc<dyn Spoil>)
    })
    .await;
}

fn with_feed(store: SqliteStore) -> (StorePorts, Arc<dyn ChangeFeed>) {
    let store = Arc::new(store);
    (StorePorts::of(store.clone()), store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feed_in_memory() {
    feed_suite(async || with_feed(in_memory())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feed_of_tests() {
    let make = || Arc::new(MemoryStore::new(clock()));
    feed_suite(async || {
        let store = make();
        (StorePorts::of(store.clone()), store as Arc<dyn ChangeFeed>)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feed_in_a_file() {
    let files = Files::new();
    feed_suite(async || with_feed(files.store())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_holds_everything_over_a_restart() {
    let folder = TempDir::new().unwrap();
    restart_suite(async || StorePorts::of(Arc::new(in_file(folder.path(), "store.db")))).await;
}

struct End {
    queue: Arc<DelayQueue>,
    clock: Arc<ManualClock>,
}

#[async_trait]
impl Drain for End {
    async fn drain(&self) -> Vec<String> {
        let received = self.queue.receive(self.clock.now(), 1_000).await;
        for message in &received {
            assert!(self.queue.delete(&message.receipt));
        }
        received.into_iter().map(|message| message.body).collect()
    }
}

fn queue() -> (Arc<DelayQueue>, Arc<dyn Drain>) {
    let clock = clock();
    let settings = QueueSettings {
        name: "any".to_owned(),
        visibility: SignedDuration::from_secs(60),
        receives_max: 5,
    };
    let queue = Arc::new(DelayQueue::new(settings, clock.clone(), in_memory()));
    (queue.clone(), Arc::new(End { queue, clock }))
}

#[tokio::test]
async fn send_queue() {
    send_queue_suite(async || {
        let (queue, end) = queue();
        (queue as Arc<dyn SendQueue>, end)
    })
    .await;
}

#[tokio::test]
async fn opt_in_queue() {
    opt_in_queue_suite(async || {
        let (queue, end) = queue();
        (queue as Arc<dyn OptInQueue>, end)
    })
    .await;
}

#[tokio::test]
async fn plan_queue() {
    plan_queue_suite(async || {
        let (queue, end) = queue();
        (queue as Arc<dyn PlanQueue>, end)
    })
    .await;
}

#[tokio::test]
async fn bus() {
    bus_suite(async || {
        let (queue, end) = queue();
        (queue as Arc<dyn EventBus>, end)
    })
    .await;
}
