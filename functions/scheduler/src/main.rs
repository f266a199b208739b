//! The scheduler as a Lambda function.

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use app::tick::TickPorts;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("scheduler")?;
    aws.clients.warm(&[Service::DynamoDb, Service::EventBridge, Service::Sqs]).await;
    let store = aws.store();
    let ports = &TickPorts {
        users: store.clone(),
        control: store,
        bus: aws.bus(),
        plans: aws.plan_queue(),
        zones: Zones::bundled(),
    };
    let clock = &*aws.clock;
    let handle = |event: LambdaEvent<EventBridgeEvent>| async move {
        let asked = aws.traced(scheduler::handle(ports, clock, event.payload)).await?;
        info!(metric.scheduler_runs = 1, "Announced local days, or asked for plans: {asked}");
        Ok::<_, Error>(())
    };
    run(service_fn(handle)).await
}
