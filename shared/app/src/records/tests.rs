use std::fmt::Debug;

use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::ids::{CalendarId, EventUid, MessageSid, Occurrence, ReminderId, UserId};
use domain::lead_choice::LeadChoice;
use domain::lead_time::{LeadSlot, LeadTime, LeadTimes};
use domain::phone::PhoneNumber;
use domain::quiet_hours::{QuietHours, QuietPolicy, QuietWindow, Weekdays};
use domain::ratings::Rating;
use domain::reasons::{CancelReason, DeferReason, SkipReason};
use domain::reminder::{
    Attempt, AttemptOutcome, Circumstances, DeliveryStatus, ModelCall, Reminder, State, TextSource,
};
use domain::rollout::{Rollout, RolloutStage};
use domain::texts::{Body, EventFacts, HourCycle, Language, Locale};
use domain::time::Zones;
use domain::trail::{Step, Trail};
use domain::user::{AllDayTime, Consent, Counting, DailyLimit, Planned, Preferences, User};
use jiff::Timestamp;
use jiff::civil::{date, time};

use super::*;
use crate::ports::{
    Calendar, CalendarSource, ConsentEntry, ConsentSource, LeftOutRecord, MirrorWindow, NumberMark,
    Phone, PhoneKeys, RunRecord,
};

/// A title with what strangers write: quotes, control characters, emoji, another script.
const TITLE: &str = "Q3 \"sync\" \\ 1:1\n\u{7}\u{2028} 🚀 会議";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn number() -> PhoneNumber {
    PhoneNumber::try_from("+12025550123".to_owned()).unwrap()
}

fn sid(text: &str) -> MessageSid {
    MessageSid::parse(text).unwrap()
}

#[track_caller]
fn check_round_trip<R: Record>(value: &R::Value)
where
    R::Value: PartialEq + Debug,
{
    let json = to_json::<R>(value).unwrap();
    assert!(json.contains("\"v\":"), "no version in {json}");
    assert_eq!(from_json::<R>(&json).as_ref(), Ok(value), "{json}");
    // Through a map without order, as a store of another kind keeps it.
    let map: serde_json::Value = serde_json::from_str(&json).unwrap();
    let record: R = serde_json::from_value(map).unwrap();
    assert_eq!(read(record).as_ref(), Ok(value), "{json}");
}

/// Old code reads what newer code of the same version wrote.
#[track_caller]
fn check_unknown_fields<R: Record>(value: &R::Value)
where
    R::Value: PartialEq + Debug,
{
    let mut map: serde_json::Value = serde_json::from_str(&to_json::<R>(value).unwrap()).unwrap();
    map["from_the_future"] = serde_json::json!({"deep": [1, 2.5, null]});
    let json = map.to_string();
    assert_eq!(from_json::<R>(&json).as_ref(), Ok(value), "{json}");
    let unknown = R::NEWEST + 1;
    map["v"] = unknown.into();
    assert_eq!(
        from_json::<R>(&map.to_string()).err(),
        Some(BadRecord::Version { what: R::WHAT, found: unknown, newest: R::NEWEST })
    );
    // The version is the news even where nothing else is left of the shape.
    let refused = from_json::<R>("{\"v\": 7, \"user\": 12}");
    assert!(matches!(refused, Err(BadRecord::Version { found: 7, .. })));
}

fn facts(is_full: bool) -> EventFacts {
    EventFacts {
        title: TITLE.to_owned(),
        start: at("2026-03-08T17:00:00Z"),
        end: at("2026-03-08T17:30:00.25Z"),
        all_day_on: is_full.then(|| date(2026, 3, 8)),
        location: is_full.then(|| "Room 4 — \u{202e}".to_owned()),
        meeting_link: is_full.then(|| "https://meet.example/abc?x=1&y=2".to_owned()),
        first_of: None,
    }
}

fn times() -> [EventTime; 3] {
    [
        EventTime::Timed { start: at("2026-03-08T17:00:00Z"), end: Timestamp::MAX },
        EventTime::Floating {
            start: date(2026, 3, 8).at(2, 30, 0, 0),
            end: date(2026, 3, 8).at(3, 30, 0, 1),
        },
        EventTime::AllDay { from: date(2026, 3, 8), until: date(2026, 3, 9) },
    ]
}

