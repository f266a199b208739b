//! Looks after what got lost and what goes wrong: the overdue sweep, the guardrails of the rollout
//! and of experiments, gates, the periodic sync of calendars, and alerts. Channel renewal joins it.

use app::alerts::{self, AlertPorts};
use app::causes::in_full;
use app::experiments;
use app::figures::{self, measure};
use app::ports::Clock;
use app::promote::{PromoteError, PromotePorts};
use app::rollout::{RolloutPorts, watch};
use app::sweep::sweep;
use app::sync::{PeriodicError, PeriodicPorts, ask_for_due_syncs};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use tracing::error;

/// What the monitor needs.
#[derive(Clone)]
pub struct MonitorPorts {
    /// For the sweep.
    pub promotions: PromotePorts,
    /// For the rollout.
    pub rollout: RolloutPorts,
    /// For the periodic sync.
    pub syncs: PeriodicPorts,
    /// For alerts.
    pub alerts: AlertPorts,
}

/// What a run asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Monitored {
    /// Rows that were overdue.
    pub swept: usize,
    /// Calendars whose look is due.
    pub syncs: usize,
}

/// A part of the run that failed; the others were done all the same.
#[derive(Debug, thiserror::Error)]
pub enum MonitorError {
    /// The sweep.
    #[error(transparent)]
    Sweep(#[from] PromoteError),
    /// The periodic sync.
    #[error(transparent)]
    Syncs(#[from] PeriodicError),
}

/// How often figures are measured, in minutes: CloudWatch's panels have a point for each.
const MEASURED_EVERY: i64 = 5;

/// Notes the figures in the log, from where CloudWatch takes them, every few minutes. In one
/// process nobody reads them there.
pub async fn note_figures(ports: &MonitorPorts, clock: &dyn Clock) {
    let (sight, now) = (&ports.alerts.sight, clock.now());
    if (now.as_second() / 60) % MEASURED_EVERY != 0 {
        return;
    }
    match figures::now(&*sight.metrics, &*sight.users, now).await {
        Ok(now) => measure(&now),
        Err(failed) => error!("Could not read the figures: {}", in_full(&failed)),
    }
}

/// Handles the monitor's tick. The sweep comes first: texts wait for it. What fails is told of, and
/// done again a minute later.
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
    if let Err(failed) = watch(&ports.rollout).await {
        error!("Could not watch the rollout: {}", in_full(&failed));
    }
    if let Err(failed) = experiments::watch(&(&ports.rollout).into()).await {
        error!("Could not watch the experiments: {}", in_full(&failed));
    }
    let syncs = ask_for_due_syncs(&ports.syncs, now).await;
    let syncs = syncs.inspect_err(|error| error!("Could not ask for syncs: {}", in_full(error)));
    // Last, so that a slow channel holds up nothing.
    if let Err(failed) = alerts::watch(&ports.alerts).await {
        error!("Could not look after the alerts: {}", in_full(&failed));
    }
    Ok(Monitored { swept: swept?, syncs: syncs? })
}
