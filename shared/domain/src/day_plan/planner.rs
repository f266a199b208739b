//! What each event of a day asks for, before the day's limits.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::told::{self, Told};
use super::{DayPlan, Fate, LeftOut, PlanInput, Wanted};
use crate::calendar_event::CalendarEvent;
use crate::counting::{counts, preference};
use crate::ids::{CalendarId, EventUid, Occurrence, ReminderId};
use crate::lead_choice::{first_slot, with_found};
use crate::limits;
use crate::placement::{Nominal, Placement, nominals, place};
use crate::pre_send::withdrawn;
use crate::quiet_hours::QuietPolicy;
use crate::reasons::{CancelReason, SkipReason};
use crate::reminder::{Reminder, State};
use crate::snooze;
use crate::time::{ahead, local_date, start_of_day};
use crate::user::Preferences;

/// Reminders for which room is made at once; most days have fewer.
const WANTED_USUAL: usize = 16;

/// What all events together ask of the day, and which events those are: each occurrence once.
pub(super) fn plan(input: &PlanInput<'_>, day: Date, now: Timestamp) -> (DayPlan, Vec<usize>) {
    let PlanInput { user, consent, rollout, .. } = *input;
    let early_by = match user.preferences.quiet_hours.policy {
        QuietPolicy::Advance => limits::ADVANCE_MAX,
        QuietPolicy::Defer | QuietPolicy::Skip => SignedDuration::ZERO,
    };
    let tomorrow = day.tomorrow().unwrap_or(day);
    let planner = Planner {
        input,
        day,
        now,
        far_from: ahead(start_of_day(tomorrow, input.zone), early_by),
        known: Known::of(input.existing),
        stopped: withdrawn(user, consent, rollout),
        unreachable: input.countries.unreachable(user),
    };
    let mut plan = DayPlan::default();
    plan.wanted.reserve(input.events.len().min(WANTED_USUAL));
    let mut visited = Vec::with_capacity(input.events.len());
    planner.for_each_occurrence(|index, calendar| {
        visited.push(index);
        planner.plan_event(index, calendar, &mut plan);
    });
    (plan, visited)
}

/// Whether a row was closed because of the instant that it waited for: too late for its event, or
/// one at which another text would have said the same when another attempt was due.
fn was_closed_in_wait(row: &Reminder) -> bool {
    match row.state {
        State::Skipped(SkipReason::TooLate) => true,
        State::Cancelled(CancelReason::Superseded) => row.last_attempt().is_some(),
        _ => false,
    }
}

/// Existing reminders, in order of their event occurrences.
struct Known<'a>(Vec<&'a Reminder>);

impl<'a> Known<'a> {
    fn of(existing: &'a [Reminder]) -> Self {
        let mut rows: Vec<_> = existing.iter().collect();
        rows.sort_by(|a, b| (&a.uid, &a.occurrence).cmp(&(&b.uid, &b.occurrence)));
        Self(rows)
    }

    fn rows(&self, event: &CalendarEvent) -> &[&'a Reminder] {
        let order = |row: &Reminder| {
            row.uid.cmp(&event.uid).then_with(|| row.occurrence.cmp(&event.occurrence))
        };
        let from = self.0.partition_point(|row| order(row).is_lt());
        let rows = &self.0[from..];
        let count = rows.iter().take_while(|row| order(row).is_eq()).count();
        &rows[..count]
    }

    /// The calendar under whose name this occurrence was planned before: first of all the one it
    /// was texted from, so that it is not texted again from another.
    fn calendar(&self, event: &CalendarEvent) -> Option<&'a CalendarId> {
        let rank = |row: &Reminder| match row.state {
            _ if !row.is_open_to_plans() => 2,
            State::Scheduled => 1,
            _ => 0,
        };
        let rows = self.rows(event).iter();
        rows.max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| b.calendar.cmp(&a.calendar)))
            .map(|row| &row.calendar)
    }
}

struct Planner<'a> {
    input: &'a PlanInput<'a>,
    day: Date,
    now: Timestamp,
    /// What is wanted from here on is sent on a later day, however quiet hours fall.
    far_from: Timestamp,
    known: Known<'a>,
    /// What stands against texting the user at all.
    stopped: Option<CancelReason>,
    /// Why nothing can be texted to the user, if nothing stands against it.
    unreachable: Option<SkipReason>,
}

/// One reminder that an event asks for.
struct Asked<'a> {
    nominal: Nominal,
    round: u32,
    /// Its row, if there is one.
    row: Option<&'a Reminder>,
    placed: Placed,
}

