//! IN-03: what people think of a text, said with a number.

use adapters_embedded::sms_sandbox::Direction;
use domain::ratings::Rating;
use tests::events::event;
use tests::users::{phone_of, user};
use tests::webhooks::Webhook;
use tests::world::World;

const NEW_YORK: &str = "America/New_York";

/// Ada and Bob share a phone; Ada is texted at 9:52 and Bob at 10:52.
async fn both_texted() -> World {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.add(user("bob", NEW_YORK).sharing_phone_of("ada")).await;
    world.put("ada", "work", &[event("Standup", "2026-11-24T10:07", NEW_YORK)]).await;
    world.put("bob", "work", &[event("Lunch", "2026-11-24T11:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.texts().len(), 2);
    world
}

async fn rating(world: &World, user: &str) -> Option<(u8, Option<String>)> {
    let rating: Option<Rating> = world.reminder(user).await.rating;
    rating.map(|rating| (rating.stars, rating.feedback))
}

fn replies(world: &World) -> Vec<String> {
    let to = phone_of("ada").as_e164().to_owned();
    let replies = world
        .sandbox
        .texts_where(|text| text.to == to && text.direction == Direction::OutboundReply);
    replies.into_iter().map(|text| text.body).collect()
}

#[tokio::test]
async fn in_03_a_number_of_stars_rates_the_latest_text_and_a_second_reply_replaces_it() {
    let world = both_texted().await;
    let before = world.reminder("bob").await;
    world.reply("ada", "4 stars").await;
    assert_eq!(rating(&world, "bob").await, Some((4, None)), "texted last of those who share");
    assert_eq!(rating(&world, "ada").await, None);
    world.reply("ada", "2 came too late, sorry").await;
    let words = Some("came too late, sorry".to_owned());
    assert_eq!(rating(&world, "bob").await, Some((2, words)));
    let after = world.reminder("bob").await;
    assert_eq!((after.state, &after.attempts), (before.state, &before.attempts));
    assert_eq!(after.rating.unwrap().at, world.now());
    assert_eq!(world.reminder("bob").await.trail, before.trail);
    world.finish().await;
}

#[tokio::test]
async fn in_03_thanks_come_at_most_once_a_day() {
    let world = both_texted().await;
    for body in ["4", "5", "3 hm"] {
        world.reply("ada", body).await;
    }
    let replies = replies(&world);
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert!(replies[0].contains("thank you"), "{}", replies[0]);
    world.finish().await;
}

#[tokio::test]
async fn in_03_what_is_no_rating_rates_nothing_and_stop_beside_a_number_is_no_rating() {
    let world = both_texted().await;
    for body in ["9", "4pm works", "4 of us are late", "STOP"] {
        world.reply("ada", body).await;
        assert_eq!(rating(&world, "bob").await, None, "{body}");
    }
    world.finish().await;
}

#[tokio::test]
async fn in_03_nothing_is_rated_before_a_text_or_a_day_after_it_or_by_a_stranger() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Standup", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:51:59Z").await;
    world.reply("ada", "5").await;
    assert_eq!(rating(&world, "ada").await, None, "nothing was texted yet");
    world.run_until("2026-11-24T15:00:00Z").await;
    world.reply("somebody else", "5").await;
    assert_eq!(rating(&world, "ada").await, None, "another number");
    world.run_until("2026-11-25T14:52:01Z").await;
    world.reply("ada", "5").await;
    assert_eq!(rating(&world, "ada").await, None, "too long ago");
    world.finish().await;
}

#[tokio::test]
async fn in_03_a_replayed_rating_does_not_replace_the_one_after_it() {
    let world = both_texted().await;
    let token = world.token().to_owned();
    let said = |sid: &str, body: &str| Webhook::inbound("ada", sid, body).signed(&token);
    let (first, second) = (said("SMone", "1"), said("SMtwo", "5 much better"));
    for webhook in [&first, &second, &first] {
        assert_eq!(webhook.post(world.system.router()).await.0, 200);
    }
    let words = Some("much better".to_owned());
    assert_eq!(rating(&world, "bob").await, Some((5, words)));
    world.finish().await;
}

#[tokio::test]
async fn in_03_the_api_and_why_tell_of_it() {
    let world = both_texted().await;
    world.reply("ada", "4 great, thanks").await;
    let row = world.reminder("bob").await;
    let get = async |path: &str| {
        let (status, body) = world.request(http::Method::GET, path, "").await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let told = get("/v1/users/bob/reminders?date=2026-11-24").await;
    let told = &told["reminders"][0]["rating"];
    assert_eq!(
        (told["stars"].as_u64(), told["feedback"].as_str()),
        (Some(4), Some("great, thanks"))
    );
    let why = get(&format!("/v1/reminders/{}/why", row.id)).await;
    let last = why["steps"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["step"], "rated");
    assert_eq!(last["words"], "Its reader gave it 4 of 5 stars: “great, thanks”");
    world.finish().await;
}
