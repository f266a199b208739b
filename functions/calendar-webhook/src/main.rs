//! What calendars' keepers push, as a Lambda function behind an HTTP API.

use adapters_aws::clients::Service;
use adapters_aws::gateway::through;
use adapters_aws::start::Aws;
use app::sync::PushPorts;
use calendar_webhook::{WebhookPorts, router};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::start("calendar-webhook")?;
    let warm = aws.clients.warm(&[Service::DynamoDb, Service::Sqs]);
    let (secrets, ()) = tokio::join!(aws.secrets(), warm);
    let (secrets, store) = (secrets?, aws.store());
    let pushes = PushPorts {
        connections: store.clone(),
        syncs: aws.sync_queue(),
        control: store,
        seals: secrets.seals(),
    };
    let router = router(WebhookPorts { pushes, clock: aws.clock.clone() });
    run(service_fn(|event: LambdaEvent<_>| through(router.clone(), event.payload))).await
}
