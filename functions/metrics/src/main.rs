//! The folding of the stream as a Lambda function.

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use app::fold::FoldPorts;
use aws_lambda_events::dynamodb::Event;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("metrics")?;
    aws.clients.warm(&[Service::DynamoDb, Service::EventBridge]).await;
    let ports = &FoldPorts { metrics: aws.store(), domain_events: aws.bus() };
    let handle = |event: LambdaEvent<Event>| async move {
        let changes = event.payload.records.len();
        let response = aws.traced(metrics::handle(ports, event.payload)).await;
        let failed = response.batch_item_failures.len();
        info!(metric.changes = changes, metric.changes_failed = failed, "Folded {changes} changes");
        Ok::<_, Error>(response)
    };
    run(service_fn(handle)).await
}
