//! Commands that speak to a running system, against a world's own API.

use adapters_embedded::store::DeadLetter;
use async_trait::async_trait;
use axum::body::Body;
use beforehand::cli::{Surroundings, run_in};
use beforehand::output::Screen;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tests::events::{all_day, event};
use tests::users::user;
use tests::world::World;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use transport::{Transport, TransportFault};

use super::{Desk, Ran};

const NEW_YORK: &str = "America/New_York";

/// The routes of a world, as the command line reaches them.
struct InProcess(axum::Router);

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let answer = self.0.clone().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        Ok(Response::from_parts(parts, body.collect().await.unwrap().to_bytes()))
    }
}

/// A world, and somebody at its command line.
struct Operator {
    runtime: Runtime,
    world: World,
    desk: Desk,
}

impl Operator {
    fn at(start: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        Self { world: World::at(start), runtime, desk: Desk::new() }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let data = self.desk.path().join("data");
        let line = ["beforehand", "--url", "http://world.test", "--data", data.to_str().unwrap()];
        let code = run_in(
            line.iter().chain(args).copied(),
            Surroundings {
                stdin: &mut std::io::empty(),
                stdout: &mut out,
                stderr: &mut err,
                now: self.world.now(),
                screen: Screen::default(),
                variables: &|_| None,
                transport: Some(&InProcess(self.world.system.router())),
            },
        );
        Ran { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
    }

    #[track_caller]
    fn told(&self, args: &[&str], words: &str) {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        assert!(ran.out.contains(words), "{args:?}: {words}: {ran:?}");
    }

    fn settle(&self) {
        self.runtime.block_on(self.world.settle());
    }

    fn finish(self) {
        self.runtime.block_on(self.world.finish());
    }
}

#[test]
fn users_are_added_listed_shown_and_changed() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    let add = ["users", "add", "ada", "--phone", "(202) 555-0123", "--zone", "america/new_york"];
    let dry = operator.run(&[&add[..], &["--dry-run", "--json"]].concat()).json();
    assert_eq!(dry[0]["outcome"], "added");
    assert_eq!(operator.run(&["users", "list", "--json"]).json(), json!([]));

    operator.told(&add, "nothing is texted until the number is verified");
    operator.run(&add).assert_refused(3, "is taken");
    operator.told(&["users", "list"], "America/New_York");
    let shown = operator.run(&["users", "show", "ada", "--json"]).json();
    assert_eq!((&shown["quiet"], &shown["lead"]), (&json!(["22:00-08:00"]), &json!(["15m"])));
    assert!(!shown.to_string().contains("5550123"), "{shown}");

    let change = ["users", "set", "ada", "--lead", "30m,1h", "--no-quiet", "--verified"];
    operator.told(&[&change[..], &["--dry-run"]].concat(), "lead: 15m -> 30m, 1h");
    assert_eq!(operator.run(&["users", "show", "ada", "--json"]).json(), shown);
    let changed = operator.run(&[&change[..], &["--json"]].concat()).json();
    assert_eq!((&changed["lead"], &changed["quiet"]), (&json!(["30m", "1h"]), &json!([])));
    assert_eq!((&changed["verified"], &changed["limit"]), (&json!(true), &json!(10)));
    let all_day = ["users", "set", "ada", "--all-day=2@07:30", "--json"];
    let changed = operator.run(&all_day).json();
    assert_eq!(changed["counting"]["all_day"], json!({ "days_before": 2, "at": "07:30" }));
    let changed = operator.run(&["users", "set", "ada", "--no-all-day", "--json"]).json();
    assert_eq!(changed["counting"]["all_day"], Value::Null);

    let choose = |leads: &str| {
        let choose = ["users", "set", "ada", "--lead-choice", leads, "--json"];
        operator.run(&choose).json()["lead_choice"].clone()
    };
    assert_eq!(choose("1h,5m"), json!(["5m", "1h"]));
    assert_eq!(choose("none"), json!([]));
    let one = ["users", "set", "ada", "--lead-choice", "5m"];
    operator.run(&one).assert_refused(3, "among 2 to 5 different ones");

