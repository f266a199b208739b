use domain::calendar_event::EventStatus;

use super::*;

const SERIES: &str = "DTSTART;TZID=America/New_York:20261201T090000\n\
    DTEND;TZID=America/New_York:20261201T100000\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:standup";

fn with_change(lines: &str) -> String {
    calendar(&format!("{}{}", event(SERIES), event(lines)))
}

#[test]
fn an_event_that_does_not_recur_has_one_name() {
    assert_eq!(
        names(&calendar(&event("DTSTART:20261201T090000Z"))),
        pairs(&[("-", "2026-12-01T09:00:00Z")]),
    );
}

#[test]
fn occurrences_are_named_by_their_start_as_written() {
    let check = |start: &str, name: &str| {
        let text = calendar(&event(&format!("{start}\nRRULE:FREQ=DAILY;COUNT=1")));
        assert_eq!(names(&text)[0].0, name);
    };
    check("DTSTART;TZID=America/New_York:20261201T093000", "20261201T093000");
    check("DTSTART:20261201T093000", "20261201T093000");
    check("DTSTART:20261201T093000Z", "20261201T093000Z");
    check("DTSTART;VALUE=DATE:20261201", "20261201");
}

#[test]
fn a_moved_occurrence_keeps_its_name_in_whatever_form_the_change_is_written() {
    for id in [
        "RECURRENCE-ID;TZID=America/New_York:20261202T090000",
        "RECURRENCE-ID:20261202T140000Z",
        "RECURRENCE-ID;TZID=Europe/Berlin:20261202T150000",
        "RECURRENCE-ID:20261202T090000",
        "RECURRENCE-ID;VALUE=DATE:20261202",
    ] {
        assert_eq!(
            names(&with_change(&format!("{id}\nDTSTART:20261203T200000Z\nSUMMARY:moved"))),
            pairs(&[
                ("20261201T090000", "2026-12-01T14:00:00Z"),
                ("20261203T090000", "2026-12-03T14:00:00Z"),
                ("20261202T090000", "2026-12-03T20:00:00Z"),
            ]),
            "{id}"
        );
    }
}

#[test]
fn a_change_may_come_before_its_series() {
    let change = event("RECURRENCE-ID:20261202T140000Z\nDTSTART:20261203T200000Z\nSUMMARY:moved");
    let text = calendar(&format!("{change}{}", event(SERIES)));
    assert_eq!(names(&text).len(), 3);
}

#[test]
fn an_occurrence_in_a_gap_has_one_name_in_both_forms() {
    let series = event("DTSTART;TZID=America/New_York:20260307T023000\nRRULE:FREQ=DAILY;COUNT=3");
    for id in
        ["RECURRENCE-ID;TZID=America/New_York:20260308T023000", "RECURRENCE-ID:20260308T073000Z"]
    {
        let change = event(&format!("{id}\nDTSTART:20260308T120000Z"));
        assert_eq!(
            names(&calendar(&format!("{series}{change}"))),
            pairs(&[
                ("20260307T023000", "2026-03-07T07:30:00Z"),
                ("20260308T023000", "2026-03-08T12:00:00Z"),
                ("20260309T023000", "2026-03-09T06:30:00Z"),
            ]),
        );
    }
    let excluded = event(
        "DTSTART;TZID=America/New_York:20260307T023000\nRRULE:FREQ=DAILY;COUNT=3\n\
         EXDATE:20260308T073000Z",
    );
    assert_eq!(names(&calendar(&excluded)).len(), 2);
}

#[test]
fn occurrences_may_be_moved_into_the_window_and_out_of_it() {
    let moved = with_change("RECURRENCE-ID:20261202T140000Z\nDTSTART:20270301T200000Z");
    let feed = feed(&moved);
    let in_december = window(&feed, "2026-12-01", "2027-01-01", "UTC").events;
    assert_eq!(starts(&in_december), ["2026-12-01T14:00:00Z", "2026-12-03T14:00:00Z"]);
    let in_march = window(&feed, "2027-03-01", "2027-03-02", "UTC").events;
    assert_eq!(in_march[0].occurrence.as_str(), "20261202T090000");
}

