//! The promoter as a Lambda function.

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("promoter")?;
    aws.clients.warm(&[Service::DynamoDb, Service::Sqs]).await;
    let ports = &aws.promotions(&aws.store());
    let clock = &*aws.clock;
    let handle = |event: LambdaEvent<EventBridgeEvent>| async move {
        let rows = aws.traced(promoter::handle(ports, clock, event.payload)).await?;
        info!(metric.promoter_runs = 1, metric.promoted = rows, "Handed over {rows} reminders");
        Ok::<_, Error>(())
    };
    run(service_fn(handle)).await
}
