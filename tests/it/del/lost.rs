//! Answers, callbacks and lists that get lost.

use adapters_embedded::sms_sandbox::{
    Answer, CallbackPlan, CallbackTime, Fate, PlannedCallback, Script, TextStatus,
};
use domain::reminder::State;
use jiff::SignedDuration;
use tests::events::event;
use tests::inspect::steps;
use tests::users::user;
use tests::world::{World, instant};

use super::{DUE_AT, NEW_YORK, claims, instants, minute_before, minute_before_with};

const LOST_AFTER: [Answer; 2] =
    [Answer::Lost { processed: true }, Answer::ServerError { processed: true }];

const LOST_BEFORE: [Answer; 2] =
    [Answer::Lost { processed: false }, Answer::ServerError { processed: false }];

#[tokio::test]
async fn del_04_a_text_whose_answer_was_lost_is_settled_by_its_callback() {
    for answer in LOST_AFTER {
        for callbacks in [CallbackPlan::AsItHappens, CallbackPlan::BeforeAnswer] {
            let world = minute_before().await;
            let script = Script::answer(answer).with_callbacks(callbacks.clone());
            world.sandbox.script_always(script);
            world.run_until("2026-11-24T14:52:01Z").await;
            let row = world.reminder("ada").await;
            assert_eq!(row.state, State::Delivered, "{answer:?} {callbacks:?}");
            world.run_until("2026-11-24T18:00:00Z").await;
            assert_eq!(world.texts().len(), 1, "{answer:?} {callbacks:?}");
            let counters = world.counters("ada", "2026-11-24").await;
            assert_eq!((counters["texts"], counters["delivered"]), (1, 1));
            world.finish().await;
        }
    }
}

#[tokio::test]
async fn del_04_a_text_without_answer_and_callback_is_settled_by_the_list() {
    for answer in LOST_AFTER {
        let world = minute_before().await;
        world.sandbox.script_always(Script::answer(answer).with_callbacks(CallbackPlan::Never));
        world.run_until("2026-11-24T14:52:29Z").await;
        assert_eq!(world.reminder("ada").await.state, State::Unknown);
        world.run_until("2026-11-24T14:52:30Z").await;
        let row = world.reminder("ada").await;
        assert_eq!(row.state, State::Delivered);
        let expected =
            ["planned", "claimed 1", "outcome_unknown", "found_in_list", "receipt delivered"];
        assert_eq!(steps(&row), expected);
        world.run_until("2026-11-24T18:00:00Z").await;
        assert_eq!(world.texts().len(), 1);
        world.finish().await;
    }
}

#[tokio::test]
async fn del_04_a_list_that_lags_or_fails_leads_to_no_second_text() {
    let (world, _) =
        minute_before_with(|config| config.list_lag = SignedDuration::from_secs(40)).await;
    let lost = Script::answer(LOST_AFTER[0]).with_callbacks(CallbackPlan::Never);
    world.sandbox.script_always(lost.clone());
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1, "the second list showed it");
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;

    let world = minute_before().await;
    world.sandbox.script_always(lost);
    world.sandbox.script_reads(Answer::ServerError { processed: false }, 5);
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;
}

