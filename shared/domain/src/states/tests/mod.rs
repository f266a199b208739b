//! The state machine: what may follow what, and what each piece of news does.

mod news;
mod retries;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::fixtures::{Desk, accepted, at, outcome, receipt};
use crate::ratings::Rating;
use crate::reminder::{AttemptOutcome, Circumstances, DeliveryStatus, SendOutcome};
use crate::time::ahead;

/// An instant that many seconds after the reminder is due; the event begins 900 seconds after.
fn second(second: i64) -> Timestamp {
    ahead(at("2026-11-24T14:45:00Z"), SignedDuration::from_secs(second))
}

fn sid(name: &str) -> MessageSid {
    MessageSid::parse(name).unwrap()
}

/// A reminder that waits, due at second 0.
fn scheduled() -> Reminder {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    let row = desk.row("a").clone();
    assert_eq!((row.send_at, row.last_at), (second(0), second(900)));
    row
}

fn claim(row: &Reminder) -> Change {
    Change::Claim {
        to: crate::fixtures::user().phone,
        text: "a: in 15 minutes, at 10:00 AM.".to_owned(),
        day_on: row.day_on,
        waited_since: None,
        circumstances: Circumstances::default(),
    }
}

#[track_caller]
fn then(row: &Reminder, change: Change, now: Timestamp) -> Reminder {
    let next = apply(row, change, now).unwrap();
    assert_eq!(next.revision, row.revision + 1);
    next
}

fn claimed() -> Reminder {
    let row = scheduled();
    let change = claim(&row);
    then(&row, change, second(0))
}

fn posted() -> Reminder {
    then(&claimed(), accepted(1, &sid("SM1")), second(1))
}

fn place(row: &Reminder) -> Change {
    Change::Place(Box::new(Place {
        lead: row.lead,
        when: row.when,
        facts: row.facts.clone(),
        body: row.body.clone(),
        source: row.source.clone(),
        nominal_at: row.nominal_at,
        wanted_at: row.wanted_at,
        send_at: second(60),
        last_at: row.last_at,
        day_on: row.day_on,
    }))
}

fn receive(status: DeliveryStatus, code: Option<u32>) -> Change {
    receipt(1, &sid("SM1"), status, code)
}

/// A reminder in each state, by name.
fn one_of_each() -> Vec<Reminder> {
    use DeliveryStatus::{Delivered, Sent, Undelivered};
    let unknown = then(&claimed(), outcome(1, SendOutcome::Unknown), second(5));
    let sent = then(&posted(), receive(Sent, None), second(2));
    vec![
        scheduled(),
        claimed(),
        posted(),
        then(&sent, receive(Delivered, None), second(3)),
        then(&sent, receive(Undelivered, Some(30_005)), second(3)),
        then(&claimed(), outcome(1, SendOutcome::Rejected(21_211)), second(1)),
        then(&sent, Change::Unconfirmed, second(86_400)),
        sent,
        unknown,
        then(&scheduled(), Change::Cancel(CancelReason::DailyLimit), second(-9)),
        then(&scheduled(), Change::Skip(SkipReason::TooLate), second(899)),
    ]
}

#[test]
fn every_state_has_its_ways_out_and_no_others() {
    let expected = [
        // While nothing is under way; the last five for a text that was taken for absent.
        ("scheduled", "scheduled claimed cancelled skipped"),
        ("scheduled", "accepted sent delivered undelivered failed"),
        // A callback may come before the answer.
        ("claimed", "scheduled accepted sent delivered undelivered failed unknown"),
        ("accepted", "sent delivered undelivered failed unconfirmed"),
        ("sent", "delivered undelivered failed unconfirmed"),
        ("delivered", ""),
        ("undelivered", "scheduled"),
        ("failed", "scheduled"),
        // Later evidence.
        ("unconfirmed", "scheduled accepted sent delivered undelivered failed"),
        ("unknown", "scheduled accepted sent delivered undelivered failed"),
        ("cancelled", "scheduled"),
        ("skipped", "scheduled"),
    ];
    let states: Vec<State> = one_of_each().iter().map(|row| row.state).collect();
    let mut names: Vec<_> = states.iter().map(|state| state.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 11);
    for from in &states {
        for to in &states {
            let mut rules = expected.iter().filter(|(name, _)| *name == from.name());
            let is_expected = rules.any(|(_, ways)| ways.split(' ').any(|way| way == to.name()));
            assert_eq!(is_allowed(*from, *to), is_expected, "{} {}", from.name(), to.name());
        }
    }
}