/// When a reminder goes out, as far as settings and quiet hours say.
struct Placed {
    wanted_at: Timestamp,
    placement: Placement,
    turn_at: Timestamp,
}

impl Placed {
    fn new(wanted_at: Timestamp, placement: Placement) -> Self {
        let placed = Self { wanted_at, placement, turn_at: wanted_at };
        Self { turn_at: placed.send_at(), ..placed }
    }

    /// When it goes out, or would have.
    fn send_at(&self) -> Timestamp {
        match self.placement {
            Placement::At { send_at, .. } => send_at,
            Placement::Never(_) => self.wanted_at,
        }
    }
}

impl<'a> Planner<'a> {
    /// Visits one event for each occurrence, although it may stand in several calendars of the
    /// user, with the calendar under whose name it is reminded of.
    fn for_each_occurrence(&self, mut visit: impl FnMut(usize, &CalendarId)) {
        let events = self.input.events;
        let mut visit = |index: usize| {
            let event = &events[index];
            visit(index, self.known.calendar(event).unwrap_or(&event.calendar));
        };
        if events.windows(2).all(|pair| pair[0].calendar == pair[1].calendar) {
            return (0..events.len()).for_each(visit);
        }
        let wishes = &self.input.user.preferences.counting;
        let order = |event| preference(event, wishes, self.known.calendar(event));
        let mut chosen: HashMap<(&EventUid, &Occurrence), usize> = HashMap::new();
        for (i, event) in events.iter().enumerate() {
            let best = chosen.entry((&event.uid, &event.occurrence)).or_insert(i);
            if *best != i && order(event) < order(&events[*best]) {
                *best = i;
            }
        }
        let mut indices: Vec<_> = chosen.into_values().collect();
        indices.sort_unstable();
        indices.into_iter().for_each(&mut visit);
    }

    fn plan_event(&self, index: usize, calendar: &CalendarId, plan: &mut DayPlan) {
        let PlanInput { user, zone, events, .. } = *self.input;
        let event = &events[index];
        let rows = self.known.rows(event);
        if let Err(reason) = counts(event, &user.preferences.counting) {
            if rows.is_empty() {
                self.leave_out(event, Some(reason), plan);
            }
            return;
        }
        let mut asked = Vec::new();
        for nominal in nominals(event, &self.wishes(event, rows), zone) {
            let Some((round, row)) = self.row_for(event, calendar, &nominal, rows) else {
                continue;
            };
            // Most events of a calendar are of days to come.
            if row.is_none() && nominal.at >= self.far_from {
                continue;
            }
            let placed = self.place(row, &nominal);
            let has_begun = row.is_none() && self.now >= nominal.start;
            if has_begun && !self.is_missed(event, &nominal, &placed, rows) {
                if event.first_seen_at >= nominal.start {
                    self.leave_out(event, None, plan);
                }
                continue;
            }
            asked.push(Asked { nominal, round, row, placed });
        }
        self.ask_for_snoozes(index, rows, &mut asked);
        asked.sort_by_key(|asked| told::order(&asked.nominal, asked.placed.turn_at));
        let mut told = Told::before(event, if asked.is_empty() { &[] } else { rows });
        for asked in asked {
            let fate = self.fate(&asked, &mut told);
            let calendar = asked.row.map_or(calendar, |row| &row.calendar);
            plan.wanted.extend(self.want(index, calendar, &asked, fate));
        }
    }

