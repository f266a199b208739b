//! What may be concluded: nothing too soon, and nothing of an assignment that went wrong.

use adapters_embedded::sms_sandbox::{Fate, Script};
use app::experiments::board;
use app::ports::Document;
use app::records::{BoardV1, to_json};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::users::{names, phone_of};
use tests::world::World;

use super::{add, arms_of, begin, definition, done, get, meetings, refused};

/// Everybody got a text in one of two arms, and rated it by the arm.
pub(super) async fn rated(world: &World, names: &[String], definition: Value, stars: [&str; 2]) {
    add(world, names, |spec| spec, &meetings(23, 9..10)).await;
    begin(world, definition).await;
    world.run_until("2026-11-23T15:00:00Z").await;
    let arms = arms_of(world, names, "two").await;
    for name in names {
        world.reply(name, stars[usize::from(arms[name] == "b")]).await;
    }
    world.run_until("2026-11-23T15:10:00Z").await;
}

pub(super) fn two_leads() -> Value {
    json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "lead_minutes": 30}])
}

#[tokio::test]
async fn exp_02_arms_that_do_nothing_have_no_winner_whatever_they_show() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    let nothing = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]);
    rated(&world, &names, definition("two", nothing), ["5", "5"]).await;
    let report = get(&world, "/v1/experiments/two/report").await;
    assert_eq!(
        (&report["verdict"], &report["experiment"]["a_a"]),
        (&json!("no_false_alarm"), &json!(true))
    );
    // The same people change their minds, by the arm: a difference that has no cause.
    let arms = arms_of(&world, &names, "two").await;
    for name in &names {
        world.reply(name, if arms[name] == "b" { "5" } else { "1" }).await;
    }
    world.run_until("2026-11-23T15:20:00Z").await;
    assert_eq!(get(&world, "/v1/experiments/two/report").await["verdict"], "false_alarm");
    let path = "/v1/experiments/two/promote";
    let why = refused(&world, 409, path, json!({"arm": "b"})).await;
    assert!(why.contains("A/A"), "{why}");
    world.finish().await;
}

#[tokio::test]
async fn exp_03_a_broken_assignment_is_told_and_no_winner_is_named() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    rated(&world, &names, definition("two", two_leads()), ["1", "5"]).await;
    let sound = get(&world, "/v1/experiments/two/report").await;
    assert_eq!((&sound["verdict"], &sound["sample_sound"]), (&json!("difference"), &json!(true)));
    assert_eq!(sound["arms"][1]["comparison"]["finding"], "better");
    // Somebody changes the weights under the running experiment: the users in the arms are those
    // of the old ones.
    let control = &world.ports.stores.control;
    let mut changed = board(&**control).await.unwrap();
    changed.runs[0].experiment.arms[1].weight = 9;
    let body = to_json::<BoardV1>(&changed).unwrap();
    let document = Document::new(changed.version + 1, body);
    assert!(control.put_document("experiment", "board", &document).await.unwrap());
    let broken = get(&world, "/v1/experiments/two/report").await;
    assert_eq!(broken["verdict"], "broken_assignment");
    assert_eq!(broken["arms"][1]["comparison"]["finding"], "broken_assignment");
    assert!(broken["sample_ratio_p"].as_f64() < Some(0.0005));
    let why = refused(&world, 409, "/v1/experiments/two/promote", json!({"arm": "b"})).await;
    assert!(why.contains("as they should be"), "{why}");
    world.finish().await;
}

#[tokio::test]
async fn exp_03_a_winner_is_promoted_without_force_and_its_rival_is_not() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    rated(&world, &names, definition("two", two_leads()), ["1", "5"]).await;
    let path = "/v1/experiments/two/promote";
    let why = refused(&world, 409, path, json!({"arm": "a"})).await;
    assert!(why.contains("speaks against it"), "{why}");
    let why = refused(&world, 422, path, json!({"arm": "c"})).await;
    assert!(why.contains("a, b"), "{why}");
    done(&world, path, json!({"arm": "b"})).await;
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["lead_minutes"], 30);
    world.finish().await;
}

#[tokio::test]
async fn exp_03_an_arm_that_does_harm_ends_its_experiment_in_one_run_and_a_good_one_does_not() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    let days = [meetings(23, 9..10), meetings(24, 9..10), meetings(25, 9..10)].concat();
    add(&world, &names, |spec| spec, &days).await;
    begin(&world, definition("two", two_leads())).await;
    world.run_until("2026-11-24T12:00:00Z").await;
    let state = async || get(&world, "/v1/experiments/two").await["state"].clone();
    assert_eq!(state().await, "running", "a day went well");
    // From now on nobody in arm b can be reached.
    for (name, arm) in arms_of(&world, &names, "two").await {
        if arm == "b" {
            let lost = Script::fate(Fate::Undeliver { code: 30003 });
            world.sandbox.script_always_to(phone_of(&name).as_e164(), lost);
        }
    }
    // The counters are folded at the end of a run here, so only then the monitor can know.
    world.run_until("2026-11-24T14:30:00Z").await;
    assert_eq!(state().await, "running");
    world.run_for(SignedDuration::from_mins(1)).await;
    let stopped = get(&world, "/v1/experiments/two").await;
    let last = &stopped["decided"][2];
    assert_eq!((&stopped["state"], &last["by"]), (&json!("stopped"), &json!("monitor")));
    assert!(last["reason"].as_str().unwrap().contains("in arm b, delivered was 0 of"), "{last}");
    // Nobody is in an arm any more.
    world.run_until("2026-11-25T15:00:00Z").await;
    for name in &names {
        let rows = world.reminders(name).await;
        assert_eq!(rows[2].trial.arms, [], "{name}");
        assert_eq!(rows[2].lead.unwrap().minutes(), 15);
    }
    world.finish().await;
}
