//! Figures: what a reminder adds on its way, and what is said where nothing happened.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::experiment::board::InArm;
use crate::fixtures::{Desk, accepted, at, outcome, quiet, receipt};
use crate::ids::MessageSid;
use crate::quiet_hours::QuietPolicy;
use crate::ratings::Rating;
use crate::reasons::DeferReason;
use crate::reminder::{
    AttemptOutcome, Circumstances, DeliveryStatus, ModelCall, NO_BUDGET, Reminder, SendOutcome,
    TextSource,
};
use crate::rollout::RolloutStage;
use crate::time::ahead;
use crate::trail::Step;

/// A desk with one meeting at ten, to be texted at a quarter to.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    desk
}

fn figures(row: &Reminder) -> Figures {
    Figures::of_counts(&counts(row))
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    ahead(at, SignedDuration::from_secs(seconds))
}

fn sid(name: &str) -> MessageSid {
    MessageSid::parse(name).unwrap()
}

fn call() -> ModelCall {
    ModelCall {
        model: "m".to_owned(),
        prompt_version: "reminder.1".to_owned(),
        input_tokens: 300,
        output_tokens: 40,
        cost_microdollars: 75,
        took_ms: 640,
    }
}

#[test]
fn where_nothing_happened_there_are_no_rates() {
    let nothing = Figures::of_counts(&Counts::new());
    assert_eq!(nothing, Figures::default());
    for share in [nothing.delivery(), nothing.model_success(), nothing.deferral()] {
        assert_eq!(share.rate(), None);
    }
    assert_eq!(nothing.limiting().rate(), None);
    assert_eq!((nothing.delivery_time(), nothing.lateness()), (None, None));
    let waiting = figures(desk().row("a"));
    assert_eq!((waiting.planned, waiting.scheduled, waiting.sent), (1, 1, 0));
    assert_eq!(waiting.delivery().rate(), None, "nothing was sent");
}

#[test]
fn a_text_counts_on_its_way() {
    let mut desk = desk();
    let due = desk.row("a").send_at;
    desk.claim("a", later(due, 2));
    assert_eq!(figures(desk.row("a")).under_way, 1);
    desk.change("a", accepted(1, &sid("SM1")), later(due, 3));
    let sent = figures(desk.row("a"));
    assert_eq!((sent.sent, sent.texts, sent.attempts, sent.segments), (1, 1, 1, 1));
    assert_eq!(sent.delivery().rate(), Some(0.0), "it is not delivered yet");
    desk.change("a", receipt(1, &sid("SM1"), DeliveryStatus::Delivered, None), later(due, 7));
    let delivered = figures(desk.row("a"));
    assert_eq!(delivered.delivery().rate(), Some(1.0));
    assert_eq!(delivered.lateness().unwrap().mean, 2_000);
    assert_eq!(delivered.delivery_time().unwrap().mean, 5_000);
    assert_eq!(delivered.generation_time(), None);
    assert_eq!(hour_of(desk.row("a")), at("2026-11-24T14:00:00Z"));
    let names: Vec<_> = dimensions(desk.row("a")).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["all", "source:template", "country:US"]);
}

#[test]
fn a_text_that_is_tried_again_is_one_reminder() {
    let mut desk = desk();
    let due = desk.row("a").send_at;
    desk.claim("a", due);
    desk.change("a", accepted(1, &sid("SM1")), due);
    let undelivered = receipt(1, &sid("SM1"), DeliveryStatus::Undelivered, Some(30_003));
    desk.change("a", undelivered, later(due, 5));
    let waits = figures(desk.row("a"));
    assert_eq!((waits.scheduled, waits.sent, waits.delivery().rate()), (1, 1, Some(0.0)));
    assert_eq!(waits.error_codes.get("30003"), Some(&1));
    let again = desk.row("a").send_at;
    desk.text("a", later(again, 1));
    let row = figures(desk.row("a"));
    assert_eq!((row.sent, row.texts, row.attempts, row.delivered), (1, 2, 2, 1));
    assert_eq!(row.delivery().rate(), Some(1.0), "rates never exceed 100 %");
    assert_eq!(row.lateness().unwrap().mean, 1_000, "against the instant of the last attempt");
    assert_eq!(row.deferred, 0, "to be tried again is not to be deferred");
    assert_eq!(row.error_codes.values().sum::<u64>(), 1, "the second attempt had no trouble");
}

