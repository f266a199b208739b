//! The figures of a stage, from the counters.

use domain::figures::names;
use domain::gates::GateFigures;
use domain::statistics::Share;

/// The counters that figures are made of. Marks made before one was added here do not know it, and
/// their windows must then go without its figure, which is not the same as zero.
const MEASURED: [&str; 6] =
    ["texts", "delivered", "undelivered", "failed", names::OPTED_OUT, names::MODEL_COST];

/// What a mark keeps of all counters: the monitor reads marks every minute, and most counters are
/// of reasons that no figure asks for.
pub(super) fn measured(counters: &[(String, i64)]) -> Vec<(String, i64)> {
    // Those at zero too: a mark that lacks one was made before it was measured.
    MEASURED.into_iter().map(|name| (name.to_owned(), count_in(counters, name))).collect()
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

/// Numbers that opted out between a mark and now. None: the mark does not know.
pub fn opted_out_between(mark: &[(String, i64)], now: &[(String, i64)]) -> Option<u64> {
    known_rise(mark, now, names::OPTED_OUT)
}

/// What the model cost between a mark and now, in millionths of a US dollar. None: the mark does
/// not know.
pub(super) fn model_cost_between(mark: &[(String, i64)], now: &[(String, i64)]) -> Option<u64> {
    known_rise(mark, now, names::MODEL_COST)
}

fn known_rise(mark: &[(String, i64)], now: &[(String, i64)], name: &str) -> Option<u64> {
    let is_known = mark.iter().any(|(counter, _)| counter == name);
    is_known.then(|| u64::try_from(count_in(now, name) - count_in(mark, name)).unwrap_or(0))
}

fn count_in(counters: &[(String, i64)], name: &str) -> i64 {
    counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
}
