//! How fast changes are folded into figures, what that takes of memory, and what reading costs:
//! `cargo run --release -p adapters-embedded --example fold_load -- WHAT FOLDER [USERS]`.
//!
//! `fold` folds five changes of each of five reminders per user, no two of a reminder near each
//! other; `month` does so for each of 30 days; `read` counts one reminder for each user and then
//! reads their day. With `-` for a folder the store is in memory.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement"
)]

mod rows;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use adapters_embedded::clock::SystemClock;
use adapters_embedded::store::SqliteStore;
use app::domain_events::DomainEvent;
use app::figures::days;
use app::fold::{FeedPorts, FoldPorts, contribution, fold};
use app::ports::{
    DomainEvents, Metrics, PhoneKeys, PlanWrite, QueueError, Reminders, RowUpdate, Users,
};
use async_trait::async_trait;
use domain::difference::RowWrite;
use domain::figures::Dimension;
use domain::ids::{MessageSid, UserId};
use domain::reminder::{Circumstances, DeliveryStatus, Reminder, SendOutcome};
use domain::states::{Change, Receipt, apply};
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{ZoneName, ahead, utc_date};
use domain::user::{Planned, Preferences, User};
use jiff::SignedDuration;

use self::rows::{Began, number, reminder, report, start};

const REMINDERS_PER_USER: usize = 5;

/// Changes of a reminder on its way: planned, claimed, accepted, sent, delivered.
const CHANGES: usize = 5;

/// Tasks that write at once.
const TASKS: usize = 64;

/// How often a day is read.
const READS: usize = 300;

/// Nobody who wants to hear of it: what the bus costs is not measured.
struct Deaf;

#[async_trait]
impl DomainEvents for Deaf {
    async fn publish(&self, _: &[DomainEvent]) -> Result<(), QueueError> {
        Ok(())
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().expect("fold, month or read");
    let folder = arguments.next().unwrap_or("-".to_owned());
    let users: usize = arguments.next().map_or(2_000, |text| text.parse().unwrap());
    let clock = Arc::new(SystemClock);
    let store = match folder.as_str() {
        "-" => SqliteStore::in_memory(clock).unwrap(),
        folder => SqliteStore::open(&Path::new(folder).join("fold_load.db"), clock).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match what.as_str() {
            "fold" => {
                add_users(&store, users).await;
                fold_day(&store, users, 0).await;
            }
            "month" => month(&store, users).await,
            "read" => read(&store, users).await,
            other => panic!("{other}: choose fold, month or read"),
        }
    });
}

async fn month(store: &SqliteStore, users: usize) {
    add_users(store, users).await;
    for day in 0..30 {
        fold_day(store, users, day).await;
        println!("  day {}: {} KiB resident", day + 1, resident_kib());
    }
}

/// Writes the changes of a day, and folds them.
async fn fold_day(store: &SqliteStore, users: usize, day: usize) {
    let mut all = plan(store, users, day).await;
    for step in 1..CHANGES {
        all = in_tasks(all, store, move |store, before| async move {
            let after = next(&before, step);
            let expected = before.revision;
            let update = RowUpdate { row: &after, expected, leaves_day: None };
            assert!(store.update(&update).await.unwrap());
            after
        })
        .await;
    }
    let fold_ports = FoldPorts { metrics: Arc::new(store.clone()), domain_events: Arc::new(Deaf) };
    let ports = FeedPorts { feed: Arc::new(store.clone()), fold: fold_ports };
    let began = Began::now();
    let folded = fold(&ports).await.unwrap();
    report("changes folded", folded, &began);
    assert_eq!(folded, users * REMINDERS_PER_USER * CHANGES);
}

/// Does something for each row, in many tasks; the order stays.
async fn in_tasks<F: Future<Output = Reminder> + Send + 'static>(
    rows: Vec<Reminder>,
    store: &SqliteStore,
    act: impl Fn(SqliteStore, Reminder) -> F + Clone + Send + 'static,
) -> Vec<Reminder> {
    let share = rows.len().div_ceil(TASKS).max(1);
    let running: Vec<_> = rows
        .chunks(share)
        .map(|some| {
            let (some, store, act) = (some.to_vec(), store.clone(), act.clone());
            tokio::spawn(async move {
                let mut done = Vec::with_capacity(some.len());
                for row in some {
                    done.push(act(store.clone(), row).await);
                }
                done
            })
        })
        .collect();
    let mut done = Vec::with_capacity(rows.len());
    for task in running {
        done.extend(task.await.unwrap());
    }
    done
}

