//! The planner as a Lambda function.

use std::sync::Arc;

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use adapters_http::ics::IcsReader;
use app::plan::PlanPorts;
use app::users::MirrorPorts;
use aws_lambda_events::sqs::SqsEvent;
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("planner")?;
    let warm = aws.clients.warm(&[Service::DynamoDb, Service::Sqs]);
    let (secrets, ()) = tokio::join!(aws.secrets(), warm);
    let (store, zones) = (aws.store(), Zones::bundled());
    let ports = &PlanPorts {
        users: store.clone(),
        phones: store.clone(),
        events: store.clone(),
        reminders: store.clone(),
        control: store.clone(),
        sends: aws.send_queue(),
        composing: aws.composing(),
        mirror: MirrorPorts {
            calendars: store.clone(),
            events: store,
            reader: Arc::new(IcsReader::new(zones.clone())),
        },
        countries: aws.config.countries.clone(),
        hours: aws.config.hours,
        zones,
        phone_keys: secrets?.phone_keys(),
    };
    let clock = &*aws.clock;
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let jobs = event.payload.records.len();
        let response = aws.traced(planner::handle(ports, clock, event.payload)).await;
        let failed = response.batch_item_failures.len();
        info!(metric.plan_jobs = jobs, metric.plan_jobs_failed = failed, "Did {jobs} plan jobs");
        Ok::<_, Error>(response)
    };
    run(service_fn(handle)).await
}
