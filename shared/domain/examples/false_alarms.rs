//! How often arms that do the same seem to differ, at any of a month's daily looks and at its end.
//!
//! `cargo run --profile simulation -p domain --example false_alarms -- [RUNS] [USERS]`
//!
//! Users come in evenly over thirty days; half of them like what they get, whatever their arm.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use domain::buckets::bucket_of;
use domain::experiment::report::{ALPHA, ArmFigures, Finding, report};
use domain::experiment::{Experiment, Metric, Promotion, Slice, Treatment, Variant};
use domain::gates::guardrail::Guardrails;
use domain::ids::UserId;
use domain::statistics::{Share, wilson};

/// Daily looks.
const LOOKS: usize = 30;

/// Of all buckets, those whose users like what they get.
const LIKED: u32 = domain::buckets::BUCKETS / 2;

fn main() {
    let mut given = std::env::args().skip(1).map(|count| count.parse().expect("a number"));
    let (runs, users) = (given.next().unwrap_or(1_000), given.next().unwrap_or(10_000));
    let name = |number| UserId::parse(&format!("user {number}")).expect("a name");
    let users: Vec<_> = (0..users).map(name).collect();
    let mut alarms = Alarms::default();
    for run in 0..runs {
        alarms.add(&users, run);
    }
    let runs = u64::try_from(runs).expect("a number");
    println!("{} users, {LOOKS} daily looks, {runs} runs:", users.len());
    told("at any look", alarms.at_any_look, runs);
    told("at the one look at the end", alarms.at_the_end, runs);
    told("called a broken assignment", alarms.broken, runs);
    let low = wilson(Share::new(alarms.at_any_look, runs), ALPHA).low;
    assert!(low <= ALPHA, "more false alarms than promised: at least {low}");
}

#[derive(Default)]
struct Alarms {
    at_any_look: u64,
    at_the_end: u64,
    broken: u64,
}

impl Alarms {
    /// One experiment with a salt of its own.
    fn add(&mut self, users: &[UserId], run: usize) {
        let experiment = experiment(run);
        let mut arms = [ArmFigures::default(); 2];
        let (mut is_alarmed, mut is_broken) = (false, false);
        let mut at_the_end = None;
        for look in 0..LOOKS {
            let day = users.len() * look / LOOKS..users.len() * (look + 1) / LOOKS;
            for user in &users[day] {
                let arm = &mut arms[experiment.arm_of(user).expect("all users are in it")];
                (arm.exposed, arm.of) = (arm.exposed + 1, arm.of + 1);
                arm.hits += u64::from(bucket_of(&["liked", &run.to_string()], user) < LIKED);
            }
            let comparison = report(&experiment, &arms).arms[1].comparison.expect("two arms");
            is_alarmed |= matches!(comparison.finding, Finding::Better | Finding::Worse);
            is_broken |= comparison.finding == Finding::BrokenAssignment;
            at_the_end = comparison.at_the_end;
        }
        self.at_any_look += u64::from(is_alarmed);
        self.broken += u64::from(is_broken);
        self.at_the_end += u64::from(at_the_end.is_some_and(|apart| !apart.holds(0.0)));
    }
}

fn experiment(run: usize) -> Experiment {
    let arm =
        |name: &str| Variant { name: name.to_owned(), weight: 1, treatment: Treatment::default() };
    Experiment {
        name: "same".to_owned(),
        salt: format!("run {run}"),
        slice: Slice { layer: "any".to_owned(), from: 0, until: domain::buckets::BUCKETS },
        arms: vec![arm("one"), arm("other")],
        starts_at: jiff::Timestamp::UNIX_EPOCH,
        ends_at: jiff::Timestamp::MAX,
        metric: Metric::Rating,
        guardrails: Guardrails::default(),
        promotion: Promotion::default(),
    }
}

fn told(what: &str, alarms: u64, runs: u64) {
    let share = Share::new(alarms, runs);
    let (rate, interval) = (share.rate().unwrap_or(0.0), wilson(share, ALPHA));
    let [rate, low, high] = [rate, interval.low, interval.high].map(|share| share * 100.0);
    println!("  {what}: {alarms} of {runs}, {rate:.1} % ({low:.1} to {high:.1} %)");
}
