//! Putting a reminder off, and saying that one has seen it.

use std::sync::Arc;

use domain::difference::RowWrite;
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use domain::snooze::{NoSnooze, SnoozeInput, SnoozeTime, Snoozing, snooze as decide};
use domain::states::{Change, apply};
use domain::text_hours::{Preset, PresetHours};
use domain::time::{Zones, back, local_date, start_of_day};
use domain::user::Planned;
use jiff::{SignedDuration, Span, Timestamp};
use tracing::{info, warn};

use crate::causes::in_full;
use crate::jobs::PlanJob;
use crate::ports::{
    Events, MirrorWindow, PlanQueue, PlanWrite, PlanWriteResult, Reminders, StoreError, Users,
};
use crate::update::{Changed, change_reminder};

/// How often it is decided anew because others changed what it was decided on.
const TRIES_MAX: usize = 20;

/// Days around a reminder's own whose rows are looked at: it may be put off past midnight, and
/// its first text may have gone out the day before.
const DAYS_AROUND: i64 = 2;

/// What putting off needs.
#[derive(Clone)]
pub struct SnoozePorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Their events.
    pub events: Arc<dyn Events>,
    /// The rows.
    pub reminders: Arc<dyn Reminders>,
    /// Where plans are asked for, which hand over what is due within minutes.
    pub plans: Arc<dyn PlanQueue>,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// The zone database.
    pub zones: Zones,
}

/// What became of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SnoozeOutcome {
    /// This one will be texted: the reminder itself, moved, or one that follows it.
    Snoozed(Box<Reminder>),
    /// This one was going to be texted then already; nothing was written.
    Already(Box<Reminder>),
    /// It cannot be put off; nothing was written.
    Refused(NoSnooze),
    /// There is no such reminder.
    Missing,
}

/// Puts a reminder off.
///
/// Everything is decided on one state of user, events and rows, and written only if that still
/// holds, so two wishes at once make one reminder.
pub async fn snooze(
    ports: &SnoozePorts,
    user: &UserId,
    id: ReminderId,
    time: SnoozeTime,
    now: Timestamp,
) -> Result<SnoozeOutcome, StoreError> {
    for _ in 0..TRIES_MAX {
        if let Some(outcome) = try_once(ports, user, id, time, now).await? {
            if let SnoozeOutcome::Snoozed(_) = outcome {
                info!(user.id = %user, reminder.id = %id, "Put off reminder {id} by request");
                ask_for_plan(&*ports.plans, user).await;
            }
            return Ok(outcome);
        }
    }
    Err(StoreError::Transient {
        operation: "put off a reminder",
        source: "others keep changing the same reminders".into(),
    })
}

/// Says that a reminder was seen. Twice is the same as once; none if there is no such reminder, or
/// nothing of it was ever texted.
pub async fn acknowledge(
    reminders: &dyn Reminders,
    user: &UserId,
    id: ReminderId,
    now: Timestamp,
) -> Result<Option<Reminder>, StoreError> {
    let decide = |row: &Reminder| row.acknowledged_at.is_none().then_some(Change::Acknowledge);
    let changed = change_reminder(reminders, user, id, now, decide).await?;
    if changed.is_changed() {
        info!(reminder.id = %id, "Reminder {id} was acknowledged");
    }
    let row = match changed {
        Changed::Yes(rows) => Some(rows.1),
        Changed::Nothing(row) => Some(*row),
        Changed::Missing => None,
    };
    Ok(row.filter(|row| row.acknowledged_at.is_some()))
}

/// Notes that somebody looked at what a reminder's link opens. Only the first time counts.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn note_opened(
    reminders: &dyn Reminders,
    user: &UserId,
    id: ReminderId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let decide = |row: &Reminder| row.trial.opened_at.is_none().then_some(Change::Open);
    change_reminder(reminders, user, id, now, decide).await?;
    Ok(())
}

