//! The API as a Lambda function behind an HTTP API.

use std::sync::Arc;

use adapters_aws::clients::Service;
use adapters_aws::gateway::through;
use adapters_aws::start::Aws;
use adapters_http::accounts::Accounts;
use adapters_http::entropy::SystemEntropy;
use adapters_http::ics::IcsReader;
use adapters_http::oidc::OidcIssuer;
use adapters_http::twilio::TwilioVerify;
use api::{ApiState, Guard, SecretToken, router};
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::start("api")?;
    let warm = aws.clients.warm(&[Service::DynamoDb, Service::Sqs]);
    let (secrets, ()) = tokio::join!(aws.secrets(), warm);
    let (secrets, store) = (secrets?, aws.store());
    let accounts = Accounts::deployed(aws.accounts(&secrets), &aws.config.public_base_url)?;
    let issuer = OidcIssuer::of_function(aws.config.access.issuer.as_ref())?;
    let codes = TwilioVerify::of_function(aws.code_service(&secrets))?;
    let state = ApiState {
        users: aws.users(&store, Arc::new(IcsReader::new(Zones::bundled())), &secrets),
        connections: store.clone(),
        syncs: aws.sync_queue(),
        seals: secrets.seals(),
        consents: accounts.consents(),
        channels: accounts.channels(),
        phones: store.clone(),
        erasure: store.clone(),
        reminders: store.clone(),
        claims: store.clone(),
        control: store.clone(),
        metrics: store.clone(),
        feed: None,
        clock: aws.clock.clone(),
        default_country: Some(aws.config.default_country.clone()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        operator_token: Some(SecretToken::parse(secrets.operator_token.reveal())?),
        guard: Guard::of(issuer, SystemEntropy, aws.config.access.openness()),
        domain_events: aws.bus(),
        retention: aws.config.retention,
        pages: aws.pages(&secrets),
        opt_ins: aws.send_queue(),
        ceiling: aws.ceiling(store),
        codes,
        notices: aws.send_queue(),
    };
    let router = router(state);
    run(service_fn(|event: LambdaEvent<_>| through(router.clone(), event.payload))).await
}
