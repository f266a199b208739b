//! Which calendar events deserve a reminder.

use crate::calendar_event::{CalendarEvent, EventKind, EventStatus, Response};
use crate::ids::CalendarId;
use crate::reasons::CancelReason;
use crate::user::Counting;

/// Whether an event counts for a user, or the reason why not.
pub fn counts(event: &CalendarEvent, wishes: &Counting) -> Result<(), CancelReason> {
    let tentative = event.status == EventStatus::Tentative
        || matches!(event.response, Response::Tentative | Response::NeedsAction);
    let refused = [
        (event.status == EventStatus::Cancelled, CancelReason::EventCancelled),
        (event.response == Response::Declined && !wishes.declined, CancelReason::Declined),
        (tentative && !wishes.tentative, CancelReason::Tentative),
        (
            event.kind == EventKind::WorkingLocation && !wishes.working_location,
            CancelReason::WorkingLocation,
        ),
        (event.kind == EventKind::FocusTime && !wishes.focus_time, CancelReason::FocusTime),
        (event.kind == EventKind::OutOfOffice && !wishes.out_of_office, CancelReason::OutOfOffice),
        (event.when.is_all_day() && wishes.all_day.is_none(), CancelReason::AllDay),
        // All-day entries are marked free by most calendars without anybody having chosen so.
        (
            event.is_transparent && !wishes.transparent && !event.when.is_all_day(),
            CancelReason::Transparent,
        ),
    ];
    refused.into_iter().find(|(applies, _)| *applies).map_or(Ok(()), |(_, reason)| Err(reason))
}

/// Orders the copies of one occurrence that stand in several calendars of a user; the least is
/// the one that is reminded of: what counts goes first, then the calendar it was reminded from
/// before, then the first by name.
pub fn preference<'a>(
    event: &'a CalendarEvent,
    wishes: &Counting,
    known: Option<&CalendarId>,
) -> (bool, bool, &'a CalendarId) {
    (counts(event, wishes).is_err(), known != Some(&event.calendar), &event.calendar)
}
