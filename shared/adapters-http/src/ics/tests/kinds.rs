use domain::calendar_event::{EventKind, EventStatus, Response};

use super::*;

const TIMES: &str = "DTSTART:20261201T090000Z\nDTEND:20261201T100000Z\n";

fn check_span(lines: &str, expected: &str) {
    let found = events(&calendar(&event(lines)));
    assert_eq!(found.len(), 1, "{lines}");
    let span = match found[0].when {
        EventTime::Timed { start, end } => format!("{start} {end}"),
        EventTime::Floating { start, end } => format!("{start} {end}"),
        EventTime::AllDay { from, until } => format!("{from} {until}"),
    };
    assert_eq!(span, expected, "{lines}");
}

#[test]
fn every_way_to_end_is_understood() {
    let start = "DTSTART:20261201T090000Z\n";
    check_span(start, "2026-12-01T09:00:00Z 2026-12-01T09:00:00Z");
    check_span(&format!("{start}DURATION:PT15M"), "2026-12-01T09:00:00Z 2026-12-01T09:15:00Z");
    check_span(
        &format!("{start}DTEND;TZID=Europe/Berlin:20261201T110000"),
        "2026-12-01T09:00:00Z 2026-12-01T10:00:00Z",
    );
    check_span(
        "DTSTART:20261201T090000\nDTEND:20261201T100000",
        "2026-12-01T09:00:00 2026-12-01T10:00:00",
    );
    check_span(
        "DTSTART:20261201T090000\nDURATION:P1DT1H",
        "2026-12-01T09:00:00 2026-12-02T10:00:00",
    );
}

#[test]
fn all_day_entries_end_on_the_day_after() {
    let start = "DTSTART;VALUE=DATE:20261201\n";
    check_span(start, "2026-12-01 2026-12-02");
    check_span("DTSTART:20261201", "2026-12-01 2026-12-02");
    check_span(&format!("{start}DTEND;VALUE=DATE:20261203"), "2026-12-01 2026-12-03");
    check_span(&format!("{start}DTEND;VALUE=DATE:20261201"), "2026-12-01 2026-12-02");
    check_span(&format!("{start}DURATION:P2D"), "2026-12-01 2026-12-03");
    check_span(&format!("{start}DURATION:PT1H"), "2026-12-01 2026-12-02");
}

#[test]
fn outlooks_flag_makes_midnights_an_all_day_entry() {
    let lines = "DTSTART;TZID=Eastern Standard Time:20261201T000000\n\
        DTEND;TZID=Eastern Standard Time:20261202T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE";
    check_span(lines, "2026-12-01 2026-12-02");
    check_span(&lines.replace("T000000", "T090000"), "2026-12-01T14:00:00Z 2026-12-02T14:00:00Z");
    check_span(&lines.replace("TRUE", "FALSE"), "2026-12-01T05:00:00Z 2026-12-02T05:00:00Z");
}

#[test]
fn everything_that_reminders_need_is_handed_on() {
    let lines = format!(
        "{TIMES}SUMMARY:Talk\\, with\n  tea\nLOCATION:Room 5\nTRANSP:TRANSPARENT\n\
         STATUS:TENTATIVE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\n\
         X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg-hij"
    );
    let found = &events(&calendar(&event(&lines)))[0];
    assert_eq!(found.title, "Talk, with tea");
    assert_eq!(found.location.as_deref(), Some("Room 5"));
    assert_eq!(found.meeting_link.as_deref(), Some("https://meet.google.com/abc-defg-hij"));
    assert_eq!(found.status, EventStatus::Tentative);
    assert_eq!(found.kind, EventKind::OutOfOffice);
    assert!(found.is_transparent);
    assert_eq!(found.uid.as_str(), "u");
    assert_eq!(found.calendar.as_str(), "c");
    assert_eq!(found.first_seen_at, Timestamp::UNIX_EPOCH);
}

#[test]
fn a_cancelling_file_cancels_what_it_holds_and_nothing_else() {
    let one = calendar(&format!("METHOD:CANCEL\n{}", event(TIMES)));
    let other = calendar(&event(TIMES).replace("UID:u", "UID:v"));
    let statuses: Vec<_> =
        events(&format!("{one}{other}")).iter().map(|event| event.status).collect();
    assert_eq!(statuses, [EventStatus::Cancelled, EventStatus::Confirmed]);
}

#[test]
fn the_users_answer_is_found_by_the_given_address_or_the_calendars_name() {
    let attendees = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:you@example.com\n\
        ATTENDEE;PARTSTAT=DECLINED:mailto:Me@example.com";
    let check = |header: &str, own: &[&str], expected: Response| {
        let feed = feed(&calendar(&format!("{header}\n{}", event(&format!("{TIMES}{attendees}")))));
        let own: Vec<_> = own.iter().map(|address| (*address).to_owned()).collect();
        let expanded = feed.occurrences(&Expansion {
            calendar: &CalendarId::parse("c").unwrap(),
            from: "2026-12-01T00:00:00Z".parse().unwrap(),
            to: "2026-12-02T00:00:00Z".parse().unwrap(),
            user_zone: &jiff::tz::TimeZone::UTC,
            own_addresses: &own,
            first_seen_at: Timestamp::UNIX_EPOCH,
        });
        assert_eq!(expanded.events[0].response, expected, "{header} {own:?}");
    };
    check("X-Z:1", &[], Response::None);
    check("X-Z:1", &["ME@example.com"], Response::Declined);
    check("X-Z:1", &["someone@example.com"], Response::None);
    check("X-WR-CALNAME:me@example.com", &[], Response::Declined);
    check("X-WR-RELCALID:me@example.com", &[], Response::Declined);
    check("X-WR-CALNAME:My calendar", &[], Response::None);
}

#[test]
fn other_components_are_passed_over_without_a_word() {
    let others = ["VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "X-THING"]
        .map(|name| format!("BEGIN:{name}\nUID:x\nDTSTART:nonsense\nno property\nEND:{name}\n"));
    let alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:nonsense\nEND:VALARM";
    let text = calendar(&format!("{}{}", others.concat(), event(&format!("{TIMES}{alarm}"))));
    assert_eq!(starts(&events(&text)), ["2026-12-01T09:00:00Z"]);
}

#[test]
fn events_come_in_the_order_of_their_starts() {
    let text = calendar(&format!(
        "{}{}{}",
        event("DTSTART:20261202T090000Z").replace("UID:u", "UID:a"),
        event("DTSTART;VALUE=DATE:20261202").replace("UID:u", "UID:b"),
        event("DTSTART:20261201T230000").replace("UID:u", "UID:c"),
    ));
    assert_eq!(
        starts(&events(&text)),
        ["2026-12-01T23:00:00", "2026-12-02", "2026-12-02T09:00:00Z"]
    );
}
