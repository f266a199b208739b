//! Domain events of one process: lines in its log.

use app::domain_events::DomainEvent;
use app::ports::{DomainEvents, QueueError};
use async_trait::async_trait;
use tracing::info;

/// Writes each domain event to the log, where whoever wants to act on them finds them.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoggedDomainEvents;

#[async_trait]
impl DomainEvents for LoggedDomainEvents {
    async fn publish(&self, events: &[DomainEvent]) -> Result<(), QueueError> {
        for event in events {
            let (kind, detail) = (event.detail_type(), event.to_json());
            info!(target: "domain_events", detail_type = kind, detail, "{kind} {}", event.id());
        }
        Ok(())
    }
}
