//! `try`, `day` and `segments`.

use serde_json::{Value, json};
use tests::events::{all_day, calendar, event};

use super::{Desk, Ran, run};

const NEW_YORK: &str = "America/New_York";

fn try_json(file: &str, args: &[&str]) -> Vec<Value> {
    let mut line = vec!["try", file, "--zone", NEW_YORK, "--json"];
    line.extend(args);
    run(&line, b"").json().as_array().unwrap().clone()
}

#[test]
fn try_prints_each_reminder_with_exactly_these_fields() {
    let desk = Desk::new();
    let file = desk.calendar(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]);
    let rows = try_json(&file, &["--from", "2026-11-24"]);
    let expected = json!([{
        "uid": "Standup@test",
        "occurrence": "-",
        "title": "Standup",
        "start": "2026-11-24T15:00:00Z",
        "lead_minutes": 15,
        "nominal_at": "2026-11-24T14:45:00Z",
        "decision": "send",
        "send_at": "2026-11-24T14:45:00Z",
        "reason": null,
        "body": "Standup: in 15 minutes, at 10:00 AM.",
        "segments": 1,
    }]);
    assert_eq!(Value::from(rows), expected);
}

#[test]
fn pre_03_the_quiet_policies_decide_what_try_prints() {
    let desk = Desk::new();
    let file = desk.calendar(&[
        event("Night train", "2026-11-24T23:15", NEW_YORK),
        event("Breakfast", "2026-11-25T08:10", NEW_YORK),
    ]);
    let check = |policy: &[&str], expected: Value| {
        let mut args = vec!["--from", "2026-11-24", "--to", "2026-11-25"];
        args.extend(["--quiet", "22:00-08:00"]);
        args.extend(policy);
        let rows = try_json(&file, &args);
        let told = rows
            .iter()
            .map(|row| json!([row["title"], row["decision"], row["send_at"], row["reason"]]));
        assert_eq!(Value::from_iter(told), expected, "{policy:?}");
    };
    let breakfast = json!(["Breakfast", "send", "2026-11-25T13:00:00Z", "quiet_hours"]);
    check(&[], json!([["Night train", "skip", null, "quiet_until_after_start"], breakfast]));
    check(
        &["--quiet-policy", "advance"],
        json!([["Night train", "send", "2026-11-25T02:59:00Z", "advanced"], breakfast]),
    );
    check(
        &["--quiet-policy", "skip"],
        json!([
            ["Night train", "skip", null, "quiet_hours"],
            ["Breakfast", "skip", null, "quiet_hours"]
        ]),
    );
    check(
        &["--allow-after-start"],
        json!([["Night train", "send", "2026-11-25T13:00:00Z", "quiet_hours"], breakfast]),
    );
}

#[test]
fn try_counts_what_it_leaves_out_and_tells_oddities_with_their_line() {
    let desk = Desk::new();
    let events = [
        event("Standup", "2026-11-24T10:00", NEW_YORK),
        event("Lunch", "2026-11-24T12:00", NEW_YORK).with("TRANSP:TRANSPARENT"),
        event("Gone", "2026-11-24T13:00", NEW_YORK).with("STATUS:CANCELLED"),
        all_day("Holiday", "2026-11-24"),
        event("Broken", "2026-11-24T14:00", NEW_YORK).set("DTSTART", "DTSTART:soon"),
    ];
    let file = desk.calendar(&events);
    let args = ["try", &file, "--zone", NEW_YORK, "--from", "2026-11-24"];
    let table = run(&args, b"");
    let left_out = "left out: 3 events (1 all_day, 1 event_cancelled, 1 transparent)";
    assert!(table.out.contains(left_out), "{table:?}");
    assert!(table.out.contains("no quiet hours"), "{table:?}");
    assert!(table.out.contains("Tue 2026-11-24 09:45"), "{table:?}");
    let line = calendar(&events).lines().position(|line| line == "DTSTART:soon").unwrap() + 1;
    assert!(table.err.contains(&format!("{file}:{line}: ")), "{table:?}");
    let json = run(&[&args[..], &["--json"]].concat(), b"");
    assert_eq!(json.json().as_array().unwrap().len(), 1);
    assert!(json.err.contains(left_out), "{json:?}");
    assert!(table.out.lines().all(|line| line.chars().count() <= 100), "{}", table.out);
    assert!(!table.out.contains('\u{1b}'), "{}", table.out);
}

