//! Each check by itself, and which of two comes first.

use jiff::SignedDuration;

use super::*;
use crate::calendar_event::{EventKind, EventStatus, Response};
use crate::fixtures::{Desk, quiet, timed};
use crate::lead_time::LeadTime;
use crate::quiet_hours::QuietPolicy;
use crate::reminder::{Circumstances, State};
use crate::states::{Change, apply};
use crate::time::back;

/// A reminder that is due now, 15 minutes before an event at 10:00 in New York.
struct Case {
    desk: Desk,
    now: Timestamp,
    claimed_today: Vec<ReminderId>,
    is_gone: bool,
}

impl Case {
    fn new() -> Self {
        let mut desk = Desk::new();
        desk.add("a", "2026-11-24T10:00");
        desk.plan_at("2026-11-23T23:45");
        let now = desk.row("a").send_at;
        Self { desk, now, claimed_today: Vec::new(), is_gone: false }
    }

    fn decide(&self) -> SendDecision {
        let around = Surroundings {
            event: self.desk.events.first().filter(|_| !self.is_gone),
            claimed_today: &self.claimed_today,
            ..self.desk.surroundings()
        };
        check_before_send(self.desk.row("a"), &around, self.now)
    }

    /// So many other reminders were claimed today.
    fn claim(&mut self, others: usize) {
        let mut desk = Desk::new();
        for other in 0..others {
            desk.add(&format!("other {other}"), "2026-11-24T09:00");
        }
        desk.plan_at("2026-11-23T23:45");
        self.claimed_today.extend(desk.rows.iter().map(|row| row.id));
    }

    fn seconds_before_start(&mut self, seconds: i64) {
        self.now = back(self.desk.row("a").last_at, SignedDuration::from_secs(seconds));
    }
}

fn cancel(reason: CancelReason) -> SendDecision {
    SendDecision::Cancel { reason }
}

fn skip(reason: SkipReason) -> SendDecision {
    SendDecision::Skip { reason }
}

/// The outcome in words, with instants on the wall.
fn words(case: &Case) -> String {
    let wall = |at: Timestamp| case.desk.zone.to_datetime(at).strftime("%d %H:%M:%S").to_string();
    match case.decide() {
        SendDecision::Send { validity } => format!("send, valid {} s", validity.as_secs()),
        SendDecision::Defer { until, last_at, reason } => {
            format!("defer to {} until {}: {reason}", wall(until), wall(last_at))
        }
        SendDecision::Skip { reason } => format!("skip: {reason}"),
        SendDecision::Cancel { reason } => format!("cancel: {reason}"),
    }
}

#[track_caller]
fn check(change: impl Fn(&mut Case), expected: &str) {
    let mut case = Case::new();
    change(&mut case);
    assert_eq!(words(&case), expected);
}

#[test]
fn what_is_due_is_sent_and_the_provider_may_keep_it_until_the_start() {
    check(|_| {}, "send, valid 900 s");
    check(|case| case.seconds_before_start(10), "send, valid 10 s");
}

#[test]
fn pre_07_what_stands_against_texting_cancels() {
    check(|case| case.desk.rollout.is_on = false, "cancel: rolled_back");
    check(|case| case.desk.consent = Consent::OptedOut, "cancel: opted_out");
    check(|case| case.desk.user.preferences.reminders_on = false, "cancel: reminders_off");
    check(|case| case.desk.user.is_phone_verified = false, "skip: phone_unverified");
    check(|case| case.desk.countries = "DE".parse().unwrap(), "skip: country_not_texted");
    check(|case| case.desk.countries = "US".parse().unwrap(), "send, valid 900 s");
}

#[test]
fn pre_09_an_event_that_is_gone_or_does_not_count_cancels() {
    check(|case| case.is_gone = true, "cancel: event_cancelled");
    check(|case| case.desk.event("a").status = EventStatus::Cancelled, "cancel: event_cancelled");
    check(|case| case.desk.event("a").response = Response::Declined, "cancel: declined");
    check(|case| case.desk.event("a").is_transparent = true, "cancel: transparent");
    check(|case| case.desk.event("a").kind = EventKind::FocusTime, "cancel: focus_time");
}

