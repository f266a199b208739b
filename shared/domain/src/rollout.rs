//! Who gets reminders at all: one row, read at every claim.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// The rollout switch. Stages and shares of users join this row later; today it is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Whether anybody gets reminders. Off is the kill switch.
    pub is_on: bool,
    /// Rises with every change.
    pub version: u64,
}

impl Default for Rollout {
    fn default() -> Self {
        Self { is_on: true, version: 0 }
    }
}

impl Rollout {
    /// Whether this user gets reminders.
    pub fn includes(&self, _user: &UserId) -> bool {
        self.is_on
    }
}
