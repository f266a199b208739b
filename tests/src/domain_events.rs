//! Domain events, kept for whoever asks what went out.

use std::sync::{Arc, Mutex};

use app::domain_events::DomainEvent;
use app::ports::{DomainEvents, QueueError};
use async_trait::async_trait;

/// Keeps what is published.
#[derive(Debug, Clone, Default)]
pub struct KeptDomainEvents(Arc<Mutex<Vec<DomainEvent>>>);

impl KeptDomainEvents {
    /// What went out since the last call, in order.
    pub fn take(&self) -> Vec<DomainEvent> {
        std::mem::take(&mut self.0.lock().expect("a test does not panic in here"))
    }

    /// The types of what went out since the last call, in order.
    pub fn take_types(&self) -> Vec<&'static str> {
        self.take().iter().map(DomainEvent::detail_type).collect()
    }
}

#[async_trait]
impl DomainEvents for KeptDomainEvents {
    async fn publish(&self, events: &[DomainEvent]) -> Result<(), QueueError> {
        self.0.lock().expect("a test does not panic in here").extend_from_slice(events);
        Ok(())
    }
}