#[test]
fn what_is_refused_fails_and_what_is_skipped_does_not() {
    let mut desk = desk();
    let due = desk.row("a").send_at;
    desk.claim("a", due);
    desk.change("a", outcome(1, SendOutcome::Rejected(21_614)), due);
    let refused = figures(desk.row("a"));
    assert_eq!((refused.failed, refused.sent, refused.texts), (1, 1, 0));
    assert_eq!(refused.error_codes.get("21614"), Some(&1));
    assert_eq!(refused.lateness(), None, "nothing was late that never left");
    assert_eq!(refused.delivery().rate(), Some(0.0));
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = quiet(&["09:30-10:30"], QuietPolicy::Skip);
    desk.add("a", "2026-11-24T10:00");
    desk.plan_at("2026-11-23T23:45");
    let skipped = figures(desk.row("a"));
    assert_eq!((skipped.skipped, skipped.failed), (1, 0));
    assert_eq!(skipped.skipped_by.get("quiet_hours"), Some(&1));
    assert_eq!(skipped.delivery().rate(), None);
}

#[test]
fn codes_are_those_of_the_list_and_one_for_all_others() {
    let mut named: Vec<_> = crate::provider_codes::known().map(|k| names::code(k.code)).collect();
    named.extend([1, 30_009, u32::MAX].map(names::code));
    named.dedup();
    assert_eq!(named.len(), crate::provider_codes::known().count() + 1);
    assert_eq!(named.last().unwrap(), "code.other");
}

#[test]
fn what_held_at_the_claim_is_counted() {
    let mut row = desk().row("a").clone();
    let due = row.send_at;
    assert_eq!(figures(&row).texts_cost_microdollars, 0);
    let mut desk = desk();
    desk.text("a", due);
    row = desk.row("a").clone();
    let priced =
        Circumstances { stage: Some(RolloutStage::Beta), price_microdollars: Some(11_800) };
    row.attempts[0].circumstances = priced;
    assert_eq!(figures(&row).texts_cost_microdollars, 11_800);
    assert!(dimensions(&row).contains(&Dimension::stage(RolloutStage::Beta)));
    row.attempts[0].outcome = AttemptOutcome::Rejected { code: 21_614 };
    assert_eq!(figures(&row).texts_cost_microdollars, 0, "what was refused is not paid for");
}

#[test]
fn quiet_hours_and_the_limit_are_counted() {
    let mut desk = Desk::new();
    desk.user.preferences.quiet_hours = quiet(&["09:30-09:50"], QuietPolicy::Defer);
    desk.set_limit(1);
    desk.add("a", "2026-11-24T10:00");
    desk.add("b", "2026-11-24T15:00");
    desk.plan_at("2026-11-23T23:45");
    assert_eq!(figures(desk.row("a")).deferred, 1);
    assert_eq!(figures(desk.row("a")).deferral().rate(), Some(1.0));
    let beyond = figures(desk.row("b"));
    assert_eq!((beyond.daily_limit, beyond.cancelled, beyond.deferred), (1, 1, 0));
}

#[test]
fn what_a_model_did_is_counted_and_paid_for() {
    let mut row = desk().row("a").clone();
    let instead_of = row.body.clone();
    row.source = TextSource::Model { call: Box::new(call()), instead_of, template: None };
    let used = figures(&row);
    assert_eq!((used.model.calls, used.model.used, used.model.cost_microdollars), (1, 1, 75));
    assert_eq!((used.model.input_tokens, used.model.output_tokens), (300, 40));
    assert_eq!(used.generation_time().unwrap().mean, 640);
    row.source = TextSource::Fallback {
        id: "t".to_owned(),
        call: Box::new(call()),
        reason: "timeout".to_owned(),
    };
    let refused = figures(&row);
    assert_eq!(refused.model.refused_by.get("timeout"), Some(&1));
    assert_eq!(refused.model_success().rate(), Some(0.0));
    assert_eq!(dimensions(&row)[1].as_str(), "source:fallback");
    let reason = NO_BUDGET.to_owned();
    row.source = TextSource::Fallback { id: "t".to_owned(), call: Box::new(call()), reason };
    assert_eq!(figures(&row).model_success().rate(), None, "nobody asked it");
}

#[test]
fn counters_of_many_add_up() {
    let mut desk = desk();
    desk.text("a", desk.row("a").send_at);
    let one = counts(desk.row("a"));
    let both = one.iter().chain(&one).map(|(name, count)| (name.as_str(), *count));
    let sum = Figures::of(both);
    assert_eq!((sum.planned, sum.delivered, sum.delivery_ms.count()), (2, 2, 2));
}

