//! Simulation, in small: `tests/simulate` plays as many seeds as one likes.

use std::env;

use tests::simulation::{Setting, live};

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// On the database, which the large campaigns leave out.
fn setting() -> Setting {
    Setting { is_in_memory: false, ..Setting::of_days(3) }
}

#[tokio::test]
async fn simulation_on_a_database_keeps_the_promise() {
    for seed in 1..=number("SIMULATION_SEEDS", 2) {
        live(&setting(), seed).await;
    }
}

#[tokio::test]
async fn simulation_in_memory_keeps_the_promise() {
    for seed in 1..=number("SIMULATION_SEEDS", 2) {
        live(&Setting::of_days(3), seed).await;
    }
}
