use std::fs;

use app::ports::{
    Control, Metrics, PhoneKey, PhoneKeys, Phones, PlanWrite, PlanWriteResult, Reminders,
    StoreError, Users,
};
use domain::figures::Dimension;
use domain::ids::UserId;
use domain::phone::PhoneNumber;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::Zones;
use domain::user::{Planned, Preferences, User};
use jiff::Timestamp;
use rusqlite::params;
use tempfile::TempDir;

use super::*;
use crate::clock::ManualClock;

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new("2026-03-02T09:00:00Z".parse().unwrap()))
}

fn open(folder: &TempDir) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(&folder.path().join("store.db"), clock())
}

fn user(name: &str) -> (User, PhoneKey) {
    let phone = PhoneNumber::try_from("+12025550123".to_owned()).unwrap();
    let key = PhoneKeys::new(b"secret").key(&phone);
    let user = User {
        id: UserId::parse(name).unwrap(),
        phone,
        is_phone_verified: true,
        zone: Zones::bundled().parse("Europe/Berlin").unwrap(),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences: Preferences::default(),
        created_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        inputs_version: 1,
        planned: None,
    };
    (user, key)
}

async fn add(store: &SqliteStore, name: &str) -> Result<bool, StoreError> {
    let (user, key) = user(name);
    store.add_user(&user, &key).await
}

/// An error and what caused it, as people read it.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[track_caller]
fn check_refused(folder: &TempDir, expected: &str) {
    let refused = open(folder).err().expect("it does not open");
    let words = words(&refused);
    assert!(words.contains(expected), "{words}");
    assert!(words.starts_with("open ") && words.contains("store.db"), "{words}");
}

#[tokio::test]
async fn a_new_folder_is_made_and_the_file_is_durable() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a/b/store.db");
    let store = SqliteStore::open(&path, clock()).unwrap();
    let settings = |connection: &Connection| {
        let mode: String = connection.pragma_query_value(None, "journal_mode", |r| r.get(0))?;
        let flush: i32 = connection.pragma_query_value(None, "synchronous", |r| r.get(0))?;
        Ok((mode, flush, migrations::found_version(connection)?))
    };
    let found = store.write("look", settings).await.unwrap();
    assert_eq!(found, ("wal".to_owned(), 2, migrations::known_version()), "2 is FULL");
}

#[tokio::test]
async fn people_can_read_the_file_while_the_store_runs() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).unwrap();
    assert!(add(&store, "ann").await.unwrap());
    let shell = Connection::open(folder.path().join("store.db")).unwrap();
    let sql = "SELECT user || ' ' || zone || ' ' || json_extract(doc, '$.v') FROM users";
    let seen: String = shell.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(seen, "ann Europe/Berlin 1");
    assert!(add(&store, "bob").await.unwrap(), "a reader is in nobody's way");
}

#[test]
fn only_one_opens_a_file_at_a_time() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).unwrap();
    let process = format!("process {} has it open", std::process::id());
    check_refused(&folder, &process);
    let other = store.clone();
    drop(store);
    check_refused(&folder, "has it open");
    drop(other);
    open(&folder).expect("it is free again");
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let text = "This is a letter, not a database.\n".repeat(100);
    fs::write(&path, &text).unwrap();
    check_refused(&folder, "not a database of ours");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1;").unwrap();
    drop(other);
    let before = fs::read(&path).unwrap();
    check_refused(&folder, "not a database of ours");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_a_later_release_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder).unwrap());
    let path = folder.path().join("store.db");
    let later = Connection::open(&path).unwrap();
    later.pragma_update(None, "user_version", 7).unwrap();
    drop(later);
    let before = fs::read(&path).unwrap();
    check_refused(&folder, "its tables have version 7, this release knows 5; run the release");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_the_release_before_is_taken_over() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let before = Connection::open(&path).unwrap();
    before.execute_batch(include_str!("schema_1.sql")).unwrap();
    before.pragma_update(None, "application_id", migrations::APPLICATION_ID).unwrap();
    before.pragma_update(None, "user_version", 1).unwrap();
    drop(before);
    let store = open(&folder).unwrap();
    assert!(add(&store, "ada").await.unwrap());
    let columns = Connection::open(&path).unwrap();
    columns.prepare("SELECT was_state, was_texts FROM feed").unwrap();
    columns.prepare("SELECT texts FROM reminders").unwrap();
}

