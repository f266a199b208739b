//! Pre-send check, claim, send: whatever the reminder that a job names needs now.

use app::causes::in_full;
use app::jobs::{NoticeJob, OptInJob, SendJob, SenderJob};
use app::rollout::tell;
use app::send::{SendPorts, look};
use app::sign_up::{Invited, invite};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::stream::{self, StreamExt};
use tracing::error;

/// Jobs of one batch that are looked at side by side. A batch has at most ten.
const AT_ONCE: usize = 10;

/// Handles a batch of send jobs, and names those that must come again.
pub async fn handle(ports: &SendPorts, payload: SqsEvent) -> SqsBatchResponse {
    let failed = stream::iter(payload.records)
        .map(|record| async move {
            let is_done = process_one(ports, record.body.as_deref().unwrap_or_default()).await;
            (!is_done).then(|| record.message_id.unwrap_or_default())
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|failed| async move { failed })
        .collect::<Vec<_>>()
        .await;
    let mut response = SqsBatchResponse::default();
    for id in failed {
        response.add_failure(id);
    }
    response
}

/// Does what one job asks for; false if the job must come again.
pub async fn process_one(ports: &SendPorts, body: &str) -> bool {
    match SenderJob::from_json(body) {
        Ok(SenderJob::Send(job)) => look_at(ports, &job).await,
        Ok(SenderJob::OptIn(job)) => ask_owner(ports, &job).await,
        Ok(SenderJob::Notice(job)) => tell_user(ports, &job).await,
        Err(bad) => {
            error!("A send job goes to the dead letters: {}", in_full(&bad));
            false
        }
    }
}

async fn look_at(ports: &SendPorts, job: &SendJob) -> bool {
    match look(ports, job).await {
        Ok(_) => true,
        Err(failed) => {
            let (id, why) = (job.reminder, in_full(&failed));
            error!(reminder.id = %id, "Could not look at {id}: {why}");
            false
        }
    }
}

async fn tell_user(ports: &SendPorts, job: &NoticeJob) -> bool {
    let told = tell(ports, job).await;
    let id = &job.user;
    told.inspect_err(|failed| error!(user.id = %id, "Could not tell {id}: {}", in_full(failed)))
        .is_ok()
}

async fn ask_owner(ports: &SendPorts, job: &OptInJob) -> bool {
    match invite(ports, job).await {
        Ok(Invited::Unreadable) => {
            error!("An opt-in job goes to the dead letters: its seal does not open");
            false
        }
        Ok(_) => true,
        Err(failed) => {
            error!("Could not ask the owner of a number: {}", in_full(&failed));
            false
        }
    }
}
