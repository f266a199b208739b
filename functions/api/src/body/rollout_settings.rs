//! What is configured of the rollout.

use app::rollout::{OnBreach, Settings};
use domain::gates::guardrail::Guardrails;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// What the monitor does by itself, and what is never allowed. What is left out is as at first.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RolloutSettingsBody {
    /// Whether a gate that passes leads to the next stage by itself.
    advances_by_itself: bool,
    /// Whether a broken guardrail switches off, in place of going back to the stage before.
    switches_off: bool,
    /// Whether users whose reminders a rollback withdraws are told of it by one text.
    tells_users: bool,
    /// The lowest share of texts that are delivered.
    #[schema(minimum = 0.0, maximum = 1.0)]
    delivered_min: f64,
    /// The highest share of the users inside who opt out.
    #[schema(minimum = 0.0, maximum = 1.0)]
    opted_out_max: f64,
    /// The most that the model may cost for each user inside in a day, in US dollars.
    #[schema(exclusive_minimum = 0.0)]
    model_cost_usd_max: f64,
}

impl Default for RolloutSettingsBody {
    fn default() -> Self {
        Settings::default().into()
    }
}

impl From<Settings> for RolloutSettingsBody {
    fn from(settings: Settings) -> Self {
        let Guardrails { delivered_min, opted_out_max, model_cost_usd_max } = settings.guardrails;
        Self {
            advances_by_itself: settings.advances_by_itself,
            tells_users: settings.tells_users,
            switches_off: settings.on_breach == OnBreach::SwitchOff,
            delivered_min,
            opted_out_max,
            model_cost_usd_max,
        }
    }
}

impl RolloutSettingsBody {
    /// The settings, if every bound is one.
    pub(crate) fn settings(self) -> Result<Settings, Problem> {
        let Self { delivered_min, opted_out_max, model_cost_usd_max, .. } = self;
        for (field, share) in [("delivered_min", delivered_min), ("opted_out_max", opted_out_max)] {
            if !(0.0..=1.0).contains(&share) {
                return Err(Problem::field(field, "a share from 0 to 1".to_owned()));
            }
        }
        if !(model_cost_usd_max.is_finite() && model_cost_usd_max > 0.0) {
            return Err(Problem::field("model_cost_usd_max", "more than nothing".to_owned()));
        }
        let on_breach = if self.switches_off { OnBreach::SwitchOff } else { OnBreach::StageBefore };
        let guardrails = Guardrails { delivered_min, opted_out_max, model_cost_usd_max };
        let Self { advances_by_itself, tells_users, .. } = self;
        Ok(Settings { on_breach, advances_by_itself, tells_users, guardrails })
    }
}