    operator.run(&["users", "set", "ada"]).assert_refused(2, "nothing to change");
    operator.run(&["users", "set", "bob", "--limit", "3"]).assert_refused(3, "no user \"bob\"");
    operator.run(&["users", "show", "bob"]).assert_refused(3, "there is no user \"bob\"");
    operator.finish();
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.told(&["key", "create", "x", "--scope", "operator", "--dry-run"], "would make");
    let made = operator.run(&["key", "create", "nightly import", "--scope", "operator"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.out.starts_with("bfk_") && made.err.contains("2027-02-21"), "{made:?}");
    let listed = operator.run(&["key", "list", "--json"]).json();
    let id = listed["keys"][0]["id"].as_str().unwrap().to_owned();
    operator.told(&["key", "list"], "nightly import");
    operator.told(&["key", "revoke", &id, "--dry-run"], "would revoke");
    assert_eq!(operator.run(&["key", "list", "--json"]).json(), listed);
    operator.told(&["key", "revoke", &id], "(nightly import)");
    operator.told(&["key", "list"], "revoked");
    let unknown = operator.run(&["key", "revoke", "0123456789abcdef"]);
    unknown.assert_refused(3, "no key of that id");
    let own = ["key", "create", "x", "--scope", "user"];
    operator.run(&own).assert_refused(3, "whose data");
    operator.finish();
}

#[test]
fn users_are_exported_and_erased_only_if_it_is_meant() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.runtime.block_on(operator.world.add(user("ada", NEW_YORK)));
    let export = operator.run(&["users", "export", "ada"]).json();
    assert_eq!((&export["user"]["user"], &export["version"]), (&json!("ada"), &json!(1)));
    operator.run(&["users", "erase", "ada"]).assert_refused(3, "say --yes");
    operator.told(&["users", "erase", "ada", "--dry-run"], "would erase ada");
    operator.told(&["users", "show", "ada"], "America/New_York");
    operator.told(&["users", "erase", "ada", "--yes"], "erased ada: 1 stored items");
    operator.run(&["users", "erase", "ada", "--yes"]).assert_refused(3, "there is no user");
    operator.run(&["users", "export", "ada"]).assert_refused(3, "there is no user");
    operator.finish();
}

#[test]
fn users_are_imported_with_their_calendars_once() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.desk.calendar(&[event("Standup", "2026-11-23T10:00", NEW_YORK)]);
    let file = operator.desk.file(
        "users.toml",
        "[[users]]\nid = 'ada'\nphone = '+12025550123'\nzone = 'America/New_York'\n\
         verified = true\nics = 'test.ics'\n[[users]]\nid = 'bob'\nphone = '+12025550124'\n\
         zone = 'Asia/Tokyo'\nquiet = []\n",
    );
    let import = ["users", "import", file.to_str().unwrap(), "--json"];
    let outcomes = |told: &Value| -> Vec<String> {
        let lines = told.as_array().unwrap().iter();
        lines.map(|line| line["outcome"].as_str().unwrap().to_owned()).collect()
    };
    let dry = operator.run(&[&import[..], &["--dry-run"]].concat()).json();
    assert_eq!(outcomes(&dry), ["added", "added"]);
    assert_eq!(operator.run(&["users", "list", "--json"]).json(), json!([]));
    let first = operator.run(&import);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(outcomes(&operator.run(&import).json()), ["taken", "taken"]);
    operator.settle();
    let rows = operator.run(&["simulate", "ada", "--json"]).json();
    assert_eq!(rows[0]["title"], "Standup");
    operator.finish();
}

