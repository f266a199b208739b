//! When a text goes out: the instant it is wanted, and what quiet hours make of it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar_event::{CalendarEvent, EventTime};
use crate::lead_time::{LeadSlot, LeadTime};
use crate::limits;
use crate::quiet_hours::QuietPolicy;
use crate::reasons::{DeferReason, SkipReason};
use crate::text_hours::TextHours;
use crate::time::{ahead, back, instant_of, start_of_day};
use crate::user::Preferences;

/// One reminder that an event would have if nothing stood against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nominal {
    /// The user's slot for the lead time.
    pub slot: LeadSlot,
    /// The lead time; none for an all-day entry, which has a time on the wall instead.
    pub lead: Option<LeadTime>,
    /// The instant the lead time names.
    pub at: Timestamp,
    /// The instant from which on the text would be late.
    pub start: Timestamp,
}

/// The reminders an event has by the user's lead times, before quiet hours and limits.
pub fn nominals(
    event: &CalendarEvent,
    preferences: &Preferences,
    zone: &TimeZone,
) -> impl Iterator<Item = Nominal> {
    let all_day = match event.when {
        EventTime::AllDay { from, .. } => preferences.counting.all_day.map(|wish| {
            let days = jiff::Span::new().days(i64::from(wish.days_before));
            let on = from.saturating_sub(days);
            Nominal {
                slot: LeadSlot::ALL_DAY,
                lead: None,
                at: instant_of(on.to_datetime(wish.at), zone),
                start: late_from(event, preferences, zone),
            }
        }),
        _ => None,
    };
    let start = event.start(zone);
    let timed = (!event.when.is_all_day()).then(|| {
        preferences.lead_times.iter().map(move |(slot, lead)| Nominal {
            slot,
            lead: Some(lead),
            at: back(start, lead.duration()),
            start,
        })
    });
    all_day.into_iter().chain(timed.into_iter().flatten())
}

/// The instant from which on a text about an event would be late.
pub fn late_from(event: &CalendarEvent, preferences: &Preferences, zone: &TimeZone) -> Timestamp {
    let EventTime::AllDay { from, .. } = event.when else { return event.start(zone) };
    // Told on the day itself, an all-day entry is "begun" only when its first day is over.
    let is_of_the_day = preferences.counting.all_day.is_some_and(|wish| wish.days_before == 0);
    start_of_day(if is_of_the_day { from.tomorrow().unwrap_or(from) } else { from }, zone)
}

/// When a text goes out, or why never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// It goes out at `send_at`, and no later than `last_at`.
    At {
        /// The instant it is due.
        send_at: Timestamp,
        /// The first instant at which it may no longer be handed over.
        last_at: Timestamp,
        /// Why that is not the instant it was wanted, if it is not.
        shift: Option<DeferReason>,
    },
    /// It does not go out.
    Never(SkipReason),
}

/// Places a text that is wanted at `wanted_at` for something that begins at `start`.
///
/// Planner and sender both ask here; the sender with `wanted_at` equal to `now`.
pub fn place(
    wanted_at: Timestamp,
    start: Timestamp,
    hours: &TextHours<'_>,
    now: Timestamp,
) -> Placement {
    let quiet = hours.own;
    if !hours.is_quiet(wanted_at) {
        return Placement::At { send_at: wanted_at, last_at: start, shift: None };
    }
    if quiet.policy == QuietPolicy::Skip {
        return Placement::Never(SkipReason::QuietHours);
    }
    let outside = hours.first_outside(wanted_at);
    if let Some(send_at) = outside.filter(|outside| *outside < start) {
        let shift = Some(DeferReason::QuietHours);
        return Placement::At { send_at, last_at: start, shift };
    }
    if quiet.policy == QuietPolicy::Advance
        && let Some(send_at) = before_quiet(wanted_at, hours, now)
    {
        return Placement::At { send_at, last_at: start, shift: Some(DeferReason::Advanced) };
    }
    match outside {
        Some(send_at) if quiet.allow_after_start => Placement::At {
            send_at,
            last_at: ahead(send_at, limits::AFTER_QUIET_MAX),
            shift: Some(DeferReason::QuietHours),
        },
        _ => Placement::Never(SkipReason::QuietUntilAfterStart),
    }
}

