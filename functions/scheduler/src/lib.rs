//! Which zones begin a new local day? The tick announces each of them on the bus; the announcement
//! comes back here, once per zone, and asks for plans for that zone's users.

use app::causes::in_full;
use app::jobs::{BadPayload, LocalDayStarted};
use app::ports::Clock;
use app::tick::{TickError, TickPorts, local_day_started, tick};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use tracing::error;

/// A payload that could not be handled. EventBridge delivers it again, and the next tick catches
/// up whatever happens.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// The payload says it is a local day and is not readable as one.
    #[error(transparent)]
    Payload(#[from] BadPayload),
    /// The store, the bus or the queue.
    #[error(transparent)]
    Tick(#[from] TickError),
}

/// Handles a cron tick, or a local day that the bus brings. Returns how many local days were
/// announced, or for how many users a plan was asked for.
///
/// # Errors
/// [`SchedulerError`], after which the payload may be handled again as often as one likes.
pub async fn handle(
    ports: &TickPorts,
    clock: &dyn Clock,
    payload: EventBridgeEvent,
) -> Result<usize, SchedulerError> {
    let now = clock.now();
    let result = if payload.detail_type == LocalDayStarted::DETAIL_TYPE {
        let day = LocalDayStarted::from_json(&payload.detail.to_string())?;
        local_day_started(ports, &day, now).await
    } else {
        tick(ports, now).await.map(|days| days.len())
    };
    result.map_err(|error| {
        error!("The scheduler's {} failed: {}", payload.detail_type, in_full(&error));
        error.into()
    })
}
