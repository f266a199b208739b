use super::*;

const NINE: &str = "DTSTART;TZID=America/New_York:20261201T090000\nDURATION:PT1H\n";

fn check(rule: &str, expected: &[&str]) {
    check_starts(&format!("{NINE}{rule}"), expected);
}

#[test]
fn days_of_the_week_with_and_without_numbers() {
    check(
        "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3",
        &["2026-12-01T14:00:00Z", "2026-12-03T14:00:00Z", "2026-12-08T14:00:00Z"],
    );
    check(
        "RRULE:FREQ=MONTHLY;BYDAY=1TU,+3WE,-1FR;UNTIL=20261231T000000Z",
        &["2026-12-01T14:00:00Z", "2026-12-16T14:00:00Z", "2026-12-25T14:00:00Z"],
    );
    check(
        "RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=1TU;COUNT=2",
        &["2026-12-01T14:00:00Z", "2027-12-07T14:00:00Z"],
    );
    check(
        "RRULE:FREQ=YEARLY;BYDAY=48TU;COUNT=2",
        &["2026-12-01T14:00:00Z", "2027-11-30T14:00:00Z"],
    );
}

#[test]
fn the_last_friday_of_each_month() {
    check_starts(
        "DTSTART:20260130T100000Z\nRRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=4",
        &[
            "2026-01-30T10:00:00Z",
            "2026-02-27T10:00:00Z",
            "2026-03-27T10:00:00Z",
            "2026-04-24T10:00:00Z",
        ],
    );
}

#[test]
fn days_that_a_month_does_not_have_are_skipped() {
    check_starts(
        "DTSTART;VALUE=DATE:20260131\nRRULE:FREQ=MONTHLY;COUNT=4",
        &["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"],
    );
    check_starts(
        "DTSTART;VALUE=DATE:20260131\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
        &["2026-01-31", "2026-02-28", "2026-03-31"],
    );
    check_starts("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", &[]);
}

#[test]
fn the_last_working_day_by_position() {
    check(
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1;COUNT=4",
        &[
            "2026-12-01T14:00:00Z",
            "2026-12-31T14:00:00Z",
            "2027-01-01T14:00:00Z",
            "2027-01-29T14:00:00Z",
        ],
    );
}

#[test]
fn the_day_on_which_weeks_begin_matters_for_every_other_week() {
    let rule = "DTSTART:19970805T090000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=";
    let expand = |wkst: &str| {
        let feed = feed(&calendar(&event(&format!("{rule}{wkst}"))));
        starts(&window(&feed, "1997-01-01", "1998-01-01", "UTC").events)
    };
    let day = |day: &str| format!("1997-08-{day}T09:00:00Z");
    assert_eq!(expand("MO"), ["05", "10", "19", "24"].map(day));
    assert_eq!(expand("SU"), ["05", "17", "19", "31"].map(day));
}

#[test]
fn until_may_be_a_date_a_wall_clock_time_or_an_instant() {
    let both = ["2026-12-01T14:00:00Z", "2026-12-02T14:00:00Z"];
    check("RRULE:FREQ=DAILY;UNTIL=20261202", &both);
    check("RRULE:FREQ=DAILY;UNTIL=20261202T090000", &both);
    check("RRULE:FREQ=DAILY;UNTIL=20261202T140000Z", &both);
    check("RRULE:FREQ=DAILY;UNTIL=20261202T135959Z", &both[..1]);
    check("RRULE:FREQ=DAILY;UNTIL=20261202T085959", &both[..1]);
    check_starts(
        "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;UNTIL=20261202T080000Z",
        &["2026-12-01", "2026-12-02"],
    );
    check_starts(
        "DTSTART:20261201T090000\nRRULE:FREQ=DAILY;UNTIL=20261202T090000Z",
        &["2026-12-01T09:00:00", "2026-12-02T09:00:00"],
    );
}

#[test]
fn until_in_utc_ends_a_series_by_the_series_own_day() {
    // 21:00 in New York is 02:00 of the next day in UTC.
    check_starts(
        "DTSTART;TZID=America/New_York:20261201T210000\n\
         RRULE:FREQ=DAILY;UNTIL=20261203T020000Z",
        &["2026-12-02T02:00:00Z", "2026-12-03T02:00:00Z"],
    );
}

#[test]
fn a_series_that_ended_before_it_began_has_no_occurrence() {
    check("RRULE:FREQ=DAILY;UNTIL=20261130", &[]);
    check("RRULE:FREQ=DAILY;UNTIL=20261201T135959Z", &[]);
}

