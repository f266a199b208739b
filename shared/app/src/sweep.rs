//! The overdue sweep: whatever got lost on the way, or waits for its turn, is asked for again.

use domain::limits;
use domain::time::back;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, instrument, warn};

use crate::line::line_up_due;
use crate::promote::{PromoteError, PromotePorts};

/// Puts rows whose time passed more than a minute ago back into the queue, those with the least
/// time left first, and no more than can be sent until the next sweep. While more texts come than
/// may be sent, it is the sweep that keeps them in a line: then it takes all that are due. Returns
/// how many it asked for.
///
/// # Errors
/// [`PromoteError`]; the next sweep does it all again.
#[instrument(skip_all)]
pub async fn sweep(ports: &PromotePorts, now: Timestamp) -> Result<usize, PromoteError> {
    let is_crowded = ports.pacer.rate().is_some() && ports.pacer.pace().await?.is_crowded(now);
    let until = if is_crowded {
        domain::time::ahead(now, SignedDuration::from_nanos(1))
    } else {
        back(now, limits::SWEEP_AFTER)
    };
    let line = line_up_due(ports, until, now, now).await?;
    if line.is_crowded {
        ports.pacer.renew_line(now).await?;
        info!(rows = line.handed, "Lined up {} rows that wait for their turn", line.handed);
    } else if line.handed > 0 {
        warn!(rows = line.handed, "Swept {} overdue rows back into the queue", line.handed);
    }
    Ok(line.handed)
}