#[tokio::test]
async fn hours_that_an_earlier_release_counted_are_summed_up_by_their_days() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let before = Connection::open(&path).unwrap();
    migrations::STEPS[..4].iter().for_each(|step| before.execute_batch(step).unwrap());
    before.pragma_update(None, "application_id", migrations::APPLICATION_ID).unwrap();
    before.pragma_update(None, "user_version", 4).unwrap();
    for dimension in ["all", "arm:x/a", "country:US"] {
        for (hour_at, value) in
            [("2026-03-01T23:00:00", 1), ("2026-03-02T00:00:00", 2), ("2026-03-02T23:00:00", 4)]
        {
            let sql =
                "INSERT INTO hours (dimension, hour_at, name, value) VALUES (?, ?, 'sent', ?)";
            before.execute(sql, params![dimension, hour_at, value]).unwrap();
        }
    }
    drop(before);
    let store = open(&folder).unwrap();
    let bounds = [1, 2, 3].map(|day| format!("2026-03-0{day}T00:00:00Z").parse().unwrap());
    for dimension in ["all", "arm:x/a", "country:US"] {
        let dimension = Dimension::parse(dimension).unwrap();
        let sums = store.sums(&dimension, &bounds, |_| true).await.unwrap();
        let sent: Vec<_> = sums.iter().map(|counts| counts["sent"]).collect();
        assert_eq!(sent, [1, 6], "{dimension}");
    }
    drop(store);
    let days = Connection::open(&path).unwrap();
    let sql = "SELECT count(*) FROM utc_days";
    let kept: i64 = days.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 4, "two days of each dimension with durations");
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder).unwrap());
    let path = folder.path().join("store.db");
    let mut bytes = fs::read(&path).unwrap();
    // The list of tables begins after the header of 100 bytes.
    bytes[100..200].fill(0xff);
    fs::write(&path, bytes).unwrap();
    check_refused(&folder, "is damaged");
}

#[test]
fn a_lock_of_another_program_is_named() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder).unwrap());
    let other = Connection::open(folder.path().join("store.db")).unwrap();
    other.pragma_update(None, "locking_mode", "exclusive").unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    check_refused(&folder, "another program holds a lock on it; close it there");
    drop(other);
    open(&folder).expect("it is free again");
}

#[test]
fn what_the_system_refuses_is_told_apart() {
    let check = |kind: std::io::ErrorKind, expected: &str| {
        let error = open::of_system(Path::new("data/store.db"), kind.into());
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().starts_with("open data/store.db: "), "{error}");
    };
    check(std::io::ErrorKind::PermissionDenied, "not writable; make it so");
    check(std::io::ErrorKind::ReadOnlyFilesystem, "not writable; make it so");
    check(std::io::ErrorKind::StorageFull, "the disk is full; free some space");
    check(std::io::ErrorKind::NotADirectory, "the system refused");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let below_a_file = SqliteStore::open(&folder.path().join("file/store.db"), clock());
    assert!(matches!(below_a_file, Err(OpenError::System { .. })));
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_may_get_room_again() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).unwrap();
    assert!(add(&store, "ann").await.unwrap());
    let limit_pages = |pages: i64| {
        move |connection: &Connection| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            Ok(connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?)
        }
    };
    let pages = store.write("limit", limit_pages(1)).await.unwrap();
    let mut names = (0..).map(|number| format!("user-{number}"));
    let mut added = 0;
    let refused = loop {
        match add(&store, &names.next().unwrap()).await {
            Ok(is_added) => assert!(is_added),
            Err(error) => break error,
        }
        added += 1;
    };
    assert!(matches!(refused, StoreError::Transient { .. }), "it may work when tried again");
    assert!(words(&refused).contains("the disk is full: free some space"), "{refused:?}");
    assert_eq!(store.users(None, 1_000_000).await.unwrap().len(), added + 1);
    store.write("limit", limit_pages(pages + 1_000)).await.unwrap();
    assert!(add(&store, "bob").await.unwrap());
    drop(store);
    let store = open(&folder).unwrap();
    assert_eq!(store.users(None, 1_000_000).await.unwrap().len(), added + 2);
}

