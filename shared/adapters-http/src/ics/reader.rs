//! The reader behind the port.

use app::ports::{Calendar, CalendarReader, CalendarSource, MirrorWindow, Oddity, ReadEvents};
use domain::time::Zones;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Expansion;

/// Reads calendars that are kept as iCalendar documents.
#[derive(Debug, Clone)]
pub struct IcsReader {
    zones: Zones,
}

impl IcsReader {
    /// With the zone database that `TZID`s are looked up in.
    pub fn new(zones: Zones) -> Self {
        Self { zones }
    }
}

impl CalendarReader for IcsReader {
    fn read(
        &self,
        calendar: &Calendar,
        window: MirrorWindow,
        zone: &TimeZone,
        now: Timestamp,
    ) -> ReadEvents {
        let CalendarSource::Ics { text } = &calendar.source;
        let feed = super::read(text.as_bytes(), &self.zones);
        let expansion = Expansion {
            calendar: &calendar.id,
            from: window.from,
            to: window.until,
            user_zone: zone,
            own_addresses: &[],
            first_seen_at: now,
        };
        let expanded = feed.occurrences(&expansion);
        let oddities = feed.oddities().iter().chain(&expanded.oddities);
        let oddities = oddities.map(|odd| Oddity { line: odd.line, what: odd.what.clone() });
        ReadEvents { oddities: oddities.collect(), events: expanded.events }
    }
}
