//! Whether it is a text's turn: a sender may send only so many in a second.

use domain::ids::ReminderId;
use domain::limits;
use domain::reasons::SkipReason;
use domain::reminder::Reminder;
use domain::states::Change;
use domain::time::{ahead, back};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::clock::{CLOCK_WAIT, ClockCheck, check_clock};
use super::{Looked, SendError, SendPorts, change_if_same, enqueue, wait};
use crate::line::line_up_due;
use crate::pace::{Turn, comes_in_turn, spread};
use crate::ports::StoreError;
use crate::promote::{PromoteError, PromotePorts};

/// The least that somebody waits who got in the way of another.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Lets a row wait without a closer look while nobody posts. Who would then be too late gets one.
pub(super) async fn wait_out_hold(
    ports: &SendPorts,
    row: &Reminder,
    now: Timestamp,
) -> Result<Option<Looked>, SendError> {
    let Some(until) = ports.pacer.known_hold(now).await else { return Ok(None) };
    if until > back(row.last_at, limits::VALIDITY_MIN) {
        return Ok(None);
    }
    wait_for_provider(ports, row, until, now).await?;
    Ok(Some(Looked::Waits))
}

/// Takes the turn of a row that may be sent. If there is none, sees to it that the row comes back,
/// or that it never will, and says which.
pub(super) async fn take_turn(
    ports: &SendPorts,
    row: &Reminder,
    turn_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Looked>, SendError> {
    let (next_at, is_held) = match ports.pacer.take(row.id, row.last_at, now).await? {
        Turn::Now => return Ok(None),
        Turn::Again => {
            wait(&*ports.receipts.sends, row, SECOND, now).await?;
            return Ok(Some(Looked::Waits));
        }
        Turn::Later { at, is_held } => (at, is_held),
    };
    let last_chance = back(row.last_at, limits::VALIDITY_MIN);
    if next_at > last_chance {
        let change = Change::Skip(SkipReason::TooLate);
        let changed = change_if_same(&*ports.receipts.reminders, row, change, now).await?;
        let id = row.id;
        info!(reminder.id = %id, "Skipped reminder {id}: its turn would come too late");
        return Ok(Some(if changed.is_changed() { Looked::Closed } else { Looked::Waits }));
    }
    let sends = &*ports.receipts.sends;
    if is_held {
        wait_for_provider(ports, row, next_at, now).await?;
    } else if comes_in_turn(turn_at, now) {
        // Somebody came early or late by a moment.
        enqueue(sends, row, turn_at, now.duration_until(next_at)).await?;
    } else if let Some(lined_up_at) = ports.pacer.begin_line(now).await? {
        // If it was due when the line was made it stands there: the job that carries its turn is
        // on the way, or the next sweep makes one. Else whoever waits longer asks less often.
        if row.send_at > lined_up_at {
            let patience = row.send_at.duration_until(now).max(SECOND);
            let at = next_at.max(ahead(now, patience)).min(last_chance);
            wait(sends, row, now.duration_until(at), now).await?;
        }
    } else {
        make_line(ports, next_at, now).await?;
    }
    Ok(Some(Looked::Waits))
}

/// Takes the turn of a text that is no reminder, if the clock can be trusted: whoever looks at a
/// reminder has compared it long before.
pub(crate) async fn turn_of(
    ports: &SendPorts,
    text: ReminderId,
    last_at: Timestamp,
    now: Timestamp,
) -> Result<Turn, StoreError> {
    match check_clock(ports, now).await {
        ClockCheck::Trusted => ports.pacer.take(text, last_at, now).await,
        ClockCheck::Doubtful { .. } => {
            warn!("Left a text for later: it is not certain how late it is");
            Ok(Turn::Later { at: ahead(now, CLOCK_WAIT), is_held: false })
        }
    }
}

/// Comes back after a hold, not in the same instant as everybody else.
async fn wait_for_provider(
    ports: &SendPorts,
    row: &Reminder,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), SendError> {
    let last_chance = back(row.last_at, limits::VALIDITY_MIN);
    let at = ahead(until, spread(ports.dice.byte())).min(last_chance);
    wait(&*ports.receipts.sends, row, now.duration_until(at), now).await?;
    Ok(())
}

/// Puts all that are due in a line that begins with the next turn.
async fn make_line(ports: &SendPorts, from: Timestamp, now: Timestamp) -> Result<(), SendError> {
    let promote = PromotePorts {
        reminders: ports.receipts.reminders.clone(),
        control: ports.control.clone(),
        sends: ports.receipts.sends.clone(),
        clock: ports.clock.clone(),
        pacer: ports.pacer.clone(),
    };
    let until = ahead(now, SignedDuration::from_nanos(1));
    match line_up_due(&promote, until, from, now).await {
        Ok(line) => {
            info!(rows = line.handed, "Lined up {} rows that wait for their turn", line.handed);
            Ok(())
        }
        Err(PromoteError::Store(error)) => Err(error.into()),
        Err(PromoteError::Queue(error)) => Err(error.into()),
    }
}