#[test]
fn ops_02_simulate_says_what_try_says_and_what_is_then_texted() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    let file = operator.desk.calendar(&[
        event("Standup", "2026-11-20T10:00", NEW_YORK).with("RRULE:FREQ=DAILY"),
        event("Early", "2026-11-24T08:10", NEW_YORK),
        event("Night train", "2026-11-24T23:15", NEW_YORK),
        event("Lunch", "2026-11-24T12:00", NEW_YORK).with("TRANSP:TRANSPARENT"),
        all_day("Holiday", "2026-11-24"),
    ]);
    let spec = user("ada", NEW_YORK).quiet(&["22:00-08:00"]).leads(&[15, 60]);
    operator.runtime.block_on(operator.world.add(spec));
    operator.told(&["calendar", "put", "ada", &file], "put calendar main of ada");
    operator.settle();
    let day = ["--from", "2026-11-24", "--quiet", "22:00-08:00", "--lead", "15m,1h"];
    let tried = operator.run(&[&["try", &file, "--zone", NEW_YORK, "--json"], &day[..]].concat());
    let simulated = operator.run(&["simulate", "ada", "--date", "2026-11-24", "--json"]);
    assert_eq!(simulated.json(), tried.json());
    assert_eq!(simulated.err, tried.err);
    operator.told(&["simulate", "ada", "--date", "2026-11-24"], "Tue 2026-11-24 08:00");

    operator.runtime.block_on(operator.world.run_until("2026-11-25T04:59:00Z"));
    let texted: Vec<_> = operator
        .world
        .texts_to("ada")
        .into_iter()
        .filter(|text| text.at > "2026-11-24T05:00:00Z".parse().unwrap())
        .map(|text| text.at.to_string())
        .collect();
    let tried = tried.json();
    let expected = tried.as_array().unwrap().iter().filter(|row| row["decision"] == "send");
    let expected: Vec<_> = expected.map(|row| row["send_at"].as_str().unwrap()).collect();
    assert_eq!(texted, expected);
    operator.finish();
}

#[test]
fn reminders_are_explained_and_cancelled() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.runtime.block_on(async {
        operator.world.add(user("ada", NEW_YORK)).await;
        let events = [event("Standup", "2026-11-23T10:00", NEW_YORK)];
        operator.world.put("ada", "main", &events).await;
        operator.world.settle().await;
    });
    let id = operator.runtime.block_on(operator.world.reminder("ada")).id.to_string();
    operator.told(&["why", &id], "scheduled: It is to be sent at Mon 2026-11-23 09:45");
    operator.told(&["why", "ada"], "2026-11-23 of ada in America/New_York");
    operator.told(&["why", "ada", "--date", "2026-11-23"], &id);
    assert_eq!(operator.run(&["why", &id, "--json"]).json()["state"], "scheduled");

    operator.told(&["cancel", &id, "--dry-run"], "would cancel");
    assert_eq!(operator.run(&["why", &id, "--json"]).json()["state"], "scheduled");
    operator.told(&["cancel", &id], "cancelled");
    operator.told(&["why", &id], "cancelled: It was cancelled because somebody asked");
    operator.run(&["cancel", &id, "--dry-run"]).assert_refused(3, "it is cancelled");
    let unknown = "0".repeat(32);
    operator.run(&["cancel", &unknown]).assert_refused(3, "there is no reminder");
    operator.run(&["why", &unknown]).assert_refused(3, "neither a reminder nor a user");
    operator.run(&["simulate", "ada", "--date", "2029-01-01"]).assert_refused(3, "366 days");
    operator.finish();
}