#[test]
fn pre_11_what_was_planned_from_something_else_waits_for_the_plan() {
    let waits = "defer to 24 09:45:15 until 24 10:00:00: plan_pending";
    check(|case| case.desk.event("a").title = "b".to_owned(), waits);
    check(|case| case.desk.event("a").location = Some("Room 4".to_owned()), waits);
    check(|case| case.desk.move_to("a", "2026-11-24T14:00"), waits);
    check(|case| case.desk.move_to("a", "2026-11-24T09:00"), waits);
    // The settings say another instant, or none.
    check(|case| case.desk.set_leads(&[5]), waits);
    check(
        |case| {
            let leads = &case.desk.user.preferences.lead_times;
            let two = [15, 5].map(|m| crate::lead_time::LeadTime::from_minutes(m).unwrap());
            // The slot of the 15 minutes goes; 5 minutes have one of their own.
            let two = leads.changed_to(&two).unwrap().changed_to(&two[1..]).unwrap();
            case.desk.user.preferences.lead_times = two;
        },
        waits,
    );
    // When the end of the event moves nothing changes.
    check(
        |case| {
            let start = case.desk.wall("2026-11-24T10:00");
            let end = case.desk.wall("2026-11-24T19:00");
            case.desk.event("a").when = crate::calendar_event::EventTime::Timed { start, end };
        },
        "send, valid 900 s",
    );
}

#[test]
fn what_waits_for_a_plan_waits_no_longer_than_both_starts() {
    check(
        |case| {
            case.desk.move_to("a", "2026-11-24T14:00");
            case.now = case.desk.wall("2026-11-24T13:59:59");
        },
        "defer to 24 14:00:14 until 24 10:00:00: plan_pending",
    );
    check(
        |case| {
            case.desk.move_to("a", "2026-11-24T14:00");
            case.now = case.desk.wall("2026-11-24T14:00");
        },
        "skip: event_begun",
    );
}

#[test]
fn promise_3_nothing_goes_out_early_or_after_the_start() {
    check(
        |case| case.seconds_before_start(901),
        "defer to 24 09:45:00 until 24 10:00:00: not_yet_due",
    );
    check(|case| case.seconds_before_start(0), "skip: event_begun");
    check(|case| case.seconds_before_start(-5), "skip: event_begun");
    check(|case| case.seconds_before_start(9), "skip: too_late");
}

#[test]
fn pre_02_and_03_quiet_hours_are_those_of_now() {
    let night = |policy, allow_after_start| {
        move |case: &mut Case| {
            let mut hours = quiet(&["09:40-09:50"], policy);
            hours.allow_after_start = allow_after_start;
            case.desk.user.preferences.quiet_hours = hours;
        }
    };
    let morning = "defer to 24 09:50:00 until 24 10:00:00: quiet_hours";
    check(night(QuietPolicy::Defer, false), morning);
    check(night(QuietPolicy::Advance, false), morning);
    check(night(QuietPolicy::Skip, false), "skip: quiet_hours");
    let long = |policy, allow_after_start| {
        move |case: &mut Case| {
            let mut hours = quiet(&["09:40-10:30"], policy);
            hours.allow_after_start = allow_after_start;
            case.desk.user.preferences.quiet_hours = hours;
        }
    };
    check(long(QuietPolicy::Defer, false), "skip: quiet_until_after_start");
    check(long(QuietPolicy::Advance, false), "skip: quiet_until_after_start");
    check(long(QuietPolicy::Defer, true), "defer to 24 10:30:00 until 24 11:30:00: quiet_hours");
}

#[test]
fn the_provider_keeps_no_text_into_quiet_hours() {
    let hours = |window: &'static str, policy| {
        move |case: &mut Case| {
            case.desk.user.preferences.quiet_hours = quiet(&[window], policy);
        }
    };
    check(hours("09:47-09:50", QuietPolicy::Defer), "send, valid 120 s");
    // Seconds before they begin it is as good as in them.
    let late = |window, policy| {
        move |case: &mut Case| {
            hours(window, policy)(case);
            case.now = case.desk.wall("2026-11-24T09:46:51");
        }
    };
    check(
        late("09:47-09:50", QuietPolicy::Defer),
        "defer to 24 09:50:00 until 24 10:00:00: quiet_hours",
    );
    check(late("09:47-09:50", QuietPolicy::Skip), "skip: quiet_hours");
    check(late("09:47-10:10", QuietPolicy::Defer), "skip: quiet_until_after_start");
    check(late("09:47-10:10", QuietPolicy::Advance), "skip: too_late");
}

