//! A DynamoDB that answers what a test says: busy, refusing, lost on the way, or out of order.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapters_aws::store::{DynamoStore, Tables};
use adapters_embedded::clock::ManualClock;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig};
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::unique;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation: `PutItem`, ...
    pub operation: String,
    /// What was asked.
    pub body: Value,
    /// How many of this operation came before.
    pub nth: usize,
}

impl Call {
    /// The token under which a write was made, by itself or in a transaction.
    pub fn token(&self) -> String {
        let token = &self.body["ClientRequestToken"];
        let token = if token.is_null() { &self.body["Item"]["written_by"]["S"] } else { token };
        let update = &self.body["ExpressionAttributeValues"][":written_by"]["S"];
        token.as_str().or(update.as_str()).expect("the write bears a token").to_owned()
    }
}

/// What comes back.
pub enum Answer {
    /// This, with status 200.
    Good(Value),
    /// An error of this name, with whatever else stands beside it.
    Error(&'static str, Value),
    /// This status, without sense.
    Status(u16),
    /// Nothing: the connection is lost after the request left.
    Lost,
    /// This, with status 200 and this date.
    Dated(Value, &'static str),
}

/// A transaction that was cancelled for these reasons, one per write; with the item as it is.
pub fn cancelled(reasons: &[(&str, Option<Value>)]) -> Answer {
    let reason = |(code, item): &(&str, Option<Value>)| match item {
        Some(item) => json!({"Code": code, "Message": "so it is", "Item": item}),
        None => json!({"Code": code}),
    };
    let reasons: Vec<_> = reasons.iter().map(reason).collect();
    Answer::Error("TransactionCanceledException", json!({"CancellationReasons": reasons}))
}

type Play = dyn FnMut(&Call) -> Answer + Send;

/// The scripted store, and what it was asked.
#[derive(Clone)]
pub struct Script {
    state: Arc<Mutex<State>>,
}

struct State {
    calls: Vec<Call>,
    play: Box<Play>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    /// Answers every request as `play` says.
    pub fn new(play: impl FnMut(&Call) -> Answer + Send + 'static) -> Self {
        Self { state: Arc::new(Mutex::new(State { calls: Vec::new(), play: Box::new(play) })) }
    }

    /// A store on it. Nothing waits.
    pub fn store(&self) -> DynamoStore {
        self.store_at(Arc::new(ManualClock::new("2026-03-02T09:00:00Z".parse().unwrap())))
    }

    /// A store on it, with a clock.
    pub fn store_at(&self, clock: Arc<ManualClock>) -> DynamoStore {
        let script = self.clone();
        let http = http_client_fn(move |_, _| SharedHttpConnector::new(script.clone()));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            // The SDK counts its repetitions per region; tests must not use up each other's.
            .region(Region::new(unique("region")))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .http_client(http)
            .sleep_impl(NoSleep)
            .time_source(SystemTimeSource::new())
            .timeout_config(TimeoutConfig::disabled())
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .build();
        DynamoStore::new(Client::from_conf(config), Tables::with_prefix("t"), clock)
    }

    /// What it was asked.
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").expect("DynamoDB's own protocol");
        let operation = target.split_once('.').expect("version and name").1.to_owned();
        let body = request.body().bytes().expect("the body is in memory");
        let body = serde_json::from_slice(body).expect("the body is JSON");
        let mut state = self.state.lock().unwrap();
        let nth = state.calls.iter().filter(|call| call.operation == operation).count();
        let call = Call { operation, body, nth };
        let answer = (state.play)(&call);
        state.calls.push(call);
        HttpConnectorFuture::ready(respond(answer))
    }
}

fn respond(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let (status, mut body, date) = match answer {
        Answer::Good(body) => (200, body, None),
        Answer::Dated(body, date) => (200, body, Some(date)),
        Answer::Status(status) => (status, json!({}), None),
        Answer::Lost => return Err(ConnectorError::io("the connection was reset".into())),
        Answer::Error(name, body) => {
            let mut body = body;
            body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{name}"));
            (400, body, None)
        }
    };
    if body.is_null() {
        body = json!({});
    }
    let body = SdkBody::from(body.to_string());
    let mut response = HttpResponse::new(status.try_into().expect("a status"), body);
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    if let Some(date) = date {
        response.headers_mut().insert("date", date);
    }
    Ok(response)
}

/// Waits end at once.
#[derive(Debug)]
struct NoSleep;

impl AsyncSleep for NoSleep {
    fn sleep(&self, _duration: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}

/// An instant.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