#[test]
fn calendars_are_put_tried_and_removed() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.runtime.block_on(operator.world.add(user("ada", NEW_YORK)));
    let file = operator.desk.calendar(&[
        event("Standup", "2026-11-23T10:00", NEW_YORK),
        event("Broken", "2026-11-23T11:00", NEW_YORK).set("DTSTART", "DTSTART:soon"),
    ]);
    let put = ["calendar", "put", "ada", &file, "--name", "work"];
    operator.told(&[&put[..], &["--dry-run"]].concat(), "would put calendar work of ada");
    let remove = ["calendar", "remove", "ada", "--name", "work"];
    operator.run(&[&remove[..], &["--dry-run"]].concat()).assert_refused(3, "no calendar \"work\"");
    let stored = operator.run(&put);
    assert!(stored.out.contains("put calendar work of ada: 1 events"), "{stored:?}");
    assert!(stored.err.contains("test.ics:"), "{stored:?}");
    operator.told(&put, "unchanged: calendar work");
    operator.run(&["calendar", "put", "bob", &file]).assert_refused(3, "no user \"bob\"");
    operator.told(&[&remove[..], &["--dry-run"]].concat(), "would remove");
    operator.told(&remove, "removed calendar work of ada");
    operator.run(&remove).assert_refused(3, "no calendar");
    operator.settle();
    operator.finish();
}

#[test]
fn the_switch_is_turned_and_the_recount_told() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.told(&["rollout"], "reminders are on");
    operator.told(&["rollout", "off", "--dry-run"], "would turn reminders off");
    operator.told(&["rollout", "show"], "reminders are on");
    operator.told(&["rollout", "off"], "reminders are off");
    assert_eq!(operator.run(&["rollout", "--json"]).json()["on"], false);
    operator.told(&["rollout", "off", "--dry-run"], "would change nothing");
    operator.told(&["rollout", "on"], "reminders are on");
    operator.told(&["verify"], "everything adds up");
    assert_eq!(operator.run(&["verify", "--json"]).json()["sound"], true);
    operator.finish();
}

#[test]
fn rol_02_the_rollout_is_named_taken_back_forced_and_told() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    operator.told(&["rollout", "name", "--internal", "ada,bo", "--salt", "ours"], "stage everyone");
    let words = ["--by", "ann", "--reason", "the first test"];
    let back = ["rollout", "rollback", "--stage", "internal"];
    operator.run(&back).assert_refused(3, "--by");
    operator.told(&[&back[..], &["--dry-run"]].concat(), "would rollback");
    operator.told(&[&back[..], &words[..]].concat(), "reminders are on, at stage internal");
    operator.told(&["rollout", "status"], "no day has passed");
    let on = [&["rollout", "advance"][..], &words[..]].concat();
    operator.run(&on).assert_refused(3, "has not passed");
    operator.told(&[&["rollout", "force"][..], &words[..]].concat(), "at stage beta");
    operator.told(&["rollout", "decisions"], "the first test");
    let all = operator.run(&["rollout", "decisions", "--json"]).json();
    assert_eq!(all["decisions"][1]["kind"], "forced");
    operator.told(&["rollout", "off"], "reminders are off");
    operator.told(&[&["rollout", "resume"][..], &words[..]].concat(), "on, at stage beta");
    operator.finish();
}

#[test]
fn alerts_are_shown_and_looked_after() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    let unseen = operator.run(&["alerts"]);
    assert!(unseen.code != 0 && unseen.out.contains("the monitor ran never"), "{unseen:?}");
    operator.settle();
    operator.told(&["alerts"], "delivery_rate_low");
    operator.run(&["alerts", "ack", "dead_letters"]).assert_refused(3, "no incident");
    operator.run(&["alerts", "ack", "no_such"]).assert_refused(3, "no rule \"no_such\"");
    let letter = DeadLetter {
        id: 0,
        queue: "plans".to_owned(),
        body: "no job".to_owned(),
        receives: 5,
        added_at: operator.world.now(),
        dead_at: operator.world.now(),
    };
    operator.runtime.block_on(operator.world.store.add_dead_letters(vec![letter])).unwrap();
    operator.runtime.block_on(operator.world.run_until("2026-11-23T12:01:00Z"));
    let open = operator.run(&["alerts"]);
    assert!(open.code != 0 && open.out.contains("dead_letters (plans)"), "{open:?}");
    assert!(open.out.contains("docs/OPERATIONS.md#dead-letters-kept"), "{open:?}");
    let ack = ["alerts", "ack", "dead_letters", "--by", "ann"];
    operator.told(&[&ack[..], &["--dry-run"]].concat(), "would say that ann looks after");
    operator.told(&ack, "ann looks after dead_letters");
    // Something is wrong, which the exit code tells.
    let all: Value = serde_json::from_str(&operator.run(&["alerts", "--json"]).out).unwrap();
    let alerts = all["alerts"].as_array().unwrap();
    let letters =
        alerts.iter().find(|alert| alert["rule"] == "dead_letters" && alert["key"] == "plans");
    let letters = letters.unwrap();
    assert_eq!(letters["incident"]["acknowledged_by"], "ann");
    operator.runtime.block_on(operator.world.dead_letters());
    operator.finish();
}

