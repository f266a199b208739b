//! Checks that cannot be made, and changes in the very moment of a decision.

use std::sync::Arc;

use app::users::put_ics;
use domain::ids::CalendarId;
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::State;
use jiff::SignedDuration;
use tests::events::{calendar, event};
use tests::faults::{Fault, Faults, faulty};
use tests::inspect::steps;
use tests::users::user;
use tests::webhooks::Webhook;
use tests::world::{World, instant, user_id};

use super::NEW_YORK;

/// What a sender reads before it sends, and what each is called in the ports.
const READS: [&str; 7] = [
    "Reminders::reminder",
    "StoreClock::store_time",
    "Users::user",
    "Phones::phone",
    "Events::event_copies",
    "Claims::claimed_on",
    "Control::rollout",
];

/// Ada has a meeting at 10:07 local time; it is 14:51 UTC, a minute before the text is due.
async fn minute_before() -> (World, Arc<Faults>) {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world =
        World::maker("2026-11-24T10:00:00Z").ports(move |ports| faulty(&inside, ports)).make();
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    (world, faults)
}

#[tokio::test]
async fn pre_10_a_read_that_fails_once_defers_the_text_by_seconds() {
    for read in READS {
        let (world, faults) = minute_before().await;
        faults.fail(read, Fault::Before, 1);
        world.run_until("2026-11-24T14:52:09Z").await;
        assert_eq!(world.texts(), [], "{read}");
        world.run_until("2026-11-24T15:00:00Z").await;
        let texts = world.texts();
        assert_eq!(texts.len(), 1, "{read}");
        let is_clock = read == "StoreClock::store_time";
        let expected = if is_clock { "2026-11-24T14:52:10Z" } else { "2026-11-24T14:52:30Z" };
        assert_eq!(texts[0].at, instant(expected), "{read}");
        assert_eq!(world.reminder("ada").await.state, State::Delivered, "{read}");
        world.finish().await;
    }
}

#[tokio::test]
async fn pre_10_a_read_that_keeps_failing_sends_nothing_and_ends_with_a_reason() {
    for read in READS {
        let (world, faults) = minute_before().await;
        faults.fail(read, Fault::Before, usize::MAX);
        world.run_until("2026-11-24T15:20:00Z").await;
        assert_eq!(world.texts(), [], "{read}");
        // Without the row itself nothing can be noted; every other doubt ends with the start.
        faults.heal("Reminders::reminder");
        world.run_until("2026-11-24T15:25:00Z").await;
        let ended = world.reminder("ada").await;
        let late = [SkipReason::TooLate, SkipReason::EventBegun].map(State::Skipped);
        assert!(late.contains(&ended.state), "{read}: {:?}", ended.state);
        faults.heal(read);
        world.run_until("2026-11-24T18:00:00Z").await;
        assert_eq!(world.texts(), [], "{read}");
        let dead = world.dead_letters().await;
        assert!(dead.is_empty() || read == "Reminders::reminder", "{read} is no fault of the job");
        world.finish().await;
    }
}

#[tokio::test]
async fn pre_10_what_could_not_be_checked_shows_in_the_trail() {
    let (world, faults) = minute_before().await;
    faults.fail("Control::rollout", Fault::Before, 3);
    world.run_until("2026-11-24T15:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(steps(&row)[..3], ["planned", "deferred unreadable", "claimed 1"]);
    assert_eq!(row.trail.entries()[1].times, 3);
    assert_eq!(world.texts()[0].at, instant("2026-11-24T14:53:30Z"));
    world.finish().await;
}

#[tokio::test]
async fn pre_10_a_clock_that_differs_from_the_stores_by_more_than_two_seconds_defers() {
    for skew in [SignedDuration::from_millis(2_001), SignedDuration::from_mins(-5)] {
        let (world, faults) = minute_before().await;
        faults.skew_store_clock(skew);
        world.run_until("2026-11-24T14:55:00Z").await;
        assert_eq!(world.texts(), []);
        assert_eq!(world.reminder("ada").await.state, State::Scheduled);
        faults.skew_store_clock(SignedDuration::from_secs(2));
        world.run_until("2026-11-24T15:00:00Z").await;
        let late = instant("2026-11-24T14:55:00Z").duration_until(world.texts()[0].at);
        assert!(late <= SignedDuration::from_mins(2), "{late}");
        world.finish().await;
    }
}

#[tokio::test]
async fn pre_10_clocks_that_never_agree_send_nothing_and_end_with_a_reason() {
    for skew in [-300, 300].map(SignedDuration::from_secs) {
        let (world, faults) = minute_before().await;
        faults.skew_store_clock(skew);
        world.run_until("2026-11-24T15:20:00Z").await;
        assert_eq!(world.texts(), []);
        let ended = world.reminder("ada").await.state;
        assert_eq!(ended, State::Skipped(SkipReason::TooLate));
        assert!(world.system.queues().sends.len() <= 1, "looks do not multiply");
        world.finish().await;
    }
}

#[tokio::test]
async fn pre_12_an_event_deleted_between_load_and_write_of_a_plan_is_planned_anew() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world =
        World::maker("2026-11-24T10:00:00Z").ports(move |ports| faulty(&inside, ports)).make();
    world.add(user("ada", NEW_YORK)).await;
    world.settle().await;
    let (ports, settings) = (world.ports.clone(), world.settings.clone());
    let now = world.now();
    let delete = async move {
        let (ada, work) = (user_id("ada"), CalendarId::parse("work").unwrap());
        let ports = ports.users(&settings);
        put_ics(&ports, &ada, &work, &calendar(&[]), now).await.unwrap();
    };
    faults.before("Reminders::write_plan", Box::new(|| Box::pin(delete)));
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
