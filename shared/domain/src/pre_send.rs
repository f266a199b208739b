//! The pre-send check: may this text go out now?

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar_event::CalendarEvent;
use crate::counting::counts;
use crate::countries::Countries;
use crate::day_plan::is_said;
use crate::experiment::board::as_planned;
use crate::ids::ReminderId;
use crate::limits;
use crate::placement::{Nominal, Placement, nominals, place};
use crate::reasons::{CancelReason, DeferReason, SkipReason};
use crate::reminder::Reminder;
use crate::retry;
use crate::rollout::Rollout;
use crate::snooze;
use crate::text_hours::PresetHours;
use crate::time::ahead;
use crate::user::{Consent, User};

/// From here on a text is late enough to say what another says. Lead times differ by a minute at
/// least, and what is not late leaves within seconds.
const LATE_FROM: SignedDuration = SignedDuration::from_secs(30);

/// How long a text waits for a plan that is being renewed.
const PLAN_WAIT: SignedDuration = SignedDuration::from_secs(15);

/// What becomes of a reminder whose instant has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendDecision {
    /// It goes out now, and the provider may keep it for so long.
    Send {
        /// How long the provider may keep it in its queue.
        validity: SignedDuration,
    },
    /// It waits.
    Defer {
        /// Until when.
        until: Timestamp,
        /// The first instant at which it may then no longer be handed over.
        last_at: Timestamp,
        /// Why.
        reason: DeferReason,
    },
    /// It does not go out.
    Skip {
        /// Why.
        reason: SkipReason,
    },
    /// It is withdrawn.
    Cancel {
        /// Why.
        reason: CancelReason,
    },
}

/// What stands against texting a user at all, in the order of the checks.
pub fn withdrawn(user: &User, consent: Consent, rollout: &Rollout) -> Option<CancelReason> {
    if !rollout.includes(&user.id) {
        Some(CancelReason::RolledBack)
    } else if consent == Consent::OptedOut {
        Some(CancelReason::OptedOut)
    } else if !user.preferences.reminders_on {
        Some(CancelReason::RemindersOff)
    } else {
        None
    }
}

/// Everything the check looks at besides the reminder.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The event as the mirror has it now; none if it is gone.
    pub event: Option<&'a CalendarEvent>,
    /// The user as they are now.
    pub user: &'a User,
    /// The rules of the user's zone.
    pub zone: &'a TimeZone,
    /// What a preset adds to the user's quiet hours.
    pub preset: &'a PresetHours,
    /// What the owner of the number agreed to.
    pub consent: Consent,
    /// Who gets reminders.
    pub rollout: &'a Rollout,
    /// Where texts may go.
    pub countries: &'a Countries,
    /// For a reminder that [`is_late`] the user's reminders, those of its event among them; nothing
    /// is asked of them otherwise.
    pub rows: &'a [Reminder],
    /// The reminders claimed on the local day of `now`.
    pub claimed_today: &'a [ReminderId],
}

/// Decides; the first check that applies wins. Whoever cannot read one of the inputs does not get
/// here, and defers.
pub fn check_before_send(
    reminder: &Reminder,
    around: &Surroundings<'_>,
    now: Timestamp,
) -> SendDecision {
    let Surroundings { user, zone, .. } = *around;
    if let Some(reason) = withdrawn(user, around.consent, around.rollout) {
        return SendDecision::Cancel { reason };
    }
    let Some(event) = around.event else {
        return SendDecision::Cancel { reason: CancelReason::EventCancelled };
    };
    if let Err(reason) = counts(event, &user.preferences.counting) {
        return SendDecision::Cancel { reason };
    }
    let nominal = if reminder.slot.is_snooze() {
        Some(snooze::nominal(reminder, event, &user.preferences, zone))
    } else {
        let preferences = as_planned(&user.preferences, &reminder.trial, reminder.lead);
        nominals(event, &preferences, zone).find(|n| n.slot == reminder.slot)
    };
    let planned = nominal.filter(|n| n.at == reminder.nominal_at);
    // Whether other meetings still follow without a break only a plan knows, and it must be of now.
    let is_run_known = reminder.facts.first_of.is_none() || !user.is_plan_stale();
    let is_same = is_run_known && reminder.facts_match(event, zone);
    let Some(nominal) = planned.filter(|_| is_same) else {
        return wait_for_plan(reminder, event.start(zone), now);
    };
    if let Some(reason) = around.countries.unreachable(user) {
        return SendDecision::Skip { reason };
    }
    let last_at = reminder.last_at;
    if now >= last_at {
        return SendDecision::Skip { reason: SkipReason::EventBegun };
    }
    if now < reminder.send_at {
        let until = reminder.send_at;
        return SendDecision::Defer { until, last_at, reason: DeferReason::NotYetDue };
    }
    if now.duration_until(last_at) < limits::VALIDITY_MIN {
        return SendDecision::Skip { reason: SkipReason::TooLate };
    }
    let hours = around.preset.beside(&user.preferences.quiet_hours, zone);
    if hours.is_quiet(now) {
        return in_quiet_hours(now, &nominal, around, now);
    }
    let quiet_from = hours.next_quiet(now, last_at);
    let Some(validity) = retry::validity(now, last_at, quiet_from) else {
        // Seconds before quiet hours: the provider could not be kept from texting within them.
        return in_quiet_hours(quiet_from.unwrap_or(now), &nominal, around, now);
    };
    if is_late(reminder, now) && is_said(reminder, &nominal, event, around.rows, now) {
        return SendDecision::Cancel { reason: CancelReason::Superseded };
    }
    let limit = user.preferences.daily_limit.get();
    if !has_place(reminder, around.claimed_today, limit) {
        return SendDecision::Cancel { reason: CancelReason::DailyLimit };
    }
    SendDecision::Send { validity }
}

/// Whether the texts of a day, this one among them, are no more than its limit. One that was
/// claimed before is among them already, and still has no place if the limit was lowered since.
fn has_place(reminder: &Reminder, claimed_today: &[ReminderId], limit: u32) -> bool {
    let others = claimed_today.iter().filter(|id| **id != reminder.id).count();
    u32::try_from(others).is_ok_and(|others| others < limit)
}

/// Whether a reminder waited for so long that another of its event may say the same now.
pub fn is_late(reminder: &Reminder, now: Timestamp) -> bool {
    reminder.nominal_at.duration_until(now) >= LATE_FROM
}

/// The event or the settings are no longer those that the reminder was planned from.
fn wait_for_plan(reminder: &Reminder, start: Timestamp, now: Timestamp) -> SendDecision {
    let last_at = reminder.last_at;
    if now >= last_at.max(start) {
        return SendDecision::Skip { reason: SkipReason::EventBegun };
    }
    let until = ahead(now, PLAN_WAIT);
    SendDecision::Defer { until, last_at, reason: DeferReason::PlanPending }
}

/// What becomes of a text that would go out at `at`, in quiet hours.
fn in_quiet_hours(
    at: Timestamp,
    nominal: &Nominal,
    around: &Surroundings<'_>,
    now: Timestamp,
) -> SendDecision {
    let hours = around.preset.beside(&around.user.preferences.quiet_hours, around.zone);
    match place(at, nominal.start, &hours, now) {
        Placement::At { send_at, last_at, shift } if send_at > now => SendDecision::Defer {
            until: send_at,
            last_at,
            reason: shift.unwrap_or(DeferReason::QuietHours),
        },
        Placement::At { .. } => SendDecision::Skip { reason: SkipReason::TooLate },
        Placement::Never(reason) => SendDecision::Skip { reason },
    }
}

#[cfg(test)]
mod tests;
