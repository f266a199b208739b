//! One VEVENT, read.

use domain::ids::EventUid;
use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::details::Details;
use super::moment::{Clock, Moment};
use super::oddity::{Oddities, quoted};
use super::property::Property;
use super::rule::Rule;
use super::tree::Component;
use super::value::{self, Form, Nominal};
use super::zones::ZoneBook;
use super::{limits, recur};

/// One VEVENT: an event of its own, a series, or a change to one occurrence of a series.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) uid: EventUid,
    pub(super) start: Moment,
    /// Whether it says when it begins; the cancellation of one occurrence need not.
    pub(super) has_own_start: bool,
    pub(super) end: End,
    pub(super) details: Details,
    pub(super) version: Version,
    /// Which occurrence this entry changes.
    pub(super) changes: Option<Change>,
    /// Whether it repeats; also where its rule could not be read.
    pub(super) is_series: bool,
    pub(super) rules: Vec<SeriesRule>,
    pub(super) without: Vec<SeriesRule>,
    pub(super) extra: Vec<Extra>,
    pub(super) excluded: Vec<Excluded>,
}

/// How an entry ends.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    /// At a moment; later occurrences last exactly as long (RFC 5545, 3.8.5.3).
    At(Moment),
    /// So long after the start.
    After(Nominal),
}

/// Which of two entries with the same UID is newer: SEQUENCE, then LAST-MODIFIED, then DTSTAMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) sequence: i64,
    modified: Option<DateTime>,
    stamped: Option<DateTime>,
}

/// RECURRENCE-ID.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) line: usize,
    /// The original start.
    pub(super) of: Moment,
    /// Whether it changes the following occurrences as well.
    pub(super) and_following: bool,
}

/// A rule of a series, with the end that COUNT gives it.
#[derive(Debug, Clone)]
pub(super) struct SeriesRule {
    pub(super) line: usize,
    pub(super) rule: Rule,
    pub(super) last: Option<DateTime>,
}

/// One date of RDATE, which may have a length of its own.
#[derive(Debug, Clone)]
pub(super) struct Extra {
    pub(super) at: Moment,
    pub(super) end: Option<End>,
}

/// One date of EXDATE.
#[derive(Debug, Clone)]
pub(super) struct Excluded {
    pub(super) at: Moment,
    /// Whether only a date is written, so that whatever happens on it is excluded.
    pub(super) whole_day: bool,
}

/// Reads entries of one file.
pub(super) struct Reader<'a, 'z> {
    pub(super) zones: &'a mut ZoneBook<'z>,
    pub(super) oddities: &'a mut Oddities,
    /// Steps that walks along rules may still take.
    pub(super) steps: &'a mut u64,
}

impl Reader<'_, '_> {
    /// Reads a VEVENT; `None`, and told, where it has no start.
    pub(super) fn entry(&mut self, component: &Component<'_>, is_cancelled: bool) -> Option<Entry> {
        let original = self.original(component);
        let start = self.start(component, original.as_ref())?;
        let changes = component.first("RECURRENCE-ID").map(|id| self.change(id, original, &start));
        let (start, end) = self.end(component, start);
        let details = Details::of(component, is_cancelled);
        let uid = self.uid(component)?;
        let mut entry = Entry {
            line: component.line,
            uid,
            start,
            has_own_start: component.first("DTSTART").is_some(),
            end,
            details,
            version: version(component),
            changes,
            is_series: component
                .properties
                .iter()
                .any(|p| matches!(p.name, "RRULE" | "RDATE") && !p.value().is_empty()),
            rules: Vec::new(),
            without: Vec::new(),
            extra: Vec::new(),
            excluded: Vec::new(),
        };
        if entry.changes.is_some() && entry.is_series {
            let what = "an entry with RECURRENCE-ID cannot repeat; its rule is ignored";
            self.oddities.add(component.line, what);
            entry.is_series = false;
        } else if entry.is_series {
            entry.rules = self.rules(component, "RRULE", &entry.start);
            entry.without = self.rules(component, "EXRULE", &entry.start);
            entry.extra = self.extra(component, &entry.start);
            entry.excluded = self.excluded(component);
        }
        Some(entry)
    }

    /// The UID, or one made from what the entry says, so that it stays the same in the next export.
    fn uid(&mut self, component: &Component<'_>) -> Option<EventUid> {
        let written = component.first("UID").map_or("", Property::value);
        if let Ok(uid) = EventUid::parse(written) {
            return Some(uid);
        }
        let (line, what) = match component.first("UID") {
            Some(uid) if !uid.value().is_empty() => {
                (uid.line, "UID is too long or holds control characters; a hash of it is used")
            }
            _ => (component.line, "there is no UID; one is made from what the entry says"),
        };
        self.oddities.add(line, what);
        let mut hash = Sha256::new();
        hash.update(written);
        if written.is_empty() {
            let names = ["DTSTART", "DTEND", "DURATION", "SUMMARY", "LOCATION", "RRULE", "URL"];
            for name in names {
                let value = component.first(name).map_or("", Property::value);
                hash.update((value.len() as u64).to_le_bytes());
                hash.update(value);
            }
        }
        made_uid(&hash.finalize())
    }

