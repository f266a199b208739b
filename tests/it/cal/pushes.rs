//! What Google pushes, and what becomes of it.

use axum::body::Body;
use http::{Method, Request};
use jiff::SignedDuration;
use serde_json::json;
use tests::google_server::{OUR_URL, Push};
use tests::stand_ins::answer;
use tests::world::{World, instant};

use super::connection;
use super::google::{come_back, connected, event, page};

const EVENING: &str = "2026-11-25T03:00:00Z";

/// Delivers a push; what it is answered.
pub(super) async fn deliver(world: &World, push: &Push, body: &'static str) -> u16 {
    let path = push.address.strip_prefix(OUR_URL).expect("it is ours");
    let mut request = Request::post(path);
    for (name, value) in &push.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(body)).unwrap();
    answer(world.system.router(), request).await.0
}

fn with(push: &Push, name: &str, value: &str) -> Push {
    let mut other = push.clone();
    for header in &mut other.headers {
        if header.0 == name {
            value.clone_into(&mut header.1);
        }
    }
    other
}

async fn standup() -> World {
    connected(&[event("a", "Standup", "10:00")]).await
}

/// The push about a change that is made now.
fn moved(world: &World, to: &str) -> Push {
    world.google.pushes();
    world.google.put(event("a", "Standup", to));
    world.google.pushes().pop().expect("it is told")
}

