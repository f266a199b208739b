use super::*;

const GOOD: &str = "BEGIN:VEVENT\nUID:good\nDTSTART:20261201T090000Z\nEND:VEVENT";

/// Reads lines that begin at line 4 of the file, with a good event after them; all oddities are
/// as expected, and the good event is found.
fn check(lines: &str, found: usize, oddities: &[(usize, &str)]) {
    let feed = feed(&calendar(&format!("{lines}\n{GOOD}")));
    check_oddities(feed.oddities(), oddities);
    let events = window(&feed, "2026-12-01", "2027-01-01", "UTC").events;
    assert_eq!(events.len(), found, "{events:#?}");
    assert!(events.iter().any(|event| event.uid.as_str() == "good"));
}

fn bad(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:bad\n{lines}\nEND:VEVENT")
}

#[test]
fn entries_without_a_usable_start_are_left_out() {
    check(&bad("SUMMARY:x"), 1, &[(4, "no DTSTART")]);
    check(&bad("DTSTART:tomorrow"), 1, &[(4, "no usable DTSTART"), (6, "\"tomorrow\"")]);
    check(&bad("DTSTART:20261332T090000Z"), 1, &[(4, "no usable"), (6, "not a date")]);
    check(&bad("DTSTART:"), 1, &[(4, "no usable"), (6, "not a date")]);
}

#[test]
fn entries_with_a_bad_end_have_no_length() {
    let start = "DTSTART:20261201T090000Z\n";
    check(&bad(&format!("{start}DTEND:20261201T080000Z")), 2, &[(7, "before DTSTART")]);
    check(&bad(&format!("{start}DTEND:later")), 2, &[(7, "\"later\"")]);
    check(&bad(&format!("{start}DURATION:1 hour")), 2, &[(7, "cannot be read")]);
    check(&bad(&format!("{start}DURATION:-PT1H")), 2, &[(7, "negative")]);
    check(&bad(&format!("{start}DTEND;VALUE=DATE:20261202")), 2, &[(7, "DTEND has none")]);
    check(
        &bad("DTSTART;VALUE=DATE:20261201\nDTEND:20261202T090000Z"),
        2,
        &[(7, "DTSTART has none")],
    );
}

#[test]
fn dates_that_are_oddly_written_are_told_and_read() {
    check(&bad("DTSTART:2026-12-01T09:00:00Z"), 2, &[(6, "oddly written")]);
    check(&bad("DTSTART;VALUE=DATE:20261201T090000"), 2, &[(6, "oddly written")]);
    check(&bad("DTSTART:20261201T090000Z\nDTSTART:20261202T090000Z"), 2, &[(7, "second DTSTART")]);
}

#[test]
fn a_broken_rule_leaves_the_first_occurrence() {
    let rule = |rule: &str, told: &str| {
        check(&bad(&format!("DTSTART:20261201T090000Z\nRRULE:{rule}")), 2, &[(7, told)]);
    };
    rule("INTERVAL=2", "no FREQ");
    rule("FREQ=SOMETIMES", "none of RFC 5545's");
    rule("every day", "no FREQ");
    rule("FREQ=DAILY;INTERVAL=-1", "INTERVAL");
    rule("FREQ=DAILY;COUNT=many", "COUNT");
    rule("FREQ=DAILY;UNTIL=forever", "UNTIL");
    rule("FREQ=DAILY;BYDAY=XX", "BYDAY");
    rule("FREQ=DAILY;BYMONTH=13", "BYMONTH");
    rule("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY");
    rule("RSCALE=CHINESE;FREQ=YEARLY", "RSCALE");
}

