//! Looks after what got lost: today the overdue sweep. Alerts, gates and channel renewal join it.

use app::causes::in_full;
use app::ports::Clock;
use app::promote::{PromoteError, PromotePorts};
use app::sweep::sweep;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use tracing::error;

/// Handles the monitor's tick. Returns how many rows were overdue.
///
/// # Errors
/// [`PromoteError`]; the next run sweeps again.
pub async fn handle(
    ports: &PromotePorts,
    clock: &dyn Clock,
    _payload: EventBridgeEvent,
) -> Result<usize, PromoteError> {
    let swept = sweep(ports, clock.now()).await;
    swept.inspect_err(|error| error!("Could not sweep: {}", in_full(error)))
}
