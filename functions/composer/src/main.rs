//! The composer as a Lambda function.

use std::sync::Arc;

use adapters_aws::bedrock::BedrockModel;
use adapters_aws::clients::Service;
use adapters_aws::config::ModelProvider;
use adapters_aws::start::Aws;
use adapters_http::chat::{ChatModel, ChatSettings};
use app::compose::ComposePorts;
use app::ports::TextModel;
use app::purse::{Budget, Purse};
use aws_lambda_events::sqs::SqsEvent;
use domain::time::Zones;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use tracing::info;
use transport::{ReqwestTransport, TransportSettings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = &Aws::start("composer")?;
    let config = aws.config.model.clone().ok_or("no model is configured: give ModelName")?;
    let transport = Arc::new(ReqwestTransport::new(&TransportSettings::of_functions())?);
    let (secrets, (), ()) =
        tokio::join!(aws.secrets(), aws.clients.warm(&[Service::DynamoDb]), async {
            if let ModelProvider::Chat { base_url } = &config.provider {
                transport.open("the model", base_url).await;
            }
        },);
    let key = secrets?.model_key.map(|key| key.reveal().to_owned());
    let model: Arc<dyn TextModel> = match config.provider {
        ModelProvider::Bedrock => Arc::new(BedrockModel::new(aws.clients.bedrock(), config.name)),
        ModelProvider::Chat { base_url } => {
            let settings = ChatSettings { base_url, model: config.name, key };
            Arc::new(ChatModel::new(&settings, transport)?)
        }
    };
    let store = aws.store();
    let ports = &ComposePorts {
        users: store.clone(),
        reminders: store.clone(),
        control: store.clone(),
        model,
        purse: Arc::new(Purse::new(Budget::Models, store, config.settings.day_microdollars_max)),
        clock: aws.clock.clone(),
        zones: Zones::bundled(),
        settings: config.settings,
    };
    let handle = |event: LambdaEvent<SqsEvent>| async move {
        let jobs = event.payload.records.len();
        let response = aws.traced(composer::handle(ports, event.payload)).await;
        let failed = response.batch_item_failures.len();
        info!(metric.compose_jobs = jobs, metric.compose_jobs_failed = failed, "Did {jobs} texts");
        Ok::<_, Error>(response)
    };
    run(service_fn(handle)).await
}
