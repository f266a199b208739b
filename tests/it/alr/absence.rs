//! What does not happen is data too.

use adapters_embedded::sms_sandbox::{Answer, Script};
use http::Method;
use serde_json::json;
use tests::events::event;
use tests::users::user;

use super::*;

#[tokio::test]
async fn alr_06_a_schedule_that_stands_still_is_told_each_by_its_name() {
    let watch = Watch::counting();
    watch.live(20).await;
    watch.stand(29).await;
    assert_eq!(watch.ears.paged(), [""; 0]);
    watch.stand(12).await;
    let mut paged = watch.ears.paged();
    paged.sort();
    let expected =
        ["promoter", "scheduler"].map(|s| format!("trigger beforehand/tick_missed/{s}/1"));
    assert_eq!(paged, expected);
    watch.live(2).await;
    assert_eq!(watch.ears.paged().len(), 2, "both run again");
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_06_what_is_due_and_not_sent_and_jobs_that_nobody_takes_are_told() {
    let watch = Watch::counting();
    watch.world.add(user("ada", "UTC")).await;
    watch.world.put("ada", "home", &[event("Meeting", "2026-11-23T11:00", "UTC")]).await;
    watch.world.run_until("2026-11-23T10:44:00Z").await;
    watch.stand(10).await;
    assert_eq!(watch.ears.paged(), [""; 0]);
    watch.stand(6).await;
    let mut paged = watch.ears.paged();
    paged.sort();
    let expected = ["trigger beforehand/due_unsent//1", "trigger beforehand/jobs_old/sends/1"];
    assert_eq!(paged, expected);
    watch.live(5).await;
    assert_eq!(watch.world.texts_to("ada"), [], "at 11:00 it was too late");
    assert_eq!(watch.ears.paged().len(), 2, "nothing waits any more");
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_06_a_job_that_was_given_up_is_told_until_somebody_looked() {
    let watch = Watch::counting();
    watch.live(1).await;
    let plans = &watch.world.system.queues().plans;
    plans.push(vec![("no job".to_owned(), SignedDuration::ZERO)]).unwrap();
    watch.live(20).await;
    assert_eq!(watch.ears.chatted(), ["Warning: dead_letters (plans)"]);
    assert_eq!(watch.world.dead_letters().await.len(), 1);
    let letter = watch.world.store.dead_letters(0, 1).await.unwrap()[0].id;
    watch.world.store.remove_dead_letter(letter).await.unwrap();
    watch.live(2).await;
    assert_eq!(watch.ears.chatted(), ["Resolved: dead_letters (plans)"]);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_06_a_provider_that_takes_nothing_is_told() {
    let watch = Watch::counting();
    watch.world.add(user("ada", "UTC")).await;
    watch.world.put("ada", "home", &[event("Meeting", "2026-11-23T11:00", "UTC")]).await;
    watch.world.sandbox.script_always(Script::answer(Answer::RateLimited));
    watch.world.run_until("2026-11-23T10:44:00Z").await;
    watch.live(16).await;
    assert_eq!(watch.ears.paged(), ["trigger beforehand/provider_failures//1"]);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_06_nothing_planned_for_days_is_told_if_anybody_wants_reminders() {
    let watch = Watch::counting();
    for id in ["ada", "bo"] {
        watch.world.add(user(id, "UTC")).await;
    }
    watch.world.put("ada", "home", &[event("Meeting", "2026-11-23T12:00", "UTC")]).await;
    for day in 24..=26 {
        watch.world.run_until(&format!("2026-11-{day}T12:00:00Z")).await;
        watch.look().await;
        assert_eq!(watch.ears.paged(), [""; 0], "{day}");
    }
    watch.world.run_until("2026-11-27T15:00:00Z").await;
    watch.look().await;
    assert_eq!(watch.ears.paged(), ["trigger beforehand/nothing_planned//1"]);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_06_nothing_planned_is_right_if_everybody_is_outside() {
    let watch = Watch::counting();
    watch.world.add(user("ada", "UTC")).await;
    let off = json!({"on": false}).to_string();
    assert_eq!(watch.world.request(Method::PUT, "/v1/rollout", &off).await.0, 200);
    watch.world.run_until("2026-11-29T12:00:00Z").await;
    watch.look().await;
    assert_eq!(watch.ears.paged(), [""; 0]);
    assert_eq!(watch.state("nothing_planned").await, State::NotEnoughData);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_06_counters_that_are_behind_are_told() {
    let watch = Watch::counting();
    watch.live(1).await;
    watch.world.add(user("ada", "UTC")).await;
    watch.world.put("ada", "home", &[event("Meeting", "2026-11-23T18:00", "UTC")]).await;
    watch.world.settle().await;
    watch.stand(10).await;
    assert_eq!(watch.ears.chatted(), [""; 0]);
    watch.stand(4).await;
    assert_eq!(watch.ears.chatted(), ["Warning: metrics_behind"]);
    watch.live(2).await;
    assert_eq!(watch.ears.chatted(), ["Resolved: metrics_behind"]);
    watch.world.finish().await;
}
