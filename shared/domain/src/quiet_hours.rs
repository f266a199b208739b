//! When a person does not want to be texted: civil windows, judged by the wall clock in their zone.
//!
//! Nothing here steps through minutes. Whether it is quiet can change only where a window that
//! holds the wall time ends or begins, or where the zone's clocks change, so the search goes from
//! one such instant to the next; both passes of a repeated hour are judged by what the wall shows.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::text_hours::Preset;
use crate::time::{ahead, back};

/// One window of a wall clock: start inclusive, end exclusive; may wrap midnight. The weekday is
/// that of its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietWindow {
    from: Time,
    until: Time,
    days: Weekdays,
}

/// A set of weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0b001_1111);

    /// The set of these days.
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |set, day| set | Self::bit(*day)))
    }

    /// Whether the day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    /// Whether no day is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn bit(day: Weekday) -> u8 {
        1 << day.to_monday_zero_offset()
    }
}

/// Why quiet hours are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuietHours {
    /// A window without length; it could mean never or always.
    #[error(
        "quiet window {from}-{until} starts when it ends, which could mean never or always: \
         leave it out, or write two windows for the whole day"
    )]
    Empty {
        /// The start.
        from: Time,
        /// The end.
        until: Time,
    },
    /// A window on no weekday.
    #[error("quiet window {from}-{until} names no weekday")]
    NoDays {
        /// The start.
        from: Time,
        /// The end.
        until: Time,
    },
    /// Seconds in a window.
    #[error("quiet window {from}-{until}: give whole minutes")]
    Seconds {
        /// The start.
        from: Time,
        /// The end.
        until: Time,
    },
    /// Too many windows.
    #[error("{count} quiet windows are too many: at most {max}", max = limits::QUIET_WINDOWS_MAX)]
    TooMany {
        /// How many were given.
        count: usize,
    },
    /// Not understood.
    #[error("quiet hours {given:?} are not understood: {hint}")]
    Unreadable {
        /// What was given.
        given: String,
        /// What to write instead.
        hint: &'static str,
    },
}

impl QuietWindow {
    /// A window on the given weekdays; see [`BadQuietHours`] for what is refused.
    pub fn new(from: Time, until: Time, days: Weekdays) -> Result<Self, BadQuietHours> {
        if from == until {
            return Err(BadQuietHours::Empty { from, until });
        }
        if days.is_empty() {
            return Err(BadQuietHours::NoDays { from, until });
        }
        let whole = |time: Time| time.second() == 0 && time.subsec_nanosecond() == 0;
        if !whole(from) || !whole(until) {
            return Err(BadQuietHours::Seconds { from, until });
        }
        Ok(Self { from, until, days })
    }

    /// The first quiet minute.
    pub fn from(&self) -> Time {
        self.from
    }

    /// The first minute that is no longer quiet.
    pub fn until(&self) -> Time {
        self.until
    }

    /// The weekdays on which it begins.
    pub fn days(&self) -> Weekdays {
        self.days
    }

    /// The start and end on the wall of the run of this window that holds `wall`.
    fn around(&self, wall: DateTime) -> Option<(DateTime, DateTime)> {
        let (date, time) = (wall.date(), wall.time());
        let wraps = self.from > self.until;
        let begins_on = |date: jiff::civil::Date| self.days.contains(date.weekday());
        if !wraps {
            let holds = self.from <= time && time < self.until && begins_on(date);
            return holds.then(|| (date.to_datetime(self.from), date.to_datetime(self.until)));
        }
        if time >= self.from && begins_on(date) {
            let next = date.tomorrow().ok()?;
            return Some((date.to_datetime(self.from), next.to_datetime(self.until)));
        }
        let before = date.yesterday().ok()?;
        (time < self.until && begins_on(before))
            .then(|| (before.to_datetime(self.from), date.to_datetime(self.until)))
    }
}

/// What becomes of a text that is due in quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuietPolicy {
    /// It goes out when quiet hours end, if the event is still ahead then.
    #[default]
    Defer,
    /// As `Defer`; where that would miss the start, it goes out just before quiet hours begin.
    Advance,
    /// It does not go out.
    Skip,
}

/// A person's quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    windows: Vec<QuietWindow>,
    /// What becomes of a text that is due within them.
    pub policy: QuietPolicy,
    /// Whether a deferred text may go out after the event has begun, until one hour after the
    /// window's end.
    pub allow_after_start: bool,
    /// The preset that the person chose to hold beside the windows; none where they chose nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
}

impl Default for QuietHours {
    /// 22:00 to 08:00, deferring.
    fn default() -> Self {
        let night = QuietWindow {
            from: Time::constant(22, 0, 0, 0),
            until: Time::constant(8, 0, 0, 0),
            days: Weekdays::ALL,
        };
        Self { windows: vec![night], ..Self::none() }
    }
}