#[test]
fn dtstart_is_the_first_occurrence_even_if_the_rule_does_not_name_it() {
    check(
        "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2",
        &["2026-12-01T14:00:00Z", "2026-12-02T14:00:00Z", "2026-12-09T14:00:00Z"],
    );
}

#[test]
fn excluded_dates_are_found_in_every_form() {
    let rule = "RRULE:FREQ=DAILY;COUNT=3\n";
    let rest = ["2026-12-01T14:00:00Z", "2026-12-03T14:00:00Z"];
    for exdate in [
        "EXDATE;TZID=America/New_York:20261202T090000",
        "EXDATE:20261202T140000Z",
        "EXDATE;TZID=Europe/Berlin:20261202T150000",
        "EXDATE:20261202T090000",
        "EXDATE;VALUE=DATE:20261202",
        "EXDATE:20261202",
        "EXDATE;TZID=America/New_York:20261105T090000,20261202T090000",
        "EXDATE:20261105T140000Z\nEXDATE:20261202T140000Z",
        "EXRULE:FREQ=WEEKLY;BYDAY=WE",
    ] {
        check(&format!("{rule}{exdate}"), &rest);
    }
    check(&format!("{rule}EXDATE:20261202T150000Z"), &[rest[0], "2026-12-02T14:00:00Z", rest[1]]);
}

#[test]
fn excluded_days_of_an_all_day_series_may_be_written_with_a_time() {
    let rule = "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=3\n";
    for exdate in
        ["EXDATE;VALUE=DATE:20261202", "EXDATE:20261202T000000", "EXDATE:20261202T000000Z"]
    {
        check_starts(&format!("{rule}{exdate}"), &["2026-12-01", "2026-12-03"]);
    }
}

#[test]
fn what_is_excluded_from_a_floating_series_is_taken_as_written() {
    check_starts(
        "DTSTART:20261201T010000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20261202T010000Z",
        &["2026-12-01T01:00:00", "2026-12-03T01:00:00"],
    );
}

#[test]
fn extra_dates_are_added_once() {
    check(
        "RDATE;TZID=America/New_York:20261205T100000,20261201T090000\nRDATE:20261206T000000Z",
        &["2026-12-01T14:00:00Z", "2026-12-05T15:00:00Z", "2026-12-06T00:00:00Z"],
    );
    check(
        "RRULE:FREQ=DAILY;COUNT=1\nRDATE;VALUE=DATE:20261205",
        &["2026-12-01T14:00:00Z", "2026-12-05T14:00:00Z"],
    );
}

#[test]
fn an_extra_period_has_its_own_length() {
    let text = calendar(&event(&format!(
        "{NINE}RDATE;VALUE=PERIOD:20261205T100000Z/PT3H,20261206T100000Z/20261206T103000Z"
    )));
    let minutes: Vec<_> = events(&text)
        .iter()
        .map(|event| match event.when {
            EventTime::Timed { start, end } => end.duration_since(start).as_mins(),
            _ => -1,
        })
        .collect();
    assert_eq!(minutes, [60, 180, 30]);
}

#[test]
fn two_rules_are_united() {
    check(
        "RRULE:FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,WE;UNTIL=20261209",
        &[
            "2026-12-01T14:00:00Z",
            "2026-12-02T14:00:00Z",
            "2026-12-08T14:00:00Z",
            "2026-12-09T14:00:00Z",
        ],
    );
}

#[test]
fn a_series_keeps_its_wall_clock_time_when_clocks_change() {
    check_starts(
        "DTSTART;TZID=America/New_York:20260307T090000\nRRULE:FREQ=DAILY;COUNT=2",
        &["2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z"],
    );
    // Vancouver no longer turns its clocks back in autumn 2026; older databases are an hour off.
    check_starts(
        "DTSTART;TZID=America/Vancouver:20261024T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4",
        &[
            "2026-10-24T16:00:00Z",
            "2026-11-07T16:00:00Z",
            "2026-11-21T16:00:00Z",
            "2026-12-05T16:00:00Z",
        ],
    );
    // Clocks of Lord Howe Island jump by half an hour.
    check_starts(
        "DTSTART;TZID=Australia/Lord_Howe:20261003T090000\nRRULE:FREQ=DAILY;COUNT=2",
        &["2026-10-02T22:30:00Z", "2026-10-03T22:00:00Z"],
    );
}

