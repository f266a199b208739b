//! Rollout and experiments on a store: the use cases themselves, so that what they ask of it holds
//! wherever they run (ROL-01, ROL-03, ROL-04, EXP-01, EXP-03).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use adapters_embedded::clock::ManualClock;
use app::experiments::{self, ExperimentPorts};
use app::jobs::{NoticeJob, PlanJob};
use app::ports::{Contribution, Globally, NoticeQueue, PlanQueue, QueueError};
use app::rollout::{self, Author, RolloutPorts, Watched, name_users, resume, roll_back, switch};
use async_trait::async_trait;
use domain::experiment::board::RunState;
use domain::experiment::{Experiment, Metric, Promotion, Slice, Treatment, Variant};
use domain::figures::{Dimension, EDITION, hour_at, names};
use domain::gates::guardrail::Guardrails;
use domain::ids::{ReminderId, UserId};
use domain::lead_time::LeadTime;
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::rollout::RolloutStage;
use domain::time::utc_date;
use jiff::{SignedDuration, Timestamp};

use super::StorePorts;
use super::samples::{add_with, at, id, reminder};

/// Runs every case.
pub async fn rollout_suite(make: impl AsyncFn() -> StorePorts) {
    a_rollback_withdraws_what_waits_of_those_outside(make().await).await;
    a_rollback_that_is_cut_short_is_finished_by_the_monitor(make().await).await;
    a_broken_guardrail_takes_the_rollout_back_in_one_run(make().await).await;
    an_experiment_is_started_reported_on_promoted_and_taken_back(make().await).await;
    a_winner_is_promoted_by_the_monitor(make().await).await;
}

/// Takes jobs and forgets them.
pub(super) struct Anywhere;

#[async_trait]
impl PlanQueue for Anywhere {
    async fn enqueue(&self, _: &[PlanJob]) -> Result<(), QueueError> {
        Ok(())
    }
}

#[async_trait]
impl NoticeQueue for Anywhere {
    async fn enqueue_notices(&self, _: &[NoticeJob], _: SignedDuration) -> Result<(), QueueError> {
        Ok(())
    }
}

pub(super) fn rolling(ports: &StorePorts, clock: &Arc<ManualClock>) -> RolloutPorts {
    RolloutPorts {
        control: ports.control.clone(),
        users: ports.users.clone(),
        reminders: ports.reminders.clone(),
        metrics: ports.metrics.clone(),
        plans: Arc::new(Anywhere),
        notices: Arc::new(Anywhere),
        clock: clock.clone(),
    }
}

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(at("2026-03-02T09:00:00Z")))
}

pub(super) fn ann(now: Timestamp) -> Author {
    Author { by: "ann".to_owned(), reason: "to know".to_owned(), at: now }
}

fn named(users: &[&str]) -> BTreeSet<UserId> {
    users.iter().map(|name| id(name)).collect()
}

/// Everybody has a reminder that waits; `ada` is of the first stage, `bo` of the second.
async fn crowd(ports: &StorePorts, of: &RolloutPorts) -> Vec<UserId> {
    let users = ["ada", "bo", "cy", "di"];
    for name in users {
        add_with(ports, name, &[reminder(name, "one", "2026-03-02T10:00:00Z")]).await;
    }
    name_users(of, named(&["ada"]), named(&["bo"]), "ours").await.unwrap();
    users.map(id).into()
}

async fn withdrawn(ports: &StorePorts, users: &[UserId]) -> Vec<bool> {
    let mut withdrawn = Vec::new();
    for user in users {
        let row = reminder(user.as_str(), "one", "2026-03-02T10:00:00Z");
        let row = ports.reminders.reminder(user, row.id).await.unwrap().unwrap();
        withdrawn.push(row.state == State::Cancelled(CancelReason::RolledBack));
    }
    withdrawn
}

async fn a_rollback_withdraws_what_waits_of_those_outside(ports: StorePorts) {
    let clock = clock();
    let of = rolling(&ports, &clock);
    let users = crowd(&ports, &of).await;
    let now = at("2026-03-02T09:00:00Z");
    let back = roll_back(&of, Some(RolloutStage::Beta), ann(now)).await.unwrap();
    assert_eq!((back.stage, back.is_on), (RolloutStage::Beta, true));
    assert_eq!(withdrawn(&ports, &users).await, [false, false, true, true]);
    assert!(switch(&of, false, ann(now)).await.unwrap().stage == RolloutStage::Beta);
    assert_eq!(withdrawn(&ports, &users).await, [true; 4]);
    let again = resume(&of, ann(now)).await.unwrap();
    assert!(again.is_on && again.includes(&id("bo")) && !again.includes(&id("cy")));
    let decided = rollout::decisions(&*ports.control, 0, 10).await.unwrap();
    assert_eq!(decided.len(), 3, "each is kept: {decided:?}");
}

async fn a_rollback_that_is_cut_short_is_finished_by_the_monitor(ports: StorePorts) {
    let clock = clock();
    let of = rolling(&ports, &clock);
    let users = crowd(&ports, &of).await;
    let now = at("2026-03-02T09:00:00Z");
    // Dropped where it stands, as a process that is killed; and once more in the middle of that.
    for _ in 0..2 {
        let off = switch(&of, false, ann(now));
        tokio::time::timeout(Duration::from_millis(8), off).await.ok();
    }
    for _ in 0..3 {
        let of = rolling(&ports, &clock);
        rollout::watch(&of).await.unwrap();
        if !ports.control.rollout().await.unwrap().is_on {
            break;
        }
        switch(&of, false, ann(now)).await.unwrap();
    }
    assert!(rollout::progress(&*ports.control).await.unwrap().pending.is_none());
    assert_eq!(withdrawn(&ports, &users).await, [true; 4]);
}

