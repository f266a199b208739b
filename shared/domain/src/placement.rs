//! When a text goes out: the instant it is wanted, and what quiet hours make of it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar_event::{CalendarEvent, EventTime};
use crate::lead_time::{LeadSlot, LeadTime};
use crate::limits;
use crate::quiet_hours::{QuietHours, QuietPolicy};
use crate::reasons::{DeferReason, SkipReason};
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
            // Told on the day itself, an all-day entry is "begun" only when its first day is over.
            let first_late =
                if wish.days_before == 0 { from.tomorrow().unwrap_or(from) } else { from };
            Nominal {
                slot: LeadSlot::ALL_DAY,
                lead: None,
                at: instant_of(on.to_datetime(wish.at), zone),
                start: start_of_day(first_late, zone),
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
    quiet: &QuietHours,
    zone: &TimeZone,
    now: Timestamp,
) -> Placement {
    if !quiet.is_quiet(wanted_at, zone) {
        return Placement::At { send_at: wanted_at, last_at: start, shift: None };
    }
    if quiet.policy == QuietPolicy::Skip {
        return Placement::Never(SkipReason::QuietHours);
    }
    let outside = quiet.first_outside(wanted_at, zone);
    if let Some(send_at) = outside.filter(|outside| *outside < start) {
        let shift = Some(DeferReason::QuietHours);
        return Placement::At { send_at, last_at: start, shift };
    }
    if quiet.policy == QuietPolicy::Advance
        && let Some(send_at) = before_quiet(wanted_at, quiet, zone, now)
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
fn before_quiet(
    wanted_at: Timestamp,
    quiet: &QuietHours,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<Timestamp> {
    let earliest = back(wanted_at, limits::ADVANCE_MAX);
    let opening = quiet.opening_before(wanted_at, earliest, zone)?;
    let send_at = back(opening, SignedDuration::from_mins(1)).max(now).max(earliest);
    (send_at < opening && !quiet.is_quiet(send_at, zone)).then_some(send_at)
}