#[test]
fn an_occurrence_in_a_gap_is_later_and_one_in_a_fold_is_the_first() {
    check_starts(
        "DTSTART;TZID=America/New_York:20260307T023000\nRRULE:FREQ=DAILY;COUNT=3",
        &["2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"],
    );
    check_starts(
        "DTSTART;TZID=America/New_York:20261031T013000\nRRULE:FREQ=DAILY;COUNT=3",
        &["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
    );
}

#[test]
fn lengths_written_as_days_follow_the_wall_and_ends_follow_the_instant() {
    let ends = |lines: &str| -> Vec<String> {
        let start = "DTSTART;TZID=America/New_York:20260307T120000\nRRULE:FREQ=DAILY;COUNT=1\n";
        let end = |event: &CalendarEvent| match event.when {
            EventTime::Timed { end, .. } => end.to_string(),
            _ => String::new(),
        };
        events(&calendar(&event(&format!("{start}{lines}")))).iter().map(end).collect()
    };
    assert_eq!(ends("DURATION:P1D"), ["2026-03-08T16:00:00Z"]);
    assert_eq!(ends("DURATION:PT24H"), ["2026-03-08T17:00:00Z"]);
    assert_eq!(ends("DTEND;TZID=America/New_York:20260308T120000"), ["2026-03-08T16:00:00Z"]);
}

#[test]
fn hours_minutes_and_seconds_repeat_within_the_day() {
    check_starts(
        "DTSTART:20261201T090000Z\nRRULE:FREQ=HOURLY;INTERVAL=5;COUNT=3",
        &["2026-12-01T09:00:00Z", "2026-12-01T14:00:00Z", "2026-12-01T19:00:00Z"],
    );
    check_starts(
        "DTSTART:20261201T090000Z\nRRULE:FREQ=MINUTELY;INTERVAL=7;BYHOUR=9;COUNT=10",
        &[
            "2026-12-01T09:00:00Z",
            "2026-12-01T09:07:00Z",
            "2026-12-01T09:14:00Z",
            "2026-12-01T09:21:00Z",
            "2026-12-01T09:28:00Z",
            "2026-12-01T09:35:00Z",
            "2026-12-01T09:42:00Z",
            "2026-12-01T09:49:00Z",
            "2026-12-01T09:56:00Z",
            // The grid of seven minutes goes on through the night.
            "2026-12-02T09:02:00Z",
        ],
    );
    check_starts(
        "DTSTART:20261201T090000Z\nRRULE:FREQ=SECONDLY;INTERVAL=45;BYMINUTE=0,30;COUNT=4",
        &[
            "2026-12-01T09:00:00Z",
            "2026-12-01T09:00:45Z",
            "2026-12-01T09:30:00Z",
            "2026-12-01T09:30:45Z",
        ],
    );
    check_starts(
        "DTSTART:20261201T090000Z\nRRULE:FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;BYSETPOS=2,-1;\
         COUNT=2",
        &["2026-12-01T09:00:00Z", "2026-12-01T09:30:00Z", "2026-12-01T17:30:00Z"],
    );
}

#[test]
fn floating_and_all_day_series_have_no_zone() {
    check_starts(
        "DTSTART:20260307T023000\nRRULE:FREQ=DAILY;COUNT=2",
        &["2026-03-07T02:30:00", "2026-03-08T02:30:00"],
    );
    let all_day = "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;COUNT=2\n";
    for (end, days) in [("", 1), ("DTEND;VALUE=DATE:20261203", 2), ("DURATION:P3D", 3)] {
        let found: Vec<_> = events(&calendar(&event(&format!("{all_day}{end}"))))
            .iter()
            .map(|event| match event.when {
                EventTime::AllDay { from, until } => until.duration_since(from).as_hours() / 24,
                _ => -1,
            })
            .collect();
        assert_eq!(found, [days, days], "{end}");
    }
}

#[test]
fn a_window_holds_what_begins_in_it() {
    let daily = feed(&calendar(&event("DTSTART:20260101T120000Z\nRRULE:FREQ=DAILY")));
    let found = window(&daily, "2026-06-01", "2026-06-03", "UTC");
    assert_eq!(starts(&found.events), ["2026-06-01T12:00:00Z", "2026-06-02T12:00:00Z"]);
    let before = window(&daily, "2025-12-01", "2025-12-31", "UTC");
    assert_eq!(starts(&before.events), [""; 0]);
    // A feed may be asked again, and by somebody elsewhere.
    let elsewhere = window(&daily, "2026-06-01", "2026-06-02", "Pacific/Kiritimati");
    assert_eq!(starts(&elsewhere.events), ["2026-05-31T12:00:00Z"]);
}
