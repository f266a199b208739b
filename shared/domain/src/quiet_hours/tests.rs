//! Quiet hours against an oracle that steps from minute to minute, around changes of clocks.

use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::quiet_parse;
use crate::time::Zones;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse(name).unwrap()).unwrap()
}

fn quiet(windows: &[&str]) -> QuietHours {
    let windows = windows.iter().map(|window| quiet_parse::window(window).unwrap()).collect();
    QuietHours::new(windows, QuietPolicy::Defer, false).unwrap()
}

/// A window in plain numbers, for the oracle.
#[derive(Debug, Clone)]
struct Plain {
    from: i64,
    until: i64,
    days: [bool; 7],
}

impl Plain {
    fn window(&self) -> QuietWindow {
        let time = |minute: i64| {
            let (hour, minute) = (minute / 60, minute % 60);
            Time::new(i8::try_from(hour).unwrap(), i8::try_from(minute).unwrap(), 0, 0).unwrap()
        };
        let days = (0..7_i8).filter(|day| self.days[usize::try_from(*day).unwrap()]);
        let days: Vec<_> = days.map(|day| Weekday::from_monday_zero_offset(day).unwrap()).collect();
        QuietWindow::new(time(self.from), time(self.until), Weekdays::of(&days)).unwrap()
    }
}

/// What the wall shows, worked out from the changes of clocks alone.
struct Oracle {
    windows: Vec<Plain>,
    /// From when on the clocks keep which distance from UTC, in seconds; the earliest first.
    offsets: Vec<(i64, i64)>,
}

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

impl Oracle {
    fn new(windows: &[Plain], around: Timestamp, zone: &TimeZone) -> Self {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let (first, last) = (back(around, days(40)), ahead(around, days(40)));
        let changes = zone.following(first).map(|change| change.timestamp());
        let changes = changes.take_while(|change| *change < last);
        let offset = |at: Timestamp| (at.as_second(), i64::from(zone.to_offset(at).seconds()));
        let offsets = std::iter::once(first).chain(changes).map(offset).collect();
        Self { windows: windows.to_vec(), offsets }
    }

    fn is_quiet(&self, second: i64) -> bool {
        let known = self.offsets.iter().rev().find(|(from, _)| *from <= second);
        let wall = second + known.unwrap().1;
        let minute = wall.rem_euclid(DAY) / MINUTE;
        // 1970 began on a Thursday.
        let weekday = usize::try_from((wall.div_euclid(DAY) + 3).rem_euclid(7)).unwrap();
        let yesterday = (weekday + 6) % 7;
        self.windows.iter().any(|window| {
            if window.from < window.until {
                window.days[weekday] && (window.from..window.until).contains(&minute)
            } else {
                (window.days[weekday] && minute >= window.from)
                    || (window.days[yesterday] && minute < window.until)
            }
        })
    }

    /// `at` and then every whole minute after it.
    fn steps(at: i64) -> impl Iterator<Item = i64> {
        let next = (at.div_euclid(MINUTE) + 1) * MINUTE;
        std::iter::once(at).chain((0..).map(move |minutes| next + minutes * MINUTE))
    }

    fn first_outside(&self, at: i64) -> Option<i64> {
        Self::steps(at).take_while(|step| *step < at + 15 * DAY).find(|step| !self.is_quiet(*step))
    }

    fn next_quiet(&self, at: i64, until: i64) -> Option<i64> {
        Self::steps(at).skip(1).take_while(|step| *step < until).find(|step| self.is_quiet(*step))
    }

    fn opening_before(&self, at: i64, not_before: i64) -> Option<i64> {
        let mut opening = at.div_euclid(MINUTE) * MINUTE;
        while self.is_quiet(opening - 1) {
            opening -= MINUTE;
            if opening <= not_before {
                return None;
            }
        }
        (opening > not_before).then_some(opening)
    }
}

/// Zones whose clocks change in all the ways there are.
const ZONES: [&str; 16] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Chatham",
    "UTC",
];

prop_compose! {
    /// A zone and an instant, mostly within three days of a change of clocks.
    fn moments()(
        name in select(&ZONES[..]),
        // Until 2011 the clocks of St. John's went back over midnight, and with them the date.
        base in prop_oneof![
            1_136_073_600_i64..1_293_840_000,
            1_704_067_200_i64..1_924_992_000,
        ],
        apart in -3 * DAY..3 * DAY,
        is_near in prop::bool::weighted(0.8),
    ) -> (&'static str, i64) {
        let start = Timestamp::from_second(base).unwrap();
        let rules = zone(name);
        let change = rules.following(start).next().filter(|_| is_near);
        (name, change.map_or(base, |change| change.timestamp().as_second()) + apart)
    }
}

fn days() -> impl Strategy<Value = [bool; 7]> {
    prop_oneof![
        3 => Just([true; 7]),
        1 => Just([true, true, true, true, true, false, false]),
        2 => prop::array::uniform7(any::<bool>()).prop_filter("no day", |d| d.contains(&true)),
    ]
}

