//! A provider's adapter with a bug.

use std::sync::Arc;

use app::ports::{GatewayError, OutgoingText, SmsGateway, TextList, TextState};
use async_trait::async_trait;
use domain::ids::MessageSid;
use domain::phone::PhoneNumber;
use domain::reminder::{DeliveryStatus, SendOutcome};
use jiff::Timestamp;

use super::Bug;

pub(super) struct BentGateway {
    pub(super) bug: Bug,
    pub(super) inner: Arc<dyn SmsGateway>,
}

#[async_trait]
impl SmsGateway for BentGateway {
    async fn send(&self, text: OutgoingText<'_>) -> SendOutcome {
        let outcome = self.inner.send(text).await;
        match (self.bug, &outcome) {
            (Bug::EverythingTwice, _) | (Bug::RetryOnUnknown, SendOutcome::Unknown) => {
                self.inner.send(text).await
            }
            (Bug::UnknownIsNotProcessed, SendOutcome::Unknown) => SendOutcome::NotProcessed,
            // A code that allows another attempt.
            (Bug::UnknownIsRejected, SendOutcome::Unknown) => SendOutcome::Rejected(21611),
            _ => outcome,
        }
    }

    async fn list(&self, to: &PhoneNumber, since: Timestamp) -> Result<TextList, GatewayError> {
        match self.bug {
            Bug::ListsAreEmpty => Ok(TextList { texts: Vec::new(), is_complete: true }),
            _ => self.inner.list(to, since).await,
        }
    }

    async fn fetch(&self, sid: &MessageSid) -> Result<Option<TextState>, GatewayError> {
        let state = self.inner.fetch(sid).await?;
        let is_failure = self.bug == Bug::SilenceIsFailure;
        Ok(state.map(|state| match is_failure {
            true => TextState { status: DeliveryStatus::Undelivered, code: Some(30008) },
            false => state,
        }))
    }
}
