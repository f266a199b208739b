//! A reminder beside its event as the calendar has it now.

use jiff::tz::TimeZone;

use super::{Attempt, Reminder};
use crate::calendar_event::{CalendarEvent, EventTime};
use crate::texts::EventFacts;

impl Reminder {
    /// What a text may say of `event` to somebody in `zone`.
    pub fn facts_of(event: &CalendarEvent, zone: &TimeZone) -> EventFacts {
        let (start, end) = event.span(zone);
        let all_day_on = match event.when {
            EventTime::AllDay { from, .. } => Some(from),
            _ => None,
        };
        EventFacts {
            title: event.title.clone(),
            start,
            end,
            all_day_on,
            location: event.location.clone(),
            meeting_link: event.meeting_link.clone(),
            first_of: None,
        }
    }

    /// Whether the event still is what the body was written from. When it ends does not matter.
    pub fn facts_match(&self, event: &CalendarEvent, zone: &TimeZone) -> bool {
        self.facts.start == event.start(zone)
            && self.facts.title == event.title
            && self.facts.location == event.location
            && self.facts.meeting_link == event.meeting_link
            && self.facts.all_day_on.is_some() == event.when.is_all_day()
    }

    /// Whether `event` begins at another time than when this reminder was planned, by the words of
    /// its calendar: a user who flies elsewhere moves no event.
    pub fn is_moved(&self, event: &CalendarEvent) -> bool {
        match (self.when, event.when) {
            (EventTime::Timed { start: was, .. }, EventTime::Timed { start, .. }) => was != start,
            (EventTime::Floating { start: was, .. }, EventTime::Floating { start, .. }) => {
                was != start
            }
            (EventTime::AllDay { from: was, .. }, EventTime::AllDay { from, .. }) => was != from,
            _ => true,
        }
    }

    /// Whether a text of it is on a phone, or may get there, and names the time at which `event`
    /// begins now.
    pub fn tells_of(&self, event: &CalendarEvent) -> bool {
        !self.is_moved(event) && self.attempts.iter().any(Attempt::is_live)
    }
}
