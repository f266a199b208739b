//! What was spent on a day, as it is stored.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::purse::Spend;

/// A [`Spend`], version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct SpendV1 {
    /// The version of the form.
    pub v: u32,
    /// The UTC day.
    pub on: Date,
    /// What was taken on it, in millionths of a US dollar.
    pub microdollars: u64,
}

impl Record for SpendV1 {
    type Value = Spend;
    const WHAT: &'static str = "spend of a day";

    fn of(spend: &Spend) -> Self {
        Self { v: VERSION, on: spend.on, microdollars: spend.microdollars }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Spend, BadRecord> {
        Ok(Spend { on: self.on, microdollars: self.microdollars })
    }
}