fn note(name: &str) -> impl Fn(&Connection) -> Result<(), Failure> + use<> {
    let name = name.to_owned();
    move |connection| {
        let sql = "INSERT INTO control (kind, name, value) VALUES ('note', ?, 1)";
        connection.execute(sql, params![name])?;
        Ok(())
    }
}

async fn notes(store: &SqliteStore) -> Vec<String> {
    let sql = "SELECT name FROM control WHERE kind = 'note' ORDER BY name";
    store.read("list notes", move |connection| rows::all(connection, sql, [])).await.unwrap()
}

type Wish = Box<dyn FnMut(&Connection) -> Result<(), Failure> + Send>;

/// Requests that are all waiting when the thread looks, so that they share one transaction.
async fn together<const N: usize>(
    store: &SqliteStore,
    requests: [Wish; N],
) -> Vec<Result<(), StoreError>> {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let busy = store.write("hold the thread", move |_| {
        // Ends when the sender is dropped.
        let _ = held.recv();
        Ok(())
    });
    let requests = requests.into_iter().map(|mut request| {
        let store = store.clone();
        async move { store.write("note", move |connection| request(connection)).await }
    });
    let release = async {
        tokio::task::yield_now().await;
        drop(hold);
    };
    let (_, results, ()) = tokio::join!(busy, futures::future::join_all(requests), release);
    results
}