#[test]
fn a_cancelled_occurrence_is_told_as_cancelled() {
    for lines in [
        "RECURRENCE-ID:20261202T140000Z\nDTSTART:20261202T140000Z\nSTATUS:CANCELLED",
        // Nothing but which one.
        "RECURRENCE-ID:20261202T140000Z\nSTATUS:CANCELLED",
    ] {
        let found = events(&with_change(lines));
        let statuses: Vec<_> = found.iter().map(|event| event.status).collect();
        let (yes, no) = (EventStatus::Confirmed, EventStatus::Cancelled);
        assert_eq!(statuses, [yes, no, yes]);
        assert_eq!(found[1].title, "standup");
        assert_eq!(
            found[1].when.span(&jiff::tz::TimeZone::UTC).1.to_string(),
            if lines.contains("DTSTART") { "2026-12-02T14:00:00Z" } else { "2026-12-02T15:00:00Z" }
        );
    }
}

#[test]
fn an_excluded_occurrence_stays_excluded_though_a_change_to_it_is_left() {
    let series = event(&format!("{SERIES}\nEXDATE:20261202T140000Z"));
    let change = event("RECURRENCE-ID:20261202T140000Z\nDTSTART:20261202T200000Z");
    assert_eq!(names(&calendar(&format!("{series}{change}"))).len(), 2);
}

#[test]
fn a_change_without_its_series_is_an_event() {
    let check = |id: &str, name: &str| {
        let text = calendar(&event(&format!("{id}\nDTSTART:20261203T200000Z")));
        assert_eq!(names(&text), pairs(&[(name, "2026-12-03T20:00:00Z")]));
    };
    check("RECURRENCE-ID;TZID=America/New_York:20261202T090000", "20261202T090000");
    check("RECURRENCE-ID:20261202T140000Z", "20261202T140000Z");
    check("RECURRENCE-ID;VALUE=DATE:20261202", "20261202");
}

#[test]
fn a_change_to_an_occurrence_that_the_rule_no_longer_names_is_kept() {
    let text = with_change("RECURRENCE-ID:20261220T140000Z\nDTSTART:20261220T200000Z");
    assert_eq!(names(&text)[3], pairs(&[("20261220T090000", "2026-12-20T20:00:00Z")])[0]);
}

#[test]
fn an_older_change_to_what_the_rule_no_longer_names_is_left_out() {
    let series = event(&format!("{SERIES}\nSEQUENCE:2"));
    let change = |original: &str| {
        event(&format!("RECURRENCE-ID:{original}\nSEQUENCE:1\nDTSTART:20261220T200000Z"))
    };
    let check = |original: &str, expected: &str| {
        let text = calendar(&format!("{series}{}", change(original)));
        assert_eq!(names(&text).last().unwrap().1, expected);
    };
    check("20261220T140000Z", "2026-12-03T14:00:00Z");
    check("20261203T140000Z", "2026-12-20T20:00:00Z");
}

#[test]
fn a_change_to_all_that_follow_is_carried_on_and_told() {
    let lines = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/New_York:20261202T090000\n\
        DTSTART;TZID=America/New_York:20261202T110000\n\
        DTEND;TZID=America/New_York:20261202T113000\nSUMMARY:later";
    let feed = feed(&with_change(lines));
    let expanded = window(&feed, "2026-12-01", "2027-01-01", "UTC");
    let found: Vec<_> = expanded
        .events
        .iter()
        .map(|event| (event.title.as_str(), event.occurrence.as_str(), start_of(event)))
        .collect();
    assert_eq!(
        found,
        [
            ("standup", "20261201T090000", "2026-12-01T14:00:00Z".to_owned()),
            ("later", "20261202T090000", "2026-12-02T16:00:00Z".to_owned()),
            ("later", "20261203T090000", "2026-12-03T16:00:00Z".to_owned()),
        ]
    );
    check_oddities(&expanded.oddities, &[(15, "changed alike")]);
}

#[test]
fn a_change_to_all_that_follow_with_another_form_changes_only_one() {
    let lines = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=America/New_York:20261202T090000\n\
        DTSTART;VALUE=DATE:20261202";
    let expanded = window(&feed(&with_change(lines)), "2026-12-01", "2027-01-01", "UTC");
    assert_eq!(
        starts(&expanded.events),
        ["2026-12-01T14:00:00Z", "2026-12-02", "2026-12-03T14:00:00Z"]
    );
    check_oddities(&expanded.oddities, &[(15, "only this occurrence")]);
}

