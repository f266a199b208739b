//! The dashboards for Grafana and CloudWatch show what Prometheus is told and logs measure, and
//! nothing else. (`template/panels.rs` compares the two.)

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use adapters_embedded::model_sandbox::ModelMode;
use http::Method;
use serde_json::Value;
use tests::events::event;
use tests::users::user;
use tests::world::World;
use tracing::{Event, Subscriber, subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// Totals of states and tokens, which say little over time.
const LEFT_OUT: [&str; 3] =
    ["beforehand_reminders", "beforehand_model_input_tokens", "beforehand_model_output_tokens"];

/// The family of a line's name, as logs call it; none if it is left out.
fn family(name: &str) -> Option<String> {
    let family = name.trim_end_matches("_sum").trim_end_matches("_count");
    let is_shown = !LEFT_OUT.contains(&family);
    is_shown.then(|| family.trim_start_matches("beforehand_").to_owned())
}

/// The names that measurements of the figures have.
fn measured(now: &app::figures::Now) -> BTreeSet<String> {
    let names = Measured::default();
    let listens = tracing_subscriber::registry().with(names.clone());
    subscriber::with_default(listens, || app::figures::measure(now));
    names.0.lock().unwrap().clone()
}

#[derive(Clone, Default)]
struct Measured(Arc<Mutex<BTreeSet<String>>>);

impl<S: Subscriber> Layer<S> for Measured {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut |field: &tracing::field::Field, _: &dyn std::fmt::Debug| {
            if let Some(name) = field.name().strip_prefix("metric.") {
                self.0.lock().unwrap().insert(name.to_owned());
            }
        });
    }
}

/// What the product's own page shows, by its sections, and the panels that show the same.
const SECTIONS: [(&str, &[&str]); 5] = [
    ("funnel", &["Reminders of the last 24 hours by state"]),
    ("times", &["Lateness", "Time to the phone"]),
    (
        "delivery",
        &[
            "Delivered, 24 hours",
            "Why reminders were not sent, 24 hours",
            "Failed attempts by carrier code, 24 hours",
            "Sent and delivered by country, 24 hours",
        ],
    ),
    (
        "texts",
        &[
            "Texts, attempts, segments an hour",
            "The model: calls and texts an hour",
            "Texts of the model used, 24 hours",
            "Time of the model",
            "Cost of texts and of the model a day",
            "Sent and delivered by text source, 24 hours",
        ],
    ),
    (
        "people",
        &[
            "Opted out of users texted, 24 hours",
            "Put off and limited, 24 hours",
            "Opt-outs and late reminders a day",
        ],
    ),
];

/// The ids of a page's sections.
fn sections_of(page: &str) -> impl Iterator<Item = &str> {
    let titles = page
        .split("<section ")
        .skip(1)
        .filter_map(|rest| rest.split_once("aria-labelledby=\"")?.1.split_once("-title\""));
    titles.map(|(id, _)| id)
}

#[tokio::test]
async fn what_the_page_shows_of_figures_the_other_dashboards_show_too() {
    let world = World::at("2026-11-24T10:00:00Z");
    let (status, page) = world.request(Method::GET, "/dashboard", "").await;
    assert_eq!(status, 200, "{page}");
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let titles: BTreeSet<_> = panels.iter().map(|panel| panel["title"].as_str().unwrap()).collect();
    for (section, shown) in SECTIONS {
        assert!(sections_of(&page).any(|id| id == section), "{section}");
        for title in shown {
            assert!(titles.contains(title), "{section}: {title}");
        }
    }
    // Those of the page that are no figures over time.
    let others = ["now", "today", "month", "days"];
    let unknown: Vec<_> = sections_of(&page)
        .filter(|id| !SECTIONS.iter().any(|(known, _)| known == id))
        .filter(|id| !others.contains(id))
        .collect();
    assert_eq!(
        unknown,
        ["health", "alerts", "rollout", "experiments"],
        "documents, which are no figures"
    );
    world.finish().await;
}

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
    let mut missing: BTreeSet<_> = exported.difference(&shown).map(String::as_str).collect();
    for name in LEFT_OUT {
        missing.remove(name);
    }
    assert!(missing.is_empty(), "exported, but not shown: {missing:?}");
    // What has a value is what logs measure, by the same names.
    let lines = told.lines().filter(|line| !line.starts_with('#'));
    let valued: BTreeSet<_> = lines.flat_map(names).filter_map(|name| family(&name)).collect();
    let (metrics, users) = (&*world.ports.stores.metrics, &*world.ports.stores.users);
    let now = app::figures::now(metrics, users, world.now()).await.unwrap();
    assert_eq!(measured(&now), valued);
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
