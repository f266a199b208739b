use super::super::limits;
use super::*;

/// Reads and expands over a year, counting on the limits to end it.
fn check(lines: &str, told: &str) -> usize {
    let feed = feed(&calendar(&event(lines)));
    let expanded = window(&feed, "2026-01-01", "2027-01-01", "UTC");
    let all: Vec<_> = feed.oddities().iter().chain(&expanded.oddities).collect();
    if told.is_empty() {
        assert!(all.is_empty(), "{all:?}");
    } else {
        assert!(all.iter().any(|oddity| oddity.what.contains(told)), "{all:?}");
    }
    expanded.events.len()
}

#[test]
fn an_old_series_costs_no_more_than_a_young_one() {
    let max = limits::SERIES_OCCURRENCES_MAX;
    assert_eq!(check("DTSTART:16000101T090000Z\nRRULE:FREQ=DAILY", ""), 365);
    assert_eq!(check("DTSTART:00010101T090000Z\nRRULE:FREQ=HOURLY", ""), 8760);
    assert_eq!(
        check("DTSTART:16000101T090000Z\nRRULE:FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0", "than 20160"),
        // Those of the day before the window count, too.
        max - 60
    );
    assert_eq!(check("DTSTART:16000101T090000Z\nRRULE:FREQ=MINUTELY;INTERVAL=1440", ""), 365);
    assert_eq!(check("DTSTART:19000101T090000Z\nRRULE:FREQ=DAILY;COUNT=4000000000", ""), 365);
}

#[test]
fn dense_rules_are_cut_and_told() {
    let max = limits::SERIES_OCCURRENCES_MAX;
    assert_eq!(check("DTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY", "than 20160"), max);
    assert_eq!(check("DTSTART:20260101T000000Z\nRRULE:FREQ=MINUTELY", "than 20160"), max);
    let every_second = (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let rule = format!(
        "DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;\
         BYHOUR=1,2,3;BYMINUTE={every_second};BYSECOND={every_second};BYSETPOS=-1"
    );
    assert_eq!(check(&rule, ""), 2);
}

#[test]
fn rules_that_name_nothing_end() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9",
        "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=8",
    ] {
        assert_eq!(check(&format!("DTSTART:20260101T090000Z\nRRULE:{rule}"), ""), 1, "{rule}");
        let counted = format!("DTSTART:20260101T090000Z\nRRULE:{rule};COUNT=5");
        let feed = feed(&calendar(&event(&counted)));
        assert_eq!(window(&feed, "2026-01-01", "2027-01-01", "UTC").events.len(), 1, "{rule}");
    }
}

#[test]
fn a_count_that_cannot_be_followed_cuts_the_series() {
    let lines = "DTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY;BYSECOND=0;COUNT=4000000000";
    assert!(check(lines, "COUNT is too far") > 1000);
}

#[test]
fn the_ends_of_time_are_survived() {
    check("DTSTART:99991231T235959Z\nDURATION:P9999999D\nRRULE:FREQ=SECONDLY", "");
    check("DTSTART:00000101T000000Z\nDTEND:99991231T235959Z\nRRULE:FREQ=YEARLY", "");
    check("DTSTART:20260101T000000Z\nRRULE:FREQ=YEARLY;INTERVAL=1000000000", "");
    check("DTSTART;TZID=Asia/Tokyo:99991231T235959\nRRULE:FREQ=DAILY;COUNT=4000000000", "");
    check("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;UNTIL=99991231T235959Z", "");
    check("DTSTART:20260101T000000Z\nDURATION:PT99999999H\nRRULE:FREQ=DAILY;COUNT=3", "");
}

#[test]
fn many_hostile_series_end() {
    let series: String = (0..40)
        .map(|n| {
            let lines =
                "DTSTART:16000101T000000Z\nRRULE:FREQ=SECONDLY;BYSECOND=1;BYSETPOS=2;COUNT=9";
            event(lines).replace("UID:u", &format!("UID:u{n}"))
        })
        .collect();
    let feed = feed(&calendar(&series));
    let expanded = window(&feed, "2026-01-01", "2027-01-01", "UTC");
    assert!(!feed.oddities().is_empty());
    assert_eq!(expanded.events.len(), 0);
}

#[test]
fn too_many_entries_are_counted() {
    let one = "BEGIN:VEVENT\nDTSTART:1\nEND:VEVENT\n";
    let feed = feed(&calendar(&one.repeat(limits::ENTRIES_MAX + 5)));
    assert!(feed.oddities().iter().any(|oddity| oddity.what.contains("the last 5 are not used")));
}

#[test]
fn a_zone_definition_without_end_is_cut() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:16010101T000000\n\
        RRULE:FREQ=SECONDLY\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n";
    let feed = feed(&calendar(&format!("{zone}{}", event("DTSTART;TZID=Own:20261201T090000"))));
    assert_eq!(window(&feed, "2026-12-01", "2026-12-02", "UTC").events.len(), 1);
}
