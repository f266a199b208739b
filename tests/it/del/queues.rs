//! Messages that come again, come broken or come days late.

use adapters_embedded::sms_sandbox::{Answer, Script};
use app::jobs::SendJob;
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::State;
use jiff::SignedDuration;
use tests::events::{Event, event};
use tests::faults::Fault;
use tests::inspect::send_job;
use tests::users::user;
use tests::world::World;

use super::{DUE_AT, NEW_YORK, minute_before, minute_before_with};

#[tokio::test]
async fn del_07_one_message_delivered_five_times_minutes_apart_is_one_text() {
    let world = minute_before().await;
    let job = send_job(&world.reminder("ada").await);
    for minute in 0..5 {
        world.run_until(&format!("2026-11-24T14:{:02}:00Z", 51 + minute)).await;
        world.push_send(&job);
        world.settle().await;
    }
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    assert_eq!(world.reminder("ada").await.counted_attempts(), 1);
    world.finish().await;
}

#[tokio::test]
async fn del_07_one_message_five_times_in_one_batch_is_one_text() {
    let world = minute_before().await;
    let job = send_job(&world.reminder("ada").await);
    world.sleep_until(DUE_AT);
    (0..5).for_each(|_| world.push_send(&job));
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn del_12_of_a_batch_of_ten_only_the_bad_record_returns_to_the_queue() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let events: Vec<Event> =
        (0..9).map(|n| event(&format!("Event {n}"), "2026-11-24T10:07", NEW_YORK)).collect();
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    world.lose_queues();
    world.sleep_until(DUE_AT);
    let mut jobs: Vec<_> = world.reminders("ada").await.iter().map(send_job).collect();
    jobs.insert(4, "{\"version\":1,\"user\":".to_owned());
    jobs.iter().for_each(|job| world.push_send(job));
    let done = world.system.consume_sends().await;
    assert_eq!((done.taken, done.failed), (10, 1));
    assert_eq!(world.texts().len(), 9);
    assert_eq!(world.system.queues().sends.len(), 1);
    world.run_for(SignedDuration::from_mins(10)).await;
    assert_eq!(world.dead_letters().await, [("sends".to_owned(), jobs[4].clone())]);
    assert_eq!(world.texts().len(), 9);
    world.finish().await;
}

#[tokio::test]
async fn del_13_dead_letters_redriven_a_day_later_are_too_late() {
    let (world, faults) = minute_before_with(|_| ()).await;
    faults.fail("Reminders::reminder", Fault::Before, usize::MAX);
    world.run_until("2026-11-24T15:06:00Z").await;
    let dead = world.dead_letters().await;
    assert!(!dead.is_empty());
    world.lose_queues();
    world.sleep_until("2026-11-25T15:00:00Z");
    faults.heal("Reminders::reminder");
    dead.iter().for_each(|(_, body)| world.push_send(body));
    world.system.consume_all().await;
    assert_eq!(world.texts(), []);
    let state = world.reminder("ada").await.state;
    assert_eq!(state, State::Skipped(SkipReason::EventBegun));
    world.run_until("2026-11-25T18:00:00Z").await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}

/// Whatever became of a reminder, a letter of yesterday about it changes nothing.
#[tokio::test]
async fn del_13_dead_letters_of_texts_that_went_out_or_were_withdrawn_do_nothing() {
    let world = World::at("2026-11-24T10:00:00Z");
    for name in ["ada", "bob", "cy"] {
        world.add(user(name, NEW_YORK)).await;
        world.put(name, "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    }
    world.run_until("2026-11-24T11:00:00Z").await;
    world.cancel(world.reminder("bob").await.id).await;
    world.sandbox.script_next_to(
        tests::users::phone_of("cy").as_e164(),
        &Script::answer(Answer::Reject { status: 400, code: 21614 }),
        1,
    );
    let mut letters = Vec::new();
    for name in ["ada", "bob", "cy"] {
        let row = world.reminder(name).await;
        // One from before there were turns, and one whose turn was yesterday.
        letters.push(send_job(&row));
        letters.push(SendJob { turn_at: Some(row.send_at), ..SendJob::of(&row) }.to_json());
    }
    world.run_until("2026-11-25T15:00:00Z").await;
    let before = [world.reminder("ada").await, world.reminder("bob").await];
    let failed = world.reminder("cy").await;
    assert_eq!([before[0].state, failed.state], [State::Delivered, State::Failed]);
    letters.iter().for_each(|letter| world.push_send(letter));
    world.run_until("2026-11-25T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    let after = [world.reminder("ada").await, world.reminder("bob").await];
    assert_eq!((after, world.reminder("cy").await), (before, failed));
    world.finish().await;
}

#[tokio::test]
async fn del_14_two_reminders_of_one_event_that_became_due_in_an_outage_are_one_text() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK).leads(&[60, 15])).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:00:00Z").await;
    // From before 9:07 local time until after 9:52 nothing of ours runs.
    world.sleep_until("2026-11-24T14:55:00Z");
    let world = world.restart().await;
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    let states: Vec<_> = world.reminders("ada").await.iter().map(|row| row.state).collect();
    assert!(states.contains(&State::Delivered), "{states:?}");
    assert!(states.contains(&State::Cancelled(CancelReason::Superseded)), "{states:?}");
    world.finish().await;
}
