//! Rows that still wait although nothing asks for them any more.

use std::collections::HashSet;

use jiff::civil::Date;

use super::{DayPlan, PlanInput};
use crate::calendar_event::CalendarEvent;
use crate::counting::counts;
use crate::lead_choice::first_slot;
use crate::pre_send::withdrawn;
use crate::reasons::CancelReason;
use crate::reminder::{Reminder, State};

/// Withdraws the rows of `day` that wait and are not wanted, each with its reason.
pub(super) fn withdraw_the_rest(plan: &mut DayPlan, input: &PlanInput<'_>, day: Date) {
    let waits = |row: &&Reminder| row.state == State::Scheduled && row.day_on == day;
    let mut waiting = input.existing.iter().filter(waits).peekable();
    if waiting.peek().is_none() {
        return;
    }
    let wanted: HashSet<_> = plan.wanted.iter().map(|wanted| wanted.id).collect();
    for row in waiting.filter(|row| !wanted.contains(&row.id)) {
        plan.withdrawn.push((row.id, reason(row, input)));
    }
}

/// The first reason that applies, in the order of the checks before a send.
fn reason(row: &Reminder, input: &PlanInput<'_>) -> CancelReason {
    let PlanInput { user, consent, rollout, events, .. } = *input;
    if let Some(reason) = withdrawn(user, consent, rollout) {
        return reason;
    }
    let mut copies = events
        .iter()
        .filter(|event| event.uid == row.uid && event.occurrence == row.occurrence)
        .peekable();
    let Some(first) = copies.peek().copied() else { return CancelReason::EventCancelled };
    let own = copies.find(|event| event.calendar == row.calendar);
    let event = own.unwrap_or(first);
    match counts(event, &user.preferences.counting) {
        Err(reason) => reason,
        Ok(()) => why_superseded(row, event, input),
    }
}

fn why_superseded(row: &Reminder, event: &CalendarEvent, input: &PlanInput<'_>) -> CancelReason {
    let wishes = &input.user.preferences;
    let is_one = wishes.lead_choice.is_on();
    let is_asked = |slot| !is_one || slot == first_slot(wishes);
    let is_told_before = input.existing.iter().any(|other| {
        other.uid == row.uid
            && other.occurrence == row.occurrence
            && other.slot == row.slot
            && other.round < row.round
            && other.tells_of(event)
    });
    if is_told_before {
        CancelReason::AlreadyTexted
    } else if row.lead.is_none() != event.when.is_all_day() {
        CancelReason::Superseded
    } else if row.lead.is_some()
        && !wishes.lead_times.iter().any(|(slot, _)| slot == row.slot && is_asked(slot))
    {
        CancelReason::LeadTimeRemoved
    } else {
        CancelReason::Duplicate
    }
}
