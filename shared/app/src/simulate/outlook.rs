//! Planning day after day ahead of time, with the planner's own functions.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use domain::calendar_event::CalendarEvent;
use domain::day_plan::{LeftOut, PlanInput, plan_day};
use domain::difference::{RowWrite, difference};
use domain::ids::{EventUid, Occurrence, ReminderId};
use domain::limits;
use domain::reminder::Reminder;
use domain::time::{back, local_date, start_of_day};
use domain::user::User;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::row::{LeftOutRow, Outlook, rows_of};

/// What the local days from `days.0` to `days.1`, both included, would be like: each is planned
/// 20 minutes before it begins, as the scheduler does, on top of the days before it.
///
/// With `as_of`, the existing reminders are what is stored at that instant: days before it are told
/// as they went, its own day is planned as of then. Without, there is nothing yet, and planning
/// begins early enough for the first day to be like any other.
pub fn outlook(input: &PlanInput<'_>, days: (Date, Date), as_of: Option<Timestamp>) -> Outlook {
    let (user, zone) = (input.user, input.zone);
    let ahead = days_ahead(user);
    let first = as_of.map_or_else(|| shift(days.0, -ahead), |now| local_date(now, zone));
    let events = Sorted::of(input.events, zone);
    let mut rows = Rows::of(input.existing);
    let mut left_out = Vec::new();
    let mut over_rows = 0;
    for day in first.series(Span::new().days(1)).take_while(|day| *day <= days.1) {
        let from = start_of_day(shift(day, -1), zone);
        rows.retire_before(from, day);
        let until = start_of_day(shift(day, ahead + 1), zone);
        let input =
            PlanInput { events: events.between(from, until), existing: &rows.near, ..*input };
        let planned_at = back(start_of_day(day, zone), limits::PLAN_AHEAD);
        let now = as_of.map_or(planned_at, |now| now.max(planned_at));
        let plan = plan_day(&input, day, now);
        let writes = difference(&plan, &input, now);
        rows.write(writes);
        if day >= days.0 {
            left_out.extend(plan.left_out);
            over_rows += plan.over_rows;
        }
    }
    let rows = rows.into_all();
    let left_out = without_row(left_out, &rows);
    Outlook { rows: rows_of(&rows, days, user, (zone, input.preset)), left_out, over_rows }
}

/// How many days after a local day an event may begin whose reminder belongs to that day.
pub(super) fn days_ahead(user: &User) -> i64 {
    let preferences = &user.preferences;
    let lead_days = i64::from(preferences.longest_lead().minutes().div_ceil(24 * 60));
    let all_day = preferences.counting.all_day.map_or(0, |wish| i64::from(wish.days_before));
    // One more, because a text may go out up to a day ahead of quiet hours.
    lead_days.max(all_day) + 1
}

pub(super) fn shift(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

/// Events by start, so that each day looks only at those that may matter to it.
struct Sorted<'a> {
    events: Cow<'a, [CalendarEvent]>,
    starts: Vec<Timestamp>,
}

impl<'a> Sorted<'a> {
    fn of(events: &'a [CalendarEvent], zone: &TimeZone) -> Self {
        let mut starts: Vec<_> = events.iter().map(|event| event.start(zone)).collect();
        if starts.is_sorted() {
            return Self { events: Cow::Borrowed(events), starts };
        }
        let mut order: Vec<usize> = (0..events.len()).collect();
        order.sort_by_key(|index| starts[*index]);
        let sorted = order.iter().map(|index| events[*index].clone()).collect();
        starts.sort();
        Self { events: Cow::Owned(sorted), starts }
    }

    fn between(&self, from: Timestamp, until: Timestamp) -> &[CalendarEvent] {
        let first = self.starts.partition_point(|start| *start < from);
        let end = self.starts.partition_point(|start| *start < until);
        &self.events[first..end.max(first)]
    }
}

/// Rows as they will be, while day after day is planned.
struct Rows {
    /// Those that the next days may still look at.
    near: Vec<Reminder>,
    /// How many of those were there from the beginning. They stay near, because an event that was
    /// texted may have moved anywhere since.
    given: usize,
    /// The rest.
    done: Vec<Reminder>,
}

impl Rows {
    fn of(existing: &[Reminder]) -> Self {
        Self { near: existing.to_vec(), given: existing.len(), done: Vec::new() }
    }

    /// Puts aside the new rows of days before `day` whose events began before `from`.
    fn retire_before(&mut self, from: Timestamp, day: Date) {
        let is_over = |row: &mut Reminder| row.day_on < day && row.facts.start < from;
        self.done.extend(self.near.extract_if(self.given.., is_over));
    }

    fn write(&mut self, writes: Vec<RowWrite>) {
        if writes.iter().all(|write| write.expected.is_none()) {
            self.near.extend(writes.into_iter().map(|write| write.row));
            return;
        }
        let places: HashMap<ReminderId, usize> =
            self.near.iter().enumerate().map(|(place, row)| (row.id, place)).collect();
        for write in writes {
            match places.get(&write.row.id) {
                Some(place) => self.near[*place] = write.row,
                None => self.near.push(write.row),
            }
        }
    }

    fn into_all(mut self) -> Vec<Reminder> {
        self.done.append(&mut self.near);
        self.done
    }
}

/// An event that has a row is explained by the row.
fn without_row(left_out: Vec<LeftOut>, rows: &[Reminder]) -> Vec<LeftOutRow> {
    if left_out.is_empty() {
        return Vec::new();
    }
    let known: HashSet<(&EventUid, &Occurrence)> =
        rows.iter().map(|row| (&row.uid, &row.occurrence)).collect();
    let mut told: Vec<_> = left_out
        .iter()
        .filter(|event| !known.contains(&(&event.uid, &event.occurrence)))
        .map(LeftOutRow::of)
        .collect();
    told.sort_by(|a, b| a.start.cmp(&b.start).then_with(|| a.uid.cmp(&b.uid)));
    // With several lead times a plan names an event once for each.
    told.dedup();
    told
}