fn windows() -> impl Strategy<Value = Vec<Plain>> {
    // Half of the ends lie within the hours in which clocks change.
    let minute = || prop_oneof![0_i64..240, 0_i64..1440, (0_i64..48).prop_map(|half| half * 30)];
    let window = (minute(), minute(), days())
        .prop_filter("no length", |(from, until, _)| from != until)
        .prop_map(|(from, until, days)| Plain { from, until, days });
    prop::collection::vec(window, 0..=8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn quiet_hours_are_what_stepping_through_the_minutes_says(
        (name, second) in moments(),
        windows in windows(),
        hours in 0_i64..200,
    ) {
        let rules = zone(name);
        let instant = Timestamp::from_second(second).unwrap();
        let oracle = Oracle::new(&windows, instant, &rules);
        let all = windows.iter().map(Plain::window).collect();
        let hours_of = QuietHours::new(all, QuietPolicy::Defer, false).unwrap();
        let seconds = |found: Option<Timestamp>| found.map(Timestamp::as_second);

        let is_quiet = hours_of.is_quiet(instant, &rules);
        prop_assert_eq!(is_quiet, oracle.is_quiet(second), "{} {}", name, instant);
        let outside = seconds(hours_of.first_outside(instant, &rules));
        prop_assert_eq!(outside, oracle.first_outside(second), "{} {}", name, instant);
        let other = Timestamp::from_second(second + hours * 3600 + 7).unwrap();
        if is_quiet {
            let not_before = Timestamp::from_second(second - hours * 3600 - 7).unwrap();
            let opening = seconds(hours_of.opening_before(instant, not_before, &rules));
            let expected = oracle.opening_before(second, not_before.as_second());
            prop_assert_eq!(opening, expected, "{} {}", name, instant);
        } else {
            let next = seconds(hours_of.next_quiet(instant, other, &rules));
            let expected = oracle.next_quiet(second, other.as_second());
            prop_assert_eq!(next, expected, "{} {} {}", name, instant, other);
        }
    }
}

#[track_caller]
fn check_outside(windows: &[&str], name: &str, from: &str, expected: &str) {
    let found = quiet(windows).first_outside(at(from), &zone(name));
    assert_eq!(found, Some(at(expected)), "{windows:?} {name} {from}");
}

#[test]
fn pre_04_ends_are_exact_to_the_minute() {
    let windows = ["22:30-07:15"];
    check_outside(&windows, "UTC", "2026-11-24T22:29:59Z", "2026-11-24T22:29:59Z");
    check_outside(&windows, "UTC", "2026-11-24T22:30:00Z", "2026-11-25T07:15:00Z");
    check_outside(&windows, "UTC", "2026-11-25T07:14:59.999Z", "2026-11-25T07:15:00Z");
    check_outside(&windows, "UTC", "2026-11-25T07:15:00Z", "2026-11-25T07:15:00Z");
    check_outside(&windows, "Asia/Kathmandu", "2026-11-24T17:00:00Z", "2026-11-25T01:30:00Z");
}

#[test]
fn pre_04_a_window_on_weekdays_begins_on_those_days() {
    let lunch = ["mon-fri 12:00-13:00"];
    // 2026-11-27 is a Friday.
    check_outside(&lunch, "UTC", "2026-11-27T12:30:00Z", "2026-11-27T13:00:00Z");
    check_outside(&lunch, "UTC", "2026-11-28T12:30:00Z", "2026-11-28T12:30:00Z");
    // A night that begins on Friday lasts into Saturday, and Sunday's morning is free.
    let nights = ["fri 22:00-08:00"];
    check_outside(&nights, "UTC", "2026-11-28T03:00:00Z", "2026-11-28T08:00:00Z");
    check_outside(&nights, "UTC", "2026-11-27T03:00:00Z", "2026-11-27T03:00:00Z");
    check_outside(&nights, "UTC", "2026-11-29T03:00:00Z", "2026-11-29T03:00:00Z");
}

#[test]
fn pre_04_windows_may_overlap_and_touch() {
    let windows = ["22:00-02:00", "01:00-06:00", "06:00-07:30"];
    check_outside(&windows, "UTC", "2026-11-24T22:00:00Z", "2026-11-25T07:30:00Z");
    let opening = |from: &str, not_before: &str| {
        quiet(&windows).opening_before(at(from), at(not_before), &zone("UTC"))
    };
    let earliest = "2026-11-24T00:00:00Z";
    assert_eq!(opening("2026-11-25T07:00:00Z", earliest), Some(at("2026-11-24T22:00:00Z")));
    assert_eq!(opening("2026-11-25T07:00:00Z", "2026-11-24T22:00:00Z"), None);
}

#[test]
fn pre_04_a_window_that_ends_in_a_gap_ends_with_the_gap() {
    // Clocks jump from 2:00 to 3:00.
    check_outside(
        &["22:00-02:30"],
        "America/New_York",
        "2026-03-08T04:00:00Z",
        "2026-03-08T07:00:00Z",
    );
    // One that lies within the gap does not happen, and one that begins there begins after it.
    let night = quiet(&["02:10-02:50"]);
    let day = ("2026-03-08T05:00:00Z", "2026-03-09T05:00:00Z");
    assert_eq!(night.next_quiet(at(day.0), at(day.1), &zone("America/New_York")), None);
    let late = quiet(&["02:30-04:00"]);
    let next = late.next_quiet(at(day.0), at(day.1), &zone("America/New_York"));
    assert_eq!(next, Some(at("2026-03-08T07:00:00Z")));
}

#[test]
fn pre_04_both_passes_of_a_repeated_hour_are_judged_by_the_wall() {
    // Clocks go back from 2:00 to 1:00; the wall shows 1:30 at 5:30 and again at 6:30.
    let half = quiet(&["01:30-01:45"]);
    let new_york = zone("America/New_York");
    for quiet_at in ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"] {
        assert!(half.is_quiet(at(quiet_at), &new_york), "{quiet_at}");
    }
    assert!(!half.is_quiet(at("2026-11-01T06:15:00Z"), &new_york));
    let next = half.next_quiet(at("2026-11-01T05:45:00Z"), at("2026-11-01T12:00:00Z"), &new_york);
    assert_eq!(next, Some(at("2026-11-01T06:30:00Z")));
    // A window that ends in the repeated hour ends with its first pass, and is back in the second.
    check_outside(
        &["22:00-01:30"],
        "America/New_York",
        "2026-11-01T04:00:00Z",
        "2026-11-01T05:30:00Z",
    );
    check_outside(
        &["22:00-01:30"],
        "America/New_York",
        "2026-11-01T06:00:00Z",
        "2026-11-01T06:30:00Z",
    );
}

