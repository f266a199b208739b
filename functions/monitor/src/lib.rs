//! Looks after what got lost and what goes wrong: the overdue sweep, the rollout's guardrails and
//! gates, and alerts. Channel renewal joins it.

use app::alerts::{self, AlertPorts};
use app::causes::in_full;
use app::ports::Clock;
use app::promote::{PromoteError, PromotePorts};
use app::rollout::{RolloutPorts, watch};
use app::sweep::sweep;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use tracing::error;

/// What the monitor needs.
#[derive(Clone)]
pub struct MonitorPorts {
    /// For the sweep.
    pub promotions: PromotePorts,
    /// For the rollout.
    pub rollout: RolloutPorts,
    /// For alerts.
    pub alerts: AlertPorts,
}

/// Handles the monitor's tick. Returns how many rows were overdue. The sweep comes first: texts
/// wait for it. What fails is told of, and done again a minute later.
///
/// # Errors
/// [`PromoteError`]; the next run sweeps again.
pub async fn handle(
    ports: &MonitorPorts,
    clock: &dyn Clock,
    _payload: EventBridgeEvent,
) -> Result<usize, PromoteError> {
    let swept = sweep(&ports.promotions, clock.now()).await;
    if let Err(failed) = watch(&ports.rollout).await {
        error!("Could not watch the rollout: {}", in_full(&failed));
    }
    // Last, so that a slow channel holds up nothing.
    if let Err(failed) = alerts::watch(&ports.alerts).await {
        error!("Could not look after the alerts: {}", in_full(&failed));
    }
    swept.inspect_err(|error| error!("Could not sweep: {}", in_full(error)))
}