#[test]
fn of_two_versions_the_newer_counts() {
    let version = |lines: &str, title: &str| {
        event(&format!("DTSTART:20261201T090000Z\nSUMMARY:{title}\n{lines}"))
    };
    let check = |one: &str, other: &str| {
        let (one, other) = (version(one, "old"), version(other, "new"));
        for text in [format!("{one}{other}"), format!("{other}{one}")] {
            let found = events(&calendar(&text));
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].title, "new", "{text}");
        }
    };
    check("SEQUENCE:1", "SEQUENCE:2");
    check("LAST-MODIFIED:20270101T000000Z", "SEQUENCE:2");
    check("LAST-MODIFIED:20260101T000000Z", "LAST-MODIFIED:20260102T000000Z");
    check("X-Y:1", "LAST-MODIFIED:20260102T000000Z");
    // Neither is newer: the later in the file.
    let same = format!("{}{}", version("", "old"), version("", "new"));
    assert_eq!(events(&calendar(&same))[0].title, "new");
}

#[test]
fn of_two_changes_to_one_occurrence_the_newer_counts() {
    let change = |sequence: u8, hour: u8| {
        event(&format!(
            "RECURRENCE-ID:20261202T140000Z\nSEQUENCE:{sequence}\nDTSTART:20261202T{hour}0000Z"
        ))
    };
    let text = calendar(&format!("{}{}{}", event(SERIES), change(2, 20), change(1, 21)));
    assert_eq!(names(&text)[1].1, "2026-12-02T20:00:00Z");
    let orphans = calendar(&format!("{}{}", change(2, 20), change(1, 21)));
    assert_eq!(names(&orphans), pairs(&[("20261202T140000Z", "2026-12-02T20:00:00Z")]));
}

#[test]
fn a_series_cut_in_two_is_two_series() {
    let first = event("DTSTART:20261201T090000Z\nRRULE:FREQ=DAILY;UNTIL=20261202T235959Z");
    let second = event("DTSTART:20261203T110000Z\nRRULE:FREQ=DAILY;COUNT=2")
        .replace("UID:u", "UID:u_R20261203T090000");
    assert_eq!(
        names(&calendar(&format!("{first}{second}"))),
        pairs(&[
            ("20261201T090000Z", "2026-12-01T09:00:00Z"),
            ("20261202T090000Z", "2026-12-02T09:00:00Z"),
            ("20261203T110000Z", "2026-12-03T11:00:00Z"),
            ("20261204T110000Z", "2026-12-04T11:00:00Z"),
        ])
    );
}

#[test]
fn entries_that_share_a_uid_by_mistake_are_all_kept() {
    let text = calendar(
        &["01", "02", "03"].map(|day| event(&format!("DTSTART:202612{day}T090000Z"))).concat(),
    );
    let feed = feed(&text);
    let found = window(&feed, "2026-12-01", "2027-01-01", "UTC").events;
    let uids: std::collections::HashSet<_> = found.iter().map(|event| &event.uid).collect();
    assert_eq!((found.len(), uids.len()), (3, 3));
    check_oddities(feed.oddities(), &[(9, "same UID"), (14, "same UID")]);
}

#[test]
fn an_entry_without_uid_gets_one_that_stays() {
    let text = |title: &str, stamp: &str| {
        calendar(&format!(
            "BEGIN:VEVENT\nDTSTAMP:{stamp}\nDTSTART:20261201T090000Z\nSUMMARY:{title}\nEND:VEVENT"
        ))
    };
    let uid = |text: &str| {
        let feed = feed(text);
        check_oddities(feed.oddities(), &[(4, "there is no UID")]);
        window(&feed, "2026-12-01", "2027-01-01", "UTC").events[0].uid.clone()
    };
    let one = uid(&text("a", "20260101T000000Z"));
    assert_eq!(one, uid(&text("a", "20270101T000000Z")));
    assert_ne!(one, uid(&text("b", "20260101T000000Z")));
}

#[test]
fn a_uid_that_is_too_long_is_replaced_by_its_hash() {
    let text = |end: &str| {
        let uid = format!("{}{end}", "x".repeat(400));
        calendar(&format!("BEGIN:VEVENT\nUID:{uid}\nDTSTART:20261201T090000Z\nEND:VEVENT"))
    };
    let uid = |text: &str| {
        let feed = feed(text);
        check_oddities(feed.oddities(), &[(5, "too long")]);
        window(&feed, "2026-12-01", "2027-01-01", "UTC").events[0].uid.clone()
    };
    assert_eq!(uid(&text("1")), uid(&text("1")));
    assert_ne!(uid(&text("1")), uid(&text("2")));
}
