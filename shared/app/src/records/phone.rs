//! What is stored of phone numbers.

use domain::ids::UserId;
use domain::user::Consent;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::ports::{ConsentEntry, NumberMark, Phone, PhoneKey};

/// What is known of a phone number, version 1. It never holds the number itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct PhoneV1 {
    /// The version of the form.
    pub v: u32,
    /// See [`Phone`], as for all that follow.
    pub phone: PhoneKey,
    /// What its owner agreed to.
    pub consent: Consent,
    /// Every change of consent.
    #[serde(default)]
    pub ledger: Vec<ConsentEntry>,
    /// The users whose number it is.
    #[serde(default)]
    pub users: Vec<UserId>,
    /// What the carrier said of it for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<NumberMark>,
    /// When the hint was last sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hinted_at: Option<Timestamp>,
    /// The last inbound texts that were acted on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_inbound: Vec<String>,
    /// The version of the row.
    pub version: u64,
}

impl Record for PhoneV1 {
    type Value = Phone;
    const WHAT: &'static str = "phone";

    fn of(phone: &Phone) -> Self {
        Self {
            v: VERSION,
            phone: phone.key.clone(),
            consent: phone.consent,
            ledger: phone.ledger.clone(),
            users: phone.users.clone(),
            mark: phone.mark,
            hinted_at: phone.hinted_at,
            last_inbound: phone.last_inbound.clone(),
            version: phone.version,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Phone, BadRecord> {
        Ok(Phone {
            key: self.phone,
            consent: self.consent,
            ledger: self.ledger,
            users: self.users,
            mark: self.mark,
            hinted_at: self.hinted_at,
            last_inbound: self.last_inbound,
            version: self.version,
        })
    }
}
