//! The contract of the queues and the bus.

use std::sync::Arc;

use app::jobs::{LocalDayStarted, OptInJob, PlanJob, SendJob, SenderJob};
use app::ports::{EventBus, OptInQueue, PlanQueue, SendQueue};
use app::seals::Seals;
use async_trait::async_trait;
use jiff::SignedDuration;

use super::samples::{NOW, at, id, on, reminder, zone};

/// The other end of a queue.
#[async_trait]
pub trait Drain: Send + Sync {
    /// Receives and deletes everything that is visible now.
    async fn drain(&self) -> Vec<String>;
}

/// Runs every case of [`SendQueue`]. `make` gives an empty queue and its other end.
pub async fn send_queue_suite(make: impl AsyncFn() -> (Arc<dyn SendQueue>, Arc<dyn Drain>)) {
    let (queue, end) = make().await;
    every_job_comes_out(queue, end).await;
    let (queue, end) = make().await;
    a_delayed_job_stays_in(queue, end).await;
}

fn job(uid: &str) -> SendJob {
    let reminder = reminder("ann", uid, "2026-03-02T10:00:00Z").id;
    SendJob { user: id("ann"), reminder, turn_at: None }
}

/// More than one request to a remote queue holds.
async fn every_job_comes_out(queue: Arc<dyn SendQueue>, end: Arc<dyn Drain>) {
    assert_eq!(end.drain().await, Vec::<String>::new());
    queue.enqueue(&[]).await.unwrap();
    let jobs: Vec<_> =
        (0..37).map(|number| (job(&format!("uid-{number}")), SignedDuration::ZERO)).collect();
    queue.enqueue(&jobs).await.unwrap();
    let mut found: Vec<_> = end.drain().await;
    let mut expected: Vec<_> = jobs.iter().map(|(job, _)| job.to_json()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(SendJob::from_json(&found[0]).unwrap().user, id("ann"));
    assert_eq!(end.drain().await, Vec::<String>::new(), "what was deleted stays away");
}

async fn a_delayed_job_stays_in(queue: Arc<dyn SendQueue>, end: Arc<dyn Drain>) {
    let jobs = [
        (job("now"), SignedDuration::from_secs(-5)),
        (job("later"), SignedDuration::from_secs(900)),
    ];
    queue.enqueue(&jobs).await.unwrap();
    assert_eq!(end.drain().await, [job("now").to_json()]);
    let too_long = [(job("too late"), SignedDuration::from_secs(901))];
    assert!(queue.enqueue(&too_long).await.is_err(), "clamping is the caller's business");
}

/// Runs every case of [`OptInQueue`]. `make` gives an empty queue and its other end.
pub async fn opt_in_queue_suite(make: impl AsyncFn() -> (Arc<dyn OptInQueue>, Arc<dyn Drain>)) {
    let (queue, end) = make().await;
    let seals = Seals::new(b"a secret of the contract", &[]);
    let job = |number: &str| OptInJob {
        asked_at: at(NOW),
        sealed: seals.seal(&["opt-in"], number).unwrap(),
    };
    // In any order, each once, and the sender's own reading of its queue knows what it is.
    let jobs = [job("+12025550101"), job("+12025550102")];
    for job in &jobs {
        queue.enqueue_opt_in(job, SignedDuration::ZERO).await.unwrap();
    }
    let found = end.drain().await;
    assert_eq!(sorted(found.clone()), sorted(jobs.iter().map(OptInJob::to_json).collect()));
    for body in &found {
        let read = SenderJob::from_json(body).unwrap();
        assert!(jobs.iter().any(|job| read == SenderJob::OptIn(job.clone())), "{read:?}");
        assert!(!body.contains("555"), "the number is sealed");
    }
    assert_eq!(end.drain().await, Vec::<String>::new(), "what was deleted stays away");
    // A delay keeps it in, up to what every queue can.
    queue.enqueue_opt_in(&job("+12025550103"), SignedDuration::from_secs(900)).await.unwrap();
    assert_eq!(end.drain().await, Vec::<String>::new());
    let past = job("+12025550104");
    queue.enqueue_opt_in(&past, SignedDuration::from_secs(-5)).await.unwrap();
    assert_eq!(end.drain().await, [past.to_json()]);
    let too_long = queue.enqueue_opt_in(&past, SignedDuration::from_secs(901)).await;
    assert!(too_long.is_err(), "clamping is the caller's business");
}

/// Runs every case of [`PlanQueue`]. `make` gives an empty queue and its other end.
pub async fn plan_queue_suite(make: impl AsyncFn() -> (Arc<dyn PlanQueue>, Arc<dyn Drain>)) {
    let (queue, end) = make().await;
    queue.enqueue(&[]).await.unwrap();
    assert_eq!(end.drain().await, Vec::<String>::new());
    let users = |job: usize| (0..25).map(move |user| id(&format!("user-{job}-{user}")));
    let jobs: Vec<_> = (0..23).map(|job| PlanJob { users: users(job).collect() }).collect();
    queue.enqueue(&jobs).await.unwrap();
    let expected = jobs.iter().map(PlanJob::to_json).collect();
    assert_eq!(sorted(end.drain().await), sorted(expected));
    assert_eq!(end.drain().await, Vec::<String>::new(), "what was deleted stays away");
}

/// Runs every case of [`EventBus`]. `make` gives a bus and what subscribed to it.
pub async fn bus_suite(make: impl AsyncFn() -> (Arc<dyn EventBus>, Arc<dyn Drain>)) {
    let (bus, end) = make().await;
    bus.local_days_started(&[]).await.unwrap();
    assert_eq!(end.drain().await, Vec::<String>::new());
    let names = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Eucla"];
    let day = |number: usize| LocalDayStarted {
        zone: zone(names[number % names.len()]),
        date: on("2026-03-02").saturating_add(jiff::Span::new().days(number as i64)),
    };
    let days: Vec<_> = (0..13).map(day).collect();
    bus.local_days_started(&days).await.unwrap();
    // Whoever hears them reads them as the scheduler does, whatever the bus did to their spaces.
    let read = |heard: String| {
        let detail = heard.strip_prefix("LocalDayStarted ").unwrap_or(&heard);
        LocalDayStarted::from_json(detail).unwrap().to_json()
    };
    let heard = end.drain().await.into_iter().map(read).collect();
    assert_eq!(sorted(heard), sorted(days.iter().map(LocalDayStarted::to_json).collect()));
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}
