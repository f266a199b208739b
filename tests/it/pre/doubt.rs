//! Checks that cannot be made.

use std::sync::Arc;

use domain::reasons::SkipReason;
use domain::reminder::State;
use jiff::SignedDuration;
use tests::faults::{Fault, Faults};
use tests::inspect::steps;
use tests::world::{World, instant};

use super::minute_before_with_faults as minute_before;

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

/// The instant of the text, when the monitor has had its turn: what fails then fails the sender.
async fn at_its_instant() -> (World, Arc<Faults>) {
    let (world, faults) = minute_before().await;
    world.sleep_until("2026-11-24T14:52:00Z");
    world.system.run_schedules().await;
    (world, faults)
}

#[tokio::test]
async fn pre_10_a_read_that_fails_once_defers_the_text_by_seconds() {
    for read in READS {
        let (world, faults) = at_its_instant().await;
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
    let (world, faults) = at_its_instant().await;
    faults.fail("Control::rollout", Fault::Before, 2);
    world.run_until("2026-11-24T15:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(steps(&row)[..3], ["planned", "deferred unreadable", "claimed 1"]);
    assert_eq!(row.trail.entries()[1].times, 2);
    assert_eq!(world.texts()[0].at, instant("2026-11-24T14:53:00Z"));
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
