//! Attempts that fail, and whether others follow.

use adapters_embedded::sms_sandbox::{Answer, Fate, Script};
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::State;
use domain::user::Consent;
use http::Method;
use jiff::SignedDuration;
use tests::events::event;
use tests::inspect::steps;
use tests::users::{phone_of, user};
use tests::world::{World, instant};

use super::{DUE_AT, NEW_YORK, claims, instants, minute_before};

/// Refused with a code that passes: our own queue at the provider is full.
const QUEUE_FULL: Answer = Answer::Reject { status: 400, code: 21611 };

#[tokio::test]
async fn del_01_two_refusals_then_a_yes_are_attempts_at_0_2_and_6_minutes_and_one_text() {
    let world = minute_before().await;
    world.sandbox.script_next(&Script::answer(QUEUE_FULL), 2);
    world.run_until("2026-11-24T16:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(claims(&row), instants(["14:52:00", "14:54:00", "14:58:00"]));
    assert_eq!(row.state, State::Delivered);
    let texts = world.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].body, "Meeting: in 9 minutes, at 10:07 AM.");
    let counters = world.counters("ada", "2026-11-24").await;
    assert_eq!((counters["attempts"], counters["texts"], counters["delivered"]), (3, 1, 1));
    assert_eq!(counters.get("failed"), None);
    world.finish().await;
}

