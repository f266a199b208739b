//! EXP-04: prompts as data, tried in an arm, promoted or rolled back.

use adapters_embedded::model_sandbox::ModelMode;
use app::compose::prompt::built_in;
use serde_json::json;
use tests::users::names;
use tests::world::World;

use super::{add, arms_of, begin, definition, done, get, meetings, refused, report_equals_recount};

fn kinder() -> String {
    built_in().text.replace("One short, friendly line", "One short and kind line")
}

/// The prompts that the texts of a user on a day were written with.
async fn prompts_of(world: &World, name: &str, day: &str) -> Vec<String> {
    let rows = world.reminders(name).await;
    let of_day = rows.iter().filter(|row| row.day_on.to_string() == day);
    of_day.map(|row| row.source.model_call().unwrap().prompt_version.clone()).collect()
}

#[tokio::test]
async fn exp_04_a_prompt_is_tried_in_an_arm_compared_promoted_and_rolled_back() {
    let world = World::maker("2026-11-23T10:00:00Z").model(ModelMode::Good).make();
    let names = names(40);
    let days: Vec<_> = (23..27).flat_map(|day| meetings(day, 9..10)).collect();
    let lacks = refused(&world, 422, "/v1/prompts", json!({"text": "Write something."})).await;
    assert!(lacks.contains("{language}"), "{lacks}");
    let kept = done(&world, "/v1/prompts", json!({"text": kinder()})).await;
    assert_eq!((&kept["version"], &kept["name"]), (&json!(2), &json!("reminder.2")));
    add(&world, &names, |spec| spec, &days).await;
    let arms = json!([
        {"name": "first", "weight": 1, "prompt": 1},
        {"name": "kinder", "weight": 1, "prompt": 2},
    ]);
    begin(&world, definition("kind", arms)).await;
    world.run_until("2026-11-23T15:00:00Z").await;
    let arms = arms_of(&world, &names, "kind").await;
    for name in &names {
        let is_kinder = arms[name] == "kinder";
        let expected = if is_kinder { "reminder.2" } else { "reminder.1" };
        assert_eq!(prompts_of(&world, name, "2026-11-23").await, [expected]);
        world.reply(name, if is_kinder { "5" } else { "2 cold" }).await;
    }
    world.run_until("2026-11-23T15:10:00Z").await;
    let report = report_equals_recount(&world, &names, "kind").await;
    assert_eq!(report["arms"][1]["comparison"]["finding"], "better");
    // What low-rated texts have in common.
    let low = get(&world, "/v1/ratings?below=3").await;
    let first = arms.values().filter(|arm| *arm == "first").count();
    assert_eq!((&low["rated"], &low["low"]), (&json!(40), &json!(first)));
    let common = &low["groups"][0]["common"];
    assert_eq!(common["words"], "reminder.1");
    assert_eq!((&common["arm"], &common["lead_minutes"]), (&json!("kind/first"), &json!("15")));
    let told = low.to_string();
    assert!(!told.contains("Planning") && !told.contains("cold"), "no words of anybody's");
    // Promoted: everybody's next texts are written with it. Then rolled back.
    done(&world, "/v1/experiments/kind/promote", json!({"arm": "kinder"})).await;
    world.run_until("2026-11-24T15:00:00Z").await;
    let prompts = get(&world, "/v1/prompts").await;
    assert_eq!((&prompts["production"], &prompts["labelled"][0]["by"]), (&json!(2), &json!("ann")));
    done(&world, "/v1/prompts/rollback", json!({})).await;
    world.run_until("2026-11-25T15:00:00Z").await;
    for name in &names {
        assert_eq!(prompts_of(&world, name, "2026-11-24").await, ["reminder.2"]);
        assert_eq!(prompts_of(&world, name, "2026-11-25").await, ["reminder.1"]);
    }
    let why = refused(&world, 409, "/v1/prompts/rollback", json!({})).await;
    assert!(why.contains("promote a version instead"), "{why}");
    let unknown = refused(&world, 422, "/v1/prompts/promote", json!({"version": 7})).await;
    assert!(unknown.contains("no prompt of version 7"), "{unknown}");
    done(&world, "/v1/prompts/promote", json!({"version": 2})).await;
    world.run_until("2026-11-26T15:00:00Z").await;
    assert_eq!(prompts_of(&world, &names[0], "2026-11-26").await, ["reminder.2"]);
    assert_eq!(world.texts().len(), 40 * 4);
    world.finish().await;
}
