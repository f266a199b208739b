//! EXP: experiments on people's texts, and what may be concluded of them.

mod arms;
mod found;
mod prompts;
mod templates;
mod verdicts;
mod winners;

use std::collections::{BTreeMap, BTreeSet};

use domain::reminder::{AttemptOutcome, Reminder};
use http::Method;
use serde_json::{Value, json};
use tests::events::{Event, event};
use tests::users::{UserSpec, user};
use tests::world::World;

const NEW_YORK: &str = "America/New_York";

/// Asks the API, and expects it to be done.
async fn done(world: &World, path: &str, body: Value) -> Value {
    let (code, answer) = world.request(Method::POST, path, &by_ann(body).to_string()).await;
    assert_eq!(code, 200, "{path}: {answer}");
    serde_json::from_str(&answer).unwrap()
}

/// Asks the API, and expects to be refused with this status. Gives its words.
async fn refused(world: &World, status: u16, path: &str, body: Value) -> String {
    let (code, answer) = world.request(Method::POST, path, &by_ann(body).to_string()).await;
    assert_eq!(code, status, "{path}: {answer}");
    serde_json::from_str::<Value>(&answer).unwrap()["detail"].as_str().unwrap().to_owned()
}

async fn get(world: &World, path: &str) -> Value {
    serde_json::from_str(&world.request(Method::GET, path, "").await.1).unwrap()
}

fn by_ann(body: Value) -> Value {
    let mut whole = json!({"by": "ann", "reason": "to know"});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    whole
}

/// An experiment over the last week of November, compared by ratings.
fn definition(name: &str, arms: Value) -> Value {
    json!({
        "name": name, "layer": "words", "metric": "rating", "arms": arms,
        "starts_at": "2026-11-20T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z",
    })
}

/// Defines and starts an experiment, and lets the plans follow.
async fn begin(world: &World, definition: Value) {
    let name = definition["name"].as_str().unwrap().to_owned();
    done(world, "/v1/experiments", definition).await;
    done(world, &format!("/v1/experiments/{name}/start"), json!({})).await;
    world.settle().await;
}

/// A meeting at each of these hours of a day in November.
fn meetings(day: u32, hours: std::ops::Range<u32>) -> Vec<Event> {
    let meeting = |hour: u32| {
        event(&format!("Planning {day} {hour}"), &format!("2026-11-{day}T{hour:02}:00"), NEW_YORK)
    };
    hours.map(meeting).collect()
}

async fn add(world: &World, names: &[String], spec: impl Fn(UserSpec) -> UserSpec, of: &[Event]) {
    for name in names {
        world.add(spec(user(name, NEW_YORK))).await;
        world.put(name, "work", of).await;
    }
}

/// The arm of a row in an experiment.
fn arm_of<'a>(row: &'a Reminder, experiment: &str) -> Option<&'a str> {
    let mut arms = row.trial.arms.iter().filter(|in_arm| in_arm.experiment == experiment);
    arms.next().map(|in_arm| in_arm.arm.as_str())
}

/// The arm that each user's rows are in; every row of a user is in the same.
async fn arms_of(world: &World, names: &[String], experiment: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in names {
        let rows = world.reminders(name).await;
        let arms: BTreeSet<_> = rows.iter().map(|row| arm_of(row, experiment)).collect();
        assert_eq!(arms.len(), 1, "{name}: {arms:?}");
        if let Some(Some(arm)) = arms.first() {
            found.insert(name.clone(), (*arm).to_owned());
        }
    }
    found
}

/// What the rows themselves say of an arm, in the words of the report.
async fn recount(world: &World, names: &[String], experiment: &str, arm: &str) -> Value {
    let mut counts = BTreeMap::<&str, u64>::new();
    let mut count = |what, by: usize| *counts.entry(what).or_default() += by as u64;
    let mut microdollars = 0;
    for name in names {
        let rows = world.reminders(name).await;
        let rows: Vec<_> = rows.iter().filter(|row| arm_of(row, experiment) == Some(arm)).collect();
        let texts = |row: &&&Reminder| {
            let taken =
                |outcome: &AttemptOutcome| matches!(outcome, AttemptOutcome::Accepted { .. });
            row.attempts.iter().filter(|attempt| taken(&attempt.outcome)).count()
        };
        let rated = |row: &&&Reminder| row.rating.is_some();
        let stars = |row: &&Reminder| row.rating.as_ref().map_or(0, |rating| rating.stars);
        count("planned", rows.len());
        count("texts", rows.iter().map(|row| texts(&row)).sum());
        count("exposed", usize::from(rows.iter().any(|row| texts(&row) > 0)));
        count("delivered", rows.iter().filter(|row| row.state.name() == "delivered").count());
        count("rated", rows.iter().filter(rated).count());
        count("raters", usize::from(rows.iter().any(|row| rated(&row))));
        count("rated_well", rows.iter().filter(|row| stars(row) >= 4).count());
        let is_opened = |row: &&&Reminder| row.trial.opened_at.is_some();
        count("openers", usize::from(rows.iter().any(|row| is_opened(&row))));
        count("opted_out", rows.iter().filter(|row| row.trial.opted_out_at.is_some()).count());
        let costs = rows.iter().filter_map(|row| row.source.model_call());
        microdollars += costs.map(|call| call.cost_microdollars).sum::<u64>();
    }
    let mut told = json!(counts);
    told["model_cost_usd"] = json!(microdollars as f64 / 1e6);
    told
}

/// Every arm of the report says what its rows say.
async fn report_equals_recount(world: &World, names: &[String], experiment: &str) -> Value {
    let report = get(world, &format!("/v1/experiments/{experiment}/report")).await;
    for arm in report["arms"].as_array().unwrap() {
        let recount = recount(world, names, experiment, arm["name"].as_str().unwrap()).await;
        for (what, count) in recount.as_object().unwrap() {
            assert_eq!(&arm[what], count, "{what} of {arm:#}");
        }
    }
    report
}
