//! How surely a fall of delivery at 25 % is rolled back, and how seldom a healthy rollout is.
//!
//! `cargo run -p tests --no-default-features --example breaches -- [SEEDS]`
//!
//! The monitor's own watch runs each minute over counters that grow by four texts a minute, some
//! 2,500 users with two texts a day. Breached: 95 % are delivered until a minute of the first three
//! days, 80 % from then on; the rollback must come in the first run that can know. Healthy: 95 %
//! for the seven days of the stage.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use app::ports::Contribution;
use app::rollout::{RolloutPorts, broken_now, progress, watch};
use domain::figures::EDITION;
use domain::ids::ReminderId;
use domain::rollout::RolloutStage;
use domain::time::utc_date;
use jiff::SignedDuration;
use tests::chance::Chance;
use tests::world::{World, user_id};

/// Texts whose outcome becomes certain in a minute.
const TEXTS: u64 = 4;

/// Minutes of the stage's seven days.
const MINUTES: u64 = 7 * 24 * 60;

/// Of a hundred.
const HEALTHY: u64 = 95;

/// Of a hundred.
const BREACHED: u64 = 80;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let seeds = std::env::args().nth(1).map_or(100, |count| count.parse().expect("a number"));
    let (mut waits, mut wrongly) = (Vec::new(), 0_u64);
    for seed in 0..seeds {
        let breach_at = Chance::new(seed).below(3 * 24 * 60);
        let back_at = rolled_back_at(seed, Some(breach_at)).await;
        let back_at = back_at.unwrap_or_else(|| panic!("seed {seed}: it is not rolled back"));
        assert!(back_at >= breach_at, "seed {seed}: rolled back before anything was wrong");
        waits.push(back_at - breach_at);
        wrongly += u64::from(rolled_back_at(seed, None).await.is_some());
    }
    waits.sort_unstable();
    let (median, most) = (waits.get(waits.len() / 2), waits.last());
    println!(
        "breached: {} of {seeds} rolled back, each in the first run that could know",
        waits.len()
    );
    println!("minutes from the breach to the rollback: median {median:?}, at most {most:?}");
    println!("healthy: {wrongly} of {seeds} rolled back");
}

/// The minute at which the rollout left the stage, if it did.
async fn rolled_back_at(seed: u64, breach_at: Option<u64>) -> Option<u64> {
    let world = World::maker("2026-11-23T00:00:00Z").in_memory().make();
    let ports = world.ports.rollout();
    let mut rollout = ports.control.rollout().await.expect("an answer");
    (rollout.stage, rollout.version) = (RolloutStage::Percent25, rollout.version + 1);
    assert!(ports.control.put_rollout(&rollout).await.expect("an answer"));
    let chance = Chance::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(1));
    let (mut texts, mut delivered, mut left_at) = (0, 0, None);
    for minute in 0..MINUTES {
        let is_breached = breach_at.is_some_and(|at| minute >= at);
        let rate = if is_breached { BREACHED } else { HEALTHY };
        texts += TEXTS;
        delivered += (0..TEXTS).filter(|_| chance.below(100) < rate).count() as u64;
        count(&ports, minute, texts, delivered).await;
        world.clock.set(world.now() + SignedDuration::from_mins(1));
        let course = progress(&*ports.control).await.expect("an answer");
        let counters = ports.metrics.totals().await.expect("an answer");
        let is_known = broken_now(&course, &counters).is_some();
        watch(&ports).await.expect("the monitor runs");
        let now = ports.control.rollout().await.expect("an answer");
        let has_left = now.stage != RolloutStage::Percent25;
        assert_eq!(has_left, is_known, "seed {seed}, minute {minute}");
        if has_left {
            left_at = Some(minute);
            break;
        }
    }
    world.abandon();
    left_at
}

/// Makes the counters of everybody what they are in a minute.
async fn count(ports: &RolloutPorts, minute: u64, texts: u64, delivered: u64) {
    let named = [("texts", texts), ("delivered", delivered), ("undelivered", texts - delivered)];
    let counts = named.map(|(name, count)| (name.to_owned(), count.cast_signed()));
    let on = utc_date(ports.clock.now());
    let contribution =
        Contribution { on, counts: counts.to_vec(), globally: None, edition: EDITION };
    let user = user_id("everybody");
    let id = ReminderId::of_count(&user, "texts", "all");
    let counted = ports.metrics.replace_contribution(&user, id, minute + 1, &contribution).await;
    assert!(counted.expect("an answer"));
}