/// Counts something for everybody, under a name and revision of its own.
pub(super) async fn count(
    of: &RolloutPorts,
    revision: u64,
    dimension: &Dimension,
    counts: &[(&str, u64)],
) {
    let now = of.clock.now();
    let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), count.cast_signed()));
    let (hour_at, dimensions) = (hour_at(now), vec![dimension.clone()]);
    let contribution = Contribution {
        on: utc_date(now),
        counts: counts.collect(),
        globally: Some(Globally { hour_at, dimensions }),
        edition: EDITION,
    };
    let user = id("everybody");
    let name = ReminderId::of_count(&user, "texts", &format!("{dimension:?}"));
    let metrics = &of.metrics;
    assert!(metrics.replace_contribution(&user, name, revision, &contribution).await.unwrap());
}

async fn a_broken_guardrail_takes_the_rollout_back_in_one_run(ports: StorePorts) {
    let clock = clock();
    let of = rolling(&ports, &clock);
    crowd(&ports, &of).await;
    roll_back(&of, Some(RolloutStage::Percent25), ann(of.clock.now())).await.unwrap();
    let healthy = [("texts", 400), ("delivered", 380), ("undelivered", 20)];
    let broken = [("texts", 1_200), ("delivered", 980), ("undelivered", 220)];
    assert_eq!(rollout::watch(&of).await.unwrap(), Watched::Nothing, "the windows begin");
    for (revision, counts, expected) in
        [(1, healthy, Watched::Nothing), (2, broken, Watched::RolledBack)]
    {
        clock.advance(SignedDuration::from_mins(1));
        count(&of, revision, &Dimension::all(), &counts).await;
        assert_eq!(rollout::watch(&of).await.unwrap(), expected);
    }
    let back = ports.control.rollout().await.unwrap();
    assert_eq!((back.stage, back.is_on), (RolloutStage::Percent10, true));
    let decided = rollout::decisions(&*ports.control, 0, 10).await.unwrap();
    let last = decided.last().unwrap();
    assert!(last.by == "monitor" && last.evidence.breach.is_some(), "{last:?}");
}

fn experiment(promotion: Promotion) -> Experiment {
    let arm = |name: &str, minutes: Option<u32>| Variant {
        name: name.to_owned(),
        weight: 1,
        treatment: Treatment {
            lead: minutes.map(|minutes| LeadTime::from_minutes(minutes).unwrap()),
            ..Treatment::default()
        },
    };
    Experiment {
        name: "leads".to_owned(),
        salt: "leads".to_owned(),
        slice: Slice { layer: "time".to_owned(), from: 0, until: 10_000 },
        arms: vec![arm("as-ever", None), arm("early", Some(60))],
        starts_at: at("2026-03-02T09:00:00Z"),
        ends_at: at("2026-03-20T09:00:00Z"),
        metric: Metric::Rating,
        guardrails: Guardrails::default(),
        promotion,
    }
}

/// Starts an experiment whose second arm is liked far better.
async fn decided_experiment(of: &RolloutPorts, promotion: Promotion) -> ExperimentPorts {
    let trying = ExperimentPorts::from(of);
    let author = ann(of.clock.now());
    experiments::create(&trying, experiment(promotion), &author).await.unwrap();
    experiments::start(&trying, "leads", &author).await.unwrap();
    for (arm, well) in [("as-ever", 40), ("early", 190)] {
        let counts = [
            (names::EXPOSED, 200),
            (names::RATERS, 200),
            (names::RATED, 200),
            (names::RATED_WELL, well),
            (names::OPENERS, 50),
        ];
        count(of, 1, &Dimension::arm("leads", arm), &counts).await;
    }
    trying
}

async fn an_experiment_is_started_reported_on_promoted_and_taken_back(ports: StorePorts) {
    let clock = clock();
    let of = rolling(&ports, &clock);
    let trying = decided_experiment(&of, Promotion::ByHand).await;
    let told = experiments::report(&trying, "leads").await.unwrap().report;
    assert!(told.has_won("early") && !told.has_won("as-ever"), "{told:?}");
    assert_eq!(told.arms[1].figures.openers, 50);
    assert!(told.arms[1].opened.holds(0.25));
    let author = ann(of.clock.now());
    let lost = experiments::promote(&trying, ("leads", "as-ever"), false, &author).await;
    assert!(lost.is_err());
    experiments::promote(&trying, ("leads", "early"), false, &author).await.unwrap();
    let usual = async || experiments::board(&*ports.control).await.unwrap().usual.lead;
    assert_eq!(usual().await.map(LeadTime::minutes), Some(60));
    experiments::roll_back(&trying, "leads", &author).await.unwrap();
    assert_eq!(usual().await, None);
}

async fn a_winner_is_promoted_by_the_monitor(ports: StorePorts) {
    let clock = clock();
    let of = rolling(&ports, &clock);
    let trying = decided_experiment(&of, Promotion::ByItself).await;
    let state = async || experiments::board(&*ports.control).await.unwrap().runs[0].state;
    experiments::watch(&trying).await.unwrap();
    assert_eq!(state().await, RunState::Running, "a day is not over");
    clock.advance(SignedDuration::from_hours(24));
    experiments::watch(&trying).await.unwrap();
    assert_eq!(state().await, RunState::Promoted);
}
