//! Queues and buses of an emulator, with their other ends.

use std::sync::Arc;

use adapters_aws::bus::EventBridgeBus;
use adapters_aws::clients::Clients;
use app::domain_events::DomainEvent;
use async_trait::async_trait;
use aws_sdk_eventbridge::types::Target;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use super::unique;
use crate::contract::Drain;

/// A queue, from which whoever asks receives.
pub struct SqsEnd {
    client: aws_sdk_sqs::Client,
    /// Its address.
    pub url: String,
    /// Its ARN.
    pub arn: String,
    /// What a received message is to the contract.
    read: fn(String) -> String,
}

impl SqsEnd {
    /// A new queue.
    pub async fn new(clients: &Clients) -> Self {
        let client = clients.sqs();
        let made = client.create_queue().queue_name(unique("case")).send().await;
        let url = made.expect("the emulator makes a queue").queue_url.expect("it has an address");
        let arn = QueueAttributeName::QueueArn;
        let asked = client.get_queue_attributes().queue_url(&url).attribute_names(arn.clone());
        let told = asked.send().await.expect("the emulator tells of a queue").attributes;
        let arn = told.and_then(|told| told.get(&arn).cloned()).expect("it has an ARN");
        Self { client, url, arn, read: |body| body }
    }
}

#[async_trait]
impl Drain for SqsEnd {
    async fn drain(&self) -> Vec<String> {
        let mut drained = Vec::new();
        loop {
            let receive = self.client.receive_message().queue_url(&self.url);
            // Waiting asks every server of a queue, and gives a bus the time to deliver.
            let receive = receive.max_number_of_messages(10).wait_time_seconds(1);
            let received = receive.send().await.expect("the emulator hands out what it has");
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                return drained;
            }
            for message in messages {
                let delete = self.client.delete_message().queue_url(&self.url);
                let receipt = message.receipt_handle.expect("what is received can be deleted");
                delete.receipt_handle(receipt).send().await.expect("it is deleted");
                drained.push((self.read)(message.body.unwrap_or_default()));
            }
        }
    }
}

/// A new bus whose rule puts everything of ours into a new queue.
pub async fn bus(clients: &Clients) -> (EventBridgeBus, Arc<SqsEnd>) {
    let (client, name) = (clients.eventbridge(), unique("case"));
    let mut end = SqsEnd::new(clients).await;
    end.read = |envelope| {
        let envelope: Value = serde_json::from_str(&envelope).expect("an envelope is JSON");
        assert_eq!(envelope["source"], DomainEvent::SOURCE);
        let (kind, detail) = (envelope["detail-type"].as_str(), &envelope["detail"]);
        format!("{} {detail}", kind.expect("it has a type"))
    };
    client.create_event_bus().name(&name).send().await.expect("the emulator makes a bus");
    let pattern = format!("{{\"source\":[\"{}\"]}}", DomainEvent::SOURCE);
    let rule = client.put_rule().name(&name).event_bus_name(&name).event_pattern(pattern);
    rule.send().await.expect("the emulator makes a rule");
    let target = Target::builder().id("queue").arn(&end.arn).build().expect("a whole target");
    let targets = client.put_targets().rule(&name).event_bus_name(&name).targets(target);
    targets.send().await.expect("the rule takes a target");
    (EventBridgeBus::new(client, name), Arc::new(end))
}
