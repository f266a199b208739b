//! What changes in the very moment of a decision.

use std::sync::Arc;

use app::users::put_ics;
use axum::body::Body;
use domain::ids::CalendarId;
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::State;
use http::Request;
use jiff::SignedDuration;
use tests::events::{Event, calendar, event};
use tests::faults::{Fault, Faults, Hook, faulty};
use tests::inspect::steps;
use tests::simulation::planted::{Bug, plant};
use tests::stand_ins::answer;
use tests::users::user;
use tests::webhooks::Webhook;
use tests::world::{World, instant, user_id};

use super::{NEW_YORK, minute_before_with_faults as minute_before};

/// Ada's calendar changes, in the middle of something else.
fn edit(world: &World, events: &[Event]) -> Hook {
    let (ports, settings) = (world.ports.clone(), world.settings.clone());
    let (clock, text) = (world.clock.clone(), calendar(events));
    Box::new(move || {
        Box::pin(async move {
            use app::ports::Clock;
            let (ada, work) = (user_id("ada"), CalendarId::parse("work").unwrap());
            let ports = ports.users(&settings);
            put_ics(&ports, &ada, &work, &text, clock.now()).await.unwrap();
        })
    })
}

#[tokio::test]
async fn pre_12_an_event_deleted_between_load_and_write_of_a_plan_is_planned_anew() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world =
        World::maker("2026-11-24T10:00:00Z").ports(move |ports| faulty(&inside, ports)).make();
    world.add(user("ada", NEW_YORK)).await;
    world.settle().await;
    faults.before("Reminders::write_plan", edit(&world, &[]));
    let before = faults.calls().len();
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.settle().await;
    let calls = &faults.calls()[before..];
    let writes = calls.iter().filter(|call| **call == "Reminders::write_plan").count();
    assert!(writes >= 2, "one was refused, another made anew: {writes}");
    assert_eq!(world.reminders("ada").await, [], "nothing was written from the old events");
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn pre_12_a_sender_and_a_planner_that_never_agree_do_not_chase_each_other() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    // The sender goes on reading the event as it was when it first looked.
    let wrap = move |ports| faulty(&inside, plant(Bug::EventsAreCached, ports));
    let world = World::maker("2026-11-24T10:00:00Z").ports(wrap).make();
    world.add(user("ada", NEW_YORK)).await;
    let meeting = || event("Meeting", "2026-11-24T10:07", NEW_YORK);
    world.put("ada", "work", &[meeting()]).await;
    faults.fail("Claims::claim", Fault::Before, 1);
    world.run_until("2026-11-24T14:52:01Z").await;
    world.put("ada", "work", &[meeting().titled("Workshop")]).await;
    let before = faults.calls().len();
    world.run_until("2026-11-24T15:20:00Z").await;
    assert_eq!(world.texts(), [], "nothing is sent in doubt");
    assert_eq!(world.reminder("ada").await.state, State::Skipped(SkipReason::EventBegun));
    let calls = &faults.calls()[before..];
    let looks = calls.iter().filter(|call| **call == "Events::event_copies").count();
    assert!((10..=40).contains(&looks), "some two a minute, until the event began: {looks}");
    world.finish().await;
}

#[tokio::test]
async fn pre_13_a_sender_that_freezes_for_a_minute_gives_its_claim_back() {
    let (world, faults) = minute_before().await;
    let clock = world.clock.clone();
    let freeze = async move { clock.advance(SignedDuration::from_mins(1)) };
    faults.after("Claims::claim", Box::new(|| Box::pin(freeze)));
    world.run_until("2026-11-24T15:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(steps(&row)[..4], ["planned", "claimed 1", "given_back", "claimed 2"]);
    assert_eq!(row.state, State::Delivered);
    let texts = world.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, instant("2026-11-24T14:53:00Z"));
    assert_eq!(texts[0].body, "Meeting: in 14 minutes, at 10:07 AM.");
    world.finish().await;
}

