//! Hands reminders that become due within minutes to the delay queue.

use app::causes::in_full;
use app::ports::Clock;
use app::promote::{PromoteError, PromotePorts, promote};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use tracing::{error, info};

/// Handles the promoter's tick. Returns how many reminders were handed over.
///
/// # Errors
/// [`PromoteError`]; the next run goes on where this one stopped.
pub async fn handle(
    ports: &PromotePorts,
    clock: &dyn Clock,
    _payload: EventBridgeEvent,
) -> Result<usize, PromoteError> {
    let promoted = promote(ports, clock.now()).await;
    let jobs = promoted.inspect_err(|error| error!("Could not promote: {}", in_full(error)))?;
    if jobs > 0 {
        info!(jobs, "Promoted {jobs} reminders");
    }
    Ok(jobs)
}
