//! What a deployment leaves behind for the one that replaces it: the tables of a day on which rows
//! stand in every state, written down as text that later releases are tested with.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapters_embedded::clock::ManualClock;
use adapters_embedded::sms_sandbox::{Answer, CallbackPlan, Fate, Script, SmsSandbox};
use adapters_embedded::store::SqliteStore;
use app::jobs::{LocalDayStarted, PlanJob};
use app::ports::Clock as _;
use domain::time::Zones;
use rusqlite::Connection;

use crate::events::{all_day, event};
use crate::inspect::send_job;
use crate::users::{phone_of, user};
use crate::world::{World, instant, user_id};

const NEW_YORK: &str = "America/New_York";

/// When one release ends and the next takes over; in New York it is half past ten.
pub const REPLACED_AT: &str = "2026-11-24T15:30:00Z";

/// The tables whose items stand whole in `doc`.
pub const TABLES: [&str; 7] =
    ["users", "phones", "calendars", "events", "reminders", "runs", "contributions"];

/// Where one form's files lie.
pub fn folder(form: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stored").join(form)
}

/// A world whose store and provider lie in a folder, as both were left there or new.
pub fn world_in(folder: &Path, start: &str) -> World {
    let clock = Arc::new(ManualClock::new(instant(start)));
    let store = SqliteStore::open(&folder.join("store.sqlite"), clock.clone());
    let time = clock.clone();
    let config = World::maker(start).sandbox_config();
    let journal = folder.join("sandbox.jsonl");
    let sandbox = SmsSandbox::open(config, Arc::new(move || time.now()), journal);
    let (store, sandbox) = (store.expect("the file opens"), sandbox.expect("the journal opens"));
    World::maker(start).with(store, clock, Arc::new(sandbox)).make()
}

/// A morning after which rows stand in every state that lasts: delivered, failed, accepted without
/// news, unknown, waiting for another attempt, deferred, cancelled, skipped, scheduled.
pub async fn morning(world: &World) {
    let people = [
        user("ada", NEW_YORK).leads(&[15, 60]),
        user("bob", NEW_YORK),
        user("carol", NEW_YORK).quiet(&["10:00-11:30"]),
        user("dave", NEW_YORK).unverified(),
        user("eve", NEW_YORK).limit(1),
        user("frank", NEW_YORK),
        user("grace", NEW_YORK),
        user("heidi", NEW_YORK),
        user("ivan", NEW_YORK),
    ];
    for person in people {
        let id = person.user.id.as_str().to_owned();
        let script = match id.as_str() {
            "frank" => {
                Script::answer(Answer::Lost { processed: true }).with_callbacks(CallbackPlan::Never)
            }
            "grace" => Script::fate(Fate::Undeliver { code: 30_003 }),
            "heidi" => Script::default().with_callbacks(CallbackPlan::Never),
            "ivan" => Script::answer(Answer::Reject { status: 400, code: 21_614 }),
            _ => Script::default(),
        };
        // Due ten seconds before the release is replaced, or long done with.
        let is_last = matches!(id.as_str(), "frank" | "grace" | "heidi");
        let early = if is_last { "10:44:50" } else { "09:15" };
        world.sandbox.script_next_to(phone_of(&id).as_e164(), &script, 1);
        world.add(person).await;
        let events = [
            event("First", &format!("2026-11-24T{early}"), NEW_YORK),
            event("Second", "2026-11-24T11:45", NEW_YORK).with("LOCATION:Room \"4\" — 会議"),
            event("Daily", "2026-11-23T17:00", NEW_YORK).with("RRULE:FREQ=DAILY;COUNT=5"),
            all_day("Off", "2026-11-25"),
        ];
        world.put(&id, "work", &events).await;
    }
    world.run_until("2026-11-24T15:00:00Z").await;
    world.reply("bob", "STOP").await;
    world.run_until(REPLACED_AT).await;
}

/// The payloads that were on their way, a line each: queue, then body.
pub async fn payloads(world: &World) -> String {
    let row = world.reminder_of("heidi", "Second").await;
    let day = LocalDayStarted {
        zone: Zones::bundled().parse(NEW_YORK).expect("a zone"),
        date: jiff::civil::date(2026, 11, 25),
    };
    let plan = PlanJob { users: vec![user_id("ada"), user_id("nobody")] };
    format!("sends {}\nplans {}\nbus {}\n", send_job(&row), plan.to_json(), day.to_json())
}

/// The tables of a file as SQL that makes them anew, in an order that does not change.
pub fn dump(file: &Path) -> String {
    let database = Connection::open(file).expect("the file opens");
    let mut text = String::new();
    for pragma in ["application_id", "user_version"] {
        let value: i64 = database.pragma_query_value(None, pragma, |row| row.get(0)).expect("it");
        writeln!(text, "PRAGMA {pragma} = {value};").expect("a string takes it");
    }
    let schema = "SELECT name, sql, type FROM sqlite_schema WHERE sql IS NOT NULL
        AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table' DESC, name";
    let mut things = database.prepare(schema).expect("it is SQL");
    let things = things.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    for thing in things.expect("it runs") {
        let (name, sql, kind): (String, String, String) = thing.expect("a row");
        writeln!(text, "{sql};").expect("a string takes it");
        if kind == "table" {
            rows(&database, &name, &mut text);
        }
    }
    text
}

fn rows(database: &Connection, table: &str, text: &mut String) {
    let all = database.prepare(&format!("SELECT * FROM {table}")).expect("it is SQL");
    let names: Vec<_> = all.column_names().map(|name| format!("\"{name}\"")).collect();
    let quoted: Vec<_> = names.iter().map(|name| format!("quote({name})")).collect();
    let select = format!("SELECT {} FROM {table} ORDER BY 1, 2", quoted.join(", "));
    let mut select = database.prepare(&select).expect("it is SQL");
    let mut rows = select.query([]).expect("it runs");
    while let Some(row) = rows.next().expect("a row") {
        let values: Vec<String> =
            (0..quoted.len()).map(|at| row.get(at).expect("quote makes text")).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        writeln!(text, "INSERT INTO {table} ({names}) VALUES ({values});").expect("it takes it");
    }
}

/// The stored forms of a table, as they stand in a folder's store.
pub fn docs(folder: &Path, table: &str) -> Vec<String> {
    let database = Connection::open(folder.join("store.sqlite")).expect("the file opens");
    let mut all = database.prepare(&format!("SELECT doc FROM {table}")).expect("it is SQL");
    let docs = all.query_map([], |row| row.get(0)).expect("it runs");
    let docs: Vec<String> = docs.map(|doc| doc.expect("a row")).collect();
    assert!(!docs.is_empty(), "{table} holds something");
    docs
}

/// Puts the files of a form into a folder, as the release that wrote them left them.
pub fn restore(form: &str, into: &Path) {
    let from = folder(form);
    let sql = fs::read_to_string(from.join("store.sql")).expect("the tables of the form");
    let database = Connection::open(into.join("store.sqlite")).expect("a new file");
    database.execute_batch(&sql).expect("the SQL of the form");
    fs::copy(from.join("sandbox.jsonl"), into.join("sandbox.jsonl")).expect("the journal");
}
