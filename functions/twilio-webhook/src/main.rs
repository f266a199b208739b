//! Twilio's webhooks as a Lambda function behind an HTTP API.

use std::sync::Arc;

use adapters_aws::clients::Service;
use adapters_aws::gateway::through;
use adapters_aws::start::Aws;
use adapters_http::ics::IcsReader;
use app::inbound::InboundPorts;
use app::sign_up::Confirming;
use axum::middleware::map_response;
use axum::response::Response;
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use twilio_webhook::{WebhookPorts, WebhookSettings, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::start("twilio-webhook")?;
    let warm = aws.clients.warm(&[Service::DynamoDb, Service::Sqs]);
    let (secrets, ()) = tokio::join!(aws.secrets(), warm);
    let (secrets, store) = (secrets?, aws.store());
    let phone_keys = secrets.phone_keys();
    let users = aws.users(&store, Arc::new(IcsReader::new(Zones::bundled())), &secrets);
    let ports = WebhookPorts {
        receipts: aws.receipts(&store, phone_keys.clone()),
        inbound: InboundPorts {
            phones: store.clone(),
            users: store.clone(),
            reminders: store.clone(),
            plans: aws.plan_queue(),
            phone_keys,
            stop_reply: aws.stop_reply(),
            domain_events: aws.bus(),
            metrics: store.clone(),
            sign_ups: Confirming { users, control: store, pages: aws.pages(&secrets) },
        },
        clock: aws.clock.clone(),
    };
    let settings = WebhookSettings {
        public_base_url: aws.config.public_base_url.clone(),
        auth_tokens: secrets.twilio_auth_tokens(),
    };
    let traced = map_response(move |answer: Response| {
        let aws = aws.clone();
        async move { aws.traced(async { answer }).await }
    });
    let router = router(ports, settings).layer(traced);
    run(service_fn(|event: LambdaEvent<_>| through(router.clone(), event.payload))).await
}
