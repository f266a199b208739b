//! The clients of AWS services, made once per process.
//!
//! The configuration is made by hand from the environment that Lambda gives its functions. The
//! usual loader looks for profiles, files and a metadata server as well, which a function has not,
//! and pays for it at every cold start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};
use aws_smithy_types::retry::{ReconnectMode, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bytes::Bytes;
use futures::future::join_all;
use http::Request;
use http::header::CONTENT_TYPE;
use transport::{BadTransport, ReqwestTransport, Transport as _, TransportSettings};

use crate::connector::OverTransport;

/// How long opening a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(1);

/// How long one request may take. A healthy answer takes milliseconds; a claim is good for ten
/// seconds, so an answer that is longer on its way than this is better asked for again.
const ATTEMPT_MAX: Duration = Duration::from_secs(2);

/// How long whoever is posted to beside AWS may take. The next job waits for it.
const POST_MAX: Duration = Duration::from_secs(1);

/// How long a connection to a model may stay silent. Every call has a shorter limit of its own.
#[cfg(feature = "bedrock")]
const MODEL_MAX: Duration = Duration::from_secs(30);

/// How long an operation may take with its repetitions, well below every function's timeout.
const OPERATION_MAX: Duration = Duration::from_secs(6);

/// How often a request is sent at most: repetitions follow throttling and lost connections.
const ATTEMPTS_MAX: u32 = 4;

/// The first wait before a repetition is any time up to this; the following ones double.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);

/// The longest wait before a repetition.
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// An environment that no client can be made from.
#[derive(Debug, thiserror::Error)]
pub enum BadEnvironment {
    /// Variables are not set.
    #[error(
        "make the clients of AWS: the environment has no {}; Lambda sets them, elsewhere set them \
         yourself (for an emulator any value will do)",
        .0.join(", no ")
    )]
    Missing(Vec<&'static str>),
    /// Nothing can be sent.
    #[error(transparent)]
    Transport(#[from] BadTransport),
}

/// A service we speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Language models.
    #[cfg(feature = "bedrock")]
    Bedrock,
    /// The store.
    DynamoDb,
    /// The queues.
    Sqs,
    /// The bus.
    EventBridge,
    /// Secrets.
    SecretsManager,
    /// Parameters, which may hold secrets too.
    Ssm,
}

impl Service {
    /// The first part of its host's name.
    fn host(self) -> &'static str {
        match self {
            #[cfg(feature = "bedrock")]
            Self::Bedrock => "bedrock-runtime",
            Self::DynamoDb => "dynamodb",
            Self::Sqs => "sqs",
            Self::EventBridge => "events",
            Self::SecretsManager => "secretsmanager",
            Self::Ssm => "ssm",
        }
    }

    /// The variable that sends its requests elsewhere, as every AWS SDK spells it.
    fn endpoint_variable(self) -> &'static str {
        match self {
            #[cfg(feature = "bedrock")]
            Self::Bedrock => "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Sqs => "AWS_ENDPOINT_URL_SQS",
            Self::EventBridge => "AWS_ENDPOINT_URL_EVENTBRIDGE",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            Self::Ssm => "AWS_ENDPOINT_URL_SSM",
        }
    }
}

const SERVICES: &[Service] = &[
    #[cfg(feature = "bedrock")]
    Service::Bedrock,
    Service::DynamoDb,
    Service::Sqs,
    Service::EventBridge,
    Service::SecretsManager,
    Service::Ssm,
];

/// Makes the clients, which share one pool of connections.
#[derive(Clone)]
pub struct Clients {
    shared: SdkConfig,
    endpoints: Vec<(Service, String)>,
    transport: Arc<ReqwestTransport>,
    /// For models, which take their time.
    #[cfg(feature = "bedrock")]
    patient: Arc<ReqwestTransport>,
}

impl fmt::Debug for Clients {
    // Without the credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients")
            .field("region", &self.shared.region())
            .field("endpoint", &self.shared.endpoint_url())
            .field("endpoints", &self.endpoints)
            .finish()
    }
}

