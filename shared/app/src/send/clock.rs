//! Whether our clock may be acted on: it is compared with the store's.

use domain::limits;
use domain::reasons::DeferReason;
use domain::reminder::Reminder;
use domain::time::back;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::{Looked, SendError, SendPorts, wait};
use crate::causes::in_full;

/// How long a look waits whose clock cannot be trusted.
pub(super) const CLOCK_WAIT: SignedDuration = SignedDuration::from_secs(10);

/// What a comparison of clocks says.
pub(super) enum ClockCheck {
    /// Ours is right.
    Trusted,
    /// Ours may be wrong.
    Doubtful {
        /// It is this late for certain.
        at_least: Timestamp,
    },
}

/// Compares our clock, which shows `now`, with the store's.
pub(super) async fn check_clock(ports: &SendPorts, now: Timestamp) -> ClockCheck {
    match ports.store_clock.store_time().await {
        Ok(reading) => {
            let ours_ahead_by = reading.store_at.duration_until(reading.local_at);
            if ours_ahead_by.abs() <= limits::CLOCK_SKEW_MAX {
                return ClockCheck::Trusted;
            }
            ClockCheck::Doubtful { at_least: back(now, ours_ahead_by).min(now) }
        }
        Err(error) => {
            warn!("Could not compare clocks: {}", in_full(&error));
            ClockCheck::Doubtful { at_least: back(now, limits::CLOCK_ERROR_MAX) }
        }
    }
}

/// Waits for a clock that can be trusted. The row stays as it is, so that a sender whose clock is
/// right is not held up.
pub(super) async fn wait_for_clock(
    ports: &SendPorts,
    row: &Reminder,
    now: Timestamp,
) -> Result<Looked, SendError> {
    let reason = DeferReason::ClockUncertain.words();
    warn!(reminder.id = %row.id, "Left reminder {} for later: {reason}", row.id);
    wait(&*ports.receipts.sends, row, CLOCK_WAIT, now).await?;
    Ok(Looked::Waits)
}