/// None where something changed meanwhile.
async fn try_once(
    ports: &SnoozePorts,
    user: &UserId,
    id: ReminderId,
    time: SnoozeTime,
    now: Timestamp,
) -> Result<Option<SnoozeOutcome>, StoreError> {
    let Some(user) = ports.users.user(user).await? else {
        return Ok(Some(SnoozeOutcome::Missing));
    };
    let Some(row) = ports.reminders.reminder(&user.id, id).await? else {
        return Ok(Some(SnoozeOutcome::Missing));
    };
    let Ok(zone) = ports.zones.rules(&user.zone) else {
        // Nothing is placed in doubt.
        return Ok(Some(SnoozeOutcome::Refused(NoSnooze::Over)));
    };
    let Ok(preset) = PresetHours::of(&user, ports.hours, &ports.zones) else {
        return Ok(Some(SnoozeOutcome::Refused(NoSnooze::QuietHours)));
    };
    let today = local_date(now, &zone);
    let days = |days: i64| today.saturating_add(Span::new().days(days));
    let around = ports
        .reminders
        .reminders_between(&user.id, days(-DAYS_AROUND).min(row.day_on), days(DAYS_AROUND))
        .await?;
    // Moved or not, what can still be put off begins after now.
    let window = MirrorWindow {
        from: start_of_day(days(-1), &zone).min(back(now, SignedDuration::from_hours(24))),
        until: row.facts.start.max(start_of_day(days(DAYS_AROUND + 8), &zone)),
    };
    let events = ports.events.events_between(&user.id, window).await?;
    let same = |event: &&domain::calendar_event::CalendarEvent| {
        event.uid == row.uid && event.occurrence == row.occurrence
    };
    let own = events.iter().filter(same).find(|event| event.calendar == row.calendar);
    let event = own.or_else(|| events.iter().find(same));
    let input = SnoozeInput { user: &user, zone: &zone, preset: &preset, event, rows: &around };
    let rows = match decide(&row, time, &input, now) {
        Err(refused) => return Ok(Some(SnoozeOutcome::Refused(refused))),
        Ok(Snoozing::Already) => return Ok(Some(SnoozeOutcome::Already(Box::new(row)))),
        Ok(Snoozing::Waits(waits)) => return Ok(Some(SnoozeOutcome::Already(waits))),
        Ok(Snoozing::Move(change)) => vec![changed(&row, change, now)],
        Ok(Snoozing::Follow { first, note, next }) => {
            let first = around.iter().find(|other| other.id == first).unwrap_or(&row);
            vec![Some(RowWrite { row: *next, expected: None }), changed(first, note, now)]
        }
    };
    let Some(rows) = rows.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(Some(SnoozeOutcome::Refused(NoSnooze::Over)));
    };
    // What is known to be planned stays: this is no plan, but is written like one.
    let planned = user.planned.unwrap_or(Planned { on: days(-1), inputs_version: 0 });
    let write = PlanWrite {
        user: &user.id,
        inputs_version: user.inputs_version,
        planned,
        rows: &rows,
        records: &[],
    };
    let written = ports.reminders.write_plan(&write).await?;
    let texted = rows.into_iter().next().map(|write| write.row);
    Ok(texted
        .filter(|_| written == PlanWriteResult::Written)
        .map(|row| SnoozeOutcome::Snoozed(Box::new(row))))
}

fn changed(row: &Reminder, change: Change, now: Timestamp) -> Option<RowWrite> {
    let next = apply(row, change, now).ok()?;
    Some(RowWrite { row: next, expected: Some(row.revision) })
}

/// A plan hands over what is due within minutes. If the queue is down, the promoter or the sweep
/// finds the row in the `due` index.
async fn ask_for_plan(plans: &dyn PlanQueue, user: &UserId) {
    let job = PlanJob { users: vec![user.clone()] };
    if let Err(failed) = plans.enqueue(&[job]).await {
        warn!(user.id = %user, "Could not ask for a plan: {}", in_full(&failed));
    }
}
