//! What takes the rollout back by itself.
//!
//! A guardrail is looked at every minute, so its interval must hold at all looks together
//! ([`always_valid`]). A long good time would hide a sudden fall, so three windows are judged side
//! by side: since the stage began, since the last day began, since the last hour began. Each window
//! spends a share of the error that lets 30 days of all of them together take back a healthy
//! rollout with a probability below 1 %: `2e-3 + 30 * 1e-4 + 720 * 5e-6 = 0.0086`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Bound, GateFigures};
use crate::statistics::{Interval, Share, always_valid};

/// What is never allowed, at any stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Guardrails {
    /// The lowest delivery rate.
    pub delivered_min: f64,
    /// The highest share of the users inside who opt out.
    pub opted_out_max: f64,
    /// The most that the model may cost for each user inside in a day, in US dollars.
    #[serde(default = "model_cost_usd_max")]
    pub model_cost_usd_max: f64,
}

/// More than twice what the gates allow.
fn model_cost_usd_max() -> f64 {
    0.05
}

impl Default for Guardrails {
    /// Below the gates, which ask for 95 % and 10 %: what stops a gate need not end a stage.
    fn default() -> Self {
        let model_cost_usd_max = model_cost_usd_max();
        Self { delivered_min: 0.9, opted_out_max: 0.15, model_cost_usd_max }
    }
}

/// A stretch of time whose figures are judged on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Since the stage began.
    Stage,
    /// A day at a time.
    Day,
    /// An hour at a time.
    Hour,
}

impl Window {
    /// Every window.
    pub const ALL: [Self; 3] = [Self::Stage, Self::Day, Self::Hour];

    /// The error that one such window spends, on all its guardrails.
    pub fn alpha(self) -> f64 {
        match self {
            Self::Stage => 2e-3,
            Self::Day => 1e-4,
            Self::Hour => 5e-6,
        }
    }

    /// Whether the window that began at `began_at` is over at `now`.
    pub fn is_over(self, began_at: Timestamp, now: Timestamp) -> bool {
        let lasts = match self {
            Self::Stage => return false,
            Self::Day => SignedDuration::from_hours(24),
            Self::Hour => SignedDuration::from_hours(1),
        };
        began_at.duration_until(now) >= lasts
    }
}

/// A guardrail that was broken, with the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// In which window.
    pub window: Window,
    /// Which figure.
    pub what: Guarded,
    /// What it was, of a share.
    pub share: Share,
    /// Where it certainly lies, as far as this window can be wrong. A cost is no sample: both ends
    /// are what it was.
    pub interval: Interval,
    /// Where it must lie.
    pub bound: Bound,
}

impl Breach {
    /// The evidence in words: `delivered 180 of 225 (70.9 to 87.4 %, at least 90.0 %)`.
    pub fn words(&self) -> String {
        if self.what == Guarded::ModelCostUsd {
            let (Bound::AtLeast(bound) | Bound::AtMost(bound)) = self.bound;
            let (what, cost) = (self.what.words(), self.interval.high);
            return format!("{what} {cost:.4} USD a user and day (at most {bound:.4})");
        }
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        let (low, high) = (percent(self.interval.low), percent(self.interval.high));
        let bound = match self.bound {
            Bound::AtLeast(bound) => format!("at least {} %", percent(bound)),
            Bound::AtMost(bound) => format!("at most {} %", percent(bound)),
        };
        let (what, hits, of) = (self.what.words(), self.share.hits, self.share.of);
        format!("{what} {hits} of {of} ({low} to {high} %, {bound})")
    }
}

/// What is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarded {
    /// The delivery rate.
    Delivered,
    /// The share of users who opt out.
    OptedOut,
    /// What the model costs for each user inside.
    ModelCostUsd,
}

impl Guarded {
    /// The name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::OptedOut => "opted_out",
            Self::ModelCostUsd => "model_cost_usd",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::OptedOut => "opted out",
            Self::ModelCostUsd => "cost of the model",
        }
    }
}

/// The first guardrail that the figures of a window break beyond doubt.
pub fn breach(rails: &Guardrails, window: Window, figures: &GateFigures) -> Option<Breach> {
    let guarded = [
        (Guarded::Delivered, figures.delivered, Bound::AtLeast(rails.delivered_min)),
        (Guarded::OptedOut, figures.opted_out, Bound::AtMost(rails.opted_out_max)),
    ];
    // Two shares share the window's error.
    let alpha = window.alpha() / 2.0;
    let share = guarded.into_iter().find_map(|(what, share, bound)| {
        let share = share?;
        // Nearly always the share itself is allowed, and every interval holds its share.
        if share.rate().is_none_or(|rate| bound.allows(rate)) {
            return None;
        }
        let interval = always_valid(share, alpha);
        bound.allows_none(interval).then_some(Breach { window, what, share, interval, bound })
    });
    share.or_else(|| too_dear(rails, window, figures))
}

/// A day in which the model costs more than a day's bound. It is a sum, not a sample, and spends
/// nothing of the error.
fn too_dear(rails: &Guardrails, window: Window, figures: &GateFigures) -> Option<Breach> {
    let cost = figures.model_cost_usd.filter(|_| window == Window::Day)?;
    let (what, bound) = (Guarded::ModelCostUsd, Bound::AtMost(rails.model_cost_usd_max));
    let (share, interval) = (Share::default(), Interval { low: cost, high: cost });
    (!bound.allows(cost)).then_some(Breach { window, what, share, interval, bound })
}
