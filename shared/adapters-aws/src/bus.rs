//! The bus, on EventBridge: local days for ourselves, domain events for whoever subscribes.

use app::domain_events::DomainEvent;
use app::jobs::LocalDayStarted;
use app::ports::{Cause, DomainEvents, EventBus, QueueError};
use async_trait::async_trait;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use crate::batches::{LeftOut, send_all};
use crate::causes::cause;

/// One bus of ours.
#[derive(Debug, Clone)]
pub struct EventBridgeBus {
    client: aws_sdk_eventbridge::Client,
    name: String,
}

impl EventBridgeBus {
    /// The bus of this name.
    pub fn new(client: aws_sdk_eventbridge::Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    fn entry(&self, detail_type: &str, detail: String) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(DomainEvent::SOURCE)
            .detail_type(detail_type)
            .detail(detail)
            .build()
    }

    async fn put(
        &self,
        operation: &'static str,
        entries: &[PutEventsRequestEntry],
    ) -> Result<(), QueueError> {
        let sent = send_all(entries, |batch| self.put_batch(batch)).await;
        sent.map_err(|source| QueueError { operation, source })
    }

    async fn put_batch(&self, batch: Vec<PutEventsRequestEntry>) -> Result<Vec<LeftOut>, Cause> {
        let request = self.client.put_events().set_entries(Some(batch));
        let answer = request.send().await.map_err(|e| cause(&e, "events:PutEvents", &self.name))?;
        // The answer has an entry for each of the request's, in the same order.
        let entries = answer.entries().iter().enumerate();
        let left_out = entries.filter_map(|(index, entry)| {
            entry.error_code().map(|code| LeftOut { index, code: code.to_owned() })
        });
        Ok(left_out.collect())
    }
}

#[async_trait]
impl EventBus for EventBridgeBus {
    async fn local_days_started(&self, days: &[LocalDayStarted]) -> Result<(), QueueError> {
        let entry = |day: &LocalDayStarted| self.entry(LocalDayStarted::DETAIL_TYPE, day.to_json());
        let entries: Vec<_> = days.iter().map(entry).collect();
        self.put("announce local days", &entries).await
    }
}

#[async_trait]
impl DomainEvents for EventBridgeBus {
    async fn publish(&self, events: &[DomainEvent]) -> Result<(), QueueError> {
        let entry = |event: &DomainEvent| self.entry(event.detail_type(), event.to_json());
        let entries: Vec<_> = events.iter().map(entry).collect();
        self.put("publish domain events", &entries).await
    }
}