#[test]
fn an_empty_rule_is_no_rule_and_an_escaped_one_is_read() {
    check(&bad("DTSTART:20261201T090000Z\nRRULE:"), 2, &[]);
    check(
        &bad(r"DTSTART:20261201T090000Z
RRULE:FREQ=DAILY\;BYDAY=TU\, WE\;COUNT=3"),
        4,
        &[],
    );
}

#[test]
fn an_odd_rule_is_told_and_used() {
    let rule = |rule: &str, found: usize, told: &str| {
        check(&bad(&format!("DTSTART:20261201T090000Z\nRRULE:{rule}")), found, &[(7, told)]);
    };
    rule("FREQ=DAILY;COUNT=3;INTERVAL=0", 4, "INTERVAL=0");
    rule("FREQ=DAILY;COUNT=-1;UNTIL=20261203", 4, "negative COUNT");
    rule("FREQ=DAILY;COUNT=3;UNTIL=20261202", 3, "both COUNT and UNTIL");
    rule("FREQ=WEEKLY;COUNT=3;BYDAY=1TU", 4, "numbers in BYDAY");
    rule("FREQ=DAILY;COUNT=3;BYMONTH=12,13", 4, "\"13\"");
    rule("FREQ=DAILY;COUNT=3;BYWEEKNO=5", 4, "BYWEEKNO");
    rule("FREQ=DAILY;COUNT=3;WKST=XX", 4, "WKST");
    rule("FREQ=DAILY;COUNT=3;COLOUR=RED", 4, "\"COLOUR\"");
}

#[test]
fn times_of_day_make_no_sense_on_whole_days() {
    let all_day = "DTSTART;VALUE=DATE:20261201\nRRULE:";
    check(&bad(&format!("{all_day}FREQ=HOURLY;COUNT=3")), 2, &[(7, "whole days")]);
    check(&bad(&format!("{all_day}FREQ=DAILY;COUNT=3;BYHOUR=9")), 4, &[(7, "whole days")]);
}

#[test]
fn bad_dates_in_lists_are_told_and_the_good_ones_used() {
    let series = "DTSTART:20261201T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n";
    check(&bad(&format!("{series}EXDATE:20261202T090000Z,x")), 3, &[(8, "EXDATE \"x\"")]);
    check(&bad(&format!("{series}RDATE:20261209T090000Z,x")), 5, &[(8, "RDATE \"x\"")]);
    check(
        &format!("{}\n{}", bad(series.trim()), bad("RECURRENCE-ID:x\nDTSTART:20261202T100000Z")),
        5,
        &[(11, "RECURRENCE-ID \"x\"")],
    );
}

#[test]
fn other_headers_are_told() {
    check("CALSCALE:CHINESE\nVERSION:1.0", 1, &[(4, "CALSCALE")]);
    let feed = feed(&calendar(GOOD).replace("VERSION:2.0", "VERSION:1.0"));
    check_oddities(feed.oddities(), &[(2, "VERSION")]);
}

#[test]
fn a_rule_inside_of_a_change_is_told() {
    check(
        &bad("RECURRENCE-ID:20261202T090000Z\nDTSTART:20261202T100000Z\nRRULE:FREQ=DAILY"),
        2,
        &[(4, "cannot repeat")],
    );
}

#[test]
fn a_file_in_latin_1_is_told_once_and_read() {
    let mut bytes = calendar(GOOD).into_bytes();
    let at = bytes.len() - "END:VEVENT\nEND:VCALENDAR\n".len();
    bytes.splice(at..at, b"SUMMARY:caf\xE9\nLOCATION:Stra\xDFe\n".iter().copied());
    let feed = read(&bytes, &Zones::bundled());
    let events = window(&feed, "2026-12-01", "2027-01-01", "UTC").events;
    assert_eq!(events[0].title, "café");
    assert_eq!(events[0].location.as_deref(), Some("Straße"));
    check_oddities(feed.oddities(), &[(7, "not UTF-8")]);
}

#[test]
fn a_file_in_utf_16_is_told_and_read() {
    let text = calendar(&event("DTSTART:20261201T090000Z\nSUMMARY:héllo"));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let feed = read(&bytes, &Zones::bundled());
    check_oddities(feed.oddities(), &[(1, "UTF-16")]);
    assert_eq!(window(&feed, "2026-12-01", "2027-01-01", "UTC").events[0].title, "héllo");
}

#[test]
fn what_is_no_calendar_is_told() {
    for text in ["", "\n\n", "<!DOCTYPE html><p>Sign in</p>", "{\"error\": 1}", "\0\u{1}\u{2}"] {
        let feed = feed(text);
        check_oddities(feed.oddities(), &[(1, "not an iCalendar file")]);
        assert_eq!(feed.series_count(), 0);
    }
}

#[test]
fn oddities_show_no_titles_and_are_counted_beyond_a_limit() {
    let lines = "SUMMARY:secret\nsecret line without a name\n".repeat(2000);
    let feed = feed(&calendar(&event(&lines)));
    assert_eq!(feed.oddities().len(), super::super::limits::ODDITIES_MAX + 1);
    assert!(feed.oddities().iter().all(|oddity| !oddity.what.contains("secret")));
    assert!(feed.oddities().last().unwrap().what.contains("1001 more"));
}

#[test]
fn whatever_bytes_come_reading_ends_without_a_panic() {
    // Every cut of a rich file, and the file with each of its bytes changed in turn.
    let rich = calendar(&format!(
        "X-WR-TIMEZONE:Europe/Berlin\n{}{}",
        event(
            "DTSTART;TZID=\"X, Y\":20261201T090000\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1;\n \
             UNTIL=20270101T000000Z\nEXDATE:20261202\nRDATE;VALUE=PERIOD:20261203T100000Z/PT1H\n\
             ATTENDEE;PARTSTAT=DECLINED;CN=^'é:mailto:a@b\nDURATION:P1DT2H\nSUMMARY:é\\, \\"
        ),
        event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261204T080000Z\nDTSTART:20261204T090000Z"),
    ));
    let bytes = rich.as_bytes();
    for end in 0..bytes.len() {
        window(&read(&bytes[..end], &Zones::bundled()), "2026-12-01", "2027-01-01", "UTC");
    }
    let others = [b'\n', b':', b';', b'"', b'9', b'=', 0xFF];
    for at in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        changed[at] = others[at % others.len()];
        window(&read(&changed, &Zones::bundled()), "2026-12-01", "2027-01-01", "UTC");
    }
}
