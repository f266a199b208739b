//! The overdue sweep: whatever got lost on the way is asked for again.

use domain::limits;
use domain::time::back;
use jiff::Timestamp;
use tracing::warn;

use crate::promote::{PromoteError, PromotePorts, hand_over};

/// Rows one sweep asks for again. A backlog beyond that is not lost but busy.
const SWEEP_MAX: usize = 1_000;

/// Puts rows whose time passed more than a minute ago back into the queue, oldest first. Returns
/// how many.
pub async fn sweep(ports: &PromotePorts, now: Timestamp) -> Result<usize, PromoteError> {
    let until = back(now, limits::SWEEP_AFTER);
    let found = hand_over(ports, Timestamp::MIN, until, SWEEP_MAX).await?;
    if found > 0 {
        warn!(rows = found, "Swept {found} overdue rows back into the queue");
    }
    Ok(found)
}
