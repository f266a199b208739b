//! What is ahead of a person as a calendar (RFC 5545): their events, with an alarm wherever a text
//! is planned.

use app::users::Export;
use domain::calendar_event::{CalendarEvent, EventStatus, EventTime};
use domain::reminder::{Reminder, State};
use icalendar::{
    Alarm, Calendar, CalendarDateTime, Component, Event, EventLike, Property, Trigger,
};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The media type of a calendar.
pub(crate) const ICS: &str = "text/calendar; charset=utf-8";

/// Who made it.
const PRODUCT: &str = "-//Beforehand//EN";

/// The events of a person that are not over at `now`, each with the texts that are planned for it.
/// A recurring event stands there once for each occurrence: as the mirror holds it.
pub(crate) fn calendar(export: &Export, zone: &TimeZone, now: Timestamp) -> String {
    let mut calendar = Calendar::empty();
    // What the standard asks of every calendar, and no more: the library's own identifies itself.
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", PRODUCT));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    let is_ahead =
        |event: &&CalendarEvent| event.span(zone).1 > now && event.status != EventStatus::Cancelled;
    let mut events: Vec<_> = export.events.iter().filter(is_ahead).collect();
    events.sort_by_key(|event| (event.start(zone), event.uid.as_str(), event.occurrence.as_str()));
    for event in events {
        calendar.push(entry(event, &export.reminders, now));
    }
    calendar.done().to_string()
}

fn entry(event: &CalendarEvent, reminders: &[Reminder], now: Timestamp) -> Event {
    let mut entry = Event::new();
    // One entry for each occurrence, each with a name of its own.
    let occurrence = event.occurrence.as_str();
    entry.uid(&format!("{} {occurrence}", event.uid.as_str()));
    entry.add_property("DTSTAMP", instant(now));
    if !event.title.is_empty() {
        entry.summary(&event.title);
    }
    if let Some(location) = &event.location {
        entry.location(location);
    }
    if let Some(link) = &event.meeting_link {
        entry.description(link);
    }
    let (start, end) = match event.when {
        EventTime::Timed { start, end } => {
            (time("DTSTART", instant(start)), time("DTEND", instant(end)))
        }
        EventTime::Floating { start, end } => {
            (time("DTSTART", wall(start)), time("DTEND", wall(end)))
        }
        EventTime::AllDay { from, until } => (day("DTSTART", from), day("DTEND", until)),
    };
    entry.append_property(start);
    entry.append_property(end);
    let is_its = |row: &&Reminder| row.uid == event.uid && row.occurrence == event.occurrence;
    let planned = reminders.iter().filter(|row| row.state == State::Scheduled).filter(is_its);
    let name = if event.title.is_empty() { "(no title)" } else { &event.title };
    for row in planned {
        if let Ok(at) = instant(row.send_at).parse::<CalendarDateTime>() {
            entry.alarm(Alarm::display(name, Trigger::DateTime(at)));
        }
    }
    entry.done()
}

fn time(key: &str, value: String) -> Property {
    Property::new(key, value)
}

fn day(key: &str, date: Date) -> Property {
    let mut property = Property::new(key, date.strftime("%Y%m%d").to_string());
    property.add_parameter("VALUE", "DATE");
    property
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn wall(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}
