//! Which zone a TZID means.
//!
//! In this order: the name of a zone of the IANA database, alone or at the end of a path; a name
//! that Windows gives; the file's own VTIMEZONE; an offset in the name; then X-WR-TIMEZONE, else
//! the user's zone. Names go before the file's VTIMEZONE because files are often older than the
//! rules.

use std::collections::HashMap;

use domain::time::Zones;
use jiff::tz::TimeZone;

use super::moment::Clock;
use super::oddity::{Oddities, quoted};
use super::property::Property;
use super::tree::Component;
use super::{value, vtimezone, windows_zones};

/// Resolves the zones of one file.
pub(super) struct ZoneBook<'a> {
    zones: &'a Zones,
    /// The file's VTIMEZONEs by calendar and TZID.
    components: HashMap<(usize, &'a str), &'a Component<'a>>,
    /// What has been found, by calendar and TZID.
    known: HashMap<(usize, String), Clock>,
    /// X-WR-TIMEZONE of each calendar.
    defaults: Vec<Clock>,
    /// Steps that walks along the rules of VTIMEZONEs may still take.
    steps: u64,
}

impl<'a> ZoneBook<'a> {
    pub(super) fn new(
        zones: &'a Zones,
        calendars: &[Component<'_>],
        components: &'a [Component<'a>],
        steps: u64,
        oddities: &mut Oddities,
    ) -> Self {
        let mut book = Self {
            zones,
            components: HashMap::new(),
            known: HashMap::new(),
            defaults: Vec::new(),
            steps,
        };
        for component in components {
            match component.first("TZID") {
                Some(id) => {
                    book.components.entry((component.calendar, id.value())).or_insert(component);
                }
                None => oddities.add(component.line, "VTIMEZONE has no TZID; it is not used"),
            }
        }
        for calendar in calendars {
            let clock = book.default_of(calendar, oddities);
            book.defaults.push(clock);
        }
        book
    }

    /// The clock that a property's TZID means.
    pub(super) fn clock_of(
        &mut self,
        calendar: usize,
        id: &str,
        property: &Property<'_>,
        oddities: &mut Oddities,
    ) -> Clock {
        let id = &*id.trim().replace("\\,", ",");
        if let Some(clock) = self.known.get(&(calendar, id.to_owned())) {
            return clock.clone();
        }
        let found = self
            .by_name(id)
            .or_else(|| self.by_component(calendar, id, oddities))
            .or_else(|| by_offset(id));
        let clock = found.map_or_else(
            || {
                let clock = self.defaults.get(calendar).cloned().unwrap_or(Clock::Unknown);
                let instead = match &clock {
                    Clock::Zone(zone) => zone.iana_name().unwrap_or("X-WR-TIMEZONE").to_owned(),
                    _ => "the user's own zone".to_owned(),
                };
                let what = format!(
                    "time zone {} is neither known nor defined in the file; {instead} is taken \
                     instead, here and wherever else it is named",
                    quoted(id)
                );
                oddities.add(property.line, what);
                clock
            },
            Clock::Zone,
        );
        self.known.insert((calendar, id.to_owned()), clock.clone());
        clock
    }

    fn default_of(&self, calendar: &Component<'_>, oddities: &mut Oddities) -> Clock {
        let Some(property) = calendar.first("X-WR-TIMEZONE") else { return Clock::Unknown };
        if property.value().is_empty() {
            return Clock::Unknown;
        }
        self.by_name(property.value()).map_or_else(
            || {
                let name = quoted(property.value());
                oddities.add(property.line, format!("X-WR-TIMEZONE {name} is not known"));
                Clock::Unknown
            },
            Clock::Zone,
        )
    }

    /// A zone that the database or Windows knows by this name.
    fn by_name(&self, id: &str) -> Option<TimeZone> {
        let id = id.trim().trim_matches('"');
        let id = id.strip_prefix("tzone://Microsoft/").unwrap_or(id);
        self.by_iana_name(id).or_else(|| self.by_iana_name(windows_zones::iana_name(id)?)).or_else(
            || {
                // `/mozilla.org/20050126_1/Europe/Berlin`, `/softwarestudio.org/Tzfile/...`: names
                // of the database have up to three parts.
                let starts = id.match_indices('/').map(|(at, _)| at + 1);
                starts.into_iter().find_map(|at| self.by_iana_name(&id[at..]))
            },
        )
    }

    fn by_iana_name(&self, name: &str) -> Option<TimeZone> {
        self.zones.find(&name.replace(' ', "_"))
    }

    /// The file's own definition: of the same calendar, else of another one in the file.
    fn by_component(
        &mut self,
        calendar: usize,
        id: &str,
        oddities: &mut Oddities,
    ) -> Option<TimeZone> {
        let component = self.components.get(&(calendar, id)).copied().or_else(|| {
            let mut others: Vec<_> =
                self.components.iter().filter(|(key, _)| key.1 == id).collect();
            others.sort_by_key(|(key, _)| key.0);
            others.first().map(|(_, component)| **component)
        })?;
        let alias = ["X-LIC-LOCATION", "TZID-ALIAS-OF"]
            .iter()
            .find_map(|name| self.by_name(component.first(name)?.value()));
        alias.or_else(|| vtimezone::compute(component, &mut self.steps, oddities))
    }
}

/// `UTC+02:00`, `GMT-0500`, `+0100`, and `GMT` or `UTC` with anything after it.
fn by_offset(id: &str) -> Option<TimeZone> {
    let upper = id.to_ascii_uppercase();
    let rest = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
    let end = rest.find(|c: char| c != ':' && c.is_ascii_punctuation() && !"+-".contains(c));
    let rest = rest[..end.unwrap_or(rest.len())].trim();
    value::offset(rest).map(TimeZone::fixed)
}
