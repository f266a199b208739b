//! What a day can hold: so many rows, and of those so many texts.

use std::cmp::Ordering;

use jiff::civil::Date;

use super::{DayPlan, Fate, PlanInput, Wanted};
use crate::limits;
use crate::reasons::CancelReason;
use crate::reminder::Reminder;

/// Brings the plan into the order in which reminders get a place, and applies both limits.
pub(super) fn apply(plan: &mut DayPlan, input: &PlanInput<'_>, day: Date) {
    let order = |a: &Wanted, b: &Wanted| in_order(a, b, input);
    if !plan.wanted.is_sorted_by(|a, b| order(a, b) != Ordering::Greater) {
        plan.wanted.sort_by(order);
    }
    // Rows first: what cannot have a row must not take a place that a text could have.
    limit_rows(plan, input, day);
    limit_texts(plan, input, day);
}

/// Those already claimed first, then by `send_at`, start, UID, occurrence and slot.
fn in_order(a: &Wanted, b: &Wanted, input: &PlanInput<'_>) -> Ordering {
    let key = |w: &Wanted| (!w.has_place, w.turn_at, w.nominal.start);
    let (event_a, event_b) = (&input.events[a.event], &input.events[b.event]);
    key(a)
        .cmp(&key(b))
        .then_with(|| event_a.uid.cmp(&event_b.uid))
        .then_with(|| event_a.occurrence.cmp(&event_b.occurrence))
        .then_with(|| a.nominal.slot.cmp(&b.nominal.slot))
}

/// Keeps what exists, and of what is new only as much as a day may hold: first what is to be sent.
fn limit_rows(plan: &mut DayPlan, input: &PlanInput<'_>, day: Date) {
    let rows = input.existing.iter().filter(|row| row.day_on == day).count();
    let room = limits::ROWS_PER_DAY_MAX.saturating_sub(rows);
    let is_text = |wanted: &Wanted| wanted.fate == Fate::Schedule;
    let new = plan.wanted.iter().filter(|wanted| !wanted.exists);
    let mut texts = new.filter(|wanted| is_text(wanted)).count().min(room);
    let mut others = room - texts;
    let before = plan.wanted.len();
    plan.wanted.retain(|wanted| {
        if wanted.exists {
            return true;
        }
        let left = if is_text(wanted) { &mut texts } else { &mut others };
        let has_room = *left > 0;
        *left = left.saturating_sub(1);
        has_room
    });
    plan.over_rows = before - plan.wanted.len();
}

/// The first N of the day are planned; the rest exist as withdrawn, and take the place of one that
/// is cancelled.
fn limit_texts(plan: &mut DayPlan, input: &PlanInput<'_>, day: Date) {
    let has_place = |row: &&Reminder| row.holds_place_on(day, input.zone);
    let taken = input.existing.iter().filter(has_place).count();
    let limit = input.user.preferences.daily_limit.get() as usize;
    let mut places = limit.saturating_sub(taken);
    let texts = plan.wanted.iter_mut().filter(|wanted| {
        wanted.fate == Fate::Schedule && wanted.day_on == day && !wanted.has_place
    });
    for wanted in texts {
        match places.checked_sub(1) {
            Some(left) => places = left,
            None => wanted.fate = Fate::Cancel(CancelReason::DailyLimit),
        }
    }
}