#[test]
fn every_figure_is_of_its_own_counter() {
    let plain = [
        ("scheduled", 2),
        ("claimed", 3),
        ("accepted", 5),
        ("sent", 7),
        ("delivered", 11),
        ("undelivered", 13),
        ("failed", 17),
        ("unconfirmed", 19),
        ("unknown", 23),
        ("cancelled.daily_limit", 29),
        ("cancelled.event_gone", 0),
        (names::PLANNED, 1_000),
        (names::POSTED, 500),
        (names::DEFERRED, 31),
        (names::OPTED_OUT, 37),
        (names::USERS_TEXTED, 410),
        (names::USERS_LIMITED, 43),
        (names::MODEL_CALLS, 300),
        (names::MODEL_USED, 290),
    ];
    let all = Figures::of(plain);
    let states = [
        ("scheduled", 2),
        ("under_way", 15),
        ("delivered", 11),
        ("undelivered", 13),
        ("failed", 17),
        ("unconfirmed", 19),
        ("unknown", 23),
    ];
    assert_eq!(all.states(), states);
    assert_eq!(all.cancelled_by, BTreeMap::from([("daily_limit".to_owned(), 29)]));
    assert_eq!(all.delivery(), Share::new(11, 500 - 19));
    assert_eq!(all.limiting(), Share::new(29, 1_000));
    assert_eq!(all.deferral(), Share::new(31, 1_000));
    assert_eq!(all.opt_outs(), Share::new(37, 410));
    assert_eq!(all.users_limiting(), Share::new(43, 410));
    assert_eq!(all.model_success(), Share::new(290, 300));
}

#[test]
fn dimensions_have_names_that_can_be_read() {
    for name in
        ["all", "country:US", "country:other", "source:model", "stage:beta", "arm:words/short-1"]
    {
        assert_eq!(Dimension::parse(name).unwrap().as_str(), name);
    }
    for name in ["", "All", "all:", "country", "country:", "user:ada", "arm:a b", "source:#"] {
        assert_eq!(Dimension::parse(name), Err(BadDimension), "{name}");
    }
    assert_eq!(Dimension::arm("words", "short").as_str(), "arm:words/short");
}

#[test]
fn durations_are_kept_for_all_and_for_arms_and_countries_have_names() {
    let kept = |name| Dimension::parse(name).unwrap().has_sketches();
    assert!(kept("all") && kept("arm:words/short"));
    assert!(!kept("country:US") && !kept("source:model") && !kept("stage:beta"));
    assert_eq!(Dimension::parse("country:US").unwrap().country_name(), "US");
}

#[test]
fn opinions_count_in_arms_alone_and_four_stars_are_good() {
    let mut row = desk().row("a").clone();
    let rated = |stars| {
        let (at, text) = (at("2026-11-24T15:10:00Z"), "SM1".to_owned());
        Some(Rating { stars, feedback: None, at, text })
    };
    let told = |row: &Reminder| {
        let all = figures(row);
        (all.rated, all.rated_well, all.stopped)
    };
    row.rating = rated(5);
    assert_eq!(told(&row), (0, 0, 0));
    row.trial.arms = vec![InArm { experiment: "words".to_owned(), arm: "short".to_owned() }];
    assert_eq!(told(&row), (1, 1, 0));
    row.rating = rated(4);
    assert_eq!(told(&row), (1, 1, 0));
    row.rating = rated(3);
    row.trial.opted_out_at = Some(at("2026-11-24T15:20:00Z"));
    assert_eq!(told(&row), (1, 0, 1));
}

#[test]
fn put_off_by_quiet_hours_is_what_a_plan_or_a_sender_put_off_for_them() {
    let planned = desk().row("a").clone();
    let (due, hours_later) = (planned.send_at, later(planned.send_at, 7_200));
    let with = |step: Step| {
        let mut row = planned.clone();
        row.trail.push(due, Step::Claimed { attempt: 1, waited_since: None });
        row.trail.push(due, step);
        figures(&row).deferred
    };
    let defer = |reason| Step::Deferred { until: hours_later, reason };
    assert_eq!(with(defer(DeferReason::QuietHours)), 1);
    assert_eq!(with(defer(DeferReason::NotYetDue)), 0);
    let moved = Step::Moved { send_at: hours_later };
    assert_eq!(with(moved.clone()), 0, "after a claim a move is another attempt");
    let mut row = planned.clone();
    row.trail.push(due, moved);
    assert_eq!(figures(&row).deferred, 1);
}
