//! ROL: rolling out, and going back.

mod notices;
mod paged;
mod whole;

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Fate, Script};
use app::rollout::{broken_now, progress};
use domain::ids::UserId;
use domain::rollout::{Rollout, RolloutStage};
use domain::time::ahead;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::events::{Event, event};
use tests::faults::{Fault, Faults, faulty};
use tests::users::{names, phone_of, user};
use tests::world::{World, user_id};

const NEW_YORK: &str = "America/New_York";

/// Asks the API, and expects it to be done.
async fn done(world: &World, method: Method, path: &str, body: Value) -> Value {
    let (code, answer) = world.request(method, path, &body.to_string()).await;
    assert_eq!(code, 200, "{path}: {answer}");
    serde_json::from_str(&answer).unwrap()
}

/// Asks the API, and expects a conflict. Gives its words.
async fn refused(world: &World, path: &str, body: Value) -> String {
    let (code, answer) = world.request(Method::POST, path, &body.to_string()).await;
    assert_eq!(code, 409, "{path}: {answer}");
    serde_json::from_str::<Value>(&answer).unwrap()["detail"].as_str().unwrap().to_owned()
}

async fn get(world: &World, path: &str) -> Value {
    serde_json::from_str(&world.request(Method::GET, path, "").await.1).unwrap()
}

