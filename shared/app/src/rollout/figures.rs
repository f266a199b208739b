//! The figures of a stage, from the counters.

use std::collections::BTreeMap;

use domain::gates::GateFigures;
use domain::statistics::Share;

/// What happened between two readings of the counters of all users.
///
/// A reminder counts once its outcome is certain, so texts under way when a stage began count for
/// it. What the counters do not hold stays none: a gate that asks for it does not pass.
pub fn figures_between(before: &[(String, i64)], now: &[(String, i64)]) -> GateFigures {
    let before: BTreeMap<_, _> =
        before.iter().map(|(name, count)| (name.as_str(), count)).collect();
    let rise = |name: &str| {
        let now = now.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count);
        let rise = now - before.get(name).copied().copied().unwrap_or(0);
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