#[test]
fn terminal_states_are_those_in_which_nothing_happens_by_itself() {
    for row in one_of_each() {
        let waits = ["scheduled", "claimed", "accepted", "sent"].contains(&row.state.name());
        assert_eq!(row.state.is_terminal(), !waits, "{:?}", row.state);
        // The provider's list may still settle what is unknown.
        let is_due = waits || row.state == State::Unknown;
        assert_eq!(row.due_at().is_some(), is_due, "{:?}", row.state);
    }
}

/// What each change makes of a reminder in each state; none where it is refused.
fn results(change: impl Fn(&Reminder) -> Change, now: Timestamp) -> Vec<String> {
    one_of_each()
        .iter()
        .filter_map(|row| {
            let next = apply(row, change(row), now).ok()?;
            assert_eq!(next.revision, row.revision + 1);
            assert_ne!(next.trail, row.trail, "{:?}", row.state);
            Some(format!("{}>{}", row.state.name(), next.state.name()))
        })
        .collect()
}

#[test]
fn each_change_is_taken_in_its_states_and_refused_in_all_others() {
    let now = second(10);
    let check = |change: &dyn Fn(&Reminder) -> Change, expected: &[&str]| {
        assert_eq!(results(change, now), expected);
    };
    check(&place, &["scheduled>scheduled", "cancelled>scheduled", "skipped>scheduled"]);
    let retext = |row: &Reminder| Change::Retext {
        facts: row.facts.clone(),
        body: row.body.clone(),
        source: row.source.clone(),
    };
    check(&retext, &["scheduled>scheduled"]);
    check(&|_| Change::Cancel(CancelReason::OptedOut), &["scheduled>cancelled"]);
    check(&|_| Change::Skip(SkipReason::TooLate), &["scheduled>skipped"]);
    let defer = |row: &Reminder| Change::Defer {
        until: second(60),
        last_at: row.last_at,
        day_on: row.day_on,
        reason: DeferReason::QuietHours,
    };
    check(&defer, &["scheduled>scheduled"]);
    check(&claim, &["scheduled>claimed"]);
    check(&|_| Change::GiveBack, &["claimed>scheduled"]);
    check(&|_| accepted(1, &sid("SM1")), &["claimed>accepted", "unknown>accepted"]);
    check(
        &|_| outcome(1, SendOutcome::Rejected(30_001)),
        &["claimed>scheduled", "unknown>scheduled"],
    );
    check(&|_| outcome(1, SendOutcome::Rejected(21_211)), &["claimed>failed", "unknown>failed"]);
    check(&|_| outcome(1, SendOutcome::NotProcessed), &["claimed>scheduled", "unknown>scheduled"]);
    check(&|_| outcome(1, SendOutcome::Unknown), &["claimed>unknown"]);
    check(&|_| Change::OutcomeOverdue, &["claimed>unknown"]);
    check(&|_| Change::FoundInList { sid: sid("SM9") }, &["unknown>accepted"]);
    check(&|_| Change::Unconfirmed, &["accepted>unconfirmed", "sent>unconfirmed"]);
    check(
        &|_| receive(DeliveryStatus::Delivered, None),
        &[
            "claimed>delivered",
            "accepted>delivered",
            // The provider took it after all: evidence of a text is kept, the end stays.
            "failed>failed",
            "unconfirmed>delivered",
            "sent>delivered",
            "unknown>delivered",
        ],
    );
}

