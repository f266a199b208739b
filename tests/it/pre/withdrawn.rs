//! What changes between planning and sending, and jobs that speak of what is gone.

use app::users::SettingsChange;
use domain::reasons::{CancelReason, SkipReason};
use domain::reminder::State;
use http::Method;
use jiff::SignedDuration;
use tests::events::{Event, event};
use tests::inspect::send_job;
use tests::users::{phone_of, user};
use tests::world::{World, instant};

use super::NEW_YORK;

fn meeting() -> Event {
    event("Meeting", "2026-11-24T10:07", NEW_YORK)
}

/// Ada has a meeting at 10:07 local time, so a text is due at 14:52 UTC, between two ticks; it is
/// 14:51, and the job is in the queue.
async fn minute_before() -> World {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[meeting()]).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    assert_eq!(world.reminder("ada").await.send_at, instant("2026-11-24T14:52:00Z"));
    assert_eq!(world.system.queues().sends.len(), 1, "its job is queued");
    world
}

/// Lets the instant come and pass, and checks that nothing was texted and why.
async fn ends_without_text(world: World, expected: State) {
    world.run_until("2026-11-24T14:52:30Z").await;
    assert_eq!(world.reminder("ada").await.state, expected, "at its instant");
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.reminder("ada").await.state, expected);
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn pre_01_a_reminder_cancelled_through_the_api_is_not_sent_though_its_job_is_queued() {
    let world = minute_before().await;
    let (status, said) = world.cancel(world.reminder("ada").await.id).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(world.system.queues().sends.len(), 1, "the job is still there");
    ends_without_text(world, State::Cancelled(CancelReason::ByRequest)).await;
}

#[tokio::test]
async fn pre_07_opted_out_since_planning() {
    let world = minute_before().await;
    world.reply("ada", "STOP").await;
    assert_eq!(world.reminder("ada").await.state, State::Cancelled(CancelReason::OptedOut));
    ends_without_text(world, State::Cancelled(CancelReason::OptedOut)).await;
}

/// Changes the settings a minute before the send, and loses the plan that should follow.
async fn changed(change: SettingsChange) -> World {
    let world = minute_before().await;
    world.change("ada", &change).await;
    world.lose_plans();
    world
}

#[tokio::test]
async fn pre_07_reminders_switched_off_since_planning() {
    let change = SettingsChange { reminders_on: Some(false), ..SettingsChange::default() };
    let reason = State::Cancelled(CancelReason::RemindersOff);
    ends_without_text(changed(change).await, reason).await;
}

#[tokio::test]
async fn pre_07_a_phone_no_longer_verified() {
    let change = SettingsChange { is_phone_verified: Some(false), ..SettingsChange::default() };
    let reason = State::Skipped(SkipReason::PhoneUnverified);
    ends_without_text(changed(change).await, reason).await;
}

#[tokio::test]
async fn pre_07_a_number_of_a_country_that_is_no_longer_texted() {
    let mut world = minute_before().await;
    world.settings.countries = "DE".parse().unwrap();
    let reason = State::Skipped(SkipReason::CountryNotTexted);
    ends_without_text(world.restart().await, reason).await;

    let mut world = minute_before().await;
    world.settings.countries = "US".parse().unwrap();
    let world = world.restart().await;
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts_to("ada").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn pre_07_a_new_number_gets_the_text_once_it_is_verified() {
    let phone = Some(phone_of("somebody else"));
    let change = SettingsChange { phone: phone.clone(), ..SettingsChange::default() };
    let reason = State::Skipped(SkipReason::PhoneUnverified);
    ends_without_text(changed(change.clone()).await, reason).await;

    let world = changed(SettingsChange { is_phone_verified: Some(true), ..change }).await;
    world.run_until("2026-11-24T15:00:00Z").await;
    assert_eq!(world.texts_to("ada"), []);
    let texts = world.texts_to("somebody else");
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, instant("2026-11-24T14:52:00Z"));
    world.finish().await;
}

#[tokio::test]
async fn pre_09_an_event_deleted_at_the_calendar_is_not_texted_though_the_push_was_lost() {
    let world = minute_before().await;
    world.put("ada", "work", &[]).await;
    world.lose_plans();
    assert_eq!(world.reminder("ada").await.state, State::Scheduled, "no plan has noticed");
    ends_without_text(world, State::Cancelled(CancelReason::EventCancelled)).await;
}

#[tokio::test]
async fn pre_11_the_job_of_a_moved_reminder_sends_nothing_for_the_old_instant() {
    let world = minute_before().await;
    let moved = meeting().moved_to("2026-11-24T12:07", NEW_YORK);
    world.put("ada", "work", &[moved]).await;
    world.lose_plans();
    world.run_until("2026-11-24T14:53:00Z").await;
    assert_eq!(world.texts(), [], "neither for the old time, nor before the plan is renewed");
    assert_eq!(world.reminder("ada").await.send_at, instant("2026-11-24T16:52:00Z"));
    world.run_until("2026-11-24T18:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, instant("2026-11-24T16:52:00Z"));
    assert_eq!(texts[0].body, "Meeting: in 15 minutes, at 12:07 PM.");
    world.finish().await;
}

#[tokio::test]
async fn pre_11_jobs_of_a_cancelled_or_unknown_reminder_are_done_without_a_text() {
    let world = minute_before().await;
    let row = world.reminder("ada").await;
    world.put("ada", "work", &[]).await;
    world.settle().await;
    world.push_send(&send_job(&row));
    let mut unknown = row.clone();
    unknown.user = tests::world::user_id("nobody");
    world.push_send(&send_job(&unknown));
    world.settle().await;
    assert_eq!(world.texts(), []);
    ends_without_text(world, State::Cancelled(CancelReason::EventCancelled)).await;
}

#[tokio::test]
async fn pre_11_the_job_of_an_erased_reminder_is_done_without_a_text() {
    let world = minute_before().await;
    let job = send_job(&world.reminder("ada").await);
    assert_eq!(world.request(Method::DELETE, "/v1/users/ada", "").await.0, 200);
    world.push_send(&job);
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts(), []);
    assert_eq!(world.system.queues().sends.len(), 0);
    world.finish().await;
}

#[tokio::test]
async fn pre_11_malformed_jobs_and_those_of_an_unknown_version_reach_the_dead_letters() {
    let world = minute_before().await;
    let job = send_job(&world.reminder("ada").await);
    let later = job.replace("\"version\":1", "\"version\":2");
    assert_ne!(later, job);
    let bad = ["", "{}", "not json", "{\"version\":1}", later.as_str()];
    for body in bad {
        world.push_send(body);
    }
    world.run_for(SignedDuration::from_mins(10)).await;
    let mut letters = world.dead_letters().await;
    letters.sort();
    let mut expected = bad.map(|body| ("sends".to_owned(), body.to_owned()));
    expected.sort();
    assert_eq!(letters, expected);
    assert_eq!(world.texts().len(), 1, "the good job beside them was done");
    world.finish().await;
}