    fn original(&mut self, component: &Component<'_>) -> Option<Moment> {
        let property = component.first("RECURRENCE-ID")?;
        self.moment(component, property, property.value())
    }

    /// RECURRENCE-ID; where it cannot be read, the change is taken for one that moves nothing.
    fn change(
        &mut self,
        property: &Property<'_>,
        original: Option<Moment>,
        start: &Moment,
    ) -> Change {
        let range = property.word("RANGE");
        if range.as_deref() == Some("THISANDPRIOR") {
            let what = "RANGE=THISANDPRIOR is not supported; only this occurrence is changed";
            self.oddities.add(property.line, what);
        }
        let and_following = range.as_deref() == Some("THISANDFUTURE");
        let of = original.unwrap_or_else(|| start.clone());
        Change { line: property.line, of, and_following }
    }

    fn start(&mut self, component: &Component<'_>, original: Option<&Moment>) -> Option<Moment> {
        let Some(property) = component.first("DTSTART") else {
            // The cancellation of one occurrence often says no more than which one.
            if original.is_none() {
                self.oddities.add(component.line, "VEVENT has no DTSTART; it is not used");
            }
            return original.cloned();
        };
        if let Some(second) = component.all("DTSTART").nth(1) {
            self.oddities.add(second.line, "a second DTSTART is ignored");
        }
        let start = self.moment(component, property, property.value());
        if start.is_none() {
            self.oddities.add(component.line, "VEVENT has no usable DTSTART; it is not used");
        }
        start
    }

    /// The end; and the start, which Outlook's flag for all-day entries may turn into a date.
    fn end(&mut self, component: &Component<'_>, start: Moment) -> (Moment, End) {
        let duration = component.first("DURATION").and_then(|property| {
            let read = value::duration(property.value());
            if read.is_none() {
                let what = format!("DURATION {} cannot be read", quoted(property.value()));
                self.oddities.add(property.line, what);
            }
            Some((property.line, read?))
        });
        let end = component.first("DTEND").and_then(|property| {
            Some((property.line, self.moment(component, property, property.value())?))
        });
        let is_flagged = component
            .first("X-MICROSOFT-CDO-ALLDAYEVENT")
            .is_some_and(|flag| flag.value().eq_ignore_ascii_case("TRUE"));
        let midnight = |moment: &Moment| moment.wall.time() == Time::midnight();
        if is_flagged && midnight(&start) && end.as_ref().is_none_or(|(_, end)| midnight(end)) {
            let date = |moment: Moment| Moment { clock: Clock::Dates, ..moment };
            let end = end.map(|(line, end)| (line, date(end)));
            let start = date(start);
            let end = self.checked_end(&start, end, duration);
            return (start, end);
        }
        let end = self.checked_end(&start, end, duration);
        (start, end)
    }

    fn checked_end(
        &mut self,
        start: &Moment,
        end: Option<(usize, Moment)>,
        duration: Option<(usize, Nominal)>,
    ) -> End {
        let none = SignedDuration::ZERO;
        let default = End::After(Nominal { days: start.clock.is_dates().into(), time: none });
        match (end, duration) {
            (Some((line, end)), _) => self.end_at(start, line, end, default),
            (None, Some((line, length))) => {
                let seconds = length.time.as_secs();
                if length.days < 0 || seconds < 0 {
                    self.oddities.add(line, "DURATION is negative; it is taken as none");
                    return default;
                }
                if start.clock.is_dates() {
                    // A part of a day still takes the day.
                    let days = length.days + (seconds + 86_399) / 86_400;
                    return End::After(Nominal { days: days.max(1), time: none });
                }
                End::After(length)
            }
            (None, None) => default,
        }
    }

    fn end_at(&mut self, start: &Moment, line: usize, end: Moment, default: End) -> End {
        let end = match (start.clock.is_dates(), end.clock.is_dates()) {
            (true, false) => {
                let what = "DTEND has a time and DTSTART has none; the time is ignored";
                self.oddities.add(line, what);
                let is_midnight = end.wall.time() == Time::midnight();
                let days = SignedDuration::from_hours(if is_midnight { 0 } else { 24 });
                let wall = end.wall.date().to_datetime(Time::midnight()).saturating_add(days);
                Moment { wall, clock: Clock::Dates }
            }
            (false, true) => {
                self.oddities.add(line, "DTSTART has a time and DTEND has none");
                Moment { clock: start.clock.clone(), ..end }
            }
            _ => end,
        };
        // Whoever writes an all-day entry that ends on the day it begins means that day.
        if start.clock.is_dates() && end.wall == start.wall {
            return default;
        }
        // Where the zone is the user's, any zone will do to see which one is earlier.
        let is_before = if start.clock == end.clock {
            end.wall < start.wall
        } else {
            end.instant(&TimeZone::UTC) < start.instant(&TimeZone::UTC)
        };
        let is_told = !matches!((&start.clock, &end.clock), (Clock::Unknown | Clock::Floating, _))
            || start.clock == end.clock;
        if is_before && is_told {
            self.oddities.add(line, "DTEND is before DTSTART; the entry has no length");
            return default;
        }
        End::At(end)
    }

