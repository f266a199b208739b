//! What people see of alerts, and say to them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use app::ports::AlertFigures;
use domain::alerts::rules;
use domain::statistics::Share;
use http::Method;
use serde_json::{Value, json};

use super::*;

async fn alerts(watch: &Watch) -> Value {
    let (code, answer) = watch.world.request(Method::GET, "/v1/alerts", "").await;
    assert_eq!(code, 200, "{answer}");
    serde_json::from_str(&answer).unwrap()
}

fn of<'a>(alerts: &'a Value, rule: &str) -> &'a Value {
    let all = alerts["alerts"].as_array().unwrap();
    all.iter().find(|alert| alert["rule"] == rule).unwrap()
}

#[test]
fn every_rule_has_a_runbook_and_every_runbook_a_rule() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATIONS.md");
    let page = fs::read_to_string(page).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("The alerts\n")).unwrap();
    let headings: BTreeSet<_> =
        section.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let runbooks: BTreeSet<_> = rules().iter().map(|rule| rule.runbook.as_str()).collect();
    assert_eq!(headings, runbooks);
}

#[tokio::test]
async fn nothing_is_well_until_somebody_looked() {
    let watch = Watch::counting();
    let before = alerts(&watch).await;
    assert_eq!((&before["looked_at"], &before["is_stale"]), (&Value::Null, &json!(true)));
    let states: BTreeSet<_> =
        before["alerts"].as_array().unwrap().iter().map(|a| a["state"].as_str().unwrap()).collect();
    assert_eq!(states, BTreeSet::from(["not_enough_data"]));
    watch.live(1).await;
    let after = alerts(&watch).await;
    assert_eq!((&after["is_stale"], &after["open"]), (&json!(false), &json!(0)));
    assert_eq!(of(&after, "due_unsent")["state"], "ok");
    assert_eq!(of(&after, "model_failing")["state"], "not_enough_data");
    watch.world.sleep_until("2026-11-23T10:07:00Z");
    assert_eq!(alerts(&watch).await["is_stale"], true, "what was found then is old");
    watch.world.finish().await;
}

#[tokio::test]
async fn an_alert_is_shown_with_what_was_told_and_looked_after_by_name() {
    let watch = Watch::saying();
    let figures = AlertFigures { delivered: vec![Share::new(80, 100)], ..AlertFigures::default() };
    watch.figures.say(figures);
    watch.live(12).await;
    let shown = alerts(&watch).await;
    let alert = of(&shown, "delivery_rate_low");
    assert_eq!((&shown["open"], &alert["state"]), (&json!(1), &json!("firing")));
    let incident = &alert["incident"];
    assert_eq!(
        (&incident["number"], &incident["value"]),
        (&json!(1), &json!("80.0 % (below 90.0 %)"))
    );
    let told = json!({"kind": "triggered", "outcome": "delivered", "channel": "pager", "tries": 1});
    assert_eq!(incident["notices"], json!([told]));

    let path = "/v1/alerts/delivery_rate_low/acknowledge";
    let ack = async |path: &str, by: &str| {
        watch.world.request(Method::POST, path, &json!({ "by": by }).to_string()).await.0
    };
    assert_eq!(ack("/v1/alerts/no_such_rule/acknowledge", "ann").await, 404);
    assert_eq!(ack("/v1/alerts/due_unsent/acknowledge", "ann").await, 409);
    assert_eq!(ack(path, " ").await, 422);
    assert_eq!(ack(path, "ann").await, 200);
    assert_eq!(ack(path, "bo").await, 409, "somebody does");
    watch.live(2).await;
    let shown = alerts(&watch).await;
    let incident = &of(&shown, "delivery_rate_low")["incident"];
    assert_eq!(incident["acknowledged_by"], "ann");
    assert_eq!(incident["notices"][1]["outcome"], "delivered");
    let figures = AlertFigures { delivered: vec![Share::new(95, 100)], ..AlertFigures::default() };
    watch.figures.say(figures);
    watch.live(2).await;
    let shown = alerts(&watch).await;
    let alert = of(&shown, "delivery_rate_low");
    assert_eq!((&alert["state"], &alert["incident"]), (&json!("ok"), &Value::Null));
    assert_eq!(alert["history"][0]["acknowledged_by"], "ann");
    watch.world.finish().await;
}