fn by_ann(more: Value) -> Value {
    let mut body = json!({"by": "ann", "reason": "it is time"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn rollout(world: &World) -> Rollout {
    world.ports.stores.control.rollout().await.unwrap()
}

async fn put(world: &World, change: impl FnOnce(&mut Rollout)) -> Rollout {
    let mut next = rollout(world).await;
    next.version += 1;
    change(&mut next);
    assert!(world.ports.stores.control.put_rollout(&next).await.unwrap());
    next
}

#[tokio::test]
async fn rol_01_each_stage_texts_exactly_its_users_and_keeps_those_it_has() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(40);
    for name in &names {
        world.add(user(name, NEW_YORK)).await;
        let days = 23..=28;
        let daily =
            days.map(|day| event(&format!("Day {day}"), &format!("2026-11-{day}T09:00"), NEW_YORK));
        world.put(name, "home", &daily.collect::<Vec<_>>()).await;
    }
    let body = json!({"internal": &names[..2], "beta": &names[2..5], "salt": "ours"});
    done(&world, Method::PUT, "/v1/rollout/names", body).await;
    let back = by_ann(json!({"to": "internal"}));
    done(&world, Method::POST, "/v1/rollout/rollback", back).await;
    let mut texted_before = Vec::new();
    for (stage, day) in RolloutStage::ALL.into_iter().zip(23..) {
        let now = rollout(&world).await;
        assert_eq!((now.stage, now.salt.as_str()), (stage, "ours"));
        let texts_before = world.texts().len();
        world.run_until(&format!("2026-11-{day}T15:00:00Z")).await;
        let to: Vec<_> = world.texts()[texts_before..].iter().map(|text| text.to.clone()).collect();
        let mut texted = Vec::new();
        for name in &names {
            let times = to.iter().filter(|to| *to == phone_of(name).as_e164()).count();
            assert_eq!(times, usize::from(now.includes(&user_id(name))), "{stage:?} {name}");
            texted.extend((times > 0).then_some(name.clone()));
        }
        assert!(texted_before.iter().all(|name| texted.contains(name)), "{stage:?}");
        texted_before = texted;
        if stage != RolloutStage::Everyone {
            let on = by_ann(json!({"force": true}));
            done(&world, Method::POST, "/v1/rollout/advance", on).await;
        }
    }
    assert_eq!(texted_before.len(), 40);
    let decided = get(&world, "/v1/rollout/decisions").await;
    let kinds: Vec<_> =
        decided["decisions"].as_array().unwrap().iter().map(|d| &d["kind"]).collect();
    assert_eq!(kinds.len(), 6);
    assert_eq!((kinds[0], kinds[5]), (&json!("rolled_back"), &json!("forced")));
    // Each stage has figures of its own: of the users whom it brought in.
    let now = rollout(&world).await;
    for stage in RolloutStage::ALL {
        let of_stage = names.iter().filter(|name| now.stage_of(&user_id(name)) == stage);
        let texts: usize = of_stage.map(|name| world.texts_to(name).len()).sum();
        let path =
            format!("/v1/metrics?from=2026-11-23&to=2026-11-28&dimension=stage:{}", stage.name());
        assert_eq!(get(&world, &path).await["total"]["texts"], texts, "{path}");
    }
    world.finish().await;
}

#[tokio::test]
async fn rol_02_advancing_is_refused_unless_the_gate_passed_or_it_is_forced_with_a_reason() {
    let world = World::at("2026-11-23T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let body = json!({"internal": ["ada"], "beta": [], "salt": "ours"});
    done(&world, Method::PUT, "/v1/rollout/names", body).await;
    assert!(refused(&world, "/v1/rollout/advance", by_ann(json!({}))).await.contains("no stage"));
    let back = by_ann(json!({"to": "internal"}));
    done(&world, Method::POST, "/v1/rollout/rollback", back.clone()).await;
    assert!(refused(&world, "/v1/rollout/rollback", back).await.contains("already"));
    let early = refused(&world, "/v1/rollout/advance", by_ann(json!({}))).await;
    assert!(early.contains("no day has passed"), "{early}");
    world.put("ada", "home", &[event("Standup", "2026-11-23T09:00", NEW_YORK)]).await;
    world.run_until("2026-11-23T18:00:00Z").await;
    world.run_until("2026-11-26T11:00:00Z").await;
    let gate = &get(&world, "/v1/rollout/course").await["gate"];
    assert_eq!((&gate["verdict"], &gate["day"]), (&json!("not_enough_data"), &json!(3)));
    let delivered = &gate["findings"][0];
    assert_eq!((&delivered["metric"], &delivered["sample"]), (&json!("delivered"), &json!(1)));
    assert_eq!(delivered["still_needed"], 29);
    let why = refused(&world, "/v1/rollout/advance", by_ann(json!({}))).await;
    assert!(why.contains("internal") && why.contains("not enough data"), "{why}");
    let nameless = json!({"by": " ", "reason": "", "force": true}).to_string();
    assert_eq!(world.request(Method::POST, "/v1/rollout/advance", &nameless).await.0, 422);
    let forced =
        done(&world, Method::POST, "/v1/rollout/advance", by_ann(json!({"force": true}))).await;
    assert_eq!(forced["stage"], "beta");
    let decided = get(&world, "/v1/rollout/decisions?after=2").await;
    let last = &decided["decisions"][0];
    assert_eq!((&last["kind"], &last["by"]), (&json!("forced"), &json!("ann")));
    assert_eq!(last["gate"]["findings"][0]["sample"], 1, "the evidence is kept");
    world.finish().await;
}

/// 50 users with a text that is queued and ten that wait, half of them inside at 50 %.
struct Crowd {
    world: World,
    names: Vec<String>,
    faults: Arc<Faults>,
}

impl Crowd {
    async fn at_a_quarter_to_ten() -> Self {
        let faults = Arc::<Faults>::default();
        let inside = faults.clone();
        let maker = World::maker("2026-11-24T11:00:00Z");
        let world = maker.ports(move |ports| faulty(&inside, ports)).make();
        let names = names(50);
        for name in &names {
            world.add(user(name, NEW_YORK).limit(50)).await;
            let hours = (12..22).map(|hour| at(&format!("Hour {hour}"), hour));
            let soon = event("Soon", "2026-11-24T10:10", NEW_YORK);
            world.put(name, "home", &hours.chain([soon]).collect::<Vec<_>>()).await;
        }
        let body = json!({"internal": [], "beta": [], "salt": "ours"});
        done(&world, Method::PUT, "/v1/rollout/names", body).await;
        world.run_until("2026-11-24T14:45:00Z").await;
        assert_eq!(world.system.queues().sends.len(), 50);
        Self { world, names, faults }
    }

    fn inside(&self, rollout: &Rollout) -> Vec<&String> {
        self.names.iter().filter(|name| rollout.includes(&user_id(name))).collect()
    }

    /// How many rows of everybody are in a state.
    async fn count(&self, outside_of: &Rollout, state: &str) -> usize {
        let mut rows = 0;
        for name in self.names.iter().filter(|name| !outside_of.includes(&user_id(name))) {
            let of = self.world.reminders(name).await;
            let is = |row: &&domain::reminder::Reminder| {
                state == row.state.reason().unwrap_or(row.state.name())
            };
            rows += of.iter().filter(is).count();
        }
        rows
    }
}

fn at(title: &str, hour: u32) -> Event {
    event(title, &format!("2026-11-24T{hour}:30"), NEW_YORK)
}

#[tokio::test]
async fn rol_03_a_rollback_withdraws_500_pending_and_50_queued_and_those_inside_wait_for_nothing() {
    let crowd = Crowd::at_a_quarter_to_ten().await;
    let world = &crowd.world;
    let body = by_ann(json!({"to": "percent50"}));
    done(world, Method::POST, "/v1/rollout/rollback", body).await;
    let half = rollout(world).await;
    let outside = 50 - crowd.inside(&half).len();
    assert!((15..=35).contains(&outside), "{outside}");
    assert_eq!(crowd.count(&half, "rolled_back").await, outside * 11);
    world.run_until("2026-11-24T15:00:00Z").await;
    for name in &crowd.names {
        let texts = world.texts_to(name);
        assert_eq!(texts.len(), usize::from(half.includes(&user_id(name))), "{name}");
        let on_time = "2026-11-24T14:55:00Z".parse().unwrap();
        assert!(texts.iter().all(|text| text.at <= ahead(on_time, SignedDuration::from_secs(1))));
    }
    let decided = get(world, "/v1/rollout/decisions").await;
    let last = &decided["decisions"][0];
    assert_eq!((&last["from"], &last["to"]), (&json!("everyone"), &json!("percent50")));
    // On again: the same users, and what is ahead; nothing of what has begun.
    world.run_until("2026-11-24T15:15:00Z").await;
    done(world, Method::POST, "/v1/rollout/advance", by_ann(json!({"force": true}))).await;
    world.run_until("2026-11-25T05:00:00Z").await;
    for name in &crowd.names {
        let was_inside = usize::from(half.includes(&user_id(name)));
        assert_eq!(world.texts_to(name).len(), 10 + was_inside, "{name}");
    }
    world.finish().await;
}

#[tokio::test]
async fn rol_03_a_rollback_that_is_killed_anywhere_is_finished_after_the_restart() {
    let killed_at = [
        ("Control::put_document", Fault::After),
        ("Control::put_rollout", Fault::Before),
        ("Control::put_rollout", Fault::After),
        ("Reminders::update", Fault::After),
    ];
    for (operation, fault) in killed_at {
        let crowd = Crowd::at_a_quarter_to_ten().await;
        crowd.faults.kill(operation, fault);
        let body = by_ann(json!({"to": "percent50"})).to_string();
        crowd.world.request(Method::POST, "/v1/rollout/rollback", &body).await;
        assert!(crowd.faults.is_dead(), "{operation}");
        let Crowd { world, names, faults } = crowd;
        let world = world.restart().await;
        // The monitor runs within a minute.
        world.run_until("2026-11-24T14:46:00Z").await;
        let crowd = Crowd { world, names, faults };
        let half = rollout(&crowd.world).await;
        assert_eq!(half.stage, RolloutStage::Percent50, "{operation} {fault:?}");
        let outside = 50 - crowd.inside(&half).len();
        assert_eq!(crowd.count(&half, "rolled_back").await, outside * 11, "{operation} {fault:?}");
        let decided = get(&crowd.world, "/v1/rollout/decisions").await;
        assert_eq!(decided["decisions"].as_array().unwrap().len(), 1, "{operation} {fault:?}");
        crowd.world.run_until("2026-11-24T15:00:00Z").await;
        assert_eq!(crowd.world.texts().len(), 50 - outside, "{operation} {fault:?}");
        crowd.world.finish().await;
    }
}

#[tokio::test]
async fn rol_03_off_and_resumed_goes_on_with_the_same_users_and_what_is_ahead() {
    let crowd = Crowd::at_a_quarter_to_ten().await;
    let world = &crowd.world;
    let half = put(world, |rollout| rollout.stage = RolloutStage::Percent50).await;
    done(world, Method::PUT, "/v1/rollout", json!({"on": false})).await;
    assert_eq!(crowd.count(&rollout(world).await, "rolled_back").await, 550);
    let off = refused(world, "/v1/rollout/advance", by_ann(json!({"force": true}))).await;
    assert!(off.contains("resume"), "{off}");
    world.run_until("2026-11-24T15:15:00Z").await;
    assert_eq!(world.texts(), []);
    let resumed = done(world, Method::POST, "/v1/rollout/resume", by_ann(json!({}))).await;
    assert_eq!((&resumed["on"], &resumed["stage"]), (&json!(true), &json!("percent50")));
    world.run_until("2026-11-25T05:00:00Z").await;
    for name in &crowd.names {
        let expected = if half.includes(&user_id(name)) { 10 } else { 0 };
        assert_eq!(world.texts_to(name).len(), expected, "{name}");
    }
    world.finish().await;
}

/// A day at 25 %, two hours before the first of twelve calendar events of everybody inside.
async fn day_at_a_quarter(users: usize) -> (World, Vec<UserId>) {
    let world = World::at("2026-11-24T05:30:00Z");
    let names = names(users);
    let rollout = put(&world, |rollout| {
        (rollout.stage, rollout.salt) = (RolloutStage::Percent25, "ours".to_owned());
    })
    .await;
    let inside: Vec<_> =
        names.iter().map(|name| user_id(name)).filter(|user| rollout.includes(user)).collect();
    for user_inside in &inside {
        let name = user_inside.as_str();
        world.add(user(name, NEW_YORK).limit(50)).await;
        let hourly: Vec<_> = (10..22).map(|hour| at(&format!("Hour {hour}"), hour)).collect();
        world.put(name, "home", &hourly).await;
    }
    world.run_until("2026-11-24T14:00:00Z").await;
    (world, inside)
}

/// Whether the counters, as they are folded now, break a guardrail.
async fn is_broken(world: &World) -> bool {
    let course = progress(&*world.ports.stores.control).await.unwrap();
    let counters = world.ports.stores.metrics.totals().await.unwrap();
    broken_now(&course, &counters).is_some()
}

/// Lets minutes pass. Says after how many the rollout left stage 25 %, which is at the first run
/// of the monitor that could know why, and at no other.
async fn minutes_until_back(world: &World, minutes: u32) -> Option<u32> {
    for minute in 1..=minutes {
        let is_broken = is_broken(world).await;
        world.run_for(SignedDuration::from_mins(1)).await;
        let is_back = rollout(world).await.stage != RolloutStage::Percent25;
        assert_eq!(is_back, is_broken, "minute {minute}");
        if is_back {
            return Some(minute);
        }
    }
    None
}

#[tokio::test]
async fn rol_04_a_fall_of_delivery_to_80_percent_at_25_percent_is_rolled_back_in_one_run() {
    let (world, inside) = day_at_a_quarter(400).await;
    // Two hours go well; then a fifth of those who are inside cannot be reached.
    assert_eq!(minutes_until_back(&world, 2 * 60).await, None);
    assert_eq!(world.texts().len(), inside.len(), "those of 10:30");
    for user in inside.iter().step_by(5) {
        let lost = Script::fate(Fate::Undeliver { code: 30003 });
        world.sandbox.script_always_to(phone_of(user.as_str()).as_e164(), lost);
    }
    let minutes = minutes_until_back(&world, 11 * 60).await.expect("it is rolled back");
    let course = get(&world, "/v1/rollout/decisions").await;
    let decided = &course["decisions"][0];
    assert_eq!(decided["kind"], "rolled_back_by_itself");
    assert_eq!((&decided["by"], &decided["to"]), (&json!("monitor"), &json!("percent10")));
    let breach = &decided["breach"];
    assert_eq!(breach["what"], "delivered");
    assert!(breach["interval"][1].as_f64().unwrap() < 0.9, "{breach}");
    println!("rolled back {minutes} minutes after the fall began: {breach}");
    let now = rollout(&world).await;
    for user in inside.iter().filter(|user| !now.includes(user)) {
        let rows = world.reminders(user.as_str()).await;
        let waits = rows.iter().filter(|row| row.state.name() == "scheduled").count();
        assert_eq!(waits, 0, "{user}");
    }
    world.finish().await;
}

#[tokio::test]
async fn rol_05_a_rollout_that_cannot_be_read_sends_nothing() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let maker = World::maker("2026-11-24T10:00:00Z");
    let world = maker.ports(move |ports| faulty(&inside, ports)).make();
    world.add(user("ada", NEW_YORK)).await;
    let meeting = event("Meeting", "2026-11-24T10:07", NEW_YORK);
    world.put("ada", "work", std::slice::from_ref(&meeting)).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    faults.fail("Control::rollout", Fault::Before, usize::MAX);
    world.run_until("2026-11-24T15:30:00Z").await;
    assert_eq!(world.texts(), []);
    assert_eq!(world.reminder("ada").await.state.name(), "skipped");
    world.finish().await;
}