#[test]
fn figures_are_shown_and_compared_with_a_recount() {
    let operator = Operator::at("2026-11-24T11:00:00Z");
    operator.told(&["metrics"], "no data");
    operator.runtime.block_on(async {
        operator.world.add(user("ada", NEW_YORK)).await;
        let meeting = event("Meeting", "2026-11-24T10:00", NEW_YORK);
        operator.world.put("ada", "work", &[meeting]).await;
        operator.world.run_until("2026-11-24T16:00:00Z").await;
        operator.world.system.fold().await.unwrap();
    });
    operator.told(&["metrics", "--days", "2"], "100.0 %");
    operator.told(&["metrics", "--user", "ada"], "days in America/New_York");
    operator.told(&["metrics", "--dimension", "source:model"], "no data");
    let told = operator.run(&["metrics", "--days", "1", "--json"]).json();
    assert_eq!((&told["from"], &told["total"]["delivered"]), (&json!("2026-11-24"), &json!(1)));
    operator.run(&["metrics", "--dimension", "us"]).assert_refused(3, "not a dimension");
    operator.run(&["metrics", "--user", "bob"]).assert_refused(3, "no user \"bob\"");
    operator.run(&["metrics", "--days", "0"]).assert_refused(2, "1..=92");
    operator.told(&["metrics", "rebuild", "--check"], "equal a recount of 1 reminders");
    operator.told(&["metrics", "rebuild"], "0 reminders were counted");
    let checked = operator.run(&["metrics", "rebuild", "--check", "--json"]).json();
    assert_eq!((&checked["counters"], &checked["problems"]), (&json!("equal"), &json!([])));
    operator.finish();
}

#[test]
fn exp_01_experiments_are_defined_started_reported_on_and_stopped() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    let author = ["--by", "ann", "--reason", "to know"];
    let with = |args: &[&str]| -> Vec<String> {
        args.iter().chain(&author).map(|arg| (*arg).to_owned()).collect()
    };
    let told = |args: &[&str], words: &str| {
        let args = with(args);
        operator.told(&args.iter().map(String::as_str).collect::<Vec<_>>(), words);
    };
    let file = operator.desk.file(
        "leads.toml",
        "name = 'leads'\nlayer = 'time'\nmetric = 'rating'\nstarts_at = 2026-11-23T00:00:00Z\n\
         ends_at = 2026-12-01T00:00:00Z\n[[arms]]\nname = 'as-ever'\nweight = 1\n\
         [[arms]]\nname = 'early'\nweight = 1\nlead_minutes = 60\ntemplate = 2\n",
    );
    let file = file.to_str().unwrap();
    let create = ["experiment", "create", file];
    operator.run(&create).assert_refused(3, "name yourself with --by");
    told(&[&create[..], &["--dry-run"]].concat(), "would ask the system");
    operator.told(&["experiment", "list"], "no experiments");
    told(&create, "experiment leads is draft");
    told(&["experiment", "start", "leads"], "experiment leads is running");
    let usual = "usual: lead time 15m, texts by as configured, prompt 1, template 1";
    operator.told(&["experiment", "list"], usual);
    let early = "arm early, weight 1: template 2, lead minutes 60";
    operator.told(&["experiment", "status", "leads"], early);
    operator.told(&["experiment", "status", "leads"], "running by ann: to know");
    operator.told(&["experiment", "report", "leads"], "no verdict yet");
    operator.told(&["experiment", "report", "leads"], early);
    let approve = ["experiment", "approve", "leads", "--by", "ann", "--reason", "to know"];
    operator.run(&approve).assert_refused(3, "no arm of leads awaits approval");
    operator.run(&["experiment", "report", "none"]).assert_refused(3, "no experiment \"none\"");
    told(&["experiment", "promote", "leads", "early", "--force"], "experiment leads is promoted");
    let promoted = "usual: lead time 60m, texts by as configured, prompt 1, template 2";
    operator.told(&["experiment", "list"], promoted);
    told(&["experiment", "rollback", "leads"], "experiment leads is stopped");
    operator.told(&["ratings", "low"], "0 of 0 ratings are below 3 stars");
    operator.finish();
}