#[tokio::test]
async fn del_04_with_answer_callbacks_and_list_all_lost_it_ends_unknown_after_one_text() {
    let world = minute_before().await;
    let lost = Script::answer(LOST_AFTER[0]).with_callbacks(CallbackPlan::Never);
    world.sandbox.script_always(lost);
    world.sandbox.script_reads(Answer::Lost { processed: false }, 1_000);
    world.run_until("2026-11-24T16:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!((row.state, row.due_at()), (State::Unknown, None), "and nobody asks any more");
    world.run_until("2026-11-25T16:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    assert_eq!(world.counters("ada", "2026-11-24").await["unknown"], 1);
    assert_eq!(world.system.queues().sends.len(), 0);
    world.finish().await;
}

#[tokio::test]
async fn del_05_a_text_that_never_arrived_is_proven_absent_by_two_lists_then_sent_once() {
    for answer in LOST_BEFORE {
        let world = minute_before().await;
        world.sandbox.script_next(&Script::answer(answer), 1);
        world.run_until("2026-11-24T14:52:44Z").await;
        assert_eq!(world.texts(), [], "one list is no proof");
        world.run_until("2026-11-24T18:00:00Z").await;
        let texts = world.texts();
        assert_eq!(texts.len(), 1, "{answer:?}");
        assert_eq!(texts[0].at, instant("2026-11-24T14:52:45Z"));
        let row = world.reminder("ada").await;
        assert_eq!((row.state, row.counted_attempts()), (State::Delivered, 1));
        assert_eq!(claims(&row), instants(["14:52:00", "14:52:45"]));
        let expected = ["outcome_unknown", "not_listed", "proven_absent", "claimed 2"];
        assert_eq!(steps(&row)[2..6], expected);
        world.finish().await;
    }
}

/// Two people with one phone have the same meeting, so their texts cannot be told apart. The answer
/// to both posts is lost; only one arrived.
async fn twins(arrived: Script) -> World {
    let (world, _) = minute_before_with(|_| ()).await;
    world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
    world.put("bob", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.sandbox.script_next(&arrived, 1);
    world.sandbox.script_next(&Script::answer(LOST_BEFORE[0]), 1);
    world.run_until(DUE_AT).await;
    for id in ["ada", "bob"] {
        assert_eq!(world.reminder(id).await.state, State::Unknown, "{id}");
    }
    world
}

#[tokio::test]
async fn del_17_neither_of_two_equal_texts_is_sent_again_while_it_cannot_be_told_which_arrived() {
    let arrived = Script::answer(LOST_AFTER[0]).with_callbacks(CallbackPlan::Never);
    let world = twins(arrived).await;
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    for id in ["ada", "bob"] {
        let row = world.reminder(id).await;
        assert_eq!((row.state, row.due_at()), (State::Unknown, None), "{id}");
        assert_eq!(claims(&row).len(), 1, "{id}");
    }
    world.finish().await;
}

#[tokio::test]
async fn del_17_a_callback_tells_which_arrived_and_the_other_is_sent_once() {
    let after = CallbackTime::After(SignedDuration::from_mins(3));
    let delivered = PlannedCallback { status: TextStatus::Delivered, when: after };
    let callbacks = CallbackPlan::Exactly(vec![delivered]);
    let world = twins(Script::answer(LOST_AFTER[0]).with_callbacks(callbacks)).await;
    world.run_until("2026-11-24T14:54:59Z").await;
    assert_eq!(world.texts().len(), 1);
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 2);
    for id in ["ada", "bob"] {
        assert_eq!(world.reminder(id).await.state, State::Delivered, "{id}");
    }
    world.finish().await;
}

#[tokio::test]
async fn del_17_two_equal_texts_that_both_arrived_are_each_taken_once() {
    let (world, _) = minute_before_with(|_| ()).await;
    world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
    world.put("bob", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    let arrived = Script::answer(LOST_AFTER[0]).with_callbacks(CallbackPlan::Never);
    world.sandbox.script_always(arrived);
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 2);
    for id in ["ada", "bob"] {
        assert_eq!(world.reminder(id).await.state, State::Delivered, "{id}");
    }
    world.finish().await;
}

#[tokio::test]
async fn del_18_a_text_without_any_receipt_is_unconfirmed_after_a_day_and_not_failed() {
    let world = minute_before().await;
    let silent = Script::fate(Fate::StopAt(TextStatus::Sent)).with_callbacks(CallbackPlan::Never);
    world.sandbox.script_always(silent);
    world.run_until("2026-11-25T14:51:59Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Sent, "as the provider said when asked");
    world.run_until("2026-11-25T14:52:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Unconfirmed);
    let counters = world.counters("ada", "2026-11-24").await;
    assert_eq!((counters["unconfirmed"], counters["texts"]), (1, 1));
    assert_eq!((counters.get("failed"), counters.get("undelivered")), (None, None));
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn del_18_a_provider_that_says_nothing_at_all_leaves_it_unconfirmed() {
    let world = minute_before().await;
    let silent = Script::fate(Fate::StopAt(TextStatus::Sent)).with_callbacks(CallbackPlan::Never);
    world.sandbox.script_always(silent);
    world.sandbox.script_reads(Answer::Lost { processed: false }, 10_000);
    world.run_until("2026-11-25T15:00:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Unconfirmed);
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn del_11_without_a_callback_for_ten_minutes_the_status_is_fetched() {
    let (world, faults) = minute_before_with(|_| ()).await;
    world.sandbox.script_always(Script::default().with_callbacks(CallbackPlan::Never));
    world.run_until("2026-11-24T15:01:59Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Accepted);
    let fetches = || faults.calls().iter().filter(|call| **call == "SmsGateway::fetch").count();
    assert_eq!(fetches(), 0);
    // Such texts wait for the sweep, so that not every text costs a message for this.
    world.run_until("2026-11-24T15:04:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.run_until("2026-11-25T18:00:00Z").await;
    assert_eq!((fetches(), world.texts().len()), (1, 1));
    world.finish().await;
}
