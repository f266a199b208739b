//! Plans one batch of users: at the start of their day, and after every change to their calendar
//! or settings.

use app::causes::in_full;
use app::jobs::PlanJob;
use app::plan::{PlanPorts, plan_user};
use app::ports::Clock;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use tracing::error;

/// Handles a batch of plan jobs, and names those that must come again.
pub async fn handle(ports: &PlanPorts, clock: &dyn Clock, payload: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in payload.records {
        let is_done = process_one(ports, clock, record.body.as_deref().unwrap_or_default()).await;
        if !is_done {
            response.add_failure(record.message_id.unwrap_or_default());
        }
    }
    response
}

/// Plans the users of one job; false if it must come again. Users planned before are not planned
/// anew: nothing differs for them.
pub async fn process_one(ports: &PlanPorts, clock: &dyn Clock, body: &str) -> bool {
    let job = match PlanJob::from_json(body) {
        Ok(job) => job,
        Err(bad) => {
            error!("A plan job goes to the dead letters: {}", in_full(&bad));
            return false;
        }
    };
    let mut is_done = true;
    for user in &job.users {
        if let Err(failed) = plan_user(ports, user, clock.now()).await {
            error!(user.id = %user, "Could not plan user {user}: {}", in_full(&failed));
            is_done = false;
        }
    }
    is_done
}
