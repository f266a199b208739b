//! The process dies in the middle of a send, and starts again.

use adapters_embedded::sms_sandbox::{CallbackPlan, Script};
use domain::reminder::State;
use jiff::SignedDuration;
use tests::faults::Fault;

use super::{DUE_AT, minute_before_with};

/// Where it dies, and what that means.
const DEATHS: [(&str, &str, Fault); 6] = [
    ("before the claim", "Claims::claim", Fault::Before),
    ("after the claim", "Claims::claim", Fault::After),
    ("before the post", "SmsGateway::send", Fault::Before),
    ("after the post", "SmsGateway::send", Fault::After),
    ("before the record", "Reminders::update", Fault::Before),
    ("after the record", "Reminders::update", Fault::After),
];

#[tokio::test]
async fn del_06_a_sender_killed_anywhere_texts_exactly_once() {
    for (when, operation, fault) in DEATHS {
        for callbacks in [CallbackPlan::AsItHappens, CallbackPlan::Never] {
            for down in [SignedDuration::ZERO, SignedDuration::from_mins(5)] {
                let about = format!("{when}, {callbacks:?}, down for {down:#}");
                let (world, faults) = minute_before_with(|_| ()).await;
                world.sandbox.script_always(Script::default().with_callbacks(callbacks.clone()));
                world.sleep_until(DUE_AT);
                faults.kill(operation, fault);
                world.system.consume_all().await;
                assert!(faults.is_dead(), "{about}");
                world.clock.advance(down);
                let world = world.restart().await;
                world.run_until("2026-11-24T18:00:00Z").await;
                assert_eq!(world.texts().len(), 1, "{about}");
                assert_eq!(world.reminder("ada").await.state, State::Delivered, "{about}");
                let counters = world.counters("ada", "2026-11-24").await;
                assert_eq!((counters["texts"], counters["delivered"]), (1, 1), "{about}");
                world.finish().await;
            }
        }
    }
}

/// A process that is down until the event is over still tells what became of the text.
#[tokio::test]
async fn del_06_a_sender_that_stays_dead_past_the_start_sends_nothing_late() {
    for (when, operation, fault) in DEATHS {
        let (world, faults) = minute_before_with(|_| ()).await;
        world.sleep_until(DUE_AT);
        faults.kill(operation, fault);
        world.system.consume_all().await;
        world.sleep_until("2026-11-27T12:00:00Z");
        let world = world.restart().await;
        let was_posted = world.texts().len();
        world.run_until("2026-11-28T12:00:00Z").await;
        assert_eq!(world.texts().len(), was_posted, "{when}");
        let row = world.reminder("ada").await;
        assert!(row.state.is_terminal(), "{when}: {:?}", row.state);
        assert_eq!(row.state == State::Delivered, was_posted == 1, "{when}: {:?}", row.state);
        world.finish().await;
    }
}