#[tokio::test]
async fn one_that_fails_takes_no_other_along() {
    let store = SqliteStore::in_memory(clock()).unwrap();
    let half_done = |connection: &Connection| {
        note("half")(connection)?;
        Err(Failure::Request("changed its mind".to_owned()))
    };
    let twice = |connection: &Connection| {
        note("twice")(connection)?;
        note("twice")(connection)
    };
    let requests = together(
        &store,
        [
            Box::new(note("first")),
            Box::new(half_done),
            Box::new(note("second")),
            Box::new(twice),
            Box::new(note("third")),
        ],
    );
    let results = requests.await;
    let is_ok: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(is_ok, [true, false, true, false, true]);
    assert_eq!(notes(&store).await, ["first", "second", "third"]);
    for refused in [&results[1], &results[3]] {
        assert!(matches!(refused, Err(StoreError::Permanent { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn where_the_surroundings_fail_nobody_is_told_that_it_worked() {
    let store = SqliteStore::in_memory(clock()).unwrap();
    let gone = |_: &Connection| Err(Failure::Surroundings("the disk is gone".to_owned()));
    let requests: [Wish; 3] = [Box::new(note("first")), Box::new(gone), Box::new(note("second"))];
    for result in together(&store, requests).await {
        assert!(matches!(result, Err(StoreError::Transient { .. })), "{result:?}");
    }
    assert_eq!(notes(&store).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_panic_is_no_success_and_no_end() {
    let store = SqliteStore::in_memory(clock()).unwrap();
    let falls = |connection: &Connection| {
        note("half")(connection)?;
        panic!("a test wants this panic")
    };
    let requests: [Wish; 2] = [Box::new(note("first")), Box::new(falls)];
    for result in together(&store, requests).await {
        assert!(matches!(result, Err(StoreError::Transient { .. })), "{result:?}");
    }
    store.write("note", note("later")).await.unwrap();
    assert_eq!(notes(&store).await, ["later"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_named_without_its_content() {
    let store = SqliteStore::in_memory(clock()).unwrap();
    assert!(add(&store, "ann").await.unwrap());
    let check = async |doc: &'static str, expected: &str| {
        let spoil = move |connection: &Connection| {
            connection.execute("UPDATE users SET doc = ?", [doc])?;
            Ok(())
        };
        store.write("spoil", spoil).await.unwrap();
        let error = store.user(&UserId::parse("ann").unwrap()).await.unwrap_err();
        assert!(matches!(error, StoreError::Permanent { .. }));
        assert_eq!(error.to_string(), expected);
    };
    check(
        "{\"v\":1,\"phone\":\"2025550123\"}",
        "read a user: stored user is malformed at column \
         28 (unexpected value)",
    )
    .await;
    check(
        "{\"v\":2}",
        "read a user: stored user has version 2, this code reads version 1: run \
         the release that wrote it, or a later one",
    )
    .await;
}

#[tokio::test]
async fn a_plan_is_seen_in_columns_and_in_the_item() {
    let store = SqliteStore::in_memory(clock()).unwrap();
    assert!(add(&store, "ann").await.unwrap());
    let id = UserId::parse("ann").unwrap();
    let planned = Planned { on: "2026-03-02".parse().unwrap(), inputs_version: 1 };
    let write = PlanWrite { user: &id, inputs_version: 1, planned, rows: &[], records: &[] };
    assert_eq!(store.write_plan(&write).await.unwrap(), PlanWriteResult::Written);
    let columns = |connection: &Connection| {
        let sql = "SELECT planned_on || ' ' || planned_version || ' ' || \
            json_extract(doc, '$.planned.on') || ' ' || inputs_version FROM users";
        Ok(connection.query_row(sql, [], |row| row.get::<_, String>(0))?)
    };
    assert_eq!(store.read("look", columns).await.unwrap(), "2026-03-02 1 2026-03-02 1");
}

#[tokio::test]
async fn dead_letters_are_kept_until_somebody_has_looked() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder).unwrap();
    let at: Timestamp = "2026-03-02T09:00:00.25Z".parse().unwrap();
    let letter = |body: &str| DeadLetter {
        id: 0,
        queue: "sends".to_owned(),
        body: body.to_owned(),
        receives: 5,
        added_at: at,
        dead_at: at,
    };
    store.add_dead_letters(vec![letter("one"), letter("two"), letter("three")]).await.unwrap();
    drop(store);
    let store = open(&folder).unwrap();
    let letters = store.dead_letters(0, 2).await.unwrap();
    assert_eq!(letters[0], DeadLetter { id: letters[0].id, ..letter("one") });
    let rest = store.dead_letters(letters[1].id, 10).await.unwrap();
    assert_eq!(rest.iter().map(|letter| letter.body.as_str()).collect::<Vec<_>>(), ["three"]);
    assert_eq!(store.count_dead_letters().await.unwrap(), 3);
    assert!(store.remove_dead_letter(letters[0].id).await.unwrap());
    assert!(!store.remove_dead_letter(letters[0].id).await.unwrap());
    assert_eq!(store.count_dead_letters().await.unwrap(), 2);
}

#[test]
fn instants_as_text_are_in_order_of_time() {
    let texts = [
        "-000001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "1970-01-01T00:00:00Z",
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00.000000001Z",
        "2026-03-02T09:00:00.2Z",
        "2026-03-02T09:00:00.25Z",
        "2026-03-02T09:00:00.3Z",
        "2026-03-02T09:00:01Z",
        "9999-12-30T22:00:00.999999999Z",
    ];
    let instants: Vec<Timestamp> = texts.iter().map(|text| text.parse().unwrap()).collect();
    assert!(instants.is_sorted());
    let columns: Vec<_> = instants.iter().map(|at| columns::instant(*at)).collect();
    assert!(columns.is_sorted(), "{columns:?}");
    for (at, column) in instants.iter().zip(columns) {
        assert_eq!(columns::parse_instant(column).unwrap(), *at);
    }
}

#[tokio::test]
async fn clones_share_a_store() {
    let store = SqliteStore::in_memory(clock()).unwrap();
    let other = store.clone();
    assert!(add(&store, "ann").await.unwrap());
    drop(store);
    let (_, key) = user("ann");
    assert!(other.phone(&key).await.unwrap().is_some());
    assert!(other.rollout().await.unwrap().is_on);
}
