//! The crates `rrule` 0.14 and `icalendar` 0.17 as second opinions, and why they are not used.

use std::collections::BTreeSet;

use icalendar::parser::Property as TheirProperty;
use jiff::civil::DateTime;
use rrule::RRuleSet;

use super::super::property::{self, Property};
use super::super::recur;
use super::super::rule::Rule;
use super::*;

/// Our instances of a rule, in civil time.
fn ours(start: &str, rule: &str, max: usize) -> Vec<String> {
    let start: DateTime = DateTime::strptime("%Y%m%dT%H%M%S", start).unwrap();
    let (rule, _) = Rule::parse(rule, start, false).unwrap();
    let mut steps = 100_000;
    let last = recur::last_by_count(&rule, start, &mut steps);
    let mut found = BTreeSet::new();
    let mut take = |wall: DateTime| {
        found.insert(wall.strftime("%Y%m%dT%H%M%S").to_string());
        found.len() < max
    };
    let to = last.map_or(DateTime::MAX, |counted| counted.last);
    // A rule that names nothing walks until its steps are used up; theirs stops as well.
    let _ = recur::walk(&rule, start, start, to, &mut steps, &mut take);
    found.into_iter().collect()
}

/// Theirs, with the civil time taken for UTC.
fn theirs(start: &str, rule: &str, max: u16) -> Vec<String> {
    let set: RRuleSet = format!("DTSTART:{start}Z\nRRULE:{rule}").parse().unwrap();
    set.all(max).dates.iter().map(|date| date.format("%Y%m%dT%H%M%S").to_string()).collect()
}

fn check_agreement(start: &str, rule: &str) {
    let (ours, theirs) = (ours(start, rule, 60), theirs(start, rule, 60));
    assert_eq!(ours, theirs, "{start} {rule}");
}

