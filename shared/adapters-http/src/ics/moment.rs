//! Moments on the clock that an entry goes by, and how one clock's moment reads on another.

use domain::time;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

static UTC: TimeZone = TimeZone::UTC;

/// What a wall-clock time is measured by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Clock {
    /// Whole days; the time is always midnight.
    Dates,
    /// The clock on the user's wall, wherever that is (RFC 5545 "floating").
    Floating,
    Utc,
    Zone(TimeZone),
    /// A zone that cannot be told; the user's is taken.
    Unknown,
}

impl Clock {
    /// The zone in which its moments are resolved for a user who lives in `user_zone`.
    pub(super) fn zone<'a>(&'a self, user_zone: &'a TimeZone) -> &'a TimeZone {
        match self {
            Self::Zone(zone) => zone,
            Self::Utc => &UTC,
            Self::Dates | Self::Floating | Self::Unknown => user_zone,
        }
    }

    pub(super) fn is_dates(&self) -> bool {
        matches!(self, Self::Dates)
    }
}

/// A wall-clock time and its clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moment {
    pub(super) wall: DateTime,
    pub(super) clock: Clock,
}

impl Moment {
    /// The instant for a user who lives in `user_zone`.
    pub(super) fn instant(&self, user_zone: &TimeZone) -> Timestamp {
        let zone = self.clock.zone(user_zone);
        match self.clock {
            Clock::Dates => time::start_of_day(self.wall.date(), zone),
            _ => time::instant_of(self.wall, zone),
        }
    }

    /// What the wall of another clock shows at this moment.
    ///
    /// Dates and floating times are taken as written: an exporter that drops the zone of an EXDATE
    /// means the zone of the series, not the user's. Likewise, what excludes or changes an
    /// occurrence of a floating series is taken as written, whatever zone it names.
    pub(super) fn wall_on(&self, clock: &Clock, user_zone: &TimeZone) -> DateTime {
        if clock.is_dates() {
            return self.wall.date().to_datetime(Time::midnight());
        }
        let is_as_written = matches!(self.clock, Clock::Dates | Clock::Floating | Clock::Unknown);
        if is_as_written || self.clock == *clock || *clock == Clock::Floating {
            return self.wall;
        }
        clock.zone(user_zone).to_datetime(self.instant(user_zone))
    }

    /// Like [`Moment::wall_on`], but what the wall would have shown had clocks not just jumped
    /// ahead: a series at 02:30 has its instance at 03:30 on that day, and an exporter that writes
    /// the instance's RECURRENCE-ID in UTC means 02:30 by it. `None` on all other days.
    pub(super) fn wall_before_gap(&self, clock: &Clock, user_zone: &TimeZone) -> Option<DateTime> {
        let has_none =
            |clock: &Clock| matches!(clock, Clock::Dates | Clock::Floating | Clock::Unknown);
        if has_none(&self.clock) || matches!(clock, Clock::Dates | Clock::Floating) {
            return None;
        }
        let zone = clock.zone(user_zone);
        let at = self.instant(user_zone);
        let jump = zone.preceding(time::ahead(at, jiff::SignedDuration::from_nanos(1))).next()?;
        let just_before = time::back(jump.timestamp(), jiff::SignedDuration::from_nanos(1));
        let before = zone.to_offset(just_before);
        let skipped = i64::from(jump.offset().seconds()) - i64::from(before.seconds());
        let passed = at.duration_since(jump.timestamp()).as_secs();
        (skipped > passed).then(|| before.to_datetime(at))
    }
}
