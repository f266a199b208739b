//! A winner that the monitor promotes or proposes, and who opened the links of an arm.

use http::Method;
use serde_json::{Value, json};
use tests::browser::{Browser, reminder_link};
use tests::users::names;
use tests::world::World;

use super::verdicts::{rated, two_leads};
use super::{add, arms_of, begin, definition, done, get, meetings, refused, report_equals_recount};

fn with_promotion(arms: Value, promotion: &str) -> Value {
    let mut definition = definition("two", arms);
    definition["promotion"] = promotion.into();
    definition
}

#[tokio::test]
async fn exp_03_a_winner_is_promoted_by_itself_with_its_evidence_after_a_whole_day() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    let by_itself = with_promotion(two_leads(), "by_itself");
    rated(&world, &names, by_itself, ["5", "5"]).await;
    let standing = async || get(&world, "/v1/experiments/two").await;
    world.run_until("2026-11-24T10:05:00Z").await;
    assert_eq!(standing().await["state"], "running", "both arms are liked");
    // Those of the first arm change their minds. The next look is a day after the last one.
    for (name, arm) in arms_of(&world, &names, "two").await {
        world.reply(&name, if arm == "b" { "5" } else { "1" }).await;
    }
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(get(&world, "/v1/experiments/two/report").await["verdict"], "difference");
    assert_eq!(standing().await["state"], "running");
    world.run_until("2026-11-25T10:05:00Z").await;
    let after = standing().await;
    let last = &after["decided"][2];
    assert_eq!((&after["state"], &last["arm"]), (&json!("promoted"), &json!("b")));
    let words = last["reason"].as_str().unwrap();
    for part in
        ["arm b won by rating", "users in a (", "users in b (", "at every look", "sample ratio p "]
    {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(last["by"], "monitor");
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["lead_minutes"], 30);
    // It can be taken back like any other.
    done(&world, "/v1/experiments/two/rollback", json!({})).await;
    world.finish().await;
}

#[tokio::test]
async fn exp_03_a_winner_that_needs_approval_is_proposed_and_waits() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    rated(&world, &names, with_promotion(two_leads(), "when_approved"), ["1", "5"]).await;
    let standing = async || get(&world, "/v1/experiments/two").await;
    assert_eq!(standing().await["proposed"], Value::Null, "it has not been looked yet");
    world.run_until("2026-11-26T10:05:00Z").await;
    let waiting = standing().await;
    assert_eq!((&waiting["state"], &waiting["decided"][2]), (&json!("running"), &Value::Null));
    assert_eq!(waiting["proposed"]["arm"], "b");
    assert!(waiting["proposed"]["at"].as_str().unwrap().starts_with("2026-11-24T10:0"));
    assert!(waiting["proposed"]["evidence"].as_str().unwrap().contains("arm b won"));
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["lead_minutes"], Value::Null);
    let (code, page) = world.request(Method::GET, "/dashboard/experiments/two", "").await;
    assert_eq!(code, 200, "{page}");
    assert!(page.contains("Arm b awaits approval"), "{page}");
    // Approving it is promoting it, which looks at the report once more.
    let promote = "/v1/experiments/two/promote";
    refused(&world, 409, promote, json!({"arm": "a"})).await;
    let approved = done(&world, promote, json!({"arm": "b"})).await;
    assert_eq!(
        (&approved["decided"][2]["by"], &approved["proposed"]),
        (&json!("ann"), &Value::Null)
    );
    world.finish().await;
}

#[tokio::test]
async fn exp_03_an_a_a_run_or_one_left_to_people_is_never_concluded() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(60);
    let nothing = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]);
    rated(&world, &names, with_promotion(nothing, "by_itself"), ["1", "5"]).await;
    world.run_until("2026-11-25T12:00:00Z").await;
    assert_eq!(get(&world, "/v1/experiments/two").await["state"], "running");
    let mut odd = definition("odd", two_leads());
    odd["promotion"] = "soon".into();
    let why = refused(&world, 422, "/v1/experiments", odd).await;
    assert!(why.contains("by_hand, when_approved, by_itself"), "{why}");
    world.finish().await;
}

#[tokio::test]
async fn exp_01_opened_links_are_told_by_arm_and_only_what_a_person_looked_at_counts() {
    let world = World::maker("2026-11-23T10:00:00Z").with_links_in_texts().make();
    let names = names(20);
    add(&world, &names, |spec| spec, &meetings(23, 9..11)).await;
    begin(&world, definition("two", two_leads())).await;
    world.run_until("2026-11-23T16:00:00Z").await;
    let openers = async || {
        let report = report_equals_recount(&world, &names, "two").await;
        let arms = report["arms"].as_array().unwrap().clone();
        let all = arms.iter().map(|arm| arm["openers"].as_u64().unwrap()).sum::<u64>();
        (all, arms)
    };
    let mut browser = Browser::new(&world);
    let mut links = Vec::new();
    for name in &names[..5] {
        for row in world.reminders(name).await {
            links.push(reminder_link(&world, row.id).await);
        }
    }
    // A phone that fetches the page to show what is behind the link runs no script of it.
    for link in &links {
        assert!(browser.page(link).await.contains("data-looked"), "{link}");
    }
    world.run_until("2026-11-23T16:10:00Z").await;
    assert_eq!(openers().await.0, 0);
    for link in links.iter().chain(&links[..3]) {
        assert_eq!(browser.post(link, &[("do", "open")]).await.status(), 204);
        assert!(!browser.page(link).await.contains("data-looked"), "it is known");
    }
    world.run_until("2026-11-23T16:20:00Z").await;
    let (all, arms) = openers().await;
    assert_eq!(all, 5, "a user is the unit, however many links they open");
    for arm in &arms {
        let rate = arm["openers"].as_f64().unwrap() / arm["exposed"].as_f64().unwrap();
        let [low, high] = [0, 1].map(|end| arm["opened"][end].as_f64().unwrap());
        assert!(low <= rate && rate <= high && high - low > 0.1, "{arm}");
    }
    let row = &world.reminders(&names[0]).await[0];
    let why = get(&world, &format!("/v1/reminders/{}/why", row.id)).await.to_string();
    assert!(why.contains("Its reader looked at what its link opens."), "{why}");
    let gone = links[0].replace("/r?", "/r?A");
    assert_eq!(browser.post(&gone, &[("do", "open")]).await.status(), 404);
    world.finish().await;
}
