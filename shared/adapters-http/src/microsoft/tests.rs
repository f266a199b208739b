//! What Graph says is read as it is written in Microsoft's documents.

use serde_json::{Value, json};

use super::document::document;
use super::wire::{Changes, Page};

/// The document that one event comes to, without what all have.
fn lines(change: &Value) -> Vec<String> {
    let mut event = json!({
        "@odata.etag": "W/\"ZlnW4RIAV06KYYwlrfNZvQAAKGWwbw==\"",
        "id": "AAMkAG1=", "iCalUId": "uid-1", "type": "singleInstance", "subject": "Standup",
        "start": { "dateTime": "2026-11-24T15:00:00.0000000", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-24T15:30:00.0000000", "timeZone": "UTC" },
        "isAllDay": false, "isCancelled": false, "showAs": "busy",
    });
    for (name, value) in change.as_object().unwrap() {
        event[name] = value.clone();
    }
    let page: Page = serde_json::from_value(json!({ "value": [event] })).unwrap();
    let text = document(page.value);
    let all = text.lines().skip_while(|line| *line != "BEGIN:VEVENT");
    all.filter(|line| !line.ends_with("VEVENT") && !line.ends_with("VCALENDAR"))
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn check(change: &Value, expected: &[&str]) {
    let found = lines(change);
    for line in expected {
        assert!(found.iter().any(|it| it == line), "{line} is not in {found:#?}");
    }
}

#[test]
fn sch_15_what_graph_says_of_an_event_is_kept() {
    check(&json!({}), &["UID:uid-1", "SUMMARY:Standup", "DTSTART;TZID=\"UTC\":20261124T150000"]);
    let pacific = "2026-11-24T07:00:00.0000000";
    check(
        &json!({ "start": { "dateTime": pacific, "timeZone": "Pacific Standard Time" } }),
        &["DTSTART;TZID=\"Pacific Standard Time\":20261124T070000"],
    );
    check(
        &json!({
            "isAllDay": true,
            "start": { "dateTime": "2026-11-24T00:00:00.0000000", "timeZone": "UTC" },
            "end": { "dateTime": "2026-11-25T00:00:00.0000000", "timeZone": "UTC" },
        }),
        &["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125"],
    );
    check(&json!({ "showAs": "free" }), &["TRANSP:TRANSPARENT"]);
    check(&json!({ "showAs": "tentative" }), &["STATUS:TENTATIVE"]);
    check(&json!({ "showAs": "oof" }), &["X-MICROSOFT-CDO-BUSYSTATUS:OOF"]);
    let elsewhere = "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE";
    check(&json!({ "showAs": "workingElsewhere" }), &[elsewhere]);
    let owner = "mailto:owner@calendar.invalid";
    for (said, kept) in [
        ("accepted", "ACCEPTED"),
        ("organizer", "ACCEPTED"),
        ("tentativelyAccepted", "TENTATIVE"),
        ("declined", "DECLINED"),
        ("notResponded", "NEEDS-ACTION"),
    ] {
        let time = "2026-11-20T15:00:00Z";
        check(
            &json!({ "responseStatus": { "response": said, "time": time } }),
            &[&format!("ATTENDEE;PARTSTAT={kept}:{owner}")],
        );
    }
    check(&json!({ "isOrganizer": true }), &[&format!("ORGANIZER:{owner}")]);
    let link = "https://teams.example/l/meetup-join/1";
    check(
        &json!({ "onlineMeeting": { "joinUrl": link }, "location": { "displayName": "Room 5" } }),
        &[&format!("X-GOOGLE-CONFERENCE:{link}"), "LOCATION:Room 5"],
    );
    check(&json!({ "onlineMeeting": null, "subject": null }), &["UID:uid-1"]);
    assert_eq!(lines(&json!({ "isCancelled": true })), Vec::<String>::new());
    assert_eq!(lines(&json!({ "type": "seriesMaster" })), Vec::<String>::new());
}

#[test]
fn cal_09_occurrences_of_a_series_have_its_name_and_their_original_start() {
    let name = |date: &str| format!("040000008200E00074C5B7101A82E008{date}D0A2AB00");
    let check = |kind: &str, original: Value, expected: &[&str]| {
        let of = json!({ "type": kind, "iCalUId": name("07EA0B18"), "originalStart": original });
        check(&of, expected);
    };
    let (series, one) = (format!("UID:{}", name("00000000")), format!("UID:{}", name("07EA0B18")));
    let original = "2026-11-24T14:00:00Z";
    let expected = [&series[..], "RECURRENCE-ID:20261124T140000Z"];
    check("occurrence", json!(original), &expected);
    check("exception", json!(original), &expected);
    check("exception", Value::Null, &[&one]);
    check("singleInstance", json!(original), &[&one]);
}

#[test]
fn cal_01_what_was_removed_is_a_change() {
    let page = json!({
        "@odata.context": "https://graph.example/v1.0/$metadata#Collection(event)",
        "@odata.deltaLink": "https://graph.example/v1.0/me/calendarView/delta?$deltatoken=1",
        "value": [{ "@removed": { "reason": "deleted" }, "id": "AAMkAG1=" }],
    });
    let page: Changes = serde_json::from_value(page).unwrap();
    assert_eq!((page.value.len(), page.next_link, page.delta_link.is_some()), (1, None, true));
}
