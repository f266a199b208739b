//! The contract suites of queues, bus and secrets, on whatever `AWS_ENDPOINT_URL` names. All of it
//! works on LocalStack without Docker as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters_aws::queues::{SqsPlanQueue, SqsSendQueue};
use adapters_aws::secrets::{SecretRef, Secrets};
use app::domain_events::{DomainEvent, Happened, ReminderEvent};
use app::ports::{DomainEvents, EventBus, OptInQueue, PlanQueue, SendQueue};
use aws_sdk_ssm::types::ParameterType;
use domain::ids::ReminderId;
use tests::aws::services::{SqsEnd, bus};
use tests::aws::{clients, unique};
use tests::contract::samples::{NOW, at, id};
use tests::contract::{Drain, bus_suite, opt_in_queue_suite, plan_queue_suite, send_queue_suite};

const SECRETS: &str = r#"{"twilio_auth_token": "one", "twilio_auth_token_next": "two",
    "phone_key": "0123456789abcdef", "operator_token": "a-token-of-an-operator"}"#;

#[tokio::test]
async fn send_queue_on_sqs() {
    let Some(clients) = clients("the send queue on SQS") else { return };
    send_queue_suite(async || {
        let end = Arc::new(SqsEnd::new(&clients).await);
        let queue = SqsSendQueue::new(clients.sqs(), &end.url);
        (Arc::new(queue) as Arc<dyn SendQueue>, end as Arc<dyn Drain>)
    })
    .await;
}

#[tokio::test]
async fn opt_in_queue_on_sqs() {
    let Some(clients) = clients("the queue of opt-ins on SQS") else { return };
    opt_in_queue_suite(async || {
        let end = Arc::new(SqsEnd::new(&clients).await);
        let queue = SqsSendQueue::new(clients.sqs(), &end.url);
        (Arc::new(queue) as Arc<dyn OptInQueue>, end as Arc<dyn Drain>)
    })
    .await;
}

#[tokio::test]
async fn plan_queue_on_sqs() {
    let Some(clients) = clients("the plan queue on SQS") else { return };
    plan_queue_suite(async || {
        let end = Arc::new(SqsEnd::new(&clients).await);
        let queue = SqsPlanQueue::new(clients.sqs(), &end.url);
        (Arc::new(queue) as Arc<dyn PlanQueue>, end as Arc<dyn Drain>)
    })
    .await;
}

#[tokio::test]
async fn bus_on_eventbridge() {
    let Some(clients) = clients("the bus on EventBridge") else { return };
    bus_suite(async || {
        let (bus, end) = bus(&clients).await;
        (Arc::new(bus) as Arc<dyn EventBus>, end as Arc<dyn Drain>)
    })
    .await;
}

#[tokio::test]
async fn whoever_subscribes_on_eventbridge_hears_every_domain_event() {
    let Some(clients) = clients("domain events on EventBridge") else { return };
    let (bus, end) = bus(&clients).await;
    let event = |number: u64| {
        DomainEvent::Reminder(ReminderEvent {
            user: id("ann"),
            reminder: ReminderId::parse(&format!("{number:032x}")).unwrap(),
            revision: number,
            at: at(NOW),
            what: Happened::Delivered { attempt: 1 },
        })
    };
    let events: Vec<_> = (0..23).map(event).collect();
    bus.publish(&events).await.unwrap();
    // As values: a bus may write JSON in its own way.
    let mut heard = BTreeMap::new();
    for text in end.drain().await {
        let (kind, detail) = text.split_once(' ').unwrap();
        assert_eq!(kind, "ReminderDelivered");
        let detail: serde_json::Value = serde_json::from_str(detail).unwrap();
        heard.insert(detail["id"].as_str().unwrap().to_owned(), detail);
    }
    let told = events.iter().map(|event| {
        let detail = serde_json::from_str(&event.to_json()).unwrap();
        (event.id(), detail)
    });
    assert_eq!(heard, told.collect());
}

#[tokio::test]
async fn what_is_not_there_is_named_with_its_remedy() {
    let Some(clients) = clients("a queue that is missing") else { return };
    let end = SqsEnd::new(&clients).await;
    let queue = SqsPlanQueue::new(clients.sqs(), format!("{}-gone", end.url));
    let job = app::jobs::PlanJob { users: vec![id("ann")] };
    let failed = app::causes::in_full(&queue.enqueue(&[job]).await.unwrap_err());
    assert!(failed.contains("enqueue plan jobs") && failed.contains("-gone here"), "{failed}");
    for place in [SecretRef::Secret(unique("gone")), SecretRef::Parameter("/gone".to_owned())] {
        let failed = Secrets::read(&clients, &place).await.unwrap_err().to_string();
        assert!(failed.contains("gone") && failed.contains("check its name"), "{failed}");
    }
}

#[tokio::test]
async fn secrets_are_read_from_either_place() {
    let Some(clients) = clients("secrets") else { return };
    let name = unique("case");
    let secret = clients.secrets_manager().create_secret().name(&name).secret_string(SECRETS);
    let made = secret.send().await.expect("the emulator keeps a secret");
    let by_arn = SecretRef::new(made.arn().expect("it has an ARN"));
    assert!(matches!(by_arn, SecretRef::Secret(_)), "{by_arn}");
    let path = format!("/{name}/secrets");
    let parameter = clients.ssm().put_parameter().name(&path).value(SECRETS);
    let parameter = parameter.r#type(ParameterType::SecureString);
    parameter.send().await.expect("the emulator keeps a parameter");
    for place in [by_arn, SecretRef::new(&name), SecretRef::new(&path)] {
        let secrets = Secrets::read(&clients, &place).await.unwrap();
        assert_eq!(secrets.twilio_auth_tokens(), ["one", "two"], "{place}");
    }
    let broken = format!("/{name}/broken");
    let parameter = clients.ssm().put_parameter().name(&broken).value("{\"phone_key\": \"hush\"}");
    let parameter = parameter.r#type(ParameterType::SecureString);
    parameter.send().await.expect("the emulator keeps a parameter");
    let refused = Secrets::read(&clients, &SecretRef::new(&broken)).await.unwrap_err().to_string();
    assert!(refused.contains("twilio_auth_token is missing"), "{refused}");
    assert!(!refused.contains("hush"), "{refused}");
}
