//! OPS-03: a release reads what the one before it left, and leaves nothing that one could not read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use app::records::{
    AlertsV1, ApiKeyV1, BoardV1, CalendarV1, ConnectionV1, CountedV1, CounterMarksV1, DecisionV1,
    EventV1, HeartbeatV1, OnceV1, PhoneV1, ProgressV1, PromptV1, Record, ReminderV1, RolloutV2,
    RunRecordV1, SpendV1, UserV1, from_json, read, to_json,
};
use domain::reminder::State;
use rusqlite::Connection;
use serde_json::Value;
use tests::stored::{REPLACED_AT, TABLES, docs, folder, morning, payloads, restore, world_in};
use tests::world::{Text, World};

const PEOPLE: [&str; 9] = ["ada", "bob", "carol", "dave", "eve", "frank", "grace", "heidi", "ivan"];

/// Every form that a release ever wrote.
fn forms() -> Vec<String> {
    let listed = fs::read_dir(folder("")).expect("the forms");
    let mut forms: Vec<_> =
        listed.map(|form| form.unwrap().file_name().into_string().unwrap()).collect();
    forms.sort();
    assert_eq!(forms.first().map(String::as_str), Some("v1"));
    forms
}

fn database(folder: &Path) -> Connection {
    Connection::open(folder.join("store.sqlite")).unwrap()
}

/// Puts what was on its way into the queues, as it was written.
fn deliver(world: &World, payloads: &str) {
    let queues = world.system.queues();
    for line in payloads.lines() {
        let (queue, body) = line.split_once(' ').unwrap();
        let queue = match queue {
            "sends" => &queues.sends,
            "plans" => &queues.plans,
            "bus" => &queues.bus,
            other => panic!("{other} is a queue"),
        };
        queue.push(vec![(body.to_owned(), jiff::SignedDuration::ZERO)]).unwrap();
    }
}

/// What becomes of everybody from [`REPLACED_AT`] on: rows by person, and texts.
async fn ending(world: &World) -> (BTreeMap<&'static str, Vec<String>>, Vec<Text>) {
    world.run_until("2026-11-28T12:00:00Z").await;
    let mut rows = BTreeMap::new();
    for id in PEOPLE {
        rows.insert(id, world.outcomes(id).await);
    }
    world.finish().await;
    (rows, world.texts())
}

#[tokio::test]
async fn ops_03_what_an_earlier_release_left_ends_as_if_nothing_had_been_replaced() {
    let new = tempfile::tempdir().unwrap();
    let world = world_in(new.path(), "2026-11-24T03:00:00Z");
    morning(&world).await;
    let expected = ending(&world).await;
    for form in forms() {
        let old = tempfile::tempdir().unwrap();
        restore(&form, old.path());
        let world = world_in(old.path(), REPLACED_AT);
        world.system.rebuild().await.unwrap();
        let states: BTreeSet<_> = {
            let rows = docs(old.path(), "reminders");
            rows.iter().map(|doc| from_json::<ReminderV1>(doc).unwrap().state.name()).collect()
        };
        assert!(states.len() >= 7, "{form} has rows in many states: {states:?}");
        let payloads = fs::read_to_string(folder(&form).join("payloads.txt")).unwrap();
        deliver(&world, &payloads);
        let sent = world.texts().len();
        let is = ending(&world).await;
        assert!(is.1.len() > sent + 10, "{form}: the day went on");
        assert_eq!(is, expected, "{form}");
    }
}

/// A form decoded as DynamoDB holds it gives the same value as the one in SQLite.
fn check_both_stores<R: Record>(folder: &Path, table: &str)
where
    R::Value: PartialEq + std::fmt::Debug,
{
    for doc in docs(folder, table) {
        let value = from_json::<R>(&doc).unwrap_or_else(|bad| panic!("{table}: {bad}"));
        let map: Value = serde_json::from_str(&doc).unwrap();
        let item: serde_dynamo::Item = serde_dynamo::to_item(map).unwrap();
        let record: R = serde_dynamo::from_item(item).unwrap();
        assert_eq!(read(record).as_ref(), Ok(&value), "{table}");
    }
}

