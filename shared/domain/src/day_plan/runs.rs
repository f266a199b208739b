//! Meetings that follow each other without a break: the text of the first says how many they are.
//!
//! Each of them keeps a reminder of its own, with its own state, limit and end. So what is said of
//! a run is but words, which a plan changes like any others when a meeting comes or goes.

use std::ops::Range;

use jiff::Timestamp;

use super::{Fate, PlanInput, Wanted};
use crate::calendar_event::{CalendarEvent, EventKind};
use crate::counting::counts;
use crate::limits;
use crate::time::{ahead, start_of_day};

/// Says of each text that goes out on the day of its event whether that is the first of a run.
/// `visited` are the events that are looked at, each occurrence once.
pub(super) fn tell(wanted: &mut [Wanted], visited: &[usize], input: &PlanInput<'_>) {
    if visited.len() < limits::RUN_MEETINGS_MIN {
        return;
    }
    let mut days: Vec<_> =
        wanted.iter().filter(|one| may_tell(one)).map(|one| one.day_on).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let tomorrow = day.tomorrow().unwrap_or(day);
        let span = start_of_day(day, input.zone)..start_of_day(tomorrow, input.zone);
        let firsts = firsts(&meetings(visited, input, &span));
        let of_day = wanted.iter_mut().filter(|one| may_tell(one) && one.day_on == day);
        for one in of_day {
            let found = firsts.iter().find(|(event, _)| *event == one.event);
            one.first_of = found.map(|(_, count)| *count);
        }
    }
}

/// A text that the reader put off may go out when the meeting after it is near, and says nothing.
fn may_tell(wanted: &Wanted) -> bool {
    wanted.fate == Fate::Schedule && !wanted.nominal.slot.is_snooze()
}

/// One meeting.
struct Meeting {
    event: usize,
    start: Timestamp,
    end: Timestamp,
}

/// The meetings that begin within `span`, in order. Runs do not reach into another day, so that it
/// does not matter from which day on a plan knows the calendar.
fn meetings(visited: &[usize], input: &PlanInput<'_>, span: &Range<Timestamp>) -> Vec<Meeting> {
    let PlanInput { user, zone, events, .. } = *input;
    let meeting = |&event: &usize| {
        let found: &CalendarEvent = &events[event];
        let (start, end) = found.span(zone);
        let is_meeting = span.contains(&start)
            && end > start
            && !found.when.is_all_day()
            && found.kind == EventKind::Meeting
            && counts(found, &user.preferences.counting).is_ok();
        is_meeting.then_some(Meeting { event, start, end })
    };
    let mut found: Vec<_> = visited.iter().filter_map(meeting).collect();
    found.sort_by(|a, b| {
        let name = |one: &Meeting| (&events[one.event].uid, &events[one.event].occurrence);
        (a.start, a.end).cmp(&(b.start, b.end)).then_with(|| name(a).cmp(&name(b)))
    });
    found
}

/// The first meeting of each run that is long enough, and how many meetings that has. What overlaps
/// ends a run: nobody is told a number that is not what they see.
fn firsts(meetings: &[Meeting]) -> Vec<(usize, u32)> {
    let follows =
        |a: &Meeting, b: &Meeting| a.end <= b.start && b.start <= ahead(a.end, limits::RUN_GAP_MAX);
    let runs = meetings.chunk_by(follows).filter(|run| run.len() >= limits::RUN_MEETINGS_MIN);
    runs.filter_map(|run| Some((run.first()?.event, u32::try_from(run.len()).ok()?))).collect()
}
