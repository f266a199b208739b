//! The contract of [`app::ports::SendQueue`].

use std::sync::Arc;

use app::jobs::SendJob;
use app::ports::SendQueue;
use async_trait::async_trait;
use jiff::SignedDuration;

use super::samples::{id, reminder};

/// The other end of a queue.
#[async_trait]
pub trait Drain: Send + Sync {
    /// Receives and deletes everything that is visible now.
    async fn drain(&self) -> Vec<String>;
}

/// Runs every case. `make` gives an empty queue and its other end.
pub async fn send_queue_suite(make: impl AsyncFn() -> (Arc<dyn SendQueue>, Arc<dyn Drain>)) {
    let (queue, end) = make().await;
    every_job_comes_out(queue, end).await;
    let (queue, end) = make().await;
    a_delayed_job_stays_in(queue, end).await;
}

fn job(uid: &str) -> SendJob {
    let reminder = reminder("ann", uid, "2026-03-02T10:00:00Z").id;
    SendJob { user: id("ann"), reminder }
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
