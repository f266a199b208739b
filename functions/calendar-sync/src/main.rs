//! The sync of calendars as a Lambda function.

use std::sync::Arc;

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use adapters_http::accounts::Accounts;
use adapters_http::feed::{GuardedTransport, Reach};
use adapters_http::ics::IcsReader;
use adapters_http::providers::Providers;
use app::sync::{SyncParts, SyncPorts};
use aws_lambda_events::sqs::SqsEvent;
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;
use transport::Roots;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("calendar-sync")?;
    let warm = aws.clients.warm(&[Service::DynamoDb, Service::Sqs]);
    let (secrets, ()) = tokio::join!(aws.secrets(), warm);
    let (secrets, store, zones) = (secrets?, aws.store(), Zones::bundled());
    let reach = Reach::of(aws.config.allows_private_calendars);
    let accounts = Accounts::deployed(aws.accounts(&secrets), &aws.config.public_base_url)?;
    let transport = Arc::new(GuardedTransport::new(reach, Roots::CompiledIn)?);
    let ports = &SyncPorts::of(SyncParts {
        users: store.clone(),
        phones: store.clone(),
        calendars: store.clone(),
        events: store.clone(),
        reminders: store.clone(),
        control: store.clone(),
        connections: store,
        reader: Arc::new(IcsReader::new(zones.clone())),
        provider: Arc::new(Providers::new(transport, reach).with_accounts(accounts.clone())),
        channels: accounts.channels(),
        sends: aws.send_queue(),
        composing: aws.composing(),
        plans: aws.plan_queue(),
        countries: aws.config.countries.clone(),
        hours: aws.config.hours,
        zones,
        phone_key: secrets.phone_key.reveal().as_bytes().to_vec(),
        seals: secrets.seals(),
    });
    let clock = &*aws.clock;
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let jobs = event.payload.records.len();
        let response = aws.traced(calendar_sync::handle(ports, clock, event.payload)).await;
        let failed = response.batch_item_failures.len();
        info!(metric.sync_jobs = jobs, metric.sync_jobs_failed = failed, "Did {jobs} sync jobs");
        Ok::<_, Error>(response)
    };
    run(service_fn(handle)).await
}
