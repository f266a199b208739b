//! The day's ceiling for what texts may cost. What cannot be told to be below it is not sent.

use std::sync::Arc;

use domain::phone::PhoneNumber;
use domain::segments;
use domain::text_prices::TextPrices;
use jiff::Timestamp;

use crate::ports::{Control, StoreError};
use crate::purse::{Budget, Purse};

/// What texts cost, and what they may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CeilingSettings {
    /// At most, in a UTC day, in millionths of a US dollar; none: whatever it is.
    pub day_microdollars_max: Option<u64>,
    /// What a segment costs.
    pub prices: TextPrices,
}

/// The ceiling, and what this process has in hand below it.
pub struct Ceiling {
    purse: Option<Purse>,
    prices: TextPrices,
}

impl Ceiling {
    /// The ceiling that all senders share.
    pub fn new(settings: &CeilingSettings, control: Arc<dyn Control>) -> Self {
        let purse = |day_max| Purse::new(Budget::Texts, control, day_max);
        Self { purse: settings.day_microdollars_max.map(purse), prices: settings.prices.clone() }
    }

    /// Takes what a text costs. False if the day has no room for it.
    ///
    /// # Errors
    /// [`StoreError`]; then nobody knows, and nothing may be sent.
    pub async fn take(
        &self,
        to: &PhoneNumber,
        text: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(purse) = &self.purse else { return Ok(true) };
        purse.take(self.price(to, text), now).await
    }

    /// Puts back what a text would have cost that certainly was not sent.
    pub fn give_back(&self, to: &PhoneNumber, text: &str, taken_at: Timestamp) {
        if let Some(purse) = &self.purse {
            purse.give_back(self.price(to, text), taken_at);
        }
    }

    /// What a text costs, in millionths of a US dollar.
    pub fn price(&self, to: &PhoneNumber, text: &str) -> u64 {
        self.prices.price(to, segments::count(text).segments)
    }
}
