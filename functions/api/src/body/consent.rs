//! Calendars that their owners must allow us to read.

use app::ports::Keeper;
use app::sync::{Allow, AskConsent};
use domain::ids::{CalendarId, UserId};
use domain::limits;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::connection::looked_at_every;
use crate::problem::FieldError;

/// A calendar of an account to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsentBody {
    /// Its id there; the account's own calendar if nothing is said.
    #[serde(default)]
    #[schema(example = "primary")]
    calendar: Option<String>,
    /// How often it is looked at, in minutes: 5 to 1440; 15 if nothing is said.
    #[serde(default)]
    #[schema(example = 15, minimum = 5, maximum = 1_440)]
    every_minutes: Option<u32>,
}

impl ConsentBody {
    /// What it says, or what is wrong with it.
    pub(crate) fn read(
        self,
        user: UserId,
        calendar: CalendarId,
        keeper: Keeper,
    ) -> Result<AskConsent, Vec<FieldError>> {
        let mut errors = Vec::new();
        let there = self.calendar.unwrap_or_else(|| "primary".to_owned());
        let max = limits::ACCOUNT_CHARS_MAX;
        if there.is_empty() || there.chars().count() > max || there.chars().any(char::is_control) {
            let what = format!("must have 1 to {max} characters, and no control characters");
            errors.push(FieldError::new("calendar", what));
        }
        let every = looked_at_every(self.every_minutes, &mut errors);
        if errors.is_empty() {
            Ok(AskConsent { user, calendar, keeper, there, every })
        } else {
            Err(errors)
        }
    }
}

/// Where a calendar's owner must go.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ConsentView {
    /// The page at which they allow it. Whoever opens it connects a calendar of theirs, so it is
    /// for the user alone.
    pub(crate) address: String,
    /// Until when they may do so.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) good_until: Timestamp,
}

/// What a calendar's owner brings back from there.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConsentAnswer {
    /// What travelled with them.
    #[serde(default)]
    state: String,
    /// What their consent is redeemed with.
    #[serde(default)]
    code: Option<String>,
}

impl ConsentAnswer {
    pub(crate) fn into_allow(self) -> Allow {
        Allow { state: self.state, code: self.code.filter(|code| !code.is_empty()) }
    }
}