#[test]
fn exp_04_prompts_are_listed_shown_tested_added_promoted_and_rolled_back() {
    let operator = Operator::at("2026-11-23T12:00:00Z");
    let shown = operator.run(&["prompt", "show"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let kinder = operator.desk.file("kinder.txt", format!("{}\nBe kind.\n", shown.out.trim_end()));
    let kinder = kinder.to_str().unwrap();
    operator.told(&["prompt", "test", kinder], "it may be tried in an arm");
    let author = ["--by", "ann", "--reason", "kinder"];
    operator.told(&[&["prompt", "add", kinder][..], &author].concat(), "kept as prompt 2");
    operator.told(&["prompt", "list"], "production");
    operator.told(&["prompt", "test", "2"], "it may be tried in an arm");
    let promote = [&["prompt", "promote", "2"][..], &author].concat();
    operator.told(&promote, "prompt 2 is in production");
    operator.told(&["prompt", "show"], "Be kind.");
    let back = [&["prompt", "rollback"][..], &author].concat();
    operator.told(&back, "prompt 1 is in production");
    operator.run(&back).assert_refused(3, "promote a version instead");
    operator.run(&["prompt", "show", "9"]).assert_refused(3, "no prompt of version 9");
    operator.finish();
}

#[test]
fn ops_02_links_are_made_and_reminders_are_put_off() {
    let operator = Operator::at("2026-11-24T11:00:00Z");
    let row = operator.runtime.block_on(async {
        operator.world.add(user("ada", NEW_YORK)).await;
        let meeting = event("Meeting", "2026-11-24T10:00", NEW_YORK);
        operator.world.put("ada", "work", &[meeting]).await;
        operator.world.settle().await;
        operator.world.reminder("ada").await
    });
    let id = row.id.to_string();
    operator.told(&["link", "ada"], "https://reminders.test/me/in?");
    operator.told(&["link", &id], "https://reminders.test/r?");
    let told = operator.run(&["link", "ada", "--json"]).json();
    assert_eq!(told["expires_at"], "2026-11-25T11:00:00Z");
    operator.run(&["link", "bob"]).assert_refused(3, "no user \"bob\"");
    operator.run(&["link", &"0".repeat(32)]).assert_refused(3, "no user");
    operator.told(&["snooze", &id, "--dry-run"], "would put off");
    operator.told(&["snooze", &id, "--minutes", "5"], "is to be texted at 2026-11-24T14:50:00Z");
    operator.told(&["why", &id], "Its reader put it off until");
    operator.run(&["snooze", &id, "--minutes", "7"]).assert_refused(3, "5, 10 or 15");
    operator.run(&["snooze", &id, "--minutes", "15"]).assert_refused(3, "will have begun");
    operator.run(&["snooze", "ada"]).assert_refused(3, "no reminder");
    operator.finish();
}
