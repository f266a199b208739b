use domain::ids::{CalendarId, EventUid, MessageSid, Occurrence};
use domain::lead_time::{LeadSlot, LeadTime};
use domain::phone::PhoneNumber;
use domain::reasons::{DeferReason, SkipReason};
use domain::reminder::{Circumstances, DeliveryStatus, SendOutcome, State, TextSource};
use domain::states::{Change, Receipt, apply};
use domain::texts::{Body, EventFacts};
use domain::trail::{Step, Trail};
use jiff::SignedDuration;

use super::*;
use crate::ports::LeftOutRecord;

pub(crate) fn at(minute: i64) -> Timestamp {
    // 2026-11-03 09:00 in New York is minute 0; the event begins at minute 60.
    let nine: Timestamp = "2026-11-03T14:00:00Z".parse().unwrap();
    nine + SignedDuration::from_mins(minute)
}

fn new_york() -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse("America/New_York").unwrap()).unwrap()
}

pub(crate) fn scheduled() -> Reminder {
    let (user, calendar) = (UserId::parse("ada").unwrap(), CalendarId::parse("home").unwrap());
    let (uid, occurrence) = (EventUid::parse("standup").unwrap(), Occurrence::single());
    let slot = LeadSlot::new(0);
    let mut trail = Trail::default();
    trail.push(at(-600), Step::Planned { send_at: at(45) });
    Reminder {
        id: ReminderId::of(&user, &calendar, &uid, &occurrence, slot, 0),
        user,
        calendar,
        uid,
        occurrence,
        slot,
        round: 0,
        lead: LeadTime::from_minutes(15).ok(),
        when: domain::calendar_event::EventTime::Timed { start: at(60), end: at(90) },
        facts: EventFacts {
            title: "Standup".to_owned(),
            start: at(60),
            end: at(90),
            all_day_on: None,
            location: None,
            meeting_link: None,
            first_of: None,
        },
        state: State::Scheduled,
        revision: 1,
        nominal_at: at(45),
        wanted_at: at(45),
        send_at: at(45),
        last_at: at(60),
        day_on: "2026-11-03".parse().unwrap(),
        retry_at: None,
        body: Body { before: "Standup ".to_owned(), after: String::new() },
        source: TextSource::Template { id: "t".to_owned() },
        attempts: Vec::new(),
        planned_at: at(-600),
        rating: None,
        trial: domain::experiment::board::Trial::default(),
        acknowledged_at: None,
        snoozes: Vec::new(),
        trail,
    }
}

pub(crate) fn claim() -> Change {
    Change::Claim {
        to: PhoneNumber::parse("+12025550123", None).unwrap(),
        text: "Standup in 15 minutes".to_owned(),
        day_on: "2026-11-03".parse().unwrap(),
        waited_since: None,
        circumstances: Circumstances::default(),
    }
}

pub(crate) fn outcome(attempt: u32, outcome: SendOutcome) -> Change {
    Change::Outcome { attempt, outcome, wait: SignedDuration::from_secs(2) }
}

pub(crate) fn accepted(attempt: u32) -> Change {
    outcome(attempt, SendOutcome::Accepted(MessageSid::parse("SM1").unwrap()))
}

pub(crate) fn receipt(attempt: u32, status: DeliveryStatus, code: Option<u32>) -> Change {
    let sid = MessageSid::parse("SM1").unwrap();
    Change::Receipt(Receipt { attempt, sid, status, code })
}

/// Runs changes, one a minute from the reminder's instant on, or later.
pub(crate) fn after(from: i64, changes: Vec<Change>) -> Reminder {
    changes
        .into_iter()
        .zip(from..)
        .fold(scheduled(), |row, (change, minute)| apply(&row, change, at(minute)).unwrap())
}

fn check(row: Reminder, state: &str, code: &str, is_final: bool, words: &str) {
    let preset = PresetHours::NONE.clone();
    let clocks = Clocks { name: "America/New_York".to_owned(), zone: new_york(), preset };
    let told = explain(row, &clocks);
    assert_eq!(told.reminder.state.name(), state);
    assert_eq!((told.closing.code, told.closing.is_final), (code, is_final), "{state}");
    let said = &told.closing.words;
    assert!(said.contains(words), "{state}: {said:?} does not say {words:?}");
    assert!(said.ends_with('.') && said.starts_with(char::is_uppercase), "{said:?}");
    assert_eq!(told.steps.len(), told.reminder.trail.entries().len());
    assert!(told.steps.iter().all(|step| step.words.ends_with('.')), "{:?}", told.steps);
}