#[test]
fn ops_03_every_item_of_every_form_is_read_from_either_store() {
    for form in forms() {
        let old = tempfile::tempdir().unwrap();
        restore(&form, old.path());
        let old = old.path();
        check_both_stores::<UserV1>(old, "users");
        check_both_stores::<PhoneV1>(old, "phones");
        check_both_stores::<CalendarV1>(old, "calendars");
        check_both_stores::<EventV1>(old, "events");
        check_both_stores::<ReminderV1>(old, "reminders");
        check_both_stores::<RunRecordV1>(old, "runs");
        check_both_stores::<CountedV1>(old, "contributions");
    }
}

/// Whether all that `old` says stands in `new` as well, which may say more.
fn check_kept(old: &Value, new: &Value, at: &str) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, item) in old {
                check_kept(item, new.get(name).unwrap_or(&Value::Null), &format!("{at}.{name}"));
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            assert_eq!(old.len(), new.len(), "{at}");
            for (place, (old, new)) in old.iter().zip(new).enumerate() {
                check_kept(old, new, &format!("{at}[{place}]"));
            }
        }
        _ => assert_eq!(old, new, "{at}"),
    }
}

fn check_document<R: Record>(form: &str, doc: &Value) {
    let value = from_json::<R>(&doc.to_string()).unwrap_or_else(|bad| panic!("{form}: {bad}"));
    let written = to_json::<R>(&value).unwrap_or_else(|bad| panic!("{form}: {bad}"));
    check_kept(doc, &serde_json::from_str(&written).unwrap(), form);
}

#[test]
fn ops_03_documents_of_every_form_are_read_and_lose_nothing_when_written_again() {
    let mut seen = BTreeSet::new();
    for form in forms() {
        let lines = fs::read_to_string(folder(&form).join("documents.jsonl")).unwrap();
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let (form, doc) = (line["form"].as_str().unwrap().to_owned(), &line["doc"]);
            match form.as_str() {
                "alerts board" => check_document::<AlertsV1>(&form, doc),
                "alerts marks" => check_document::<CounterMarksV1>(&form, doc),
                "api_key" => check_document::<ApiKeyV1>(&form, doc),
                "connection" => check_document::<ConnectionV1>(&form, doc),
                "experiment" => check_document::<BoardV1>(&form, doc),
                "heartbeat" => check_document::<HeartbeatV1>(&form, doc),
                "once" => check_document::<OnceV1>(&form, doc),
                "prompt" => check_document::<PromptV1>(&form, doc),
                "rollout progress" => check_document::<ProgressV1>(&form, doc),
                "rollout switch" => check_document::<RolloutV2>(&form, doc),
                "rollout_decision" => check_document::<DecisionV1>(&form, doc),
                "spend" => check_document::<SpendV1>(&form, doc),
                other => panic!("{other} is a form of documents"),
            }
            seen.insert(form);
        }
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

/// Every path that a document has, with the type of what stands there; lists count as one entry.
fn paths(value: &Value, at: &str, into: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    };
    into.insert(format!("{at}: {kind}"));
    match value {
        Value::Array(items) => items.iter().for_each(|item| paths(item, &format!("{at}[]"), into)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, item)| paths(item, &format!("{at}.{name}"), into));
        }
        _ => {}
    }
}

/// What every document of a table has: an old reader may have relied on it.
fn common(folder: &Path, table: &str) -> BTreeSet<String> {
    let of = |doc: &String| {
        let mut found = BTreeSet::new();
        paths(&serde_json::from_str(doc).unwrap(), table, &mut found);
        found
    };
    let all: Vec<_> = docs(folder, table).iter().map(of).collect();
    let first = all.first().cloned().unwrap_or_default();
    all.iter().fold(first, |common, one| common.intersection(one).cloned().collect())
}

