//! What calendars' keepers push, as a Lambda function behind an HTTP API.

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use app::sync::PushPorts;
use calendar_webhook::{WebhookPorts, router};
use lambda_http::{Error, run};

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
    run(router(WebhookPorts { pushes, clock: aws.clock.clone() })).await
}