fn reminder() -> Reminder {
    let user = UserId::parse("ann@example.org").unwrap();
    let calendar = CalendarId::parse("work").unwrap();
    let uid = EventUid::parse("040000008200E00074C5B7101A82E008").unwrap();
    let (occurrence, slot) = (Occurrence::single(), LeadSlot::new(2));
    Reminder {
        id: ReminderId::of(&user, &calendar, &uid, &occurrence, slot, 3),
        user,
        calendar,
        uid,
        occurrence,
        slot,
        round: 3,
        lead: None,
        when: times()[0],
        facts: facts(false),
        state: State::Scheduled,
        revision: u64::MAX,
        nominal_at: at("2026-03-08T16:45:00Z"),
        wanted_at: at("2026-03-08T16:45:00.000000001Z"),
        send_at: Timestamp::MIN,
        last_at: Timestamp::MAX,
        day_on: date(2026, 3, 8),
        retry_at: None,
        body: Body { before: format!("{TITLE} "), after: String::new() },
        source: TextSource::Template { id: "reminder.en.1".to_owned() },
        attempts: Vec::new(),
        planned_at: at("2026-03-08T04:40:00Z"),
        rating: None,
        trial: domain::experiment::board::Trial::default(),
        acknowledged_at: None,
        snoozes: Vec::new(),
        trail: Trail::default(),
    }
}

fn states() -> Vec<State> {
    let mut states = vec![
        State::Scheduled,
        State::Claimed,
        State::Accepted,
        State::Sent,
        State::Delivered,
        State::Undelivered,
        State::Failed,
        State::Unconfirmed,
        State::Unknown,
    ];
    states.extend(CancelReason::ALL.iter().copied().map(State::Cancelled));
    states.extend(SkipReason::ALL.iter().copied().map(State::Skipped));
    states
}

fn attempts() -> Vec<Attempt> {
    let since = at("2026-03-08T16:45:01Z");
    let outcomes = [
        AttemptOutcome::Open,
        AttemptOutcome::Accepted { sid: sid("SM0123456789abcdef0123456789abcdef") },
        AttemptOutcome::Rejected { code: 21_610 },
        AttemptOutcome::NotProcessed,
        AttemptOutcome::GivenBack,
        AttemptOutcome::Unknown { since, absent_at: None },
        AttemptOutcome::Unknown { since, absent_at: Some(since) },
        AttemptOutcome::ProvenAbsent,
    ];
    let statuses = [
        DeliveryStatus::Queued,
        DeliveryStatus::Sending,
        DeliveryStatus::Sent,
        DeliveryStatus::Delivered,
        DeliveryStatus::Undelivered,
        DeliveryStatus::Failed,
        DeliveryStatus::Cancelled,
    ];
    let attempt = |(number, outcome): (u32, AttemptOutcome)| Attempt {
        number,
        claimed_at: since,
        to: self::number(),
        text: TITLE.to_owned(),
        outcome,
        delivery: number.is_multiple_of(2).then_some(DeliveryStatus::Undelivered),
        delivery_times: statuses.iter().map(|status| (*status, since)).collect(),
        error_code: number.is_multiple_of(2).then_some(30_003),
        polled_at: number.is_multiple_of(2).then_some(since),
        circumstances: Circumstances {
            stage: number.is_multiple_of(2).then_some(RolloutStage::Percent10),
            price_microdollars: number.is_multiple_of(3).then_some(11_800),
        },
    };
    (1..).zip(outcomes).map(attempt).collect()
}

fn steps() -> Vec<Step> {
    let at = at("2026-03-08T16:45:00Z");
    let mut steps = vec![
        Step::Planned { send_at: at },
        Step::PlannedLate { send_at: at },
        Step::Moved { send_at: at },
        Step::Retexted,
        Step::Restored { send_at: at },
        Step::Claimed { attempt: 1, waited_since: None },
        Step::GivenBack,
        Step::NotProcessed,
        Step::Accepted,
        Step::Rejected { code: 30_001 },
        Step::OutcomeUnknown,
        Step::NotListed,
        Step::FoundInList,
        Step::ProvenAbsent,
        Step::Receipt { status: DeliveryStatus::Failed, code: Some(30_005) },
        Step::Receipt { status: DeliveryStatus::Sent, code: None },
        Step::Retry { at },
        Step::GaveUp,
        Step::Unconfirmed,
        Step::Dropped { entries: 4 },
    ];
    steps.extend(CancelReason::ALL.iter().map(|reason| Step::Cancelled { reason: *reason }));
    steps.extend(SkipReason::ALL.iter().map(|reason| Step::Skipped { reason: *reason }));
    let deferred = |reason: &DeferReason| Step::Deferred { until: at, reason: *reason };
    steps.extend(DeferReason::ALL.iter().map(deferred));
    steps
}