#[test]
fn pre_04_a_whole_week_of_quiet_ends_never_and_in_no_time() {
    let always = quiet(&["00:00-12:00", "12:00-00:00"]);
    let start = at("2026-11-24T10:00:00Z");
    assert_eq!(always.first_outside(start, &zone("America/New_York")), None);
    let long_ago = back(start, limits::ADVANCE_MAX);
    assert_eq!(always.opening_before(start, long_ago, &zone("America/New_York")), None);
}

#[test]
fn pre_04_the_one_free_minute_of_a_week_may_fall_into_a_gap() {
    // Free only on Sundays from 2:30 to 2:31, which New York's clocks leave out on 2026-03-08.
    let windows = ["02:31-00:00", "mon-sat 00:00-02:31", "sun 00:00-02:30"];
    let free = "2026-03-15T06:30:00Z";
    check_outside(&windows, "America/New_York", "2026-03-01T07:31:00Z", free);
}

#[test]
fn pre_05_a_window_whose_start_equals_its_end_is_refused_with_an_explanation() {
    let time = Time::constant(22, 0, 0, 0);
    let refused = QuietWindow::new(time, time, Weekdays::ALL).unwrap_err();
    assert!(matches!(refused, BadQuietHours::Empty { .. }));
    let words = refused.to_string();
    assert!(words.contains("starts when it ends") && words.contains("two windows"), "{words}");
}

#[test]
fn impossible_windows_are_refused() {
    let time = |hour, second| Time::new(hour, 0, second, 0).unwrap();
    let none = QuietWindow::new(time(22, 0), time(8, 0), Weekdays::of(&[]));
    assert!(matches!(none, Err(BadQuietHours::NoDays { .. })));
    let seconds = QuietWindow::new(time(22, 0), time(8, 1), Weekdays::ALL);
    assert!(matches!(seconds, Err(BadQuietHours::Seconds { .. })));
    let window = QuietWindow::new(time(22, 0), time(8, 0), Weekdays::WORKDAYS).unwrap();
    let nine = QuietHours::new(vec![window; 9], QuietPolicy::Defer, false);
    assert_eq!(nine, Err(BadQuietHours::TooMany { count: 9 }));
    assert!(QuietHours::new(vec![window; 8], QuietPolicy::Defer, false).is_ok());
}

#[test]
fn the_default_is_the_night_deferring() {
    let default = QuietHours::default();
    assert_eq!(default, quiet(&["22:00-08:00"]));
    assert!(!default.allow_after_start);
    let days: Vec<_> = (1..=7).map(|day| date(2026, 11, day).weekday()).collect();
    assert!(days.iter().all(|day| default.windows()[0].days().contains(*day)));
    let night = at("2026-11-24T23:00:00Z");
    assert_eq!(QuietHours::none().first_outside(night, &zone("UTC")), Some(night));
}

#[test]
fn what_begins_when_one_stops_looking_is_not_next() {
    let night = quiet(&["22:00-08:00"]);
    let (noon, evening) = (at("2026-11-24T12:00:00Z"), at("2026-11-24T22:00:00Z"));
    assert_eq!(night.next_quiet(noon, evening, &TimeZone::UTC), None);
    let later = at("2026-11-24T22:00:01Z");
    assert_eq!(night.next_quiet(noon, later, &TimeZone::UTC), Some(evening));
}

#[test]
fn a_day_that_is_named_twice_is_one_of_the_days() {
    assert!(Weekdays::of(&[Weekday::Monday, Weekday::Monday]).contains(Weekday::Monday));
}
