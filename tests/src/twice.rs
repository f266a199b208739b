//! Queues that hand everything out twice, as at-least-once queues may.

use std::sync::Arc;

use app::jobs::{LocalDayStarted, NoticeJob, OptInJob, PlanJob, SendJob};
use app::ports::{EventBus, NoticeQueue, OptInQueue, PlanQueue, QueueError, SendQueue};
use async_trait::async_trait;
use beforehand::system::Ports;
use domain::limits;
use jiff::SignedDuration;

/// How long after the first the second copy of a send job comes out.
const LATER: SignedDuration = SignedDuration::from_secs(40);

/// A queue that takes each message twice.
struct Twice<Q: ?Sized>(Arc<Q>);

/// The ports of a world whose queues repeat every message: at once, and send jobs also later.
pub fn repeating(ports: Ports) -> Ports {
    let mut ports = ports;
    ports.sends = Arc::new(Twice(ports.sends.clone()));
    ports.opt_ins = Arc::new(Twice(ports.opt_ins.clone()));
    ports.notices = Arc::new(Twice(ports.notices.clone()));
    ports.plans = Arc::new(Twice(ports.plans.clone()));
    ports.bus = Arc::new(Twice(ports.bus.clone()));
    ports
}

#[async_trait]
impl SendQueue for Twice<dyn SendQueue> {
    async fn enqueue(&self, jobs: &[(SendJob, SignedDuration)]) -> Result<(), QueueError> {
        let later = |(job, delay): &(SendJob, SignedDuration)| {
            (job.clone(), (*delay + LATER).min(limits::HORIZON))
        };
        let repeated: Vec<_> = jobs.iter().map(later).collect();
        self.0.enqueue(&[jobs, jobs, &repeated].concat()).await
    }
}

#[async_trait]
impl OptInQueue for Twice<dyn OptInQueue> {
    async fn enqueue_opt_in(
        &self,
        job: &OptInJob,
        delay: SignedDuration,
    ) -> Result<(), QueueError> {
        self.0.enqueue_opt_in(job, delay).await?;
        self.0.enqueue_opt_in(job, (delay + LATER).min(limits::HORIZON)).await
    }
}

#[async_trait]
impl NoticeQueue for Twice<dyn NoticeQueue> {
    async fn enqueue_notices(
        &self,
        jobs: &[NoticeJob],
        delay: SignedDuration,
    ) -> Result<(), QueueError> {
        self.0.enqueue_notices(&[jobs, jobs].concat(), delay).await
    }
}

#[async_trait]
impl PlanQueue for Twice<dyn PlanQueue> {
    async fn enqueue(&self, jobs: &[PlanJob]) -> Result<(), QueueError> {
        self.0.enqueue(&[jobs, jobs].concat()).await
    }
}

#[async_trait]
impl EventBus for Twice<dyn EventBus> {
    async fn local_days_started(&self, days: &[LocalDayStarted]) -> Result<(), QueueError> {
        self.0.local_days_started(&[days, days].concat()).await
    }
}