/// The row after its next change.
fn next(row: &Reminder, step: usize) -> Reminder {
    let sid = MessageSid::parse(&format!("SM{}", row.id)).unwrap();
    let receipt =
        |status| Change::Receipt(Receipt { attempt: 1, sid: sid.clone(), status, code: None });
    let change = match step {
        1 => Change::Claim {
            to: number(&row.user),
            text: "Weekly sync with design in 15 minutes, 10:00 AM, Room 4".to_owned(),
            day_on: row.day_on,
            waited_since: None,
            circumstances: Circumstances::default(),
        },
        2 => {
            let outcome = SendOutcome::Accepted(sid);
            Change::Outcome { attempt: 1, outcome, wait: SignedDuration::ZERO }
        }
        3 => receipt(DeliveryStatus::Sent),
        _ => receipt(DeliveryStatus::Delivered),
    };
    let seconds = i64::try_from(step).unwrap();
    apply(row, change, ahead(row.send_at, SignedDuration::from_secs(seconds))).unwrap()
}

fn user_id(index: usize) -> UserId {
    UserId::parse(&format!("user-{index}@example.org")).unwrap()
}

async fn add_users(store: &SqliteStore, users: usize) {
    let keys = PhoneKeys::new(b"a secret of this measurement");
    for index in 0..users {
        let id = user_id(index);
        let user = User {
            phone: number(&id),
            id,
            is_phone_verified: true,
            zone: ZoneName::from_store("America/New_York".to_owned()),
            locale: Locale { language: Language::En, hours: HourCycle::H12 },
            preferences: Preferences::default(),
            created_at: start(),
            inputs_version: 1,
            planned: None,
        };
        let added = store.add_user(&user, &keys.key(&user.phone)).await.unwrap();
        assert!(added, "use an empty folder");
    }
}

/// The reminders of a day, planned.
async fn plan(store: &SqliteStore, users: usize, day: usize) -> Vec<Reminder> {
    let mut all = Vec::new();
    for index in 0..users {
        let user = user_id(index);
        let rows: Vec<_> = (0..REMINDERS_PER_USER)
            .map(|each| reminder(&user, index, day * 24 + each))
            .map(|row| Reminder { day_on: utc_date(row.send_at), ..row })
            .collect();
        let writes: Vec<_> =
            rows.iter().map(|row| RowWrite { row: row.clone(), expected: None }).collect();
        let planned = Planned { on: rows[0].day_on, inputs_version: 1 };
        let write =
            PlanWrite { user: &user, inputs_version: 1, planned, rows: &writes, records: &[] };
        store.write_plan(&write).await.unwrap();
        all.extend(rows);
    }
    all
}

/// What one day of so many users costs to read.
async fn read(store: &SqliteStore, users: usize) {
    let rows: Vec<_> =
        (0..users).map(|index| reminder(&user_id(index), index, index % 8)).collect();
    let began = Began::now();
    let on = utc_date(rows[0].send_at);
    in_tasks(rows, store, |store, row| async move {
        let row = (1..CHANGES).fold(row, |row, step| next(&row, step));
        let (user, revision) = (&row.user, row.revision);
        let counts = contribution(&row);
        assert!(store.replace_contribution(user, row.id, revision, &counts).await.unwrap());
        row
    })
    .await;
    report("reminders counted", users, &began);
    let mut took = Vec::with_capacity(READS);
    for _ in 0..READS {
        let began = Instant::now();
        let read = days(store, &Dimension::all(), on, on).await.unwrap();
        took.push(began.elapsed());
        assert_eq!(read.all.delivered, u64::try_from(users).unwrap());
    }
    took.sort();
    let [half, most] = [READS / 2, READS * 99 / 100].map(|at| took[at].as_micros());
    println!("a day of {users} users read {READS} times: p50 {half} us, p99 {most} us");
}

/// Memory that this process holds.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