#[test]
fn rules_agree_with_the_second_opinion() {
    let mut checked = 0;
    for start in ["20260115T093000", "20240229T235959", "20261231T000000"] {
        for frequency in ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"] {
            for interval in [1, 2, 3, 5] {
                for parts in [
                    "",
                    ";BYMONTH=1,2,12",
                    ";BYDAY=MO,TH,SU",
                    ";BYMONTH=3;BYDAY=FR",
                    ";BYMONTHDAY=1,15,-1",
                    ";BYMONTHDAY=13;BYDAY=FR",
                    ";BYYEARDAY=1,60,-1",
                    ";BYDAY=1MO,-1SU",
                    ";BYMONTH=6;BYDAY=2TU",
                    ";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
                    ";BYDAY=SA,SU;BYSETPOS=1,-2",
                    ";WKST=SU;BYDAY=SU,MO",
                    ";BYHOUR=6,18",
                    ";BYHOUR=9;BYMINUTE=0,20,40",
                    ";BYWEEKNO=20;BYDAY=WE",
                    ";COUNT=7",
                ] {
                    if is_known_to_differ(frequency, interval, parts) {
                        continue;
                    }
                    let rule = format!("FREQ={frequency};INTERVAL={interval}{parts}");
                    let with_time = format!("DTSTART:{start}Z\nRRULE:{rule}");
                    if with_time.parse::<RRuleSet>().is_ok() {
                        check_agreement(start, &rule);
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked > 700, "{checked}");
}

/// What the tests below name, and what RFC 5545 forbids, so that opinions may differ.
fn is_known_to_differ(frequency: &str, interval: u8, parts: &str) -> bool {
    let has_nth = parts.contains("1MO") || parts.contains("2TU");
    let forbids_nth = !matches!(frequency, "YEARLY" | "MONTHLY");
    let is_partial_week = frequency == "WEEKLY" && parts.contains("BYSETPOS");
    let is_within_hours = frequency == "MINUTELY" && interval > 1 && parts.contains("BYHOUR");
    (has_nth && forbids_nth) || is_partial_week || is_within_hours
}

#[test]
fn rrule_has_no_set_of_a_whole_week_in_the_first_week() {
    // RFC 5545: the set begins at the beginning of the interval. The first working day of that
    // week was Monday 2026-12-07, before DTSTART.
    let (start, rule) = ("20261209T090000", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1");
    assert_eq!(ours(start, rule, 1), ["20261214T090000"]);
    assert_eq!(theirs(start, rule, 1), ["20261209T090000"]);
}

#[test]
fn rrule_shifts_a_grid_of_minutes_over_night() {
    let (start, rule) = ("20261201T090000", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=9");
    assert_eq!(ours(start, rule, 10)[9], "20261202T090200");
    assert_eq!(theirs(start, rule, 10)[9], "20261202T090300");
}

#[test]
fn rrule_takes_every_day_for_a_numbered_day_of_a_week() {
    let (start, rule) = ("20261201T090000", "FREQ=WEEKLY;BYDAY=1TU");
    assert_eq!(ours(start, rule, 2), ["20261201T090000", "20261208T090000"]);
    assert_eq!(theirs(start, rule, 2), ["20261201T090000", "20261202T090000"]);
}

#[test]
fn rrule_finds_no_day_for_numbered_and_plain_days_together() {
    let (start, rule) = ("20261201T090000", "FREQ=MONTHLY;BYDAY=TU,1WE");
    assert_eq!(ours(start, rule, 3), ["20261201T090000", "20261202T090000", "20261208T090000"]);
    assert_eq!(theirs(start, rule, 3), [""; 0]);
}

#[test]
fn rrule_is_an_hour_off_where_its_zones_are_old() {
    // Vancouver keeps its summer time from 2026 on.
    let set: RRuleSet =
        "DTSTART;TZID=America/Vancouver:20261201T090000\nRRULE:FREQ=DAILY;COUNT=1".parse().unwrap();
    assert_eq!(set.all(1).dates[0].to_rfc3339(), "2026-12-01T09:00:00-08:00");
    check_starts(
        "DTSTART;TZID=America/Vancouver:20261201T090000\nRRULE:FREQ=DAILY;COUNT=1",
        &["2026-12-01T16:00:00Z"],
    );
}

#[test]
fn rrule_doubles_and_loses_hours_when_clocks_change() {
    // fmeringdal/rust-rrule issue 115. Expanding in civil time is what its own thread advises.
    let set: RRuleSet =
        "DTSTART;TZID=Europe/London:20270328T000000\nRRULE:FREQ=HOURLY;COUNT=4".parse().unwrap();
    let dates = set.all(4).dates;
    let distinct: BTreeSet<_> = dates.iter().map(|date| date.timestamp()).collect();
    assert!(distinct.len() < 4 || dates[3].timestamp() - dates[0].timestamp() != 3 * 3600);
}

#[test]
fn rrule_refuses_rules_that_people_have() {
    for rule in
        ["FREQ=DAILY;UNTIL=20251231T000000Z", "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=DAILY;COUNT=-1"]
    {
        let text = format!("DTSTART:20260101T090000Z\nRRULE:{rule}");
        assert!(text.parse::<RRuleSet>().is_err(), "{rule}");
        let start = DateTime::constant(2026, 1, 1, 9, 0, 0, 0);
        assert!(Rule::parse(rule, start, false).is_ok(), "{rule}");
    }
}

#[test]
fn lines_agree_with_the_second_opinion() {
    for line in [
        "SUMMARY:plain",
        "SUMMARY;LANGUAGE=en:with: colons; and semicolons",
        "DTSTART;TZID=Europe/Berlin:20261201T090000",
        "DTSTART;VALUE=DATE:20261201",
        "ATTENDEE;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:a@example.com",
        "URL;VALUE=URI:https://example.com/?a=b;c",
    ] {
        let name = property::used_name(property::name_of(line.as_bytes())).unwrap();
        let (ours, _) = Property::split(1, name, line.into());
        let theirs = TheirProperty::try_from(line).unwrap();
        assert_eq!(ours.name, theirs.name.as_str());
        assert_eq!(ours.value(), theirs.val.as_str());
        for param in &theirs.params {
            let value = param.val.as_ref().map(|value| value.as_str());
            assert_eq!(ours.param(param.key.as_str()).as_deref(), value);
        }
    }
}

#[test]
fn icalendar_refuses_a_whole_file_for_one_bad_line() {
    let good = event("DTSTART:20261201T090000Z").replace("UID:u", "UID:good");
    let text = calendar(&format!("{}{good}", event("DTSTART:20261201T080000Z\nan unfolded rest")));
    assert!(icalendar::parser::read_calendar(&icalendar::parser::unfold(&text)).is_err());
    let feed = feed(&text);
    assert_eq!(window(&feed, "2026-12-01", "2026-12-02", "UTC").events.len(), 2);
    check_oddities(feed.oddities(), &[(8, "not a property")]);
}

#[test]
fn icalendar_refuses_a_file_of_two_calendars() {
    let one = calendar(&event("DTSTART:20261201T090000Z"));
    let text = format!("{one}{}", one.replace("UID:u", "UID:v"));
    assert!(icalendar::parser::read_calendar(&one).is_ok());
    assert!(icalendar::parser::read_calendar(&text).is_err());
    assert_eq!(events(&text).len(), 2);
}
