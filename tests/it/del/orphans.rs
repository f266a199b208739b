//! Callbacks that come where nobody waits for them: none is lost, and none is believed of a text
//! that it does not belong to.

use std::sync::{Arc, Mutex};

use adapters_embedded::sms_sandbox::{
    Answer, CallbackPlan, CallbackTime, PlannedCallback, Script, TextStatus,
};
use domain::reminder::{AttemptOutcome, DeliveryStatus, State};
use jiff::SignedDuration;
use tests::faults::Fault;
use tests::inspect::steps;
use tests::world::user_id;

use super::{DUE_AT, minute_before_with};

/// A callback names a row and an attempt that are stored already: it can find neither missing, as
/// both are written before there is a text that it could speak of.
#[tokio::test]
async fn del_08_what_a_callback_names_is_stored_before_there_is_a_text() {
    let (world, faults) = minute_before_with(|_| ()).await;
    let id = world.reminder("ada").await.id;
    let seen = Arc::<Mutex<Vec<_>>>::default();
    let (rows, noted) = (world.stores.reminders.clone(), seen.clone());
    let look = async move {
        let row = rows.reminder(&user_id("ada"), id).await.expect("the store answers");
        let row = row.expect("the row is there");
        let attempts = row.attempts.iter().map(|attempt| (attempt.number, attempt.outcome.clone()));
        noted.lock().unwrap().push((row.state, attempts.collect::<Vec<_>>()));
    };
    faults.before("SmsGateway::send", Box::new(move || Box::pin(look)));
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(*seen.lock().unwrap(), [(State::Claimed, vec![(1, AttemptOutcome::Open)])]);
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;
}

/// Only `delivered` is told, a few seconds after the text was taken.
fn told_later() -> CallbackPlan {
    CallbackPlan::Exactly(vec![PlannedCallback {
        status: TextStatus::Delivered,
        when: CallbackTime::After(SignedDuration::from_secs(5)),
    }])
}

#[tokio::test]
async fn del_08_a_callback_that_finds_no_store_comes_again_and_is_counted_once() {
    for operation in ["Reminders::reminder", "Reminders::update"] {
        for fault in [Fault::Before, Fault::After] {
            let about = format!("{operation} fails {fault:?}");
            let (world, faults) = minute_before_with(|_| ()).await;
            world.sandbox.script_always(Script::default().with_callbacks(told_later()));
            world.run_until("2026-11-24T14:52:03Z").await;
            assert_eq!(world.reminder("ada").await.state, State::Accepted, "{about}");
            faults.fail(operation, fault, 3);
            world.run_until("2026-11-24T14:53:00Z").await;
            let row = world.reminder("ada").await;
            assert_eq!(row.state, State::Delivered, "{about}");
            let expected = ["planned", "claimed 1", "accepted", "receipt delivered"];
            assert_eq!(steps(&row), expected, "{about}");
            let counters = world.counters("ada", "2026-11-24").await;
            assert_eq!((counters["texts"], counters["delivered"]), (1, 1), "{about}");
            world.finish().await;
        }
    }
}

/// The answer is lost and so is its record: the first that anybody hears of the text is a callback
/// for a claim that nobody finished.
#[tokio::test]
async fn del_04_a_callback_joins_an_attempt_whose_sender_died_before_it_knew_the_sid() {
    let (world, faults) = minute_before_with(|_| ()).await;
    let lost = Script::answer(Answer::Lost { processed: true }).with_callbacks(told_later());
    world.sandbox.script_always(lost);
    world.sleep_until(DUE_AT);
    faults.kill("SmsGateway::send", Fault::After);
    world.system.consume_all().await;
    assert!(faults.is_dead());
    let world = world.restart().await;
    world.run_until("2026-11-24T14:52:10Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(steps(&row), ["planned", "claimed 1", "receipt delivered"]);
    let attempt = row.last_attempt().expect("one was made");
    assert_eq!(attempt.delivery, Some(DeliveryStatus::Delivered));
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}
