//! The sender as a Lambda function.

use std::sync::Arc;

use adapters_aws::clients::Service;
use adapters_aws::clock::SystemDice;
use adapters_aws::start::Aws;
use adapters_http::twilio::{Twilio, TwilioSettings};
use app::send::SendPorts;
use app::sign_up::OptIns;
use aws_lambda_events::sqs::SqsEvent;
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;
use transport::{ReqwestTransport, TransportSettings};
use twilio_webhook::STATUS_PATH;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("sender")?;
    let (store, clock) = (aws.store(), aws.clock.clone());
    let transport = Arc::new(ReqwestTransport::new(&TransportSettings::of_functions())?);
    let (account, base_url) = (&aws.config.twilio, aws.config.twilio.base_url.as_deref());
    let (secrets, (), ()) = tokio::join!(
        aws.secrets(),
        aws.clients.warm(&[Service::DynamoDb, Service::Sqs]),
        transport.open("Twilio", base_url.unwrap_or(TwilioSettings::BASE_URL)),
    );
    let (secrets, callbacks) = (secrets?, aws.config.public_address(STATUS_PATH));
    let (sid, token) = (&account.account_sid, secrets.twilio_auth_token.reveal());
    let twilio = TwilioSettings::of_account(sid, token, &account.sender, base_url, callbacks);
    let ports = &SendPorts {
        users: store.clone(),
        receipts: aws.receipts(&store, secrets.phone_keys()),
        events: store.clone(),
        claims: store.clone(),
        control: store.clone(),
        pacer: aws.pacer(store.clone()),
        ceiling: aws.ceiling(store.clone()),
        gateway: Arc::new(Twilio::new(twilio, transport, clock.clone())?),
        plans: aws.plan_queue(),
        countries: aws.config.countries.clone(),
        hours: aws.config.hours,
        clock,
        store_clock: store,
        dice: Arc::new(SystemDice::default()),
        zones: Zones::bundled(),
        notices: aws.send_queue(),
        opt_ins: OptIns { queue: aws.send_queue(), seals: secrets.seals() },
        links: aws.links_in_texts(&secrets),
    };
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let response = aws.traced(sender::handle(ports, event.payload)).await;
        info!(metric.send_jobs_failed = response.batch_item_failures.len(), "Did a batch");
        Ok::<_, Error>(response)
    };
    run(service_fn(handle)).await
}
