//! The monitor as a Lambda function.

use std::sync::Arc;

use adapters_aws::clients::Service;
use adapters_aws::start::Aws;
use adapters_http::alerts::ChannelSettings;
use app::alerts::AlertPorts;
use app::sync::PeriodicPorts;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use monitor::{MonitorPorts, Monitored, note_figures};
use tracing::info;
use transport::{ReqwestTransport, Transport, TransportSettings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("monitor")?;
    let warm = aws.clients.warm(&[Service::DynamoDb, Service::Sqs]);
    // Without secrets nobody can be told of alerts, which is told; what got lost is swept all the
    // same.
    let (secrets, ()) = tokio::join!(aws.secrets(), warm);
    let store = aws.store();
    let promotions = aws.promotions(&store);
    let rollout = aws.rollout(&store);
    let opens = secrets.map(|secrets| secrets.of_alert_channels()).unwrap_or_default();
    let transport: Arc<dyn Transport> =
        Arc::new(ReqwestTransport::new(&TransportSettings::of_alerts())?);
    let to = aws.config.alerts.clone();
    let to = ChannelSettings::of(opens, to.pagerduty_base_url, to.email_from, to.email_to);
    let alerts = AlertPorts {
        control: store.clone(),
        sight: aws.sight(&store),
        channels: to.made(&transport),
        settings: aws.alert_settings(),
        clock: aws.clock.clone(),
    };
    let syncs = PeriodicPorts { connections: store, syncs: aws.sync_queue() };
    let ports = &MonitorPorts { promotions, rollout, syncs, alerts };
    let clock = &*aws.clock;
    let handle = |event: LambdaEvent<EventBridgeEvent>| async move {
        let Monitored { swept, syncs } =
            aws.traced(monitor::handle(ports, clock, event.payload)).await?;
        note_figures(ports, clock).await;
        info!(metric.monitor_runs = 1, metric.swept = swept, metric.syncs_asked = syncs, "Looked");
        Ok::<_, Error>(())
    };
    run(service_fn(handle)).await
}
