//! Looks after what got lost: the overdue sweep, and the periodic sync of calendars. Alerts and
//! gates join them.

use app::causes::in_full;
use app::ports::Clock;
use app::promote::{PromoteError, PromotePorts};
use app::sweep::sweep;
use app::sync::{PeriodicError, PeriodicPorts, ask_for_due_syncs};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use tracing::error;

/// What the monitor needs.
#[derive(Clone)]
pub struct MonitorPorts {
    /// For the sweep.
    pub promotions: PromotePorts,
    /// For the periodic sync.
    pub syncs: PeriodicPorts,
}

/// What a run asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Monitored {
    /// Rows that were overdue.
    pub swept: usize,
    /// Calendars whose look is due.
    pub syncs: usize,
}

/// A part of the run that failed; the other was done all the same.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The sweep.
    #[error(transparent)]
    Sweep(#[from] PromoteError),
    /// The periodic sync.
    #[error(transparent)]
    Syncs(#[from] PeriodicError),
}

/// Handles the monitor's tick.
///
/// # Errors
/// [`MonitorError`]; the next run looks again.
pub async fn handle(
    ports: &MonitorPorts,
    clock: &dyn Clock,
    _payload: EventBridgeEvent,
) -> Result<Monitored, MonitorError> {
    let now = clock.now();
    let swept = sweep(&ports.promotions, now).await;
    let swept = swept.inspect_err(|error| error!("Could not sweep: {}", in_full(error)));
    let syncs = ask_for_due_syncs(&ports.syncs, now).await;
    let syncs = syncs.inspect_err(|error| error!("Could not ask for syncs: {}", in_full(error)));
    Ok(Monitored { swept: swept?, syncs: syncs? })
}
