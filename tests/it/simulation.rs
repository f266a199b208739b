//! Simulation, in small: `tests/simulate` plays as many seeds as one likes.

use std::collections::BTreeSet;
use std::env;

use tests::simulation::campaign::play;
use tests::simulation::planted::Bug;
use tests::simulation::{Setting, live};

/// Planted bugs, and a seed of two days that finds each: a check that is lost, or a fault that is
/// not made any more, shows here. Whoever changes what a seed does looks for new ones with
/// `tests/simulate --planted 300 --days 2`.
const FOUND: [(Bug, u64); Bug::ALL.len()] = [
    (Bug::ClaimWithoutRevision, 106),
    (Bug::ClaimWithoutInputs, 28),
    (Bug::ClaimWithoutConsent, 6),
    (Bug::LimitReadThenWritten, 11),
    (Bug::NoLimit, 1),
    (Bug::RefusedClaimHolds, 6),
    (Bug::UpdateWithoutRevision, 1),
    (Bug::WritesGetLost, 15),
    (Bug::PlanWithoutInputs, 129),
    (Bug::PlanWithoutRevision, 11),
    (Bug::NothingIsDue, 1),
    (Bug::ClaimsAreNotSwept, 1),
    (Bug::PlacesAreKept, 6),
    (Bug::ArrivalsAreForgotten, 1),
    (Bug::StopIsForgotten, 1),
    (Bug::ConsentIsCached, 2),
    (Bug::SwitchIsCached, 2),
    (Bug::RetryOnUnknown, 1),
    (Bug::UnknownIsNotProcessed, 2),
    (Bug::UnknownIsRejected, 1),
    (Bug::ListsAreEmpty, 3),
    (Bug::EverythingTwice, 1),
    (Bug::SilenceIsFailure, 4),
    (Bug::CountedTwice, 1),
    (Bug::NeverCounted, 1),
    (Bug::EventsAreCached, 28),
    (Bug::DeletionsAreForgotten, 2),
    (Bug::NoQuietHours, 1),
    (Bug::LeadsAreLonger, 1),
    (Bug::EverybodyIsVerified, 1),
    (Bug::NobodyIsOff, 1),
    (Bug::EverybodyInUtc, 1),
];

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

#[test]
fn simulation_finds_planted_bugs() {
    let is_found = |planted, seed| {
        let setting = Setting { planted, ..Setting::of_days(2) };
        play(&setting, seed).is_err()
    };
    for (bug, seed) in FOUND {
        assert!(is_found(Some(bug), seed), "not found in seed {seed}: {}", bug.words());
    }
    // It is the bugs that are found, and nothing that is there without them.
    for seed in FOUND.map(|(_, seed)| seed).into_iter().collect::<BTreeSet<_>>() {
        assert!(!is_found(None, seed), "seed {seed} fails without a bug");
    }
}
