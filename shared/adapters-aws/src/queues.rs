//! The queues, on SQS.

use app::jobs::{ComposeJob, NoticeJob, OptInJob, PlanJob, SendJob, SyncJob};
use app::ports::{
    Cause, ComposeQueue, NoticeQueue, OptInQueue, PlanQueue, QueueError, SendQueue, SyncQueue,
};
use async_trait::async_trait;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::limits;
use jiff::SignedDuration;

use crate::batches::{LeftOut, send_all};
use crate::causes::cause;

/// The delay queue that the sender consumes.
#[derive(Debug, Clone)]
pub struct SqsSendQueue(Queue);

/// The queue that the planner consumes.
#[derive(Debug, Clone)]
pub struct SqsPlanQueue(Queue);

/// The queue that the composer consumes.
#[derive(Debug, Clone)]
pub struct SqsComposeQueue(Queue);

/// The queue that the sync of calendars consumes.
#[derive(Debug, Clone)]
pub struct SqsSyncQueue(Queue);

#[derive(Debug, Clone)]
struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

/// What goes into a queue, and after how many seconds it comes out.
#[derive(Debug, Clone)]
struct Entry {
    body: String,
    delay_seconds: i32,
}

impl SqsSendQueue {
    /// The queue at this address.
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self(Queue { client, url: url.into() })
    }
}

impl SqsPlanQueue {
    /// The queue at this address.
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self(Queue { client, url: url.into() })
    }
}

impl SqsComposeQueue {
    /// The queue at this address.
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self(Queue { client, url: url.into() })
    }
}

impl SqsSyncQueue {
    /// The queue at this address.
    pub fn new(client: aws_sdk_sqs::Client, url: impl Into<String>) -> Self {
        Self(Queue { client, url: url.into() })
    }
}

#[async_trait]
impl SendQueue for SqsSendQueue {
    async fn enqueue(&self, jobs: &[(SendJob, SignedDuration)]) -> Result<(), QueueError> {
        let failed = |source| QueueError { operation: "enqueue send jobs", source };
        let entry = |(job, delay): &(SendJob, SignedDuration)| {
            let delay_seconds = whole_seconds(*delay).map_err(failed)?;
            Ok(Entry { body: job.to_json(), delay_seconds })
        };
        let entries = jobs.iter().map(entry).collect::<Result<Vec<_>, QueueError>>()?;
        self.0.send(&entries).await.map_err(failed)
    }
}

#[async_trait]
impl OptInQueue for SqsSendQueue {
    async fn enqueue_opt_in(
        &self,
        job: &OptInJob,
        delay: SignedDuration,
    ) -> Result<(), QueueError> {
        let failed = |source| QueueError { operation: "enqueue an opt-in job", source };
        let delay_seconds = whole_seconds(delay).map_err(failed)?;
        self.0.send(&[Entry { body: job.to_json(), delay_seconds }]).await.map_err(failed)
    }
}

#[async_trait]
impl NoticeQueue for SqsSendQueue {
    async fn enqueue_notices(
        &self,
        jobs: &[NoticeJob],
        delay: SignedDuration,
    ) -> Result<(), QueueError> {
        let failed = |source| QueueError { operation: "enqueue notice jobs", source };
        let delay_seconds = whole_seconds(delay).map_err(failed)?;
        let entry = |job: &NoticeJob| Entry { body: job.to_json(), delay_seconds };
        self.0.send(&jobs.iter().map(entry).collect::<Vec<_>>()).await.map_err(failed)
    }
}

#[async_trait]
impl PlanQueue for SqsPlanQueue {
    async fn enqueue(&self, jobs: &[PlanJob]) -> Result<(), QueueError> {
        self.0.send_now("enqueue plan jobs", jobs.iter().map(PlanJob::to_json)).await
    }
}

#[async_trait]
impl ComposeQueue for SqsComposeQueue {
    async fn enqueue(&self, jobs: &[ComposeJob]) -> Result<(), QueueError> {
        self.0.send_now("enqueue compose jobs", jobs.iter().map(ComposeJob::to_json)).await
    }
}

#[async_trait]
impl SyncQueue for SqsSyncQueue {
    async fn enqueue(&self, jobs: &[SyncJob]) -> Result<(), QueueError> {
        self.0.send_now("enqueue sync jobs", jobs.iter().map(SyncJob::to_json)).await
    }

    async fn enqueue_later(&self, job: &SyncJob, delay: SignedDuration) -> Result<(), QueueError> {
        let failed = |source| QueueError { operation: "enqueue a sync job", source };
        let delay_seconds = whole_seconds(delay).map_err(failed)?;
        self.0.send(&[Entry { body: job.to_json(), delay_seconds }]).await.map_err(failed)
    }
}

impl Queue {
    /// Sends what need not wait.
    async fn send_now(
        &self,
        operation: &'static str,
        bodies: impl Iterator<Item = String>,
    ) -> Result<(), QueueError> {
        let entries: Vec<_> = bodies.map(|body| Entry { body, delay_seconds: 0 }).collect();
        self.send(&entries).await.map_err(|source| QueueError { operation, source })
    }

    async fn send(&self, entries: &[Entry]) -> Result<(), Cause> {
        send_all(entries, |batch| self.send_batch(batch)).await
    }

    async fn send_batch(&self, batch: Vec<Entry>) -> Result<Vec<LeftOut>, Cause> {
        let mut request = self.client.send_message_batch().queue_url(&self.url);
        for (index, entry) in batch.into_iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(entry.body)
                .delay_seconds(entry.delay_seconds)
                .build()?;
            request = request.entries(entry);
        }
        let answer = request.send().await.map_err(|e| cause(&e, "sqs:SendMessage", &self.url))?;
        let left_out = answer.failed().iter().map(|failed| LeftOut {
            // An id that is not one of ours names no entry, and is counted all the same.
            index: failed.id().parse().unwrap_or(usize::MAX),
            code: failed.code().to_owned(),
        });
        Ok(left_out.collect())
    }
}

/// A delay as SQS takes it. Rounded up, so that no job comes out before its time.
///
/// Whoever asks for more than SQS gives is refused here, before anything is sent: SQS would refuse
/// the whole batch, and its emulators would take what AWS does not.
fn whole_seconds(delay: SignedDuration) -> Result<i32, Cause> {
    let delay = delay.max(SignedDuration::ZERO);
    if delay > limits::HORIZON {
        let most = limits::HORIZON.as_secs();
        return Err(format!("a delay of {delay} is more than the queue's {most} s").into());
    }
    let begun = i64::from(delay.subsec_nanos() > 0);
    i32::try_from(delay.as_secs() + begun).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_rounded_up_and_never_exceed_what_sqs_takes() {
        let check = |nanos: i128, expected: Option<i32>| {
            let delay = SignedDuration::from_nanos_i128(nanos);
            assert_eq!(whole_seconds(delay).ok(), expected, "{delay}");
        };
        const SECOND: i128 = 1_000_000_000;
        check(-5 * SECOND, Some(0));
        check(0, Some(0));
        check(1, Some(1));
        check(SECOND, Some(1));
        check(SECOND + 1, Some(2));
        check(899 * SECOND + 1, Some(900));
        check(900 * SECOND, Some(900));
        check(900 * SECOND + 1, None);
        check(901 * SECOND, None);
    }
}