/// The last whole minute before the quiet stretch that holds `wanted_at`, or `now` if that minute
/// has passed but quiet hours have not begun.
fn before_quiet(wanted_at: Timestamp, hours: &TextHours<'_>, now: Timestamp) -> Option<Timestamp> {
    let earliest = back(wanted_at, limits::ADVANCE_MAX);
    let opening = hours.opening_before(wanted_at)?;
    let send_at = back(opening, SignedDuration::from_mins(1)).max(now).max(earliest);
    (send_at < opening && !hours.is_quiet(send_at)).then_some(send_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{Desk, all_day, at, leads, meeting, quiet, zone};
    use crate::quiet_hours::QuietHours;
    use crate::user::AllDayTime;

    const NIGHT: &str = "22:00-08:00";

    /// Places a text in UTC that is wanted `wanted_at`, decided on at noon before; answers the
    /// instants as month, day and time, or the reason why not.
    fn placed(wanted_at: &str, start: &str, quiet: &QuietHours) -> String {
        placed_at("2026-11-24T12:00:00Z", wanted_at, start, quiet)
    }

    fn placed_at(now: &str, wanted_at: &str, start: &str, quiet: &QuietHours) -> String {
        let utc = zone("UTC");
        let hours = TextHours::own(quiet, &utc);
        let placement = place(at(wanted_at), at(start), &hours, at(now));
        let wall = |at: Timestamp| at.strftime("%d %H:%M:%S").to_string();
        match placement {
            Placement::At { send_at, last_at, shift: None } => {
                format!("{} until {}", wall(send_at), wall(last_at))
            }
            Placement::At { send_at, last_at, shift: Some(shift) } => {
                format!("{} until {}, {shift}", wall(send_at), wall(last_at))
            }
            Placement::Never(reason) => reason.to_string(),
        }
    }

    #[test]
    fn outside_quiet_hours_a_text_stays_where_it_is() {
        let night = quiet(&[NIGHT], QuietPolicy::Skip);
        let found = placed("2026-11-24T21:59:59Z", "2026-11-24T22:10:00Z", &night);
        assert_eq!(found, "24 21:59:59 until 24 22:10:00");
        let found = placed("2026-11-25T08:00:00Z", "2026-11-25T08:15:00Z", &night);
        assert_eq!(found, "25 08:00:00 until 25 08:15:00");
    }

    #[test]
    fn pre_02_a_text_due_at_night_waits_for_the_morning() {
        let night = quiet(&[NIGHT], QuietPolicy::Defer);
        let found = placed("2026-11-24T23:00:00Z", "2026-11-25T09:00:00Z", &night);
        assert_eq!(found, "25 08:00:00 until 25 09:00:00, quiet_hours");
        // With `advance` too: deferral does not miss the start.
        let night = quiet(&[NIGHT], QuietPolicy::Advance);
        let found = placed("2026-11-24T23:00:00Z", "2026-11-25T09:00:00Z", &night);
        assert_eq!(found, "25 08:00:00 until 25 09:00:00, quiet_hours");
    }

    #[test]
    fn pre_03_a_text_that_cannot_wait_follows_the_policy() {
        let check = |policy, allow_after_start, expected: &str| {
            let mut night = quiet(&[NIGHT], policy);
            night.allow_after_start = allow_after_start;
            let found = placed("2026-11-24T23:00:00Z", "2026-11-24T23:15:00Z", &night);
            assert_eq!(found, expected, "{policy:?} {allow_after_start}");
        };
        check(QuietPolicy::Defer, false, "quiet_until_after_start");
        check(QuietPolicy::Defer, true, "25 08:00:00 until 25 09:00:00, quiet_hours");
        check(QuietPolicy::Advance, false, "24 21:59:00 until 24 23:15:00, advanced");
        check(QuietPolicy::Advance, true, "24 21:59:00 until 24 23:15:00, advanced");
        check(QuietPolicy::Skip, false, "quiet_hours");
        check(QuietPolicy::Skip, true, "quiet_hours");
    }

    #[test]
    fn pre_03_quiet_hours_that_end_with_the_start_miss_it() {
        let night = quiet(&[NIGHT], QuietPolicy::Defer);
        let found = placed("2026-11-25T07:45:00Z", "2026-11-25T08:00:00Z", &night);
        assert_eq!(found, "quiet_until_after_start");
        let found = placed("2026-11-25T07:45:00Z", "2026-11-25T08:01:00Z", &night);
        assert_eq!(found, "25 08:00:00 until 25 08:01:00, quiet_hours");
    }

    #[test]
    fn an_advanced_text_goes_out_at_once_if_its_minute_has_passed_but_quiet_hours_have_not_begun() {
        let night = quiet(&[NIGHT], QuietPolicy::Advance);
        let check = |now: &str, expected: &str| {
            let found = placed_at(now, "2026-11-25T06:45:00Z", "2026-11-25T07:00:00Z", &night);
            assert_eq!(found, expected, "{now}");
        };
        check("2026-11-24T21:58:00Z", "24 21:59:00 until 25 07:00:00, advanced");
        check("2026-11-24T21:59:30Z", "24 21:59:30 until 25 07:00:00, advanced");
        check("2026-11-24T22:00:00Z", "quiet_until_after_start");
        check("2026-11-25T03:00:00Z", "quiet_until_after_start");
    }

    #[test]
    fn a_text_is_advanced_by_24_hours_at_most() {
        let long = quiet(&["00:00-23:00", "23:00-00:00"], QuietPolicy::Advance);
        let found = placed("2026-11-24T23:00:00Z", "2026-11-24T23:15:00Z", &long);
        assert_eq!(found, "quiet_until_after_start");
        // Quiet from Friday's evening to Monday's morning: Sunday is too far from Friday.
        let weekend = ["fri 18:00-00:00", "sat,sun 00:00-12:00", "sat,sun 12:00-00:00"];
        let weekend = quiet(&weekend, QuietPolicy::Advance);
        let friday = "2026-11-27T12:00:00Z";
        let found = placed_at(friday, "2026-11-28T17:45:00Z", "2026-11-28T18:00:00Z", &weekend);
        assert_eq!(found, "27 17:59:00 until 28 18:00:00, advanced");
        let found = placed_at(friday, "2026-11-29T17:45:00Z", "2026-11-29T18:00:00Z", &weekend);
        assert_eq!(found, "quiet_until_after_start");
    }

    #[test]
    fn pre_06_an_advanced_text_may_go_out_on_the_evening_before() {
        let night = quiet(&[NIGHT], QuietPolicy::Advance);
        let found = placed("2026-11-25T06:45:00Z", "2026-11-25T07:00:00Z", &night);
        assert_eq!(found, "24 21:59:00 until 25 07:00:00, advanced");
    }

    #[test]
    fn sch_07_an_event_has_a_reminder_for_each_lead_time() {
        let mut desk = Desk::new();
        desk.user.preferences.lead_times = leads(&[5, 30, 600, 10_080]);
        let start = desk.wall("2026-11-24T10:00");
        let found: Vec<_> = nominals(&meeting("a", start), &desk.user.preferences, &desk.zone)
            .map(|nominal| desk.zone.to_datetime(nominal.at).strftime("%d %H:%M").to_string())
            .collect();
        assert_eq!(found, ["24 09:55", "24 09:30", "24 00:00", "17 10:00"]);
    }

    #[test]
    fn tz_04_lead_times_are_elapsed_time_whatever_the_clocks_do() {
        let mut desk = Desk::new();
        desk.user.preferences.lead_times = leads(&[60]);
        // At 3:30 on the morning on which 2:00 became 3:00.
        let event = meeting("a", desk.wall("2026-03-08T03:30"));
        let nominal = nominals(&event, &desk.user.preferences, &desk.zone).next().unwrap();
        assert_eq!(nominal.at, desk.wall("2026-03-08T01:30"));
    }

    #[test]
    fn an_all_day_entry_is_told_at_a_time_on_the_wall_and_is_late_when_it_begins() {
        let check = |days_before, time: &str, expected_at: &str, expected_start: &str| {
            let mut desk = Desk::new();
            let wish = AllDayTime { days_before, at: time.parse().unwrap() };
            desk.user.preferences.counting.all_day = Some(wish);
            let mut event = meeting("a", at("2026-01-01T00:00:00Z"));
            event.when = all_day("2026-11-24");
            let nominals: Vec<_> = nominals(&event, &desk.user.preferences, &desk.zone).collect();
            let [nominal] = nominals[..] else { panic!("{nominals:?}") };
            assert_eq!(nominal.at, desk.wall(expected_at));
            assert_eq!(nominal.start, desk.wall(expected_start));
            assert_eq!((nominal.slot, nominal.lead), (LeadSlot::ALL_DAY, None));
        };
        check(1, "18:00", "2026-11-23T18:00", "2026-11-24T00:00");
        check(7, "08:00", "2026-11-17T08:00", "2026-11-24T00:00");
        // On the day itself it is late only when the day is over.
        check(0, "08:00", "2026-11-24T08:00", "2026-11-25T00:00");
    }

    #[test]
    fn an_all_day_entry_has_no_reminder_unless_the_user_says_so() {
        let desk = Desk::new();
        let mut event = meeting("a", at("2026-01-01T00:00:00Z"));
        event.when = all_day("2026-11-24");
        assert_eq!(nominals(&event, &desk.user.preferences, &desk.zone).count(), 0);
    }
}
