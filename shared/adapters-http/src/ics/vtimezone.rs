//! A zone computed from the file's own VTIMEZONE (RFC 5545, 3.6.5), for names that nobody else
//! knows, such as Outlook's "Customized Time Zone".

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use super::oddity::Oddities;
use super::rule::{Rule, Until};
use super::tree::Component;
use super::value::{self, Form};
use super::{limits, recur};

/// One change of clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Transition {
    at: Timestamp,
    before: Offset,
    after: Offset,
}

/// The zone that a VTIMEZONE describes; `None`, and told, where it describes none.
pub(super) fn compute(
    component: &Component<'_>,
    steps: &mut u64,
    oddities: &mut Oddities,
) -> Option<TimeZone> {
    let mut transitions = Vec::new();
    for observance in &component.observances {
        add_transitions(observance, &mut transitions, steps, oddities);
    }
    transitions.sort_by_key(|transition| transition.at);
    transitions.dedup_by_key(|transition| transition.at);
    if transitions.is_empty() {
        oddities.add(component.line, "VTIMEZONE holds no STANDARD or DAYLIGHT that can be read");
        return None;
    }
    let name = component.first("TZID").map_or("", |id| id.value());
    let zone = TimeZone::tzif(name, &tzif(&transitions)).ok();
    if zone.is_none() {
        oddities.add(component.line, "VTIMEZONE cannot be used: its offsets make no zone");
    }
    zone
}

fn add_transitions(
    observance: &Component<'_>,
    transitions: &mut Vec<Transition>,
    steps: &mut u64,
    oddities: &mut Oddities,
) {
    let offset = |name| observance.first(name).and_then(|p| value::offset(p.value()));
    let after = offset("TZOFFSETTO");
    let before = offset("TZOFFSETFROM").or(after);
    let start = observance.first("DTSTART").and_then(|p| value::moment(p.value()));
    let (Some(before), Some(after), Some(start)) = (before, after, start) else {
        let what = "this part of a VTIMEZONE needs DTSTART and TZOFFSETTO; it is not used";
        oddities.add(observance.line, what);
        return;
    };
    let mut add = |wall: DateTime| {
        if let Ok(at) = before.to_timestamp(wall) {
            transitions.push(Transition { at, before, after });
        }
        transitions.len() < limits::TRANSITIONS_MAX
    };
    add(start.wall);
    for dates in observance.all("RDATE") {
        for date in dates.value().split(',') {
            match value::moment(date) {
                Some(date) => {
                    let wall = match date.form {
                        Form::Utc => before.to_datetime(utc(date.wall)),
                        Form::Date | Form::Wall => date.wall,
                    };
                    add(wall);
                }
                None => oddities.add(dates.line, "RDATE of a VTIMEZONE holds what is no date"),
            }
        }
    }
    for rule in observance.all("RRULE") {
        let parsed = match Rule::parse(rule.value(), start.wall, false) {
            Ok((parsed, _)) => parsed,
            Err(what) => {
                oddities.add(rule.line, format!("RRULE of a VTIMEZONE is not used: {what}"));
                continue;
            }
        };
        // Zones of before 1970 matter to nobody who gets reminders; Outlook begins in 1601.
        let from = Date::constant(1970, 1, 1).at(0, 0, 0, 0);
        let until = match parsed.until {
            Some(Until::Utc(wall)) => before.to_datetime(utc(wall)),
            Some(Until::Wall(wall)) => wall,
            Some(Until::Date(date)) => date.at(23, 59, 59, 0),
            None => DateTime::MAX,
        };
        let to = until.min(Date::constant(limits::ZONE_YEAR_MAX, 12, 31).at(23, 59, 59, 0));
        let counted = recur::last_by_count(&parsed, start.wall, steps);
        let to = counted.map_or(to, |counted| counted.last.min(to));
        let _ = recur::walk(&parsed, start.wall, from, to, steps, &mut add);
    }
}

fn utc(wall: DateTime) -> Timestamp {
    Offset::UTC.to_timestamp(wall).unwrap_or(Timestamp::MAX)
}

/// The transitions as a file of the IANA database has them (RFC 9636, version 2), so that a
/// computed zone is a zone like any other.
fn tzif(transitions: &[Transition]) -> Vec<u8> {
    let mut offsets: Vec<i32> = Vec::new();
    let mut index_of = |offset: Offset| -> u8 {
        let at = offsets.iter().position(|seconds| *seconds == offset.seconds());
        // A file knows 256 offsets; a VTIMEZONE with more of them is nonsense anyway.
        let at = at.unwrap_or_else(|| {
            offsets.push(offset.seconds());
            offsets.len() - 1
        });
        u8::try_from(at).unwrap_or(0)
    };
    // The first offset in the file holds before the first transition.
    index_of(transitions[0].before);
    let indices: Vec<u8> = transitions.iter().map(|t| index_of(t.after)).collect();
    let counts = |times: usize, types: usize, letters: usize| {
        let mut header = b"TZif2".to_vec();
        header.extend([0; 15]);
        for count in [0, 0, 0, times, types, letters] {
            header.extend(u32::try_from(count).unwrap_or(0).to_be_bytes());
        }
        header
    };
    let offsets = &offsets[..offsets.len().min(256)];
    // The block of version 1 is there for old readers only: one offset, no transition.
    let mut file = counts(0, 1, 4);
    file.extend([0, 0, 0, 0, 0, 0]);
    file.extend(b"LMT\0");
    file.extend(counts(transitions.len(), offsets.len(), 4));
    for transition in transitions {
        file.extend(transition.at.as_second().to_be_bytes());
    }
    file.extend(indices);
    for seconds in offsets {
        file.extend(seconds.to_be_bytes());
        file.extend([0, 0]);
    }
    file.extend(b"LMT\0");
    file.extend(b"\n\n");
    file
}
