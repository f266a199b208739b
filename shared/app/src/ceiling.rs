//! The day's ceiling for what texts may cost. What cannot be told to be below it is not sent.

use std::sync::Arc;

use domain::ids::ReminderId;
use domain::limits;
use domain::phone::PhoneNumber;
use domain::segments;
use domain::text_prices::TextPrices;
use jiff::Timestamp;

use crate::company::{Coming, Company};
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
    /// What opt-in texts and codes may take of it: whoever has them sent is nobody we know.
    opt_ins: Purse,
    prices: TextPrices,
    company: Company,
}

impl Ceiling {
    /// The ceiling that all senders share.
    pub fn new(settings: &CeilingSettings, control: Arc<dyn Control>) -> Self {
        let day_max = settings.day_microdollars_max;
        let part = day_max.map(|day_max| day_max / limits::OPT_IN_TEXTS_PART);
        let part = part.unwrap_or(limits::OPT_IN_TEXTS_MICRODOLLARS);
        let opt_ins = Purse::new(Budget::OptIns, control.clone(), part);
        let purse = |day_max| Purse::new(Budget::Texts, control, day_max);
        Self {
            purse: day_max.map(purse),
            opt_ins,
            prices: settings.prices.clone(),
            company: Company::default(),
        }
    }

    /// Notes that the text of a reminder will soon be asked for, for as long as what is returned
    /// lives: money for it is taken together with that of others.
    pub(crate) fn expect(&self, reminder: ReminderId) -> Coming<'_> {
        self.company.join(reminder)
    }

    /// Takes what the text of a reminder costs. False if the day has no room for it.
    ///
    /// # Errors
    /// [`StoreError`]; then nobody knows, and nothing may be sent.
    pub async fn take(
        &self,
        reminder: ReminderId,
        to: &PhoneNumber,
        text: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.company.arrive(reminder);
        let price = self.price(to, text);
        self.take_of_all(price, u64::from(self.company.count()) * price, now).await
    }

    /// Puts back what a text would have cost that certainly was not sent.
    pub fn give_back(&self, to: &PhoneNumber, text: &str, taken_at: Timestamp) {
        self.give_back_to_all(self.price(to, text), taken_at);
    }

    /// Takes what an opt-in text costs, of their part and of the whole. False if one has no room.
    ///
    /// # Errors
    /// [`StoreError`]; then nobody knows, and nothing may be sent.
    pub async fn take_opt_in(
        &self,
        to: &PhoneNumber,
        text: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.take_of_part(self.price(to, text), now).await
    }

    /// Puts back what an opt-in text would have cost that certainly was not sent.
    pub fn give_back_opt_in(&self, to: &PhoneNumber, text: &str, taken_at: Timestamp) {
        self.give_back_to_part(self.price(to, text), taken_at);
    }

    /// Takes what a code to a phone costs, of the same part. False if one has no room.
    ///
    /// # Errors
    /// [`StoreError`]; then nobody knows, and nothing may be sent.
    pub async fn take_code(&self, to: &PhoneNumber, now: Timestamp) -> Result<bool, StoreError> {
        self.take_of_part(self.price_of_code(to), now).await
    }

    /// Puts back what a code would have cost that certainly was not sent.
    pub fn give_back_code(&self, to: &PhoneNumber, taken_at: Timestamp) {
        self.give_back_to_part(self.price_of_code(to), taken_at);
    }

    /// What a text costs, in millionths of a US dollar.
    pub fn price(&self, to: &PhoneNumber, text: &str) -> u64 {
        self.prices.price(to, segments::count(text).segments)
    }

    fn price_of_code(&self, to: &PhoneNumber) -> u64 {
        self.prices.price(to, 1).saturating_add(limits::CODE_MICRODOLLARS)
    }

    async fn take_of_all(&self, price: u64, soon: u64, now: Timestamp) -> Result<bool, StoreError> {
        let Some(purse) = &self.purse else { return Ok(true) };
        purse.take(price, soon, now).await
    }

    async fn take_of_part(&self, price: u64, now: Timestamp) -> Result<bool, StoreError> {
        if !self.opt_ins.take(price, 0, now).await? {
            return Ok(false);
        }
        let is_taken = self.take_of_all(price, 0, now).await?;
        if !is_taken {
            self.opt_ins.give_back(price, now);
        }
        Ok(is_taken)
    }

    fn give_back_to_part(&self, price: u64, taken_at: Timestamp) {
        self.opt_ins.give_back(price, taken_at);
        self.give_back_to_all(price, taken_at);
    }

    fn give_back_to_all(&self, price: u64, taken_at: Timestamp) {
        if let Some(purse) = &self.purse {
            purse.give_back(price, taken_at);
        }
    }
}