    fn rules(
        &mut self,
        component: &Component<'_>,
        name: &'static str,
        start: &Moment,
    ) -> Vec<SeriesRule> {
        let mut rules = Vec::new();
        for property in component.all(name) {
            if rules.len() == limits::RULES_MAX {
                self.oddities.add(property.line, format!("too many {name}; the rest is ignored"));
                break;
            }
            if property.value().is_empty() {
                continue;
            }
            // Some exporters escape rules as if they were texts.
            let text = property.value().replace('\\', "");
            let parsed = Rule::parse(&text, start.wall, start.clock.is_dates());
            let (rule, remarks) = match parsed {
                Ok(parsed) => parsed,
                Err(what) => {
                    self.oddities.add(property.line, format!("{name} is not used: {what}"));
                    continue;
                }
            };
            for remark in remarks {
                self.oddities.add(property.line, format!("{name}: {remark}"));
            }
            let counted = recur::last_by_count(&rule, start.wall, self.steps);
            if counted.as_ref().is_some_and(|counted| !counted.is_complete) {
                let what = format!("{name}: COUNT is too far to follow; the series is cut short");
                self.oddities.add(property.line, what);
            }
            let last = counted.map(|counted| counted.last);
            rules.push(SeriesRule { line: property.line, rule, last });
        }
        rules
    }

    fn extra(&mut self, component: &Component<'_>, start: &Moment) -> Vec<Extra> {
        let mut extra = Vec::new();
        for property in component.all("RDATE") {
            for text in property.value().split(',').filter(|text| !text.trim().is_empty()) {
                if extra.len() == limits::DATES_MAX {
                    self.oddities.add(property.line, "too many dates; the rest is ignored");
                    return extra;
                }
                let (at, end) = match text.split_once('/') {
                    Some((at, end)) => (at, Some(end)),
                    None => (text, None),
                };
                let Some(mut at) = self.moment(component, property, at) else { continue };
                if at.clock.is_dates() && !start.clock.is_dates() {
                    let wall = at.wall.date().to_datetime(start.wall.time());
                    at = Moment { wall, clock: start.clock.clone() };
                }
                let end = end.and_then(|end| match value::duration(end) {
                    Some(length) if length.days >= 0 && length.time >= SignedDuration::ZERO => {
                        Some(End::After(length))
                    }
                    Some(_) => None,
                    None => self.moment(component, property, end).map(End::At),
                });
                extra.push(Extra { at, end });
            }
        }
        extra
    }

    fn excluded(&mut self, component: &Component<'_>) -> Vec<Excluded> {
        let mut excluded = Vec::new();
        for property in component.all("EXDATE") {
            for text in property.value().split(',').filter(|text| !text.trim().is_empty()) {
                if excluded.len() == limits::DATES_MAX {
                    self.oddities.add(property.line, "too many dates; the rest is ignored");
                    return excluded;
                }
                if let Some(at) = self.moment(component, property, text) {
                    let whole_day = at.clock.is_dates();
                    excluded.push(Excluded { at, whole_day });
                }
            }
        }
        excluded
    }

    /// A date or time with the clock that its form and TZID tell.
    fn moment(
        &mut self,
        component: &Component<'_>,
        property: &Property<'_>,
        text: &str,
    ) -> Option<Moment> {
        let Some(written) = value::moment(text) else {
            let what = format!("{} {} is not a date or time", property.name, quoted(text));
            self.oddities.add(property.line, what);
            return None;
        };
        let is_date = property.word("VALUE").as_deref() == Some("DATE");
        let has_time = written.form != Form::Date;
        if !written.is_regular || (is_date && has_time) {
            let what = format!("{} {} is oddly written", property.name, quoted(text));
            self.oddities.add(property.line, what);
        }
        let wall = written.wall;
        let clock = match written.form {
            Form::Date => Clock::Dates,
            _ if is_date => {
                let wall = wall.date().to_datetime(Time::midnight());
                return Some(Moment { wall, clock: Clock::Dates });
            }
            Form::Utc => Clock::Utc,
            Form::Wall => match property.param("TZID").filter(|id| !id.trim().is_empty()) {
                Some(id) => self.zones.clock_of(component.calendar, &id, property, self.oddities),
                None => Clock::Floating,
            },
        };
        Some(Moment { wall, clock })
    }
}

/// A UID from a hash; there always is one, because hexadecimal digits make a usable name.
pub(super) fn made_uid(hash: &[u8]) -> Option<EventUid> {
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    EventUid::parse(&format!("made-{digits}")).ok()
}

fn version(component: &Component<'_>) -> Version {
    let moment = |name| {
        component.first(name).and_then(|p| value::moment(p.value())).map(|written| written.wall)
    };
    let sequence = component.first("SEQUENCE").and_then(|p| p.value().parse().ok());
    Version {
        sequence: sequence.unwrap_or(0),
        modified: moment("LAST-MODIFIED"),
        stamped: moment("DTSTAMP"),
    }
}