    /// What the user wants of one event: where a lead time is found for them, with the one that its
    /// reminder was planned with, or else the one of the day it begins on.
    fn wishes(&self, event: &CalendarEvent, rows: &[&Reminder]) -> Cow<'a, Preferences> {
        let PlanInput { user, zone, enrolment, .. } = *self.input;
        let wishes = &user.preferences;
        let choice = &wishes.lead_choice;
        let slot = first_slot(wishes);
        let is_found = |row: &&&Reminder| {
            row.slot == slot
                && !row.trial.lead_by.is_empty()
                && row.lead.is_some_and(|lead| choice.allows(lead))
        };
        let kept = rows.iter().filter(is_found).max_by_key(|row| row.round);
        let on = || local_date(event.start(zone), zone);
        let found = || choice.of_day(&user.id, on(), &enrolment.beliefs);
        let lead = kept.and_then(|row| row.lead).or_else(found);
        lead.map_or(Cow::Borrowed(wishes), |lead| with_found(wishes, lead))
    }

    /// What the reader put off stays wanted as long as its event does, whatever its lead times are.
    fn ask_for_snoozes(&self, index: usize, rows: &[&'a Reminder], asked: &mut Vec<Asked<'a>>) {
        let PlanInput { user, zone, events, .. } = *self.input;
        let is_open = |row: &&&'a Reminder| {
            row.slot.is_snooze()
                && row.is_open_to_plans()
                && row.state != State::Cancelled(CancelReason::ByRequest)
        };
        for row in rows.iter().copied().filter(|row| is_open(&row)) {
            let nominal = snooze::nominal(row, &events[index], &user.preferences, zone);
            let placed = self.place(Some(row), &nominal);
            asked.push(Asked { nominal, round: row.round, row: Some(row), placed });
        }
    }

    /// What becomes of a reminder, before the day's limits.
    fn fate(&self, asked: &Asked<'_>, told: &mut Told) -> Fate {
        let Asked { nominal, placed, .. } = asked;
        if let Some(reason) = self.stopped {
            return Fate::Cancel(reason);
        }
        if let Some(reason) = self.unreachable {
            return Fate::Skip(reason);
        }
        let (send_at, last_at) = match placed.placement {
            Placement::Never(reason) => return Fate::Skip(reason),
            Placement::At { send_at, last_at, .. } => (send_at, last_at),
        };
        if send_at.max(self.now).duration_until(last_at) < limits::VALIDITY_MIN {
            return Fate::Skip(SkipReason::TooLate);
        }
        if told.says(nominal, send_at) {
            return Fate::Cancel(CancelReason::Superseded);
        }
        told.add(placed.turn_at, send_at);
        Fate::Schedule
    }

    /// The round that an event's reminder is in, and its row if there is one that a plan may still
    /// change; none if nothing more is to be texted.
    fn row_for(
        &self,
        event: &CalendarEvent,
        calendar: &CalendarId,
        nominal: &Nominal,
        rows: &[&'a Reminder],
    ) -> Option<(u32, Option<&'a Reminder>)> {
        let mine = || rows.iter().filter(|r| r.slot == nominal.slot && r.calendar == *calendar);
        let Some(row) = mine().max_by_key(|row| row.round) else {
            return Some((0, None));
        };
        if !row.is_open_to_plans() {
            // It was texted, or may have been: only an event that moved ahead is texted again.
            let is_ahead_again = row.is_moved(event) && nominal.at > self.now;
            return is_ahead_again.then_some((row.round + 1, None));
        }
        let is_over = row.state == State::Cancelled(CancelReason::ByRequest)
            // The event is back at a time of which it was texted.
            || mine().any(|other| other.round < row.round && other.tells_of(event));
        (!is_over).then_some((row.round, Some(row)))
    }

    /// Whether an event that has begun was known in time, and this reminder of it never planned.
    fn is_missed(
        &self,
        event: &CalendarEvent,
        nominal: &Nominal,
        placed: &Placed,
        rows: &[&Reminder],
    ) -> bool {
        let PlanInput { user, zone, .. } = *self.input;
        // Quiet hours may have put it into a day that is planned after the event began.
        let day_on = local_date(placed.send_at(), zone);
        let was_planned = || user.planned.is_some_and(|planned| planned.on >= day_on);
        // Where the day was planned and the event has rows, but not this one, its lead time was
        // chosen too late for this event; where it has none, the news of it came too late.
        event.first_seen_at < nominal.start
            && (rows.is_empty()
                || rows.iter().any(|row| row.state == State::Scheduled)
                || !was_planned())
    }

    /// When a reminder goes out: at its nominal instant or what quiet hours make of it; at once if
    /// that has passed.
    fn place(&self, row: Option<&Reminder>, nominal: &Nominal) -> Placed {
        let now = self.now;
        // What was decided for an instant holds as long as the instant does: a row that was skipped
        // because of quiet hours is not merely late when they are over.
        let same = row.filter(|row| row.nominal_at == nominal.at);
        let wanted_at = same.map_or(nominal.at, |row| row.wanted_at);
        let placement = self.place_at(wanted_at, nominal);
        let stays = |placement| Placed::new(wanted_at, placement);
        match (placement, same) {
            (Placement::At { .. }, Some(row)) if row.state == State::Scheduled => {
                self.place_waiting(row, wanted_at, placement, nominal)
            }
            // Quiet hours had their say when its instant came: then, and for each further attempt.
            (
                Placement::At { send_at, .. },
                Some(Reminder {
                    state:
                        State::Skipped(
                            reason @ (SkipReason::QuietHours | SkipReason::QuietUntilAfterStart),
                        ),
                    ..
                }),
            ) if send_at <= now => stays(Placement::Never(*reason)),
            // What it was put off for would put it off again.
            (Placement::At { send_at, last_at, shift }, Some(row))
                if was_closed_in_wait(row) && row.send_at > now =>
            {
                stays(Placement::At { send_at: row.send_at.max(send_at), last_at, shift })
            }
            (Placement::At { send_at, .. }, _) if send_at < now => self.late(wanted_at, nominal),
            (Placement::Never(_), None) if nominal.at < now => self.late(wanted_at, nominal),
            _ => stays(placement),
        }
    }

    /// A row that waits and whose instant did not change. It may wait for longer than quiet hours
    /// say: for another attempt, or because a check could not be made. It keeps its turn.
    fn place_waiting(
        &self,
        row: &Reminder,
        wanted_at: Timestamp,
        placement: Placement,
        nominal: &Nominal,
    ) -> Placed {
        let Placement::At { send_at, last_at, shift } = placement else {
            return Placed::new(wanted_at, placement);
        };
        let retry_at = row.retry_at.unwrap_or(send_at).max(send_at);
        let placement = if retry_at > self.now && self.input.hours().is_quiet(retry_at) {
            self.place_at(retry_at, nominal)
        } else if retry_at > self.now {
            Placement::At { send_at: retry_at, last_at, shift }
        } else if self.is_due_already(row) {
            Placement::At { send_at: row.send_at, last_at, shift }
        } else {
            // Its instant is over, as if it were new: so plans agree whether it has a row or not.
            return Placed::new(wanted_at, self.at_once(nominal));
        };
        let turn_at = if send_at > self.now { send_at } else { row.send_at.min(self.now) };
        Placed { wanted_at, placement, turn_at }
    }

    fn place_at(&self, at: Timestamp, nominal: &Nominal) -> Placement {
        place(at, nominal.start, &self.input.hours(), self.now)
    }

    /// A reminder whose instant has passed: it is wanted now, if the event lies ahead.
    fn late(&self, wanted_at: Timestamp, nominal: &Nominal) -> Placed {
        let wanted_at = if self.now < nominal.start { self.now.max(wanted_at) } else { wanted_at };
        Placed::new(wanted_at, self.at_once(nominal))
    }

    fn at_once(&self, nominal: &Nominal) -> Placement {
        if self.now < nominal.start {
            self.place_at(self.now, nominal)
        } else {
            Placement::Never(SkipReason::TooLate)
        }
    }

    /// Whether a row that should be due is due, or put off only because a check could not be made.
    fn is_due_already(&self, row: &Reminder) -> bool {
        row.send_at <= ahead(self.now, limits::UNREADABLE_WAIT)
            && !self.input.hours().is_quiet(row.send_at)
    }

    /// The reminder as it should be, if it belongs to this day or stands there now.
    fn want(
        &self,
        index: usize,
        calendar: &CalendarId,
        asked: &Asked<'_>,
        fate: Fate,
    ) -> Option<Wanted> {
        let PlanInput { user, zone, events, .. } = *self.input;
        let Asked { nominal, round, row, placed } = asked;
        let (nominal, round, wanted_at) = (*nominal, *round, placed.wanted_at);
        let (send_at, last_at) = match placed.placement {
            Placement::At { send_at, last_at, .. } => (send_at, last_at),
            Placement::Never(_) => (wanted_at, nominal.start),
        };
        let day_on = local_date(send_at, zone);
        let stands_here =
            row.is_some_and(|row| row.state == State::Scheduled && row.day_on == self.day);
        if day_on != self.day && !stands_here {
            return None;
        }
        let event = &events[index];
        let name = || {
            let (uid, occurrence) = (&event.uid, &event.occurrence);
            ReminderId::of(&user.id, calendar, uid, occurrence, nominal.slot, round)
        };
        Some(Wanted {
            id: row.map_or_else(name, |row| row.id),
            calendar: calendar.clone(),
            event: index,
            round,
            nominal,
            wanted_at,
            send_at,
            last_at,
            day_on,
            fate,
            first_of: None,
            turn_at: placed.turn_at,
            has_place: row.is_some_and(|row| row.holds_place_on(self.day, zone)),
            exists: row.is_some(),
        })
    }

    fn leave_out(&self, event: &CalendarEvent, reason: Option<CancelReason>, plan: &mut DayPlan) {
        let start = event.start(self.input.zone);
        // With several lead times an event is met several times, one after the other.
        let is_told = plan.left_out.len() >= limits::ROWS_PER_DAY_MAX
            || plan
                .left_out
                .last()
                .is_some_and(|last| last.uid == event.uid && last.occurrence == event.occurrence);
        if !is_told && local_date(start, self.input.zone) == self.day {
            plan.left_out.push(LeftOut {
                uid: event.uid.clone(),
                occurrence: event.occurrence.clone(),
                start,
                reason,
            });
        }
    }
}