#[tokio::test]
async fn ops_03_an_earlier_release_finds_in_what_this_one_writes_all_that_it_relied_on() {
    let new = tempfile::tempdir().unwrap();
    let world = world_in(new.path(), "2026-11-24T03:00:00Z");
    morning(&world).await;
    let now = payloads(&world).await;
    world.finish().await;
    let old = tempfile::tempdir().unwrap();
    // Only the last form: a release is rolled back to the one before it, not to any.
    let last = forms().pop().unwrap();
    restore(&last, old.path());
    for table in TABLES {
        let (relied_on, written) = (common(old.path(), table), common(new.path(), table));
        assert!(relied_on.contains(&format!("{table}.v: number")), "{table} has a version");
        let missing: Vec<_> = relied_on.difference(&written).collect();
        assert!(missing.is_empty(), "{table} no longer has {missing:?}");
        let versions = docs(new.path(), table);
        assert!(versions.iter().all(|doc| doc.contains("\"v\":1")), "{table} is of version 1");
    }
    // Payloads are refused if a field is missing, and ids follow from what they name.
    let before = fs::read_to_string(folder(&last).join("payloads.txt")).unwrap();
    assert_eq!(now, before, "a payload that changed needs a new version");
}

/// Sets the version of a reminder's row, as a later release would have written it.
fn set_version(folder: &Path, id: &str, version: u32) {
    let sql = "UPDATE reminders SET doc = json_set(doc, '$.v', ?1) WHERE reminder = ?2";
    assert_eq!(database(folder).execute(sql, (version, id)).unwrap(), 1);
}

#[tokio::test]
async fn ops_03_a_row_of_a_later_version_waits_unharmed_and_is_sent_once_it_can_be_read() {
    let old = tempfile::tempdir().unwrap();
    restore("v1", old.path());
    let world = world_in(old.path(), REPLACED_AT);
    let row = world.reminder_of("heidi", "Second").await;
    assert_eq!(row.state, State::Scheduled);
    let id = row.id.to_string();
    set_version(old.path(), &id, 2);
    let unreadable = docs(old.path(), "reminders");
    let sent = world.texts_to("heidi").len();
    world.system.rebuild().await.unwrap();
    world.run_until("2026-11-24T16:40:00Z").await;
    assert_eq!(world.texts_to("heidi").len(), sent, "what cannot be read is not sent");
    let kept = docs(old.path(), "reminders").into_iter().find(|doc| doc.contains("\"v\":2"));
    assert!(kept.is_some_and(|doc| unreadable.contains(&doc)), "it stands there as it was");
    let texted = world.texts_to("grace").len();
    assert!(texted >= 2, "others are not kept waiting: {texted}");
    // The later release takes over again, before the event begins.
    set_version(old.path(), &id, 1);
    world.run_until("2026-11-24T16:44:00Z").await;
    assert_eq!(world.texts_to("heidi").len(), sent + 1, "it went out late, but it went out");
    world.run_until("2026-11-28T12:00:00Z").await;
    let letters = world.dead_letters().await;
    assert!(letters.iter().all(|(_, body)| body.contains(&id)), "only its jobs were given up");
    // What could not be read could not be counted anew, either: the next start does.
    world.system.rebuild().await.unwrap();
    world.finish().await;
}

#[tokio::test]
async fn ops_03_a_payload_of_a_later_version_is_given_up_whole_for_a_later_release_to_read() {
    let old = tempfile::tempdir().unwrap();
    restore("v1", old.path());
    let world = world_in(old.path(), REPLACED_AT);
    let before = fs::read_to_string(folder("v1").join("payloads.txt")).unwrap();
    let later = before.replace("\"version\":1", "\"version\":2");
    assert_eq!(later.matches("\"version\":2").count(), 3);
    deliver(&world, &later);
    world.run_until("2026-11-28T12:00:00Z").await;
    let letters: BTreeSet<_> = world.dead_letters().await.into_iter().collect();
    let lines = later.lines().map(|line| line.split_once(' ').unwrap());
    let expected: BTreeSet<_> =
        lines.map(|(queue, body)| (queue.to_owned(), body.to_owned())).collect();
    assert_eq!(letters, expected, "each stands in the dead letters as it came");
    world.system.rebuild().await.unwrap();
    world.finish().await;
}
