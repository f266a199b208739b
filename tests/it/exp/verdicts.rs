//! What may be concluded: nothing too soon, and nothing of an assignment that went wrong.

use app::experiments::board;
use app::ports::Document;
use app::records::{BoardV1, to_json};
use serde_json::{Value, json};
use tests::users::names;
use tests::world::World;

use super::{add, arms_of, begin, definition, done, get, meetings, refused};

/// Everybody got a text in one of two arms, and rated it by the arm.
async fn rated(world: &World, names: &[String], arms: Value, stars: [&str; 2]) {
    add(world, names, |spec| spec, &meetings(23, 9..10)).await;
    begin(world, definition("two", arms)).await;
    world.run_until("2026-11-23T15:00:00Z").await;
    let arms = arms_of(world, names, "two").await;
    for name in names {
        world.reply(name, stars[usize::from(arms[name] == "b")]).await;
    }
    world.run_until("2026-11-23T15:10:00Z").await;
}

fn two_leads() -> Value {
    json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "lead_minutes": 30}])
}

#[tokio::test]
async fn exp_02_arms_that_do_nothing_have_no_winner_whatever_they_show() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    let nothing = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]);
    rated(&world, &names, nothing, ["5", "5"]).await;
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
    rated(&world, &names, two_leads(), ["1", "5"]).await;
    let sound = get(&world, "/v1/experiments/two/report").await;
    assert_eq!((&sound["verdict"], &sound["sample_sound"]), (&json!("difference"), &json!(true)));
    assert_eq!(sound["arms"][1]["comparison"]["finding"], "better");
    // Somebody changes the weights under the running experiment: the users in the arms are those
    // of the old ones.
    let control = &world.ports.stores.control;
    let mut changed = board(&**control).await.unwrap();
    changed.runs[0].experiment.arms[1].weight = 9;
    let body = to_json::<BoardV1>(&changed).unwrap();
    let document = Document { version: changed.version + 1, body };
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
    rated(&world, &names, two_leads(), ["1", "5"]).await;
    let path = "/v1/experiments/two/promote";
    let why = refused(&world, 409, path, json!({"arm": "a"})).await;
    assert!(why.contains("speaks against it"), "{why}");
    let why = refused(&world, 422, path, json!({"arm": "c"})).await;
    assert!(why.contains("a, b"), "{why}");
    done(&world, path, json!({"arm": "b"})).await;
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["lead_minutes"], 30);
    world.finish().await;
}
