//! Planning one local day: which reminders it should have, and what becomes of each.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::calendar_event::CalendarEvent;
use crate::counting::{counts, preference};
use crate::ids::{CalendarId, EventUid, Occurrence, ReminderId};
use crate::limits;
use crate::placement::{Nominal, Placement, nominals, place};
use crate::pre_send::withdrawn;
use crate::reasons::{CancelReason, SkipReason};
use crate::reminder::{Reminder, State};
use crate::rollout::Rollout;
use crate::time::local_date;
use crate::user::{Consent, User};

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// Whose day.
    pub user: &'a User,
    /// The rules of the user's zone.
    pub zone: &'a TimeZone,
    /// What the owner of the number agreed to.
    pub consent: Consent,
    /// Who gets reminders.
    pub rollout: &'a Rollout,
    /// The user's events that may matter: a day beyond both ends, and the longest lead time ahead.
    pub events: &'a [CalendarEvent],
    /// The user's reminders so far.
    pub existing: &'a [Reminder],
}

/// The reminders one local day should have.
#[derive(Debug, Clone, Default)]
pub struct DayPlan {
    /// What should be, in order of `send_at`; also rows of this day that belong to another now.
    pub wanted: Vec<Wanted>,
    /// Rows of this day that should no longer be, and why.
    pub withdrawn: Vec<(ReminderId, CancelReason)>,
    /// Events of this day that get no reminder and no row.
    pub left_out: Vec<LeftOut>,
    /// Reminders beyond the most rows a day may have.
    pub over_rows: usize,
}

/// One reminder as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub id: ReminderId,
    /// The calendar that is part of its name.
    pub calendar: CalendarId,
    /// Where its event stands in [`PlanInput::events`].
    pub event: usize,
    /// How often its event was texted and then moved ahead again.
    pub round: u32,
    /// Slot, lead time, nominal instant and start.
    pub nominal: Nominal,
    /// The instant it is wanted.
    pub wanted_at: Timestamp,
    /// The instant it is due.
    pub send_at: Timestamp,
    /// The first instant at which it may no longer be handed over.
    pub last_at: Timestamp,
    /// The local date of `send_at`.
    pub day_on: Date,
    /// What becomes of it.
    pub fate: Fate,
    /// Whether it was claimed before and so has its place in the day's limit.
    has_place: bool,
    /// Whether a row of it exists.
    exists: bool,
}

/// What a plan does with a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is to be sent.
    Schedule,
    /// It is not to be sent.
    Skip(SkipReason),
    /// It is withdrawn.
    Cancel(CancelReason),
}

/// An event of the day that gets no row, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which event.
    pub uid: EventUid,
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// When it begins.
    pub start: Timestamp,
    /// Why; none where it had begun before it was first seen.
    pub reason: Option<CancelReason>,
}

/// Plans the local day `day` as things stand at `now`. Pure: the same inputs give the same plan.
pub fn plan_day(input: &PlanInput<'_>, day: Date, now: Timestamp) -> DayPlan {
    let planner = Planner { input, day, now, known: Known::of(input.existing) };
    let mut plan = DayPlan::default();
    for (index, calendar) in planner.one_per_occurrence() {
        planner.plan_event(index, &calendar, &mut plan);
    }
    planner.apply_daily_limit(&mut plan);
    planner.apply_row_limit(&mut plan);
    planner.withdraw_the_rest(&mut plan);
    plan
}

/// Existing reminders by event occurrence.
struct Known<'a>(HashMap<(&'a EventUid, &'a Occurrence), Vec<&'a Reminder>>);

impl<'a> Known<'a> {
    fn of(existing: &'a [Reminder]) -> Self {
        let mut known: HashMap<_, Vec<_>> = HashMap::new();
        for reminder in existing {
            known.entry((&reminder.uid, &reminder.occurrence)).or_default().push(reminder);
        }
        Self(known)
    }

    fn rows<'s>(&'s self, event: &'s CalendarEvent) -> &'s [&'a Reminder] {
        if self.0.is_empty() {
            return &[];
        }
        self.0.get(&(&event.uid, &event.occurrence)).map_or(&[], Vec::as_slice)
    }

