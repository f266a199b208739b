//! The figures of a stage, from the counters.

use domain::figures::{Dimension, Figures, hour_at};
use domain::gates::GateFigures;
use domain::gates::beside::Beside;
use domain::rollout::RolloutStage;
use domain::statistics::Share;
use futures::try_join;
use jiff::Timestamp;

use crate::figures::hours;
use crate::ports::{Metrics, StoreError};

/// The counters that figures are made of. Marks made before one was added here do not know it, and
/// their windows must then go without its figure, which is not the same as zero.
const MEASURED: [&str; 4] = ["texts", "delivered", "undelivered", "failed"];

/// What a mark keeps of all counters: the monitor reads marks every minute, and most counters are
/// of reasons that no figure asks for.
pub(super) fn measured(counters: &[(String, i64)]) -> Vec<(String, i64)> {
    counters.iter().filter(|(name, _)| is_measured(name)).cloned().collect()
}

/// Whether figures are made of a counter.
pub(crate) fn is_measured(name: &str) -> bool {
    MEASURED.contains(&name)
}

/// What happened between two readings of the counters of all users.
///
/// A reminder counts once its outcome is certain, so texts under way when a stage began count for
/// it. What the counters do not hold stays none: a gate that asks for it does not pass.
pub fn figures_between(before: &[(String, i64)], now: &[(String, i64)]) -> GateFigures {
    let count_in = |counters: &[(String, i64)], name: &str| {
        counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
    };
    let rise = |name: &str| {
        debug_assert!(is_measured(name), "marks do not keep {name}");
        let rise = count_in(now, name) - count_in(before, name);
        // A reminder may leave a state: a failed attempt is tried again.
        u64::try_from(rise).unwrap_or(0)
    };
    let delivered = rise("delivered");
    let certain = delivered + rise("undelivered") + rise("failed");
    GateFigures {
        texts: rise("texts"),
        delivered: Some(Share::new(delivered, certain)),
        ..GateFigures::default()
    }
}

/// The users whom a stage brought in beside those of the stage before, over the hours of a span;
/// none for the first stage.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub(super) async fn stage_beside(
    metrics: &dyn Metrics,
    stage: RolloutStage,
    (from, until): (Timestamp, Timestamp),
    look: u32,
) -> Result<Option<Beside>, StoreError> {
    let Some(before) = stage.before() else { return Ok(None) };
    let [of_before, own] = [before, stage].map(Dimension::stage);
    let (of_before, own) = try_join!(
        hours(metrics, &of_before, hour_at(from), until),
        hours(metrics, &own, hour_at(from), until),
    )?;
    let certain = |of: &Figures| {
        Share::new(of.delivered, of.delivered.saturating_add(of.undelivered + of.failed))
    };
    Ok(Some(Beside::of((before, certain(&of_before.all)), certain(&own.all), look)))
}