#[test]
fn pre_08_the_limit_holds_but_for_what_has_its_place() {
    check(|case| case.claim(9), "send, valid 900 s");
    check(|case| case.claim(10), "cancel: daily_limit");
    let claimed_before = |others| {
        move |case: &mut Case| {
            case.claim(others);
            case.claimed_today.push(case.desk.row("a").id);
        }
    };
    check(claimed_before(9), "send, valid 900 s");
    // The limit was lowered after it was claimed.
    check(claimed_before(10), "cancel: daily_limit");
    check(|case| case.desk.set_limit(0), "cancel: daily_limit");
}

/// What makes one check fail, and what is decided then.
type Check = (fn(&mut Case), fn() -> SendDecision);

/// Makes one check fail; the first in the order of the checks is the first in the list.
const CHECKS: [Check; 10] = [
    (|case| case.desk.rollout.is_on = false, || cancel(CancelReason::RolledBack)),
    (|case| case.desk.consent = Consent::OptedOut, || cancel(CancelReason::OptedOut)),
    (|case| case.desk.user.preferences.reminders_on = false, || cancel(CancelReason::RemindersOff)),
    (|case| case.is_gone = true, || cancel(CancelReason::EventCancelled)),
    (|case| case.desk.event("a").response = Response::Declined, || cancel(CancelReason::Declined)),
    (|case| case.desk.countries = "DE".parse().unwrap(), || skip(SkipReason::CountryNotTexted)),
    (|case| case.desk.user.is_phone_verified = false, || skip(SkipReason::PhoneUnverified)),
    (|case| case.seconds_before_start(-1), || skip(SkipReason::EventBegun)),
    (
        |case| {
            let always = ["00:00-12:00", "12:00-00:00"];
            case.desk.user.preferences.quiet_hours = quiet(&always, QuietPolicy::Skip);
        },
        || skip(SkipReason::QuietHours),
    ),
    (|case| case.desk.set_limit(0), || cancel(CancelReason::DailyLimit)),
];

#[test]
fn the_first_check_that_applies_wins() {
    for (first, (earlier, expected)) in CHECKS.iter().enumerate() {
        for (later, _) in CHECKS.iter().skip(first) {
            let mut case = Case::new();
            later(&mut case);
            earlier(&mut case);
            assert_eq!(case.decide(), expected(), "check {first}");
        }
    }
}

#[test]
fn a_text_that_may_go_out_after_the_start_does_so_within_its_hour() {
    let mut desk = Desk::new();
    let mut night = quiet(&["22:00-08:00"], QuietPolicy::Defer);
    night.allow_after_start = true;
    desk.user.preferences.quiet_hours = night;
    desk.add("a", "2026-11-24T23:15");
    desk.plan_at("2026-11-24T23:45");
    let mut case = Case { desk, ..Case::new() };
    let check = |case: &mut Case, now: &str, expected: &str| {
        case.now = case.desk.wall(now);
        assert_eq!(words(case), expected, "{now}");
    };
    check(&mut case, "2026-11-25T08:00", "send, valid 3600 s");
    check(&mut case, "2026-11-25T08:59:50", "send, valid 10 s");
    check(&mut case, "2026-11-25T08:59:51", "skip: too_late");
    check(&mut case, "2026-11-25T09:00", "skip: event_begun");
}

#[test]
fn an_all_day_entry_told_on_its_day_waits_for_quiet_hours_to_end() {
    let mut desk = Desk::new();
    desk.user.preferences.counting.all_day =
        Some(crate::user::AllDayTime { days_before: 0, at: "07:00".parse().unwrap() });
    desk.add("a", "2026-11-24T00:00").when = crate::fixtures::all_day("2026-11-24");
    desk.plan_at("2026-11-23T23:45");
    let now = desk.row("a").send_at;
    desk.user.preferences.quiet_hours = quiet(&["22:00-08:00"], QuietPolicy::Defer);
    let case = Case { desk, now, ..Case::new() };
    assert_eq!(words(&case), "defer to 24 08:00:00 until 25 00:00:00: quiet_hours");
}