#[tokio::test]
async fn del_01_two_texts_that_do_not_arrive_are_followed_by_one_that_does() {
    let world = minute_before().await;
    world.sandbox.script_next(&Script::fate(Fate::Undeliver { code: 30003 }), 2);
    world.run_until("2026-11-24T16:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(claims(&row), instants(["14:52:00", "14:54:00", "14:58:00"]));
    assert_eq!(row.state, State::Delivered);
    let reached = world.sandbox.texts_where(|text| text.is_on_phone());
    assert_eq!(reached.len(), 1, "one of three reached the phone");
    assert_eq!(world.texts().len(), 3);
    assert_eq!(world.counters("ada", "2026-11-24").await["delivered"], 1);
    world.finish().await;
}

#[tokio::test]
async fn del_02_a_provider_that_always_refuses_is_asked_three_times_then_it_is_failed() {
    let world = minute_before().await;
    world.sandbox.script_always(Script::answer(QUEUE_FULL));
    world.run_until("2026-11-24T18:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(row.state, State::Failed);
    assert_eq!(claims(&row), instants(["14:52:00", "14:54:00", "14:58:00"]));
    assert_eq!(steps(&row).last().unwrap(), "gave_up");
    let counters = world.counters("ada", "2026-11-24").await;
    assert_eq!((counters["failed"], counters["attempts"]), (1, 3));
    assert_eq!((counters.get("texts"), counters.get("delivered")), (None, None));
    assert_eq!(world.claimed_on("ada", "2026-11-24").await, 0, "nothing was certainly sent");
    world.finish().await;
}

#[tokio::test]
async fn del_02_a_phone_that_is_never_reached_gets_no_fourth_text() {
    let world = minute_before().await;
    world.sandbox.script_always(Script::fate(Fate::Undeliver { code: 30003 }));
    world.run_until("2026-11-24T18:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(row.state, State::Undelivered);
    assert_eq!(world.texts().len(), 3);
    let counters = world.counters("ada", "2026-11-24").await;
    assert_eq!((counters["undelivered"], counters["attempts"], counters["texts"]), (1, 3, 3));
    world.finish().await;
}

#[tokio::test]
async fn del_03_what_the_provider_did_not_process_costs_no_attempt_and_waits_ever_longer() {
    for answer in [Answer::RateLimited, Answer::NotReached] {
        let world = minute_before().await;
        world.sandbox.script_next(&Script::answer(answer), 4);
        world.run_until("2026-11-24T16:00:00Z").await;
        let row = world.reminder("ada").await;
        assert_eq!(row.state, State::Delivered);
        assert_eq!(row.counted_attempts(), 1, "{answer:?}");
        assert_eq!(world.texts().len(), 1);
        assert_eq!(world.counters("ada", "2026-11-24").await["attempts"], 1);
        let at = claims(&row);
        assert_eq!((at.len(), at[0]), (5, instant(DUE_AT)));
        for (times, pair) in at.windows(2).enumerate() {
            let full = SignedDuration::from_secs(2 << times);
            let waited = pair[0].duration_until(pair[1]);
            assert!(full / 2 <= waited && waited <= full, "{answer:?}: {waited} of {full}");
        }
        world.finish().await;
    }
}

#[tokio::test]
async fn del_03_waits_differ_so_that_senders_do_not_come_back_in_step() {
    let world = World::at("2026-11-24T10:00:00Z");
    for n in 0..8 {
        let id = format!("user{n}");
        world.add(user(&id, NEW_YORK)).await;
        world.put(&id, "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    }
    world.sandbox.script_next(&Script::answer(Answer::RateLimited), 8);
    world.run_until("2026-11-24T16:00:00Z").await;
    let mut at: Vec<_> = world.texts().iter().map(|text| text.at).collect();
    assert_eq!(at.len(), 8);
    at.sort();
    at.dedup();
    assert!(at.len() >= 6, "{at:?}");
    world.finish().await;
}

#[tokio::test]
async fn del_03_a_provider_that_is_down_until_the_event_begins_leaves_it_skipped() {
    let world = minute_before().await;
    world.sandbox.script_always(Script::answer(Answer::NotReached));
    world.run_until("2026-11-24T16:00:00Z").await;
    let row = world.reminder("ada").await;
    let late = [SkipReason::TooLate, SkipReason::EventBegun].map(State::Skipped);
    assert!(late.contains(&row.state), "{:?}", row.state);
    assert_eq!(row.counted_attempts(), 0);
    assert_eq!(world.claimed_on("ada", "2026-11-24").await, 0);
    assert_eq!(world.counters("ada", "2026-11-24").await.get("failed"), None);
    world.finish().await;
}

/// What becomes of a text that fails once with a code: the reminder's state, how many attempts were
/// made, and the mark on the number.
async fn failing_once(script: Script) -> (State, usize, Option<u32>, Consent) {
    let world = minute_before().await;
    world.sandbox.script_next(&script, 1);
    world.run_until("2026-11-24T16:00:00Z").await;
    let row = world.reminder("ada").await;
    let phone = world.phone("ada").await;
    world.finish().await;
    (row.state, claims(&row).len(), phone.mark.map(|mark| mark.code), phone.consent)
}

#[tokio::test]
async fn del_09_a_phone_out_of_reach_or_an_unknown_reason_is_tried_again() {
    for code in [30003, 30008, 39_999] {
        let found = failing_once(Script::fate(Fate::Undeliver { code })).await;
        assert_eq!(found, (State::Delivered, 2, None, Consent::OptedIn), "{code}");
    }
}

#[tokio::test]
async fn del_09_a_number_that_cannot_be_reached_fails_for_good_and_is_marked() {
    for code in [30005, 30006] {
        let found = failing_once(Script::fate(Fate::Undeliver { code })).await;
        assert_eq!(found, (State::Undelivered, 1, Some(code), Consent::OptedIn), "{code}");
        let found = failing_once(Script::fate(Fate::Fail { code })).await;
        assert_eq!(found, (State::Failed, 1, Some(code), Consent::OptedIn), "{code}");
    }
    for code in [21211, 21614] {
        let refused = Script::answer(Answer::Reject { status: 400, code });
        let found = failing_once(refused).await;
        assert_eq!(found, (State::Failed, 1, Some(code), Consent::OptedIn), "{code}");
    }
}

#[tokio::test]
async fn del_09_a_filtered_text_fails_for_good() {
    let (state, attempts, _, consent) =
        failing_once(Script::fate(Fate::Undeliver { code: 30007 })).await;
    assert_eq!((state, attempts, consent), (State::Undelivered, 1, Consent::OptedIn));
}

#[tokio::test]
async fn del_09_an_opt_out_at_the_provider_opts_the_number_out_for_all_who_share_it() {
    let refused = Script::answer(Answer::Reject { status: 400, code: 21610 });
    let late = Script::fate(Fate::Fail { code: 21610 });
    for script in [refused, late] {
        let world = minute_before().await;
        world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
        world.put("bob", "home", &[event("Choir", "2026-11-24T19:00", NEW_YORK)]).await;
        world.put("ada", "late", &[event("Dinner", "2026-11-24T20:00", NEW_YORK)]).await;
        world.sandbox.script_next(&script, 1);
        world.run_until("2026-11-24T14:52:30Z").await;
        assert_eq!(world.reminder_of("ada", "Meeting").await.state, State::Failed);
        let phone = world.phone("ada").await;
        assert_eq!((phone.consent, phone.ledger.len()), (Consent::OptedOut, 2));
        let cancelled = State::Cancelled(CancelReason::OptedOut);
        assert_eq!(world.reminder_of("ada", "Dinner").await.state, cancelled);
        assert_eq!(world.reminder("bob").await.state, cancelled);
        let accepted = world.texts().len();
        world.run_until("2026-11-25T18:00:00Z").await;
        assert_eq!(world.texts().len(), accepted, "nobody is texted any more");
        world.finish().await;
    }
}

/// The store fails when the opt-out is to be written; the provider says it only once.
#[tokio::test]
async fn del_09_an_opt_out_at_the_provider_survives_a_fault_of_the_store() {
    for operation in ["Phones::put_phone", "Phones::phone"] {
        let (world, faults) = super::minute_before_with(|_| ()).await;
        world.sandbox.script_next(&Script::fate(Fate::Fail { code: 21610 }), 1);
        let store = faults.clone();
        let breaks = async move { store.fail(operation, tests::faults::Fault::Before, 1) };
        faults.after("SmsGateway::send", Box::new(|| Box::pin(breaks)));
        world.run_until("2026-11-24T16:00:00Z").await;
        assert_eq!(world.phone("ada").await.consent, Consent::OptedOut, "{operation}");
        assert_eq!(world.reminder("ada").await.state, State::Failed);
        world.finish().await;
    }
}

#[tokio::test]
async fn del_10_a_retry_that_would_come_after_the_start_is_failed_and_too_late() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK).leads(&[2])).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.sandbox.script_always(Script::answer(QUEUE_FULL));
    world.run_until("2026-11-24T18:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!((row.state, row.counted_attempts()), (State::Failed, 1));
    assert_eq!(world.texts_to("ada"), []);
    let path = format!("/v1/reminders/{}/why", row.id);
    let (status, said) = world.request(Method::GET, &path, "").await;
    assert_eq!(status, 200, "{said}");
    assert!(said.contains("\"too_late\""), "{said}");
    assert!(!said.contains(phone_of("ada").as_e164()), "no number is shown");
    world.finish().await;
}