fn sources() -> [TextSource; 3] {
    let call = Box::new(ModelCall {
        model: "small".to_owned(),
        prompt_version: "reminder.1".to_owned(),
        input_tokens: 211,
        output_tokens: 24,
        cost_microdollars: 47,
        took_ms: 420,
    });
    let (id, reason) = ("reminder.en.2".to_owned(), "wrong_time".to_owned());
    let instead_of = reminder().body;
    [
        TextSource::Model { call: call.clone(), instead_of: instead_of.clone(), template: None },
        TextSource::Model { call: call.clone(), instead_of, template: Some(id.clone()) },
        TextSource::Fallback { id, call, reason },
    ]
}

#[test]
fn reminders_come_back_as_they_were() {
    for state in states() {
        check_round_trip::<ReminderV1>(&Reminder { state, ..reminder() });
    }
    for when in times() {
        check_round_trip::<ReminderV1>(&Reminder { when, ..reminder() });
    }
    for source in sources() {
        check_round_trip::<ReminderV1>(&Reminder { source, ..reminder() });
    }
    let mut full = reminder();
    full.lead = Some(LeadTime::from_minutes(15).unwrap());
    full.retry_at = Some(full.nominal_at);
    full.facts = facts(true);
    full.attempts = attempts();
    full.rating = Some(Rating {
        stars: 4,
        feedback: Some("great, thanks".to_owned()),
        at: full.nominal_at,
        text: "SM1".to_owned(),
    });
    for step in steps() {
        // Twice, so that a count of repeats is among them.
        full.trail.push(full.nominal_at, step.clone());
        full.trail.push(full.nominal_at, step);
    }
    check_round_trip::<ReminderV1>(&full);
    check_unknown_fields::<ReminderV1>(&full);
    check_unknown_fields::<ReminderV1>(&reminder());
}

#[test]
fn a_stored_reminder_reads_like_this() {
    let mut row = reminder();
    row.state = State::Cancelled(CancelReason::DailyLimit);
    (row.revision, row.send_at, row.last_at) = (2, row.nominal_at, row.facts.start);
    row.facts.title = "Sync".to_owned();
    row.body.before = "Sync ".to_owned();
    row.trail.push(row.planned_at, Step::Cancelled { reason: CancelReason::DailyLimit });
    row.when = times()[2];
    // Stored rows of former releases look like this: whoever changes it must still read it.
    let json = r#"{"v":1,"user":"ann@example.org","reminder":"ID","calendar":"work",
        "uid":"040000008200E00074C5B7101A82E008","occurrence":"-","slot":2,"round":3,
        "when":{"all_day":{"from":"2026-03-08","until":"2026-03-09"}},
        "facts":{"title":"Sync","start":"2026-03-08T17:00:00Z","end":"2026-03-08T17:30:00.25Z"},
        "state":"cancelled","reason":"daily_limit","revision":2,
        "nominal_at":"2026-03-08T16:45:00Z","wanted_at":"2026-03-08T16:45:00.000000001Z",
        "send_at":"2026-03-08T16:45:00Z","last_at":"2026-03-08T17:00:00Z","day_on":"2026-03-08",
        "body":{"before":"Sync ","after":""},"source":{"source":"template","id":"reminder.en.1"},
        "planned_at":"2026-03-08T04:40:00Z",
        "trail":[{"at":"2026-03-08T04:40:00Z",
            "step":{"step":"cancelled","reason":"daily_limit"}}]}"#
        .replace("ID", &row.id.to_string());
    assert_eq!(from_json::<ReminderV1>(&json).unwrap(), row);
    let compact = serde_json::from_str::<serde_json::Value>(&json).unwrap();
    let written = to_json::<ReminderV1>(&row).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), compact);
}