impl Clients {
    /// From the environment of the process.
    ///
    /// # Errors
    /// [`BadEnvironment`] names all that is missing.
    pub fn from_env() -> Result<Self, BadEnvironment> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// From an environment that `lookup` tells.
    ///
    /// # Errors
    /// [`BadEnvironment`] names all that is missing.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, BadEnvironment> {
        let value = |name: &str| {
            lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let region = value("AWS_REGION").or_else(|| value("AWS_DEFAULT_REGION"));
        let (key, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
        let (Some(region), Some(key), Some(secret)) = (&region, &key, &secret) else {
            let all = [
                ("AWS_REGION", &region),
                ("AWS_ACCESS_KEY_ID", &key),
                ("AWS_SECRET_ACCESS_KEY", &secret),
            ];
            let missing = all.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name);
            return Err(BadEnvironment::Missing(missing.collect()));
        };
        let token = value("AWS_SESSION_TOKEN");
        // A function's process ends before its credentials do, so they need no renewal.
        let credentials = Credentials::new(key, secret, token, None, "Environment");
        let endpoint = |service: Service| Some((service, value(service.endpoint_variable())?));
        let endpoints: Vec<_> = SERVICES.iter().copied().filter_map(endpoint).collect();
        let transport = Arc::new(transport(ATTEMPT_MAX)?);
        let mut shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(over(&transport))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SystemTimeSource::new())
            .retry_config(retries())
            .timeout_config(timeouts());
        shared.set_endpoint_url(value("AWS_ENDPOINT_URL"));
        Ok(Self {
            shared: shared.build(),
            endpoints,
            transport,
            #[cfg(feature = "bedrock")]
            patient: Arc::new(self::transport(MODEL_MAX)?),
        })
    }

    /// Opens a connection to each of these services, so that the first request of the first
    /// invocation finds them open. What cannot be reached is told by whoever needs it.
    ///
    /// The requests are unsigned, for nothing: they need no permission and cost nothing, whatever
    /// the answer is.
    pub async fn warm(&self, services: &[Service]) {
        let open = async |service: &Service| {
            self.transport.open(service.host(), &self.address(*service)).await;
        };
        join_all(services.iter().map(open)).await;
    }

    /// Posts something to an address that is not AWS's, and says why it was not taken. Whoever
    /// does not answer soon is not waited for.
    pub(crate) async fn post(
        &self,
        url: &str,
        content_type: &'static str,
        body: Vec<u8>,
    ) -> Result<(), String> {
        let request = Request::post(url).header(CONTENT_TYPE, content_type).body(Bytes::from(body));
        let request = request.map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(POST_MAX, self.transport.send(request)).await;
        let answer = answer.map_err(|_| "no answer in time".to_owned())?;
        let status = answer.map_err(|fault| fault.to_string())?.status();
        if status.is_success() { Ok(()) } else { Err(format!("the answer was {status}")) }
    }

    /// Where a service answers.
    fn address(&self, service: Service) -> String {
        let config = self.config(service);
        if let Some(url) = config.endpoint_url() {
            return url.to_owned();
        }
        let region = config.region().map_or("us-east-1", |region| region.as_ref());
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://{}.{region}.{suffix}/", service.host())
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config(Service::DynamoDb))
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config(Service::Sqs))
    }

    /// A client of EventBridge.
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::new(&self.config(Service::EventBridge))
    }

    /// A client of Secrets Manager.
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config(Service::SecretsManager))
    }

    /// A client of Systems Manager, for its parameters.
    pub fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.config(Service::Ssm))
    }

    /// A client of Bedrock, for its models. These take their time and are paid for, so it waits
    /// for as long as its caller does, on connections of its own, and repeats nothing by itself.
    #[cfg(feature = "bedrock")]
    pub fn bedrock(&self) -> aws_sdk_bedrockruntime::Client {
        let config = self
            .config(Service::Bedrock)
            .into_builder()
            .http_client(over(&self.patient))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_MAX).build())
            .build();
        aws_sdk_bedrockruntime::Client::new(&config)
    }

    fn config(&self, service: Service) -> SdkConfig {
        match self.endpoints.iter().find(|(of, _)| *of == service) {
            Some((_, url)) => self.shared.to_builder().endpoint_url(url).build(),
            None => self.shared.clone(),
        }
    }
}

/// A pool of connections, over which a request may take so long.
fn transport(timeout: Duration) -> Result<ReqwestTransport, BadTransport> {
    let settings = TransportSettings::of_functions();
    ReqwestTransport::new(&TransportSettings { connect_timeout: CONNECT_MAX, timeout, ..settings })
}

/// What lets a client send over such a pool. The clients make none of their own, so its timeouts
/// hold for all of them.
fn over(transport: &Arc<ReqwestTransport>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(OverTransport(Arc::clone(transport)));
    http_client_fn(move |_, _| connector.clone())
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(ATTEMPTS_MAX)
        .with_initial_backoff(BACKOFF_FIRST)
        .with_max_backoff(BACKOFF_MAX)
        // A connection whose request was not answered in time is closed; one that brought an
        // error is as good as any.
        .with_reconnect_mode(ReconnectMode::ReuseAllConnections)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_MAX)
        .operation_attempt_timeout(ATTEMPT_MAX)
        .operation_timeout(OPERATION_MAX)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(variables: &[(&str, &str)]) -> Result<Clients, BadEnvironment> {
        Clients::from_lookup(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
        })
    }

    const LAMBDA: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ];

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let refused = clients(&[("AWS_REGION", " ")]).unwrap_err().to_string();
        for name in ["no AWS_REGION", "no AWS_ACCESS_KEY_ID", "no AWS_SECRET_ACCESS_KEY"] {
            assert!(refused.contains(name), "{refused}");
        }
        assert!(clients(&LAMBDA).is_ok());
    }

    #[test]
    fn endpoints_may_differ_by_service() {
        let mut variables = LAMBDA.to_vec();
        variables.push(("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"));
        variables.push(("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:4567"));
        let clients = clients(&variables).unwrap();
        let url = |service| clients.config(service).endpoint_url().map(str::to_owned);
        assert_eq!(url(Service::DynamoDb).as_deref(), Some("http://127.0.0.1:4566"));
        assert_eq!(url(Service::Sqs).as_deref(), Some("http://127.0.0.1:4567"));
    }

    #[test]
    fn credentials_are_not_shown() {
        assert!(!format!("{:?}", clients(&LAMBDA).unwrap()).contains("hush"));
    }
}
