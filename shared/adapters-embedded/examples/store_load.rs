//! How many reminders a second the store takes through load, claim and outcome, from many tasks at
//! once: `cargo run --release -p adapters-embedded --example store_load -- FOLDER [USERS] [TASKS]`.
//! Without a folder (`-`) the store is in memory.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a measurement")]

mod rows;

use std::path::Path;
use std::sync::Arc;

use adapters_embedded::clock::SystemClock;
use adapters_embedded::store::SqliteStore;
use app::ports::{
    Calendar, CalendarSource, Calendars, Claim, ClaimResult, Claims, Control, Events, PhoneKeys,
    Phones, PlanWrite, Reminders, RowUpdate, Users,
};
use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, Response};
use domain::difference::RowWrite;
use domain::ids::{MessageSid, UserId};
use domain::reminder::{Circumstances, Reminder, SendOutcome};
use domain::states::{Change, apply};
use domain::texts::{HourCycle, Language, Locale};
use domain::time::ZoneName;
use domain::user::{Planned, Preferences, User};
use jiff::SignedDuration;

use self::rows::{Began, number, reminder, report, start};

const REMINDERS_PER_USER: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or("-".to_owned());
    let mut number = |default| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (users, tasks) = (number(20_000), number(512));
    let clock = Arc::new(SystemClock);
    let store = match folder.as_str() {
        "-" => SqliteStore::in_memory(clock).unwrap(),
        folder => SqliteStore::open(&Path::new(folder).join("store_load.db"), clock).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let rows = Arc::new(fill(&store, users).await);
        let bare = rows.len() / 2;
        run("load, claim, outcome", &store, &rows, 0..bare, tasks, false).await;
        let what = "the same with all that a sender reads";
        run(what, &store, &rows, bare..rows.len(), tasks, true).await;
    });
}

async fn run(
    what: &str,
    store: &SqliteStore,
    rows: &Arc<Vec<Reminder>>,
    range: std::ops::Range<usize>,
    tasks: usize,
    is_full: bool,
) {
    let began = Began::now();
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let (store, rows, range) = (store.clone(), rows.clone(), range.clone());
            tokio::spawn(async move {
                for index in range.skip(task).step_by(tasks) {
                    send(&store, &rows[index], is_full).await;
                }
            })
        })
        .collect();
    for task in running {
        task.await.unwrap();
    }
    report(what, range.len(), &began);
}

/// What a sender asks of the store for one reminder.
async fn send(store: &SqliteStore, planned: &Reminder, is_full: bool) {
    let row = store.reminder(&planned.user, planned.id).await.unwrap().unwrap();
    let key = keys().key(&number(&row.user));
    if is_full {
        store.user(&row.user).await.unwrap().unwrap();
        store.phone(&key).await.unwrap().unwrap();
        store.event_copies(&row.user, &row.uid, &row.occurrence).await.unwrap();
        store.claimed_on(&row.user, row.day_on).await.unwrap();
        assert!(store.rollout().await.unwrap().is_on);
    }
    let now = row.send_at;
    let text = "Weekly sync with design in 15 minutes, 10:00 AM, Room 4".to_owned();
    let change = Change::Claim {
        to: number(&row.user),
        text,
        day_on: row.day_on,
        waited_since: None,
        circumstances: Circumstances::default(),
    };
    let claimed = apply(&row, change, now).unwrap();
    let claim = Claim {
        row: &claimed,
        expected: row.revision,
        inputs_version: 2,
        phone: &key,
        phone_version: 1,
        limit: 10,
    };
    assert_eq!(store.claim(&claim).await.unwrap(), ClaimResult::Claimed);
    let claimed = if is_full {
        store.reminder(&planned.user, planned.id).await.unwrap().unwrap()
    } else {
        claimed
    };
    let sid = MessageSid::parse("SM0123456789abcdef0123456789abcdef").unwrap();
    let outcome = SendOutcome::Accepted(sid);
    let wait = SignedDuration::ZERO;
    let sent = apply(&claimed, Change::Outcome { attempt: 1, outcome, wait }, now).unwrap();
    let update = RowUpdate { row: &sent, expected: claimed.revision, leaves_day: None };
    assert!(store.update(&update).await.unwrap());
}

/// Adds users, each with a calendar and a plan, and returns their reminders in order of instant.
async fn fill(store: &SqliteStore, users: usize) -> Vec<Reminder> {
    let began = Began::now();
    let tasks = 64;
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut rows = Vec::new();
                for index in (task..users).step_by(tasks) {
                    rows.extend(add(&store, index).await);
                }
                rows
            })
        })
        .collect();
    let mut rows = Vec::new();
    for task in running {
        rows.extend(task.await.unwrap());
    }
    rows.sort_by_key(|row| (row.send_at, row.id));
    report("added with a plan, reminders", rows.len(), &began);
    rows
}

async fn add(store: &SqliteStore, index: usize) -> Vec<Reminder> {
    let user = user(index);
    assert!(store.add_user(&user, &keys().key(&user.phone)).await.unwrap(), "use an empty folder");
    let rows: Vec<_> =
        (0..REMINDERS_PER_USER).map(|each| reminder(&user.id, index, each)).collect();
    let events: Vec<_> = rows.iter().map(event).collect();
    let calendar = Calendar {
        user: user.id.clone(),
        id: rows[0].calendar.clone(),
        source: CalendarSource::Ics { text: String::new() },
        mirrored: None,
        changed_at: user.created_at,
    };
    assert_eq!(store.write_mirror(&calendar, &events, &[], 1).await.unwrap(), Some(2));
    let writes: Vec<_> =
        rows.iter().map(|row| RowWrite { row: row.clone(), expected: None }).collect();
    let planned = Planned { on: rows[0].day_on, inputs_version: 2 };
    let write =
        PlanWrite { user: &user.id, inputs_version: 2, planned, rows: &writes, records: &[] };
    store.write_plan(&write).await.unwrap();
    rows
}

fn keys() -> PhoneKeys {
    PhoneKeys::new(b"a secret of this measurement")
}

fn user(index: usize) -> User {
    let id = UserId::parse(&format!("user-{index}@example.org")).unwrap();
    User {
        phone: number(&id),
        id,
        is_phone_verified: true,
        zone: ZoneName::from_store("America/New_York".to_owned()),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences: Preferences::default(),
        created_at: start(),
        inputs_version: 1,
        planned: None,
    }
}

fn event(row: &Reminder) -> CalendarEvent {
    CalendarEvent {
        calendar: row.calendar.clone(),
        uid: row.uid.clone(),
        occurrence: row.occurrence.clone(),
        title: row.facts.title.clone(),
        when: row.when,
        location: row.facts.location.clone(),
        meeting_link: None,
        status: EventStatus::Confirmed,
        is_transparent: false,
        response: Response::None,
        kind: EventKind::Meeting,
        first_seen_at: row.planned_at,
    }
}
