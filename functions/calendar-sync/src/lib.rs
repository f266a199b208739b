//! Looks at connected calendars, one job a calendar, and follows what changed there.

use app::causes::in_full;
use app::jobs::SyncJob;
use app::ports::Clock;
use app::sync::{SyncPorts, sync_calendar};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use tracing::error;

/// Handles a batch of sync jobs, and names those that must come again.
pub async fn handle(ports: &SyncPorts, clock: &dyn Clock, payload: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in payload.records {
        let is_done = process_one(ports, clock, record.body.as_deref().unwrap_or_default()).await;
        if !is_done {
            response.add_failure(record.message_id.unwrap_or_default());
        }
    }
    response
}

/// Looks at the calendar of one job; false if the job must come again. A calendar that cannot be
/// reached is not the job's failure: that is written down, and it is looked at again in its time.
pub async fn process_one(ports: &SyncPorts, clock: &dyn Clock, body: &str) -> bool {
    let job = match SyncJob::from_json(body) {
        Ok(job) => job,
        Err(bad) => {
            error!("A sync job goes to the dead letters: {}", in_full(&bad));
            return false;
        }
    };
    let (user, calendar) = (&job.user, &job.calendar);
    match sync_calendar(ports, &job, clock.now()).await {
        Ok(_) => true,
        Err(failed) => {
            let failed = in_full(&failed);
            error!(
                user.id = %user, calendar.id = %calendar,
                "Could not sync calendar {calendar} of user {user}: {failed}"
            );
            false
        }
    }
}
