//! Writes texts of reminders with a language model, long before they are due.

use std::collections::BTreeMap;

use app::causes::in_full;
use app::compose::{ComposePorts, compose};
use app::jobs::ComposeJob;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::ids::UserId;
use futures::future::join_all;
use tracing::error;

/// Handles a batch of compose jobs, and names those that must come again.
pub async fn handle(ports: &ComposePorts, payload: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    // The texts of one user are written one after the other, for their day has one budget.
    let mut of_users = BTreeMap::<UserId, Vec<(String, ComposeJob)>>::new();
    for record in payload.records {
        let id = record.message_id.unwrap_or_default();
        match ComposeJob::from_json(record.body.as_deref().unwrap_or_default()) {
            Ok(job) => of_users.entry(job.user.clone()).or_default().push((id, job)),
            Err(bad) => {
                error!("A compose job goes to the dead letters: {}", in_full(&bad));
                response.add_failure(id);
            }
        }
    }
    let failed = join_all(of_users.into_values().map(|jobs| write_in_turn(ports, jobs))).await;
    for id in failed.into_iter().flatten() {
        response.add_failure(id);
    }
    response
}

async fn write_in_turn(ports: &ComposePorts, jobs: Vec<(String, ComposeJob)>) -> Vec<String> {
    let mut failed = Vec::new();
    for (id, job) in jobs {
        if !process_one(ports, &job).await {
            failed.push(id);
        }
    }
    failed
}

/// Writes the text of one reminder, or leaves its template; false if the job must come again.
pub async fn process_one(ports: &ComposePorts, job: &ComposeJob) -> bool {
    let composed = compose(ports, &job.user, job.reminder).await;
    if let Err(failed) = &composed {
        let (id, why) = (job.reminder, in_full(failed));
        error!(reminder.id = %id, "Could not write a text for {id}: {why}");
    }
    composed.is_ok()
}