#[tokio::test]
async fn pre_13_nothing_is_posted_for_a_claim_that_saw_stop_while_its_sender_was_frozen() {
    let (world, faults) = minute_before().await;
    let (clock, router) = (world.clock.clone(), world.system.router());
    let stop = Webhook::inbound("ada", "SMstop", "STOP").signed(world.token());
    let freeze = async move {
        clock.advance(SignedDuration::from_secs(30));
        assert_eq!(stop.post(router).await.0, 200);
        clock.advance(SignedDuration::from_secs(30));
    };
    faults.after("Claims::claim", Box::new(|| Box::pin(freeze)));
    world.run_until("2026-11-24T15:00:00Z").await;
    assert_eq!(world.texts(), []);
    let row = world.reminder("ada").await;
    assert_eq!(row.state, State::Cancelled(CancelReason::OptedOut));
    assert_eq!(steps(&row), ["planned", "claimed 1", "given_back", "cancelled opted_out"]);
    assert_eq!(world.claimed_on("ada", "2026-11-24").await, 0, "it has left the day's set");
    world.finish().await;
}

#[tokio::test]
async fn pre_13_a_claim_is_good_for_ten_seconds_and_no_longer() {
    let check = async |frozen_ms: i64, expected: &str| {
        let (world, faults) = minute_before().await;
        let clock = world.clock.clone();
        let freeze = async move { clock.advance(SignedDuration::from_millis(frozen_ms)) };
        faults.after("Claims::claim", Box::new(|| Box::pin(freeze)));
        world.run_until("2026-11-24T15:00:00Z").await;
        let row = world.reminder("ada").await;
        assert_eq!(steps(&row)[2], expected, "{frozen_ms}");
        assert_eq!(world.texts().len(), 1);
        world.finish().await;
    };
    check(9_999, "accepted").await;
    check(10_000, "given_back").await;
}

#[tokio::test]
async fn cal_18_an_event_that_moves_before_the_claim_is_texted_for_its_new_time_only() {
    let (world, faults) = minute_before().await;
    let moved = event("Meeting", "2026-11-24T12:07", NEW_YORK);
    faults.before("Claims::claim", edit(&world, &[moved]));
    world.run_until("2026-11-24T18:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(texts[0].at, instant("2026-11-24T16:52:00Z"));
    assert_eq!(texts[0].body, "Meeting: in 15 minutes, at 12:07 PM.");
    world.finish().await;
}

#[tokio::test]
async fn cal_18_an_event_that_goes_before_the_claim_is_not_texted() {
    let (world, faults) = minute_before().await;
    faults.before("Claims::claim", edit(&world, &[]));
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts(), []);
    let state = world.reminder("ada").await.state;
    assert_eq!(state, State::Cancelled(CancelReason::EventCancelled));
    world.finish().await;
}

#[tokio::test]
async fn cal_18_an_event_that_goes_after_the_claim_is_texted_as_it_was_and_recorded() {
    let (world, faults) = minute_before().await;
    faults.after("Claims::claim", edit(&world, &[]));
    world.run_until("2026-11-24T18:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(texts[0].body, "Meeting: in 15 minutes, at 10:07 AM.");
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;
}

#[tokio::test]
async fn rol_03_no_claim_is_made_later_than_five_seconds_after_the_switch() {
    let (world, faults) = minute_before().await;
    let (clock, router) = (world.clock.clone(), world.system.router());
    let freeze = async move {
        let off = Request::put("/v1/rollout").header("content-type", "application/json");
        let off = off.body(Body::from("{\"on\": false}")).unwrap();
        assert_eq!(answer(router, off).await.0, 200);
        clock.advance(SignedDuration::from_millis(5_001));
    };
    // The sender has read that everything is on, and then stands still.
    faults.after("Control::rollout", Box::new(|| Box::pin(freeze)));
    world.sleep_until("2026-11-24T14:52:00Z");
    world.system.consume_all().await;
    assert_eq!(world.texts(), []);
    let state = world.reminder("ada").await.state;
    assert_eq!(state, State::Cancelled(CancelReason::RolledBack));
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}