impl QuietHours {
    /// No quiet hours at all.
    pub const fn none() -> Self {
        let policy = QuietPolicy::Defer;
        Self { windows: Vec::new(), policy, allow_after_start: false, preset: None }
    }

    /// Quiet hours of up to eight windows, which may overlap.
    pub fn new(
        windows: Vec<QuietWindow>,
        policy: QuietPolicy,
        allow_after_start: bool,
    ) -> Result<Self, BadQuietHours> {
        if windows.len() > limits::QUIET_WINDOWS_MAX {
            return Err(BadQuietHours::TooMany { count: windows.len() });
        }
        Ok(Self { windows, policy, allow_after_start, preset: None })
    }

    /// The windows.
    pub fn windows(&self) -> &[QuietWindow] {
        &self.windows
    }

    /// Whether it is quiet at an instant, by the wall clock of the zone.
    pub fn is_quiet(&self, at: Timestamp, zone: &TimeZone) -> bool {
        !self.windows.is_empty() && self.holds(zone.to_datetime(at))
    }

    /// The first instant from `at` on that is outside all windows; none if the whole week is quiet.
    pub fn first_outside(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // A week of windows repeats; but the one free minute of a week may fall into a gap.
        let give_up = ahead(at, SignedDuration::from_hours(15 * 24));
        let mut at = at;
        while at < give_up {
            let wall = zone.to_datetime(at);
            let ends = self.windows.iter().filter_map(|w| w.around(wall)).map(|(_, end)| end);
            let mut ends = ends.peekable();
            if ends.peek().is_none() {
                return Some(at);
            }
            let jump = zone.following(at).next().map(|jump| jump.timestamp());
            let next = ends.flat_map(|end| passes(end, zone)).chain(jump);
            at = next.filter(|candidate| *candidate > at).min()?;
        }
        None
    }

    /// The first quiet instant after `at` and before `until`, for something that is not quiet now.
    pub fn next_quiet(
        &self,
        at: Timestamp,
        until: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        if self.windows.is_empty() {
            return None;
        }
        // Windows begin on whole minutes of the wall, or clocks jump into them: look at each start
        // on the dates in question, and at each change of clocks. Those may go back over midnight.
        let today = zone.to_datetime(at).date();
        let mut date = today.yesterday().unwrap_or(today);
        let last = zone.to_datetime(until).date();
        let jumps = zone.following(at).map(|jump| jump.timestamp());
        let mut candidates: Vec<_> = jumps.take_while(|jump| *jump < until).collect();
        while date <= last {
            let starts = self.windows.iter().map(|window| date.to_datetime(window.from));
            candidates.extend(starts.flat_map(|start| passes(start, zone)));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let within = |candidate: &Timestamp| *candidate > at && *candidate < until;
        candidates.into_iter().filter(within).filter(|at| self.is_quiet(*at, zone)).min()
    }

    /// The instant at which the quiet stretch that holds `at` began, looking back no further than
    /// `not_before`.
    pub fn opening_before(
        &self,
        at: Timestamp,
        not_before: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        // Windows are whole minutes and clocks change on whole seconds.
        const STEP: SignedDuration = SignedDuration::from_secs(1);
        let mut at = at;
        while at > not_before {
            let wall = zone.to_datetime(at);
            let starts = self.windows.iter().filter_map(|w| w.around(wall)).map(|(from, _)| from);
            let just_after = ahead(at, SignedDuration::from_nanos(1));
            let jump = zone.preceding(just_after).next().map(|jump| jump.timestamp());
            let candidates = starts.flat_map(|from| passes(from, zone)).chain(jump);
            let opening = candidates.filter(|candidate| *candidate <= at).max()?;
            let before = back(opening, STEP);
            if !self.is_quiet(before, zone) {
                return (opening > not_before).then_some(opening);
            }
            at = before;
        }
        None
    }

    fn holds(&self, wall: DateTime) -> bool {
        self.windows.iter().any(|window| window.around(wall).is_some())
    }
}

/// The instants at which the wall shows this time: two in a repeated hour. In a gap the wall never
/// shows it; the change of clocks itself is looked at instead.
fn passes(wall: DateTime, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
    let (first, second) = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => (Some(offset), None),
        AmbiguousOffset::Gap { .. } => (None, None),
        AmbiguousOffset::Fold { before, after } => (Some(before), Some(after)),
    };
    first.into_iter().chain(second).filter_map(move |offset| offset.to_timestamp(wall).ok())
}

#[cfg(test)]
mod tests;
