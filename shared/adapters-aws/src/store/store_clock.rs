//! The store's clock: the date of its answers.

use std::sync::{Arc, Mutex, PoisonError};

use app::ports::{Clock, StoreClock, StoreError, StoreTime};
use async_trait::async_trait;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_smithy_types::date_time::{DateTime, Format};
use domain::time::{ahead, back};
use jiff::{SignedDuration, Timestamp};

use super::DynamoStore;
use super::attributes::{item, text};
use super::failure::Asked;
use super::read::Consistency;

/// How old a reading may be.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(1);

/// An answer that took longer says too little about when it was given.
const ROUND_TRIP_MAX: SignedDuration = SignedDuration::from_secs(1);

/// A date has whole seconds, cut off: the answer was given within the second that follows it, on
/// average in its middle. Together with half of the round trip a reading is wrong by one second at
/// most, of the two that are tolerated.
const HALF_SECOND: SignedDuration = SignedDuration::from_millis(500);

/// Reads the date of every answer.
#[derive(Clone)]
pub(super) struct Readings {
    clock: Arc<dyn Clock>,
    last: Arc<Mutex<Option<StoreTime>>>,
}

impl std::fmt::Debug for Readings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readings")
    }
}

/// When a request was sent.
#[derive(Debug, Clone, Copy)]
struct SentAt(Timestamp);

impl Storable for SentAt {
    type Storer = StoreReplace<Self>;
}

impl Readings {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: Arc::new(Mutex::new(None)) }
    }

    /// The last reading, if it is fresh. One that lies ahead was taken before the clock was set
    /// back.
    fn fresh(&self) -> Option<StoreTime> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |reading: &StoreTime| reading.local_at.duration_until(self.clock.now());
        last.filter(|reading| (SignedDuration::ZERO..=FRESH_FOR).contains(&age(reading)))
    }

    fn note(&self, date: &str, sent_at: Timestamp) {
        let answered_at = self.clock.now();
        let took = sent_at.duration_until(answered_at);
        if !(SignedDuration::ZERO..=ROUND_TRIP_MAX).contains(&took) {
            return;
        }
        let date = DateTime::from_str(date, Format::HttpDate).ok();
        let Some(date) = date.and_then(|date| Timestamp::from_second(date.secs()).ok()) else {
            return;
        };
        let reading =
            StoreTime { store_at: ahead(date, HALF_SECOND), local_at: back(answered_at, took / 2) };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
    }
}

impl Intercept for Readings {
    fn name(&self) -> &'static str {
        "the date of the store's answers"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SentAt(self.clock.now()));
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let (Some(date), Some(SentAt(sent_at))) = (date, config.load::<SentAt>()) {
            self.note(date, *sent_at);
        }
        Ok(())
    }
}

#[async_trait]
impl StoreClock for DynamoStore {
    async fn store_time(&self) -> Result<StoreTime, StoreError> {
        const OPERATION: &str = "read the store's clock";
        if let Some(reading) = self.inner.readings.fresh() {
            return Ok(reading);
        }
        // Any answer has a date. This item is small, and everybody may read it.
        let table = &self.inner.tables.control;
        let key = item([("kind", text("rollout")), ("name", text("switch"))]);
        self.get(OPERATION, table, key, Consistency::Eventual).await?;
        let asked = Asked { operation: OPERATION, action: "GetItem", table };
        let slow = || asked.transient("the answer bore no date, or was too long on its way");
        self.inner.readings.fresh().ok_or_else(slow)
    }
}
