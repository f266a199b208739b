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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{all_day, at, meeting};
    use crate::user::AllDayTime;

    type Edit = fn(&mut CalendarEvent);
    type Wish = fn(&mut Counting);

    fn event(edit: Edit) -> CalendarEvent {
        let mut event = meeting("a", at("2026-11-24T15:00:00Z"));
        edit(&mut event);
        event
    }

    fn wishes(wish: Wish) -> Counting {
        let mut wishes = Counting::default();
        wish(&mut wishes);
        wishes
    }

    const NONE: Wish = |_| {};

    #[test]
    fn sch_15_what_counts_and_what_does_only_if_the_user_says_so() {
        // For each sort of entry: why it does not count by default, and the wish that makes it so.
        let check = |edit: Edit, default: Option<CancelReason>, wish: Wish, wished| {
            assert_eq!(counts(&event(edit), &wishes(NONE)).err(), default);
            assert_eq!(counts(&event(edit), &wishes(wish)).err(), wished);
        };
        check(|_| {}, None, |w| w.tentative = false, None);
        check(
            |e| e.response = Response::Declined,
            Some(CancelReason::Declined),
            |w| w.declined = true,
            None,
        );
        check(
            |e| e.is_transparent = true,
            Some(CancelReason::Transparent),
            |w| w.transparent = true,
            None,
        );
        check(
            |e| e.kind = EventKind::OutOfOffice,
            Some(CancelReason::OutOfOffice),
            |w| w.out_of_office = true,
            None,
        );
        check(
            |e| e.kind = EventKind::FocusTime,
            Some(CancelReason::FocusTime),
            |w| w.focus_time = true,
            None,
        );
        check(
            |e| e.kind = EventKind::WorkingLocation,
            Some(CancelReason::WorkingLocation),
            |w| w.working_location = true,
            None,
        );
        check(
            |e| e.when = all_day("2026-11-24"),
            Some(CancelReason::AllDay),
            |w| w.all_day = Some(AllDayTime::default()),
            None,
        );
        // Nobody wants to be told of what does not take place.
        let cancelled = Some(CancelReason::EventCancelled);
        check(|e| e.status = EventStatus::Cancelled, cancelled, |w| w.declined = true, cancelled);
        // What is not certain counts unless the user wants only what is.
        let tentative = Some(CancelReason::Tentative);
        check(|e| e.status = EventStatus::Tentative, None, |w| w.tentative = false, tentative);
        check(|e| e.response = Response::Tentative, None, |w| w.tentative = false, tentative);
        check(|e| e.response = Response::NeedsAction, None, |w| w.tentative = false, tentative);
        check(|e| e.response = Response::Accepted, None, |w| w.tentative = false, None);
    }

    #[test]
    fn an_all_day_entry_counts_although_calendars_mark_it_as_free() {
        let free = event(|event| {
            event.when = all_day("2026-11-24");
            event.is_transparent = true;
        });
        let wish = wishes(|wishes| wishes.all_day = Some(AllDayTime::default()));
        assert_eq!(counts(&free, &wish), Ok(()));
    }

    #[test]
    fn of_several_copies_the_one_that_counts_then_the_known_then_the_first_is_told() {
        let copy = |calendar: &str, response| {
            let mut copy = meeting("a", at("2026-11-24T15:00:00Z"));
            copy.calendar = CalendarId::parse(calendar).unwrap();
            copy.response = response;
            copy
        };
        let copies = [
            copy("a", Response::Declined),
            copy("b", Response::Accepted),
            copy("c", Response::Accepted),
        ];
        let check = |known: Option<&str>, expected: &str| {
            let known = known.map(|name| CalendarId::parse(name).unwrap());
            let wishes = Counting::default();
            let best =
                copies.iter().min_by_key(|copy| preference(copy, &wishes, known.as_ref())).unwrap();
            assert_eq!(best.calendar.as_str(), expected);
        };
        check(None, "b");
        check(Some("c"), "c");
        check(Some("a"), "b");
    }
}