#[test]
fn a_moved_event_in_another_place_is_seen_by_its_words_too() {
    let mut case = Case::new();
    let start = case.desk.wall("2026-11-24T10:00");
    case.desk.event("a").when = timed(start);
    case.desk.event("a").meeting_link = Some("https://meet.example/abc".to_owned());
    assert!(words(&case).ends_with("plan_pending"));
}

/// What is decided at `now` about the reminders of a meeting at 10:00 for which there are two, an
/// hour and a quarter of an hour ahead, the first of which was texted at `texted_at`, if it was.
fn decide_two(texted_at: Option<&str>, now: &str) -> Vec<&'static str> {
    let mut desk = Desk::new();
    desk.set_leads(&[60, 15]);
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    if let Some(texted_at) = texted_at.map(|at| desk.wall(&format!("2026-11-24T{at}"))) {
        let first = desk.rows.iter_mut().find(|row| row.lead == LeadTime::from_minutes(60).ok());
        let first = first.unwrap();
        let (to, text, day_on) = (desk.user.phone.clone(), "text".to_owned(), first.day_on);
        let (waited_since, circumstances) = (None, Circumstances::default());
        let claim = Change::Claim { to, text, day_on, waited_since, circumstances };
        *first = apply(first, claim, texted_at).unwrap();
    }
    let now = desk.wall(&format!("2026-11-24T{now}"));
    let mut rows: Vec<_> = desk.rows.iter().collect();
    rows.sort_by_key(|row| row.nominal_at);
    let waiting = rows.into_iter().filter(|row| row.state == State::Scheduled);
    let decide = |row| {
        let around = desk.surroundings();
        match check_before_send(row, &around, now) {
            SendDecision::Send { .. } => "send",
            SendDecision::Defer { reason, .. } => reason.as_str(),
            SendDecision::Skip { reason } => reason.as_str(),
            SendDecision::Cancel { reason } => reason.as_str(),
        }
    };
    waiting.map(decide).collect()
}

#[test]
fn del_14_two_reminders_of_an_event_that_an_outage_brought_together_are_one_text() {
    assert_eq!(decide_two(None, "09:00:00"), ["send", "not_yet_due"]);
    assert_eq!(decide_two(None, "09:44:59"), ["send", "not_yet_due"]);
    // Both are due, and late: whoever looks first, one goes out.
    assert_eq!(decide_two(None, "09:50:00"), ["send", "superseded"]);
    assert_eq!(decide_two(Some("09:50:00"), "09:50:01"), ["superseded"]);
    assert_eq!(decide_two(Some("09:45:10"), "09:50:00"), ["superseded"]);
    // The first had its own time: the second says what is new since then.
    assert_eq!(decide_two(Some("09:00:00"), "09:45:00"), ["send"]);
    assert_eq!(decide_two(Some("09:00:00"), "09:50:00"), ["send"]);
    assert_eq!(decide_two(Some("09:44:50"), "09:50:00"), ["send"]);
}

#[test]
fn what_a_text_says_of_meetings_after_its_own_is_of_a_plan_of_now() {
    let run = |case: &mut Case| {
        case.desk.add("b", "2026-11-24T11:00");
        case.desk.add("c", "2026-11-24T12:00");
        case.desk.plan_at("2026-11-23T23:46");
    };
    check(run, "send, valid 900 s");
    let stale = |case: &mut Case| case.desk.user.inputs_version += 1;
    check(
        |case| {
            run(case);
            stale(case);
        },
        "defer to 24 09:45:15 until 24 10:00:00: plan_pending",
    );
    // Other texts speak of nothing but their event, which is looked at.
    check(stale, "send, valid 900 s");
}

#[test]
fn late_is_what_waited_long() {
    let case = Case::new();
    let row = case.desk.row("a");
    assert!(!is_late(row, row.nominal_at));
    assert!(!is_late(row, back(row.nominal_at + LATE_FROM, SignedDuration::from_secs(1))));
    assert!(is_late(row, row.nominal_at + LATE_FROM));
}