#[test]
fn try_takes_lead_times_limits_all_day_entries_and_standard_input() {
    let events = [
        event("One", "2026-11-24T10:00", NEW_YORK),
        event("Two", "2026-11-24T14:00", NEW_YORK),
        all_day("Holiday", "2026-11-24"),
    ];
    let check = |args: &[&str], expected: &[&str]| {
        let mut line = vec!["try", "-", "--zone", NEW_YORK, "--from", "2026-11-24", "--json"];
        line.extend(args);
        let rows = run(&line, calendar(&events).as_bytes()).json();
        let told = rows.as_array().unwrap().iter().map(|row| {
            let word = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", word("title"), word("decision"), word("send_at"))
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{args:?}");
    };
    check(
        &["--lead", "5m,1h", "--limit", "3"],
        &[
            "One send 2026-11-24T14:00:00Z",
            "One send 2026-11-24T14:55:00Z",
            "Two send 2026-11-24T18:00:00Z",
            "Two cancel -",
        ],
    );
    check(
        &["--all-day=0@07:30"],
        &[
            "Holiday send 2026-11-24T12:30:00Z",
            "One send 2026-11-24T14:45:00Z",
            "Two send 2026-11-24T18:45:00Z",
        ],
    );
}

#[test]
fn try_covers_today_unless_dates_are_named() {
    // It is 07:00 of Monday the 23rd in New York, and already the 24th on Kiritimati.
    let check = |zone: &str, expected: &str| {
        let file = calendar(&[event("Daily", "2026-11-20T20:00", zone).with("RRULE:FREQ=DAILY")]);
        let rows = run(&["try", "-", "--zone", zone, "--json"], file.as_bytes()).json();
        let occurrences: Vec<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["occurrence"].as_str().unwrap())
            .collect();
        assert_eq!(occurrences, [expected], "{zone}");
    };
    check(NEW_YORK, "20261123T200000");
    check("Pacific/Kiritimati", "20261124T200000");
}

#[test]
fn days_are_told_one_by_one_or_by_the_line() {
    let day = run(&["day", "america/new_york", "2026-11-01", "--json"], b"").json();
    let expected = json!({
        "zone": "America/New_York",
        "date": "2026-11-01",
        "start": "2026-11-01T04:00:00Z",
        "end": "2026-11-02T05:00:00Z",
        "hours": 25,
    });
    assert_eq!(day, expected);
    let words = run(&["day", "Pacific/Apia", "2011-12-30"], b"");
    assert!(words.out.contains("does not exist"), "{words:?}");

    let lines = b"Australia/Lord_Howe 2026-04-05\nAfrica/Cairo 2026-04-24\n\nUTC soon\nUTC\n";
    let Ran { code, out, .. } = run(&["day", "--stdin"], lines);
    assert_eq!(code, 3);
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hours: Vec<_> = answers.iter().map(|answer| answer["hours"].clone()).collect();
    assert_eq!(Value::from(hours), json!([24.5, 23, null, null, null]));
    let errors = answers.iter().filter(|answer| answer["error"].is_string()).count();
    assert_eq!(errors, 3, "{out}");
    assert_eq!(run(&["day", "--stdin"], b"UTC 2026-01-01").code, 0);
}

#[test]
fn segments_are_told_one_by_one_or_by_the_line() {
    let check = |text: &str, expected: Value| {
        assert_eq!(run(&["segments", text, "--json"], b"").json(), expected, "{text}");
    };
    let plain = json!({ "encoding": "GSM-7", "units": 9, "segments": 1, "costly": [] });
    check("See you €", json!({ "encoding": "GSM-7", "units": 10, "segments": 1, "costly": [] }));
    check("-hyphen-1", plain);
    check("a – b", json!({ "encoding": "UCS-2", "units": 5, "segments": 1, "costly": ["–"] }));
    let words = run(&["segments", &format!("{}–", "x".repeat(100))], b"");
    assert!(words.out.contains("2 segments in UCS-2"), "{words:?}");
    assert!(words.out.contains("– (U+2013)"), "{words:?}");
    assert!(words.out.contains("1 segment if spelled: x"), "{words:?}");

    let Ran { code, out, .. } = run(&["segments", "--stdin"], b"\"a\"\nno json\n\"\\u2013\"\n");
    assert_eq!(code, 3);
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0]["units"], 1);
    assert!(answers[1]["error"].is_string());
    assert_eq!(answers[2]["costly"], json!(["–"]));
}

#[test]
fn exp_04_a_prompt_is_tested_without_a_system_and_says_what_is_wrong_with_it() {
    let tested = run(&["prompt", "test", "--json"], b"").json();
    assert_eq!((&tested["passes"], &tested["requests"]["of"]), (&json!(true), &json!(30)));
    assert_eq!(tested["wrong"]["hits"], tested["wrong"]["of"]);
    let bad = run(&["prompt", "test", "-"], b"Remind them of {title}.");
    assert_eq!(bad.code, 1, "{bad:?}");
    assert!(bad.out.contains("lacks the place {language}"), "{bad:?}");
    let desk = Desk::new();
    let answers = desk.file("answers.tsv", "en_plan\tQ4 planning {left}, at 3:05 PM.\n");
    let answers = answers.to_str().unwrap();
    let judged = run(&["prompt", "test", "--answers", answers], b"");
    assert_eq!(judged.code, 0, "{judged:?}");
    assert!(judged.out.contains("refused, wrong_time: 1"), "{judged:?}");
    run(&["prompt", "test", "nowhere.txt"], b"").assert_refused(3, "cannot read nowhere.txt");
}
