use super::*;

fn check_zone(id: &str, expected: &str) {
    check_starts(&format!("DTSTART;TZID={id}:20261201T090000"), &[expected]);
}

/// A VTIMEZONE as Outlook writes it, with the rules of New York.
fn vtimezone(id: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE\nTZID:{id}\nBEGIN:STANDARD\nDTSTART:16011104T020000\n\
         RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n\
         END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010311T020000\n\
         RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n\
         END:DAYLIGHT\nEND:VTIMEZONE\n"
    )
}

#[test]
fn names_of_the_database_are_found_in_any_case_and_at_the_end_of_a_path() {
    check_zone("Europe/Berlin", "2026-12-01T08:00:00Z");
    check_zone("europe/BERLIN", "2026-12-01T08:00:00Z");
    check_zone("\"Europe/Berlin\"", "2026-12-01T08:00:00Z");
    check_zone("/freeassociation.sourceforge.net/Europe/Berlin", "2026-12-01T08:00:00Z");
    check_zone("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "2026-12-01T08:00:00Z");
    check_zone("/mozilla.org/20050126_1/Europe/Berlin", "2026-12-01T08:00:00Z");
    check_zone("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "2026-12-01T12:00:00Z");
    check_zone("America/New York", "2026-12-01T14:00:00Z");
    check_zone("UTC", "2026-12-01T09:00:00Z");
    check_zone("US/Pacific", "2026-12-01T17:00:00Z");
}

#[test]
fn names_of_windows_and_outlook_are_found() {
    check_zone("Pacific Standard Time", "2026-12-01T17:00:00Z");
    check_zone("W. Europe Standard Time", "2026-12-01T08:00:00Z");
    check_zone("\"(UTC-08:00) Pacific Time (US & Canada)\"", "2026-12-01T17:00:00Z");
    check_zone("(UTC-08:00) Pacific Time (US & Canada)", "2026-12-01T17:00:00Z");
    check_zone(
        "(UTC+01:00) Amsterdam\\, Berlin\\, Bern\\, Rome\\, Stockholm\\, Vienna",
        "2026-12-01T08:00:00Z",
    );
    check_zone(
        "\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\"",
        "2026-12-01T08:00:00Z",
    );
    check_zone("tzone://Microsoft/Utc", "2026-12-01T09:00:00Z");
}

#[test]
fn offsets_in_a_name_are_understood() {
    check_zone("GMT+0100", "2026-12-01T08:00:00Z");
    check_zone("UTC-05:00", "2026-12-01T14:00:00Z");
    check_zone("\"GMT-0500 (EST)\"", "2026-12-01T14:00:00Z");
}

#[test]
fn a_known_name_wins_over_the_files_own_definition() {
    let event = event("DTSTART;TZID=Europe/Berlin:20261201T090000");
    let text = calendar(&format!("{}{event}", vtimezone("Europe/Berlin")));
    assert_eq!(starts(&events(&text)), ["2026-12-01T08:00:00Z"]);
}

#[test]
fn an_unknown_name_is_computed_from_the_files_own_definition() {
    let check = |zone: &str, start: &str, expected: &[&str]| {
        let text =
            calendar(&format!("{zone}{}", event(&format!("{start}\nRRULE:FREQ=DAILY;COUNT=2"))));
        assert_eq!(starts(&events(&text)), expected, "{start}");
    };
    let own = vtimezone("Customized Time Zone");
    let at = |time: &str| format!("DTSTART;TZID=Customized Time Zone:{time}");
    check(&own, &at("20260307T090000"), &["2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z"]);
    check(&own, &at("20261031T090000"), &["2026-10-31T13:00:00Z", "2026-11-01T14:00:00Z"]);
    check(&own, &at("20260307T023000"), &["2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z"]);
    check(&own, &at("20261031T013000"), &["2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z"]);
}

#[test]
fn a_computed_zone_agrees_with_the_database() {
    let zones = Zones::bundled();
    let feed = feed(&calendar(&format!(
        "{}{}",
        vtimezone("Mine"),
        event("DTSTART;TZID=Mine:20070401T003000\nRRULE:FREQ=HOURLY;INTERVAL=7"),
    )));
    let new_york = zones.rules(&zones.parse("America/New_York").unwrap()).unwrap();
    for year in [2008, 2026, 2040] {
        let (from, to) = (format!("{year}-01-01"), format!("{}-01-01", year + 1));
        let found = window(&feed, &from, &to, "America/New_York").events;
        assert!(found.len() > 1250);
        for event in found {
            let name = event.occurrence.as_str();
            let wall: jiff::civil::DateTime =
                jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", name).unwrap();
            let expected = domain::time::instant_of(wall, &new_york);
            assert_eq!(start_of(&event), expected.to_string(), "{name}");
        }
    }
}

#[test]
fn a_definition_with_single_dates_and_an_end_is_followed() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Own\n\
        BEGIN:STANDARD\nDTSTART:20000101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
        END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20200601T020000\nRDATE:20260601T020000\n\
        TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n\
        BEGIN:STANDARD\nDTSTART:20200901T030000\n\
        RRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1;UNTIL=20260901T010000Z\n\
        TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n";
    let check = |start: &str, expected: &str| {
        let event = event(&format!("DTSTART;TZID=Own:{start}"));
        assert_eq!(starts(&events(&calendar(&format!("{zone}{event}")))), [expected]);
    };
    check("20260501T120000", "2026-05-01T11:00:00Z");
    check("20260701T120000", "2026-07-01T10:00:00Z");
    check("20261001T120000", "2026-10-01T11:00:00Z");
    check("20271001T120000", "2027-10-01T11:00:00Z");
}

#[test]
fn a_definition_may_say_which_zone_it_means() {
    let zone = vtimezone("Own").replace("TZID:Own\n", "TZID:Own\nX-LIC-LOCATION:Europe/Berlin\n");
    let event = event("DTSTART;TZID=Own:20261201T090000");
    assert_eq!(starts(&events(&calendar(&format!("{zone}{event}")))), ["2026-12-01T08:00:00Z"]);
}

#[test]
fn each_calendar_of_a_file_has_its_own_definitions() {
    let one = calendar(&format!(
        "{}{}",
        vtimezone("Customized Time Zone"),
        event("DTSTART;TZID=Customized Time Zone:20261201T090000")
    ));
    let other = one.replace("-0500", "+0500").replace("-0400", "+0600").replace("UID:u", "UID:v");
    assert_eq!(
        starts(&events(&format!("{one}{other}"))),
        ["2026-12-01T04:00:00Z", "2026-12-01T14:00:00Z"]
    );
}

#[test]
fn an_unknown_zone_without_definition_is_the_calendars_else_the_users_and_is_told_once() {
    let lines = format!(
        "{}{}",
        event("DTSTART;TZID=Mars/Olympus:20261201T090000\nDTEND;TZID=Mars/Olympus:20261201T093000"),
        event("DTSTART;TZID=Mars/Olympus:20261209T090000").replace("UID:u", "UID:v"),
    );
    let check = |header: &str, expected: &str, told: &str| {
        let feed = feed(&calendar(&format!("{header}\n{lines}")));
        let found = window(&feed, "2026-11-30", "2026-12-02", "America/New_York").events;
        assert_eq!(starts(&found), [expected]);
        check_oddities(feed.oddities(), &[(8, told)]);
    };
    check("X-WR-CALNAME:x", "2026-12-01T14:00:00Z", "the user's own zone is taken");
    check("X-WR-TIMEZONE:Asia/Tokyo", "2026-12-01T00:00:00Z", "Asia/Tokyo is taken");
}

#[test]
fn a_definition_without_sense_is_told() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nTZOFFSETTO:nonsense\nEND:STANDARD\n\
        END:VTIMEZONE\nBEGIN:VTIMEZONE\nEND:VTIMEZONE\n";
    let text = calendar(&format!("{zone}{}", event("DTSTART;TZID=Own:20261201T090000")));
    let feed = feed(&text);
    check_oddities(
        feed.oddities(),
        &[
            (4, "holds no STANDARD"),
            (6, "needs DTSTART"),
            (10, "no TZID"),
            (15, "neither known nor defined"),
        ],
    );
}

#[test]
fn floating_times_belong_to_the_user() {
    let feed = feed(&calendar(&event("DTSTART:20261201T090000")));
    for zone in ["Asia/Tokyo", "America/New_York"] {
        let found = window(&feed, "2026-12-01", "2026-12-02", zone).events;
        assert_eq!(starts(&found), ["2026-12-01T09:00:00"]);
    }
}