    /// The calendar under whose name this occurrence was planned before: first of all the one it
    /// was texted from, so that it is not texted again from another.
    fn calendar(&self, event: &CalendarEvent) -> Option<&'a CalendarId> {
        let rank = |row: &Reminder| match row.state {
            State::Scheduled => 1,
            State::Cancelled(_) | State::Skipped(_) => 0,
            _ => 2,
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
    known: Known<'a>,
}

impl Planner<'_> {
    /// One event for each occurrence, although it may stand in several calendars of the user, and
    /// the calendar under whose name it is reminded of.
    fn one_per_occurrence(&self) -> Vec<(usize, CalendarId)> {
        let events = self.input.events;
        let name = |event: &CalendarEvent| {
            self.known.calendar(event).unwrap_or(&event.calendar).clone()
        };
        let is_one_calendar = events.windows(2).all(|pair| pair[0].calendar == pair[1].calendar);
        if is_one_calendar {
            return events.iter().enumerate().map(|(i, event)| (i, name(event))).collect();
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
        indices.into_iter().map(|i| (i, name(&events[i]))).collect()
    }

    fn plan_event(&self, index: usize, calendar: &CalendarId, plan: &mut DayPlan) {
        let PlanInput { user, zone, events, .. } = *self.input;
        let event = &events[index];
        if let Err(reason) = counts(event, &user.preferences.counting) {
            self.leave_out(event, Some(reason), plan);
            return;
        }
        for nominal in nominals(event, &user.preferences, zone) {
            self.plan_reminder(index, calendar, nominal, plan);
        }
    }

    fn plan_reminder(
        &self,
        index: usize,
        calendar: &CalendarId,
        nominal: Nominal,
        plan: &mut DayPlan,
    ) {
        let PlanInput { user, zone, events, .. } = *self.input;
        let (event, now) = (&events[index], self.now);
        let rows = self.known.rows(event);
        let mine = rows.iter().filter(|r| r.calendar == *calendar && r.slot == nominal.slot);
        let current = mine.max_by_key(|row| row.round);
        let (round, row) = match current {
            None => (0, None),
            Some(row) if row.state.is_open_to_plans() => (row.round, Some(*row)),
            // It was texted, or may have been: only an event that moved ahead is texted again.
            Some(row) if row.is_moved(event) && nominal.at > now => (row.round + 1, None),
            Some(_) => return,
        };
        if row.is_some_and(|row| row.state == State::Cancelled(CancelReason::ByRequest)) {
            return;
        }
        let unchanged =
            row.filter(|row| row.state == State::Scheduled && row.nominal_at == nominal.at);
        let wanted_at = unchanged.map_or(nominal.at.max(now), |row| row.wanted_at);
        if wanted_at >= nominal.start && unchanged.is_none() {
            if !self.is_missed(event, &nominal, rows) {
                self.leave_out(event, None, plan);
                return;
            }
            let skip = Placement::Never(SkipReason::TooLate);
            self.want(index, calendar, nominal, round, row, nominal.at, skip, plan);
            return;
        }
        let quiet = &user.preferences.quiet_hours;
        let placement = place(wanted_at, nominal.start, quiet, zone, now);
        self.want(index, calendar, nominal, round, row, wanted_at, placement, plan);
    }

    /// Whether an event that has begun was known in time and yet never planned.
    fn is_missed(&self, event: &CalendarEvent, nominal: &Nominal, rows: &[&Reminder]) -> bool {
        let was_open = rows.iter().any(|row| row.state == State::Scheduled);
        event.first_seen_at < nominal.start && (rows.is_empty() || was_open)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one row, once")]
    fn want(
        &self,
        event: usize,
        calendar: &CalendarId,
        nominal: Nominal,
        round: u32,
        row: Option<&Reminder>,
        wanted_at: Timestamp,
        placement: Placement,
        plan: &mut DayPlan,
    ) {
        let PlanInput { user, zone, events, .. } = *self.input;
        let open = row.filter(|row| row.state == State::Scheduled);
        let (mut send_at, last_at, mut fate) = match placement {
            Placement::At { send_at, last_at, .. } => (send_at, last_at, Fate::Schedule),
            Placement::Never(reason) => (wanted_at, nominal.start, Fate::Skip(reason)),
        };
        if fate == Fate::Schedule {
            if let Some(retry_at) = open.filter(|r| r.nominal_at == nominal.at).and_then(|r| r.retry_at)
            {
                send_at = send_at.max(retry_at);
            }
            // An instant that passed while other settings held is now; one that merely has not
            // been acted on yet stays as it is.
            if send_at < self.now && open.is_none_or(|row| row.send_at != send_at) {
                send_at = self.now;
            }
            if last_at <= self.now {
                fate = Fate::Skip(SkipReason::TooLate);
            }
        }
        let day_on = local_date(send_at, zone);
        if day_on != self.day && open.is_none_or(|row| row.day_on != self.day) {
            return;
        }
        if let Some(reason) = withdrawn(user, self.input.consent, self.input.rollout) {
            fate = Fate::Cancel(reason);
        } else if !user.is_phone_verified {
            fate = Fate::Skip(SkipReason::PhoneUnverified);
        }
        let source = &events[event];
        let id = row.map_or_else(
            || {
                let (uid, occurrence) = (&source.uid, &source.occurrence);
                ReminderId::of(&user.id, calendar, uid, occurrence, nominal.slot, round)
            },
            |row| row.id,
        );
        plan.wanted.push(Wanted {
            id,
            calendar: calendar.clone(),
            event,
            round,
            nominal,
            wanted_at,
            send_at,
            last_at,
            day_on,
            fate,
            has_place: row.is_some_and(Reminder::may_have_been_texted),
            exists: row.is_some(),
        });
    }

    fn leave_out(
        &self,
        event: &CalendarEvent,
        reason: Option<CancelReason>,
        plan: &mut DayPlan,
    ) {
        let start = event.start(self.input.zone);
        let is_told = plan.left_out.len() < limits::ROWS_PER_DAY_MAX;
        if is_told && local_date(start, self.input.zone) == self.day {
            plan.left_out.push(LeftOut {
                uid: event.uid.clone(),
                occurrence: event.occurrence.clone(),
                start,
                reason,
            });
        }
    }

    /// The first N of the day by `send_at`, start, UID, occurrence and slot are planned, those
    /// already texted first; the rest exist as withdrawn.
    fn apply_daily_limit(&self, plan: &mut DayPlan) {
        let PlanInput { user, events, existing, .. } = *self.input;
        plan.wanted.sort_by(|a, b| {
            let key = |w: &Wanted| (!w.has_place, w.send_at, w.nominal.start);
            let (event_a, event_b) = (&events[a.event], &events[b.event]);
            key(a)
                .cmp(&key(b))
                .then_with(|| event_a.uid.cmp(&event_b.uid))
                .then_with(|| event_a.occurrence.cmp(&event_b.occurrence))
                .then_with(|| a.nominal.slot.cmp(&b.nominal.slot))
        });
        let texted = existing.iter().filter(|row| {
            row.day_on == self.day && !row.state.is_open_to_plans() && row.may_have_been_texted()
        });
        let limit = user.preferences.daily_limit.get() as usize;
        let mut places = limit.saturating_sub(texted.count());
        for wanted in &mut plan.wanted {
            if wanted.fate != Fate::Schedule || wanted.day_on != self.day {
                continue;
            }
            if places == 0 {
                wanted.fate = Fate::Cancel(CancelReason::DailyLimit);
            } else {
                places -= 1;
            }
        }
    }

    /// Keeps what exists, and of what is new only as much as a day may hold.
    fn apply_row_limit(&self, plan: &mut DayPlan) {
        let rows = self.input.existing.iter().filter(|row| row.day_on == self.day).count();
        let mut room = limits::ROWS_PER_DAY_MAX.saturating_sub(rows);
        let before = plan.wanted.len();
        plan.wanted.retain(|wanted| {
            let is_kept = wanted.exists || room > 0;
            room -= usize::from(is_kept && !wanted.exists);
            is_kept
        });
        plan.over_rows = before - plan.wanted.len();
    }

    /// Rows of this day that still wait although nothing asks for them any more.
    fn withdraw_the_rest(&self, plan: &mut DayPlan) {
        let PlanInput { user, events, existing, .. } = *self.input;
        let waiting =
            existing.iter().filter(|row| row.state == State::Scheduled && row.day_on == self.day);
        let mut waiting = waiting.peekable();
        if waiting.peek().is_none() {
            return;
        }
        let wanted: HashSet<_> = plan.wanted.iter().map(|wanted| wanted.id).collect();
        for row in waiting.filter(|row| !wanted.contains(&row.id)) {
            let event = events.iter().find(|event| {
                event.calendar == row.calendar
                    && event.uid == row.uid
                    && event.occurrence == row.occurrence
            });
            let reason = match event {
                None => CancelReason::EventCancelled,
                Some(event) => counts(event, &user.preferences.counting)
                    .err()
                    .unwrap_or_else(|| self.why_unwanted(row)),
            };
            plan.withdrawn.push((row.id, reason));
        }
    }

    fn why_unwanted(&self, row: &Reminder) -> CancelReason {
        let leads = &self.input.user.preferences.lead_times;
        let has_slot = row.lead.is_none() || leads.iter().any(|(slot, _)| slot == row.slot);
        if has_slot { CancelReason::Duplicate } else { CancelReason::LeadTimeRemoved }
    }
}
