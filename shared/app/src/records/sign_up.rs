//! What is kept of a sign-up until it is confirmed or forgotten.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::sign_up::{SignUp, Stage};

/// A sign-up, version 1. It lies under the keyed hash of the number and never holds the number.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignUpV1 {
    /// The version of the form.
    pub v: u32,
    /// When the opt-in text was claimed.
    pub texted_at: Timestamp,
    /// How far it has come, and who waits.
    pub stage: Stage,
}

impl Record for SignUpV1 {
    type Value = SignUp;
    const WHAT: &'static str = "sign-up";

    fn of(sign_up: &SignUp) -> Self {
        let SignUp { texted_at, stage, .. } = sign_up.clone();
        Self { v: VERSION, texted_at, stage }
    }

    fn version(&self) -> u32 {
        self.v
    }

    /// The document's own version stands beside the form; whoever reads it fills it in.
    fn into_value(self) -> Result<SignUp, BadRecord> {
        let Self { texted_at, stage, .. } = self;
        Ok(SignUp { version: 0, texted_at, stage })
    }
}