#[test]
fn ops_01_each_terminal_state_has_one_closing_reason() {
    use DeliveryStatus::{Delivered, Sent, Undelivered};
    let delivered = after(45, vec![claim(), accepted(1), receipt(1, Delivered, None)]);
    check(delivered, "delivered", "delivered", true, "Tue 2026-11-03 09:47:00 EST");
    let landline = receipt(1, Undelivered, Some(30006));
    let undelivered = after(45, vec![claim(), accepted(1), landline]);
    check(undelivered, "undelivered", "refused", true, "code 30006");
    let failed = after(45, vec![claim(), outcome(1, SendOutcome::Rejected(21211))]);
    check(failed, "failed", "refused", true, "One attempt failed");
    let late = after(58, vec![claim(), outcome(1, SendOutcome::Rejected(30008))]);
    check(late, "failed", "too_late", true, "too late");
    let unconfirmed =
        after(45, vec![claim(), accepted(1), receipt(1, Sent, None), Change::Unconfirmed]);
    check(unconfirmed, "unconfirmed", "no_receipt", true, "no receipt");
    let unknown = after(45, vec![claim(), outcome(1, SendOutcome::Unknown)]);
    check(unknown, "unknown", "no_answer", false, "list is being asked");
    let unknown = after(59, vec![claim(), outcome(1, SendOutcome::Unknown)]);
    check(unknown, "unknown", "no_answer", true, "At most one text");
    for reason in CancelReason::ALL {
        let cancelled = after(10, vec![Change::Cancel(*reason)]);
        check(cancelled, "cancelled", reason.as_str(), true, reason.words());
    }
    for reason in SkipReason::ALL {
        let skipped = after(10, vec![Change::Skip(*reason)]);
        check(skipped, "skipped", reason.as_str(), true, reason.words());
    }
}

#[test]
fn attempts_that_are_used_up_are_told_so() {
    let mut row = scheduled();
    for attempt in 1..=3 {
        row = apply(&row, claim(), at(45)).unwrap();
        row = apply(&row, outcome(attempt, SendOutcome::Rejected(30008)), at(45)).unwrap();
    }
    check(row, "failed", "attempts_used", true, "All 3 attempts failed");
}

#[test]
fn what_is_not_over_says_where_it_stands() {
    check(scheduled(), "scheduled", "scheduled", false, "at Tue 2026-11-03 09:45:00 EST");
    let defer = Change::Defer {
        until: at(50),
        last_at: at(60),
        day_on: "2026-11-03".parse().unwrap(),
        reason: DeferReason::PlanPending,
    };
    let deferred = after(45, vec![defer]);
    check(deferred, "scheduled", "plan_pending", false, "It waits until");
    let retry = after(45, vec![claim(), outcome(1, SendOutcome::Rejected(30008))]);
    check(retry, "scheduled", "retry", false, "next attempt is at");
    check(after(45, vec![claim()]), "claimed", "claimed", false, "right now");
    let accepted = after(45, vec![claim(), accepted(1)]);
    check(accepted, "accepted", "accepted", false, "provider has");
}

#[test]
fn events_left_out_are_told_once_unless_a_row_tells_of_them() {
    let out = |uid: &str, reason: &str| LeftOutRecord {
        uid: uid.to_owned(),
        occurrence: Occurrence::SINGLE.to_owned(),
        start: at(60),
        reason: reason.to_owned(),
    };
    let record = RunRecord {
        on: "2026-11-03".parse().unwrap(),
        at: at(-600),
        scheduled: 1,
        written: 1,
        over_rows: 0,
        left_out: vec![
            out("standup", "declined"),
            out("party", "declined"),
            out("party", "declined"),
            out("old", "begun_before_first_seen"),
        ],
    };
    let lines = left_out(&record, &[scheduled()]);
    let told: Vec<_> = lines.iter().map(|line| (line.uid.as_str(), line.words.as_str())).collect();
    let expected = [
        ("old", "It gets no reminder because it had begun before we first saw it."),
        ("party", "It gets no reminder because the invitation was declined."),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_preset_that_held_a_reminder_back_is_named_with_its_clocks() {
    let zones = Zones::bundled();
    let told = |phone: &str, row: &Reminder| {
        let phone = domain::phone::PhoneNumber::try_from(phone.to_owned()).unwrap();
        let name = zones.parse("America/New_York").unwrap();
        let preset = PresetHours::for_number(Preset::UsTcpa, &phone, &name, &zones).unwrap();
        let clocks = Clocks { name: name.as_str().to_owned(), zone: new_york(), preset };
        explain(row.clone(), &clocks).closing.words
    };
    // Wanted at 9:45 in New York, which is 6:45 in Los Angeles.
    let mut row = scheduled();
    row.send_at = domain::time::ahead(row.wanted_at, jiff::SignedDuration::from_mins(5));
    assert!(!told("+12025550123", &row).contains("us-tcpa"));
    let words = told("+12135550123", &row);
    let expected = "By the preset us-tcpa texts go out from 8:00 to 21:00 only; it was wanted at \
                    06:45 in America/Los_Angeles, where the number's area code lies.";
    assert!(words.ends_with(expected), "{words}");
    row.state = domain::reminder::State::Skipped(SkipReason::QuietUntilAfterStart);
    row.send_at = row.wanted_at;
    assert!(told("+12135550123", &row).contains("us-tcpa"));
    row.state = domain::reminder::State::Skipped(SkipReason::TooLate);
    assert!(!told("+12135550123", &row).contains("us-tcpa"));
}