#[test]
fn in_03_only_what_may_be_on_a_phone_is_rated_and_that_moves_nothing() {
    let rating = |row: &Reminder| Rating {
        stars: 4,
        feedback: None,
        at: second(10),
        text: format!("SM{}", row.revision),
    };
    for row in one_of_each() {
        let rated = apply(&row, Change::Rate(rating(&row)), second(10));
        assert_eq!(rated.is_ok(), row.may_have_been_texted(), "{:?}", row.state);
        let Ok(rated) = rated else { continue };
        let revision = row.revision + 1;
        assert_eq!(rated, Reminder { revision, rating: Some(rating(&row)), ..row });
    }
}

#[test]
fn a_refused_change_names_the_state() {
    let delivered = one_of_each().into_iter().find(|row| row.state == State::Delivered).unwrap();
    let refused = apply(&delivered, Change::GiveBack, second(10)).unwrap_err();
    assert_eq!(refused.to_string(), "a delivered reminder cannot take this change");
}

#[test]
fn a_poll_that_finds_nothing_new_is_noted_while_news_may_come() {
    let polled = then(&posted(), Change::Polled, second(600));
    assert_eq!(polled.last_attempt().unwrap().polled_at, Some(second(600)));
    assert_eq!(polled.due_at(), Some(second(86_400)));
    for row in one_of_each() {
        let is_taken = apply(&row, Change::Polled, second(600)).is_ok();
        let is_expected = matches!(row.state, State::Accepted | State::Sent | State::Unknown);
        assert_eq!(is_taken, is_expected, "{:?}", row.state);
    }
    // One that stays unknown although everything was asked needs no further look.
    let unknown = then(&claimed(), outcome(1, SendOutcome::Unknown), second(5));
    assert_eq!(then(&unknown, Change::Polled, second(40)).due_at(), None);
}

#[test]
fn a_deferral_keeps_what_it_was_wanted_for() {
    let row = scheduled();
    let (until, last_at) = (second(100_000), second(103_600));
    let day_on = row.day_on.tomorrow().unwrap();
    let deferred = then(
        &row,
        Change::Defer { until, last_at, day_on, reason: DeferReason::QuietHours },
        second(0),
    );
    assert_eq!((deferred.send_at, deferred.last_at, deferred.day_on), (until, last_at, day_on));
    assert_eq!((deferred.nominal_at, deferred.wanted_at), (row.nominal_at, row.wanted_at));
}

#[test]
fn each_look_comes_when_something_can_be_done() {
    assert_eq!(scheduled().due_at(), Some(second(0)));
    assert_eq!(claimed().due_at(), Some(second(30)));
    assert_eq!(posted().due_at(), Some(second(600)));
    let unknown = then(&claimed(), outcome(1, SendOutcome::Unknown), second(5));
    assert_eq!(unknown.due_at(), Some(second(35)));
    let once = then(&unknown, Change::NotListed, second(40));
    assert_eq!(once.due_at(), Some(second(55)));
    // Unsettled when the event begins, it stays unknown.
    let late = then(&claimed(), outcome(1, SendOutcome::Unknown), second(880));
    assert_eq!(late.due_at(), None);
}

#[test]
fn only_what_may_be_on_a_phone_is_opened_or_acknowledged_and_only_the_first_time_counts() {
    let check = |change: Change, at: &dyn Fn(&Reminder) -> Option<Timestamp>| {
        for row in one_of_each() {
            let once = apply(&row, change.clone(), second(20));
            assert_eq!(once.is_ok(), row.may_have_been_texted(), "{change:?} {:?}", row.state);
            let Ok(once) = once else { continue };
            assert_eq!((at(&once), once.state), (Some(second(20)), row.state));
            assert!(apply(&once, change.clone(), second(30)).is_err(), "{change:?} twice");
        }
    };
    check(Change::Open, &|row| row.trial.opened_at);
    check(Change::Acknowledge, &|row| row.acknowledged_at);
}

#[test]
fn what_waits_is_put_off_to_before_its_last_instant_at_most() {
    let row = scheduled();
    let to = |until| Change::Snooze { from: second(0), until, day_on: row.day_on };
    assert!(apply(&row, to(second(900)), second(0)).is_err());
    assert_eq!(then(&row, to(second(899)), second(0)).send_at, second(899));
}