#[test]
fn a_state_without_its_reason_is_refused() {
    let check = |from: &str, to: &str| {
        let row = Reminder { state: State::Skipped(SkipReason::TooLate), ..reminder() };
        let json = to_json::<ReminderV1>(&row).unwrap();
        assert!(json.contains(from), "{json}");
        let refused = from_json::<ReminderV1>(&json.replace(from, to)).unwrap_err();
        assert!(refused.to_string().contains("in its state"), "{refused}");
    };
    check(",\"reason\":\"too_late\"", "");
    check("too_late", "because");
    check("too_late", "opted_out");
    check("\"skipped\"", "\"lost\"");
}

#[test]
fn users_come_back_as_they_were() {
    let zone = Zones::bundled().parse("america/new_york").unwrap();
    let mut user = User {
        id: UserId::parse("ann").unwrap(),
        phone: number(),
        is_phone_verified: true,
        zone,
        locale: Locale { language: Language::En, hours: HourCycle::H24 },
        preferences: Preferences::default(),
        created_at: at("2026-01-01T00:00:00.5Z"),
        inputs_version: 1,
        planned: None,
    };
    check_round_trip::<UserV1>(&user);
    user.planned = Some(Planned { on: date(2026, 2, 28), inputs_version: 9 });
    user.locale.hours = HourCycle::H12;
    let windows = vec![
        QuietWindow::new(time(22, 0, 0, 0), time(7, 30, 0, 0), Weekdays::WORKDAYS).unwrap(),
        QuietWindow::new(time(13, 0, 0, 0), time(14, 0, 0, 0), Weekdays::ALL).unwrap(),
    ];
    let leads = [1, 15, 10_080].map(|minutes| LeadTime::from_minutes(minutes).unwrap());
    let all_day = Some(AllDayTime { days_before: 0, at: time(7, 15, 0, 0) });
    user.preferences = Preferences {
        reminders_on: false,
        lead_times: LeadTimes::new(&leads).unwrap(),
        lead_choice: LeadChoice::new(&leads).unwrap(),
        quiet_hours: QuietHours::new(windows, QuietPolicy::Advance, true).unwrap(),
        daily_limit: DailyLimit::new(0).unwrap(),
        counting: Counting { tentative: false, declined: true, all_day, ..Counting::default() },
    };
    check_round_trip::<UserV1>(&user);
    check_unknown_fields::<UserV1>(&user);
    // Deep inside, too.
    let json = to_json::<UserV1>(&user).unwrap();
    let newer = json.replace("\"tentative\":false", "\"tentative\":false,\"birthdays\":true");
    assert_ne!(newer, json);
    assert_eq!(from_json::<UserV1>(&newer).unwrap(), user);
}

#[test]
fn what_is_missing_of_a_user_takes_its_default() {
    let json = r#"{"v":1,"user":"ann","phone":"+12025550123","zone":"Asia/Tokyo",
        "locale":{"language":"en","hours":"h24"},"created_at":"2026-01-01T00:00:00Z",
        "inputs_version":4,"preferences":{"daily_limit":3,"counting":{"declined":true}}}"#;
    let user = from_json::<UserV1>(json).unwrap();
    assert!(!user.is_phone_verified);
    assert_eq!(user.planned, None);
    let expected = Preferences {
        daily_limit: DailyLimit::new(3).unwrap(),
        counting: Counting { declined: true, ..Counting::default() },
        ..Preferences::default()
    };
    assert_eq!(user.preferences, expected);
}

#[test]
fn events_come_back_as_they_were() {
    let event = CalendarEvent {
        calendar: CalendarId::parse("家").unwrap(),
        uid: EventUid::parse("a@b").unwrap(),
        occurrence: Occurrence::parse("20260308T023000").unwrap(),
        title: TITLE.to_owned(),
        when: times()[0],
        location: None,
        meeting_link: None,
        status: EventStatus::Confirmed,
        is_transparent: false,
        response: Response::None,
        kind: EventKind::Meeting,
        first_seen_at: at("2026-03-01T00:00:00Z"),
    };
    for when in times() {
        check_round_trip::<EventV1>(&CalendarEvent { when, ..event.clone() });
    }
    for status in [EventStatus::Tentative, EventStatus::Cancelled] {
        check_round_trip::<EventV1>(&CalendarEvent { status, ..event.clone() });
    }
    for response in
        [Response::NeedsAction, Response::Accepted, Response::Tentative, Response::Declined]
    {
        check_round_trip::<EventV1>(&CalendarEvent { response, ..event.clone() });
    }
    for kind in [EventKind::OutOfOffice, EventKind::FocusTime, EventKind::WorkingLocation] {
        check_round_trip::<EventV1>(&CalendarEvent { kind, ..event.clone() });
    }
    let full = CalendarEvent {
        is_transparent: true,
        location: Some(String::new()),
        meeting_link: Some("https://x.example".to_owned()),
        ..event
    };
    check_round_trip::<EventV1>(&full);
    check_unknown_fields::<EventV1>(&full);
}

