//! Reading iCalendar files (RFC 5545, RFC 7986), as Google, Outlook, Apple, Thunderbird, Nextcloud
//! and others write them.
//!
//! [`read`] takes a file apart once; [`Feed::occurrences`] then tells what happens within a window,
//! as often as it is asked. Whatever is wrong with a file is told as an [`Oddity`] with its line,
//! and everything else is used all the same. Reading ends, whatever a file says: see [`limits`].
//!
//! Recurrence is computed in civil time; the zone database of [`Zones`] turns the results into
//! instants. A gap resolves to the later instant, a fold to the earlier.

mod details;
mod entry;
mod expand;
pub mod limits;
mod links;
mod moment;
mod oddity;
mod property;
mod reader;
mod recur;
mod rule;
mod series;
mod text;
mod tree;
mod value;
mod vtimezone;
mod windows_zones;
mod zones;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use domain::calendar_event::CalendarEvent;
use domain::ids::CalendarId;
use domain::time::Zones;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::oddity::Oddity;
pub use self::reader::IcsReader;

use self::entry::Reader;
use self::expand::Expander;
use self::oddity::Oddities;
use self::series::Series;
use self::tree::Component;
use self::zones::ZoneBook;

/// A calendar file, read.
#[derive(Debug, Clone)]
pub struct Feed {
    series: Vec<Series>,
    oddities: Vec<Oddity>,
    owners: Vec<String>,
}

/// For whom and for when a feed is expanded.
#[derive(Debug, Clone)]
pub struct Expansion<'a> {
    /// The calendar that the events stand on.
    pub calendar: &'a CalendarId,
    /// The first instant at which an event may begin.
    pub from: Timestamp,
    /// The first instant at which an event may no longer begin.
    pub to: Timestamp,
    /// Where the user lives: all-day and floating events begin by it, and times whose zone cannot
    /// be told are taken for it.
    pub user_zone: &'a TimeZone,
    /// The user's own e-mail addresses, in any case, by which their answers to invitations are
    /// found. Where a calendar names its owner's address, that one is known without being given.
    pub own_addresses: &'a [String],
    /// What [`CalendarEvent::first_seen_at`] becomes.
    pub first_seen_at: Timestamp,
}

/// What happens within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expanded {
    /// The events that begin within it, by their start, then UID, then occurrence. Cancelled ones
    /// are among them.
    pub events: Vec<CalendarEvent>,
    /// What was odd about expanding, beside what [`Feed::oddities`] tells.
    pub oddities: Vec<Oddity>,
}

/// Reads a calendar file. Never fails: of a file that is none, the feed is empty and its oddities
/// say why.
pub fn read(file: &[u8], zones: &Zones) -> Feed {
    let mut oddities = Oddities::default();
    let bytes = text::normalise(file, &mut oddities);
    let tree = tree::read(&bytes, &mut oddities);
    let mut steps = limits::FEED_STEPS_MAX;
    let mut book = ZoneBook::new(zones, &tree.calendars, &tree.zones, steps, &mut oddities);
    let is_cancelled: Vec<bool> =
        tree.calendars.iter().map(|calendar| header(calendar, &mut oddities)).collect();
    let mut reader = Reader { zones: &mut book, oddities: &mut oddities, steps: &mut steps };
    let entries: Vec<_> = tree
        .entries
        .iter()
        .filter_map(|entry| {
            reader.entry(entry, is_cancelled.get(entry.calendar).copied().unwrap_or(false))
        })
        .collect();
    let series = series::group(entries, &mut oddities);
    let owners = tree.calendars.iter().flat_map(owners).collect();
    Feed { series, oddities: oddities.finish(), owners }
}

impl Feed {
    /// What was odd about the file, in the order of its lines.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// How many events and series the file holds, whenever they are.
    pub fn series_count(&self) -> usize {
        self.series.len()
    }

    /// What happens within a window. Takes as long as the window is, not as the series are old.
    pub fn occurrences(&self, ask: &Expansion<'_>) -> Expanded {
        let given = ask.own_addresses.iter().filter_map(|address| details::address(address));
        let own: HashSet<String> = given.chain(self.owners.iter().cloned()).collect();
        let mut expander = Expander {
            ask,
            own,
            steps: limits::FEED_STEPS_MAX,
            events: Vec::new(),
            oddities: Oddities::default(),
            is_full: false,
        };
        for series in &self.series {
            expander.series(series);
        }
        let mut events = expander.events;
        events.sort_by_cached_key(|event| {
            (event.start(ask.user_zone), event.uid.clone(), event.occurrence.clone())
        });
        Expanded { events, oddities: expander.oddities.finish() }
    }
}

/// Looks at what a calendar says of itself; whether it cancels all that it holds (RFC 5546).
fn header(calendar: &Component<'_>, oddities: &mut Oddities) -> bool {
    if let Some(version) = calendar.first("VERSION").filter(|version| version.value() != "2.0") {
        let what = "VERSION is not 2.0; what an older or newer version means is not known";
        oddities.add(version.line, what);
    }
    if let Some(scale) = calendar.first("CALSCALE")
        && !scale.value().eq_ignore_ascii_case("GREGORIAN")
    {
        oddities.add(scale.line, "CALSCALE is not GREGORIAN; dates are read as if it were");
    }
    let method = calendar.first("METHOD").map_or("", |method| method.value());
    method.eq_ignore_ascii_case("CANCEL")
}

/// The address of a calendar's owner: Google names a person's main calendar by it.
fn owners(calendar: &Component<'_>) -> Vec<String> {
    ["X-WR-CALNAME", "X-WR-RELCALID", "NAME"]
        .iter()
        .filter_map(|name| details::address(&value::unescape(calendar.first(name)?.value())))
        .collect()
}
