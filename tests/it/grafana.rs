//! The dashboard for Grafana shows what Prometheus is told, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use adapters_embedded::model_sandbox::ModelMode;
use http::Method;
use serde_json::Value;
use tests::events::event;
use tests::users::user;
use tests::world::World;

/// Names of ours in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_part(c));
    words.filter(|word| word.starts_with("beforehand_")).map(str::to_owned).collect()
}

fn dashboard() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/grafana/dashboard.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn every_metric_of_the_grafana_dashboard_is_exported_and_none_is_forgotten() {
    let world = World::maker("2026-11-24T10:00:00Z").model(ModelMode::Good).make();
    world.add(user("ada", "UTC")).await;
    world.put("ada", "work", &[event("Standup", "2026-11-24T12:00", "UTC")]).await;
    world.run_until("2026-11-24T13:00:00Z").await;
    let (status, told) = world.request(Method::GET, "/metrics", "").await;
    assert_eq!(status, 200, "{told}");
    let families = told.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let exported: BTreeSet<_> = families.map(str::to_owned).collect();
    let dashboard = dashboard();
    let shown: BTreeSet<_> = dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap())
        .flat_map(|target| names(target["expr"].as_str().unwrap()))
        .collect();
    let unknown: Vec<_> = shown.difference(&exported).collect();
    assert!(unknown.is_empty(), "shown, but not exported: {unknown:?}");
    // Totals of states and tokens say little over time.
    let left_out =
        ["beforehand_reminders", "beforehand_model_input_tokens", "beforehand_model_output_tokens"]
            .map(str::to_owned);
    let missing: Vec<_> = exported.difference(&shown).filter(|n| !left_out.contains(n)).collect();
    assert!(missing.is_empty(), "exported, but not shown: {missing:?}");
    world.finish().await;
}

#[test]
fn panels_of_grafana_do_not_overlap() {
    let dashboard = dashboard();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        for x in at("x")..at("x") + at("w") {
            assert!(x < 24, "{}", panel["title"]);
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{}", panel["title"]);
            }
        }
    }
}