#[test]
fn calendars_come_back_as_they_were() {
    let mut calendar = Calendar {
        user: UserId::parse("ann").unwrap(),
        id: CalendarId::parse("work").unwrap(),
        source: CalendarSource::Ics { text: "BEGIN:VCALENDAR\r\nX:\u{feff}\r\n".to_owned() },
        mirrored: None,
        changed_at: at("2026-03-01T00:00:00Z"),
    };
    check_round_trip::<CalendarV1>(&calendar);
    calendar.mirrored = Some(MirrorWindow { from: Timestamp::MIN, until: Timestamp::MAX });
    check_round_trip::<CalendarV1>(&calendar);
    check_unknown_fields::<CalendarV1>(&calendar);
}

#[test]
fn phones_come_back_as_they_were() {
    let when = at("2026-03-01T00:00:00Z");
    let sources = [
        ConsentSource::AddedByOperator,
        ConsentSource::InboundText { sid: "SM1".to_owned() },
        ConsentSource::ProviderRefusal { code: 21_610 },
        ConsentSource::OwnPage,
    ];
    let entry = |source| ConsentEntry { at: when, consent: Consent::OptedOut, source };
    let mut phone = Phone {
        key: PhoneKeys::new(b"secret").key(&number()),
        consent: Consent::OptedIn,
        ledger: Vec::new(),
        users: Vec::new(),
        mark: None,
        hinted_at: None,
        last_inbound: Vec::new(),
        version: 1,
    };
    check_round_trip::<PhoneV1>(&phone);
    phone.consent = Consent::OptedOut;
    phone.ledger = sources.map(entry).into();
    phone.users = vec![UserId::parse("ann").unwrap(), UserId::parse("bob").unwrap()];
    phone.mark = Some(NumberMark { code: 30_006, at: when });
    phone.hinted_at = Some(when);
    phone.last_inbound = vec!["SM1".to_owned()];
    check_round_trip::<PhoneV1>(&phone);
    check_unknown_fields::<PhoneV1>(&phone);
    assert!(!to_json::<PhoneV1>(&phone).unwrap().contains("2025550123"));
}

#[test]
fn small_items_come_back_as_they_were() {
    let start = at("2026-03-08T17:00:00Z");
    let event = LeftOutRecord {
        uid: "a".to_owned(),
        occurrence: "-".to_owned(),
        start,
        reason: "event_begun".to_owned(),
    };
    let on = date(2026, 3, 8);
    let run =
        RunRecord { on, at: start, scheduled: 1, written: 2, over_rows: 3, left_out: vec![event] };
    check_round_trip::<RunRecordV1>(&run);
    check_unknown_fields::<RunRecordV1>(&RunRecord { left_out: Vec::new(), ..run });
}

#[test]
fn errors_say_where_and_never_what() {
    let check = |json: &str, expected: &str| {
        let error = from_json::<UserV1>(json).unwrap_err().to_string();
        assert_eq!(error, expected, "{json}");
        assert!(!error.contains("555"));
    };
    check("", "stored user is malformed at column 0 (cut off)");
    check("+12025550123", "stored user is malformed at column 1 (not JSON)");
    check("{\"v\":1}", "stored user is malformed at column 7 (unexpected value)");
    check(
        "{\"v\":1,\"user\":\"ann\",\"phone\":\"2025550123\"}",
        "stored user is malformed at column 41 (unexpected value)",
    );
    check(
        "{\"v\":3}",
        "stored user has version 3, this code reads version 1: run the release that wrote it, or \
         a later one",
    );
}

mod contribution;
mod experiments;
mod rollout;