#[tokio::test]
async fn cal_02_a_push_is_followed_within_seconds() {
    let world = standup().await;
    world.run_for(SignedDuration::from_mins(1)).await;
    let push = moved(&world, "14:00");
    assert_eq!(deliver(&world, &push, "").await, 204);
    world.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_11_a_thousand_pushes_in_a_minute_cost_a_handful_of_looks_and_none_is_lost() {
    let world = standup().await;
    world.run_for(SignedDuration::from_mins(1)).await;
    let (before, push) = (world.google.lists(), moved(&world, "11:00"));
    for tenth in 0..600 {
        let hour = 11 + tenth / 200;
        if tenth % 50 == 0 {
            moved(&world, &format!("{hour}:{:02}", tenth / 50));
        }
        assert_eq!(deliver(&world, &push, "").await, 204);
        assert_eq!(deliver(&world, &push, "").await, 204, "repeated");
        if tenth % 10 == 9 {
            world.run_for(SignedDuration::from_secs(1)).await;
        }
    }
    world.run_for(SignedDuration::from_secs(16)).await;
    let lists = world.google.lists() - before;
    // A look that finds a change asks twice: whether, and what.
    assert!(lists <= 2 * 6, "{lists}");
    let expected = ["Standup scheduled 2026-11-24T17:56:00Z"];
    assert_eq!(world.outcomes("ada").await, expected, "the last change is known");
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_12_a_lost_push_is_made_up_for_and_order_does_not_matter() {
    let world = standup().await;
    moved(&world, "14:00");
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    let (first, second) = (moved(&world, "15:00"), moved(&world, "16:00"));
    for push in [&second, &first, &second] {
        assert_eq!(deliver(&world, push, "").await, 204);
        world.run_for(SignedDuration::from_secs(20)).await;
    }
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T20:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_14_what_is_not_ours_is_refused_before_any_work() {
    let world = standup().await;
    let handshake = world.google.pushes().remove(0);
    world.run_for(SignedDuration::from_mins(1)).await;
    let push = moved(&world, "14:00");
    let token = push.headers.iter().find(|(name, _)| *name == "x-goog-channel-token");
    let token = token.unwrap().1.clone();
    let (lists, before) = (world.google.lists(), connection(&world).await);
    let wrong = token.replace(&token[token.len() - 4..], "AAAA");
    assert_eq!(deliver(&world, &with(&push, "x-goog-channel-token", &wrong), "").await, 403);
    assert_eq!(deliver(&world, &with(&push, "x-goog-channel-token", ""), "").await, 403);
    let channel = with(&push, "x-goog-channel-id", "00000000000000000000000000000000");
    assert_eq!(deliver(&world, &channel, "").await, 403, "a token is for one channel");
    let bare = Push { headers: Vec::new(), ..push.clone() };
    assert_eq!(deliver(&world, &bare, "").await, 403);
    assert_eq!(deliver(&world, &handshake, "").await, 204, "ignored");
    assert_eq!(world.request(Method::GET, "/webhooks/google", "").await.0, 405);
    world.run_for(SignedDuration::from_mins(1)).await;
    assert_eq!((world.google.lists(), connection(&world).await), (lists, before));
    // A body where none belongs is not looked at.
    assert_eq!(deliver(&world, &push, "{\"evil\": true}").await, 204);
    world.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_15_a_channel_is_renewed_without_a_gap_and_stopped_with_its_calendar() {
    let world = standup().await;
    let [first] = &world.google.channels()[..] else { panic!("it is watched") };
    assert_eq!(
        connection(&world).await.channel.unwrap().expires_at,
        instant("2026-12-01T13:00:00Z")
    );
    world.run_until("2026-11-29T12:50:00Z").await;
    assert_eq!(&world.google.channels(), std::slice::from_ref(first));
    let old = moved(&world, "14:00");
    world.run_until("2026-11-29T13:20:00Z").await;
    let [second] = &world.google.channels()[..] else { panic!("one took the other's place") };
    assert_ne!(first, second);
    // What the old channel still tells is refused; what the new one tells is heard.
    assert_eq!(deliver(&world, &old, "").await, 404);
    assert_eq!(deliver(&world, &moved(&world, "15:00"), "").await, 204);
    // Connected anew, it has a channel of its own.
    let back = world.google.allow(&page(&world).await);
    assert_eq!(come_back(&world, &back).await.0, 200);
    world.settle().await;
    let last = moved(&world, "16:00");
    let path = "/v1/users/ada/calendars/work";
    assert_eq!(world.request(Method::DELETE, path, "").await.0, 204);
    assert_eq!(world.google.channels(), Vec::<String>::new());
    let lists = world.google.lists();
    assert_eq!(deliver(&world, &last, "").await, 404, "notifications after the stop");
    world.run_for(SignedDuration::from_mins(20)).await;
    assert_eq!(world.google.lists(), lists);
    world.finish().await;
}

#[tokio::test]
async fn cal_15_alr_06_a_channel_that_cannot_be_renewed_costs_no_reminder_and_is_told_of() {
    let world = standup().await;
    world.google.refuse_channels(true);
    world.run_until("2026-12-02T12:00:00Z").await;
    assert_eq!(world.google.channels().len(), 1, "nobody told it to end: only its time is over");
    let now = connection(&world).await;
    assert_eq!((now.channel, now.health.problem), (None, None));
    let (status, told) = world.request(Method::GET, "/v1/alerts", "").await;
    assert_eq!(status, 200);
    assert!(told.contains("calendars_silent"), "{told}");
    let silent = told.split("calendars_silent").nth(1).unwrap_or_default();
    assert!(silent.contains("google"), "{told}");
    // Looks go on, and a channel is had as soon as there may be one.
    world.google.refuse_channels(false);
    let start = "2026-12-02T20:00:00Z".parse::<jiff::Timestamp>().unwrap();
    let mut late = event("b", "Late", "10:00");
    late["start"]["dateTime"] = json!(start.to_string());
    late["end"]["dateTime"] = json!((start + SignedDuration::from_hours(1)).to_string());
    world.google.put(late);
    world.run_until("2026-12-02T12:16:00Z").await;
    assert!(connection(&world).await.channel.is_some());
    world.run_until("2026-12-03T00:00:00Z").await;
    let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(bodies.last().map(String::as_str), Some("Late: in 15 minutes, at 3:00 PM."));
    world.finish().await;
}
