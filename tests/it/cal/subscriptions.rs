//! What Microsoft pushes, and what becomes of it.

use axum::body::Body;
use http::{Method, Request};
use jiff::SignedDuration;
use tests::google_server::OUR_URL;
use tests::microsoft_server::Push;
use tests::stand_ins::answer;
use tests::world::{World, instant};

use super::connection;
use super::google::come_back;
use super::microsoft::{connected, event, page};

/// Delivers a push; what it is answered.
pub(super) async fn deliver(world: &World, push: &Push) -> (u16, String) {
    let path = push.address.strip_prefix(OUR_URL).expect("it is ours");
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.body(Body::from(push.body.clone())).unwrap();
    answer(world.system.router(), request).await
}

async fn status(world: &World, push: &Push) -> u16 {
    deliver(world, push).await.0
}

async fn standup() -> World {
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    world.run_for(SignedDuration::from_mins(1)).await;
    world
}

/// The push about a change that is made now.
fn moved(world: &World, to: &str) -> Push {
    world.microsoft.pushes();
    world.microsoft.put(event("a", "Standup", to));
    world.microsoft.pushes().pop().expect("it is told")
}

fn news(world: &World, event: &str) -> Push {
    world.microsoft.pushes();
    world.microsoft.lifecycle(event);
    world.microsoft.pushes().pop().expect("it is told")
}

#[tokio::test]
async fn cal_02_a_push_of_microsofts_is_followed_within_seconds() {
    let world = standup().await;
    let push = moved(&world, "14:00");
    assert_eq!(status(&world, &push).await, 202);
    world.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_11_a_thousand_pushes_of_microsofts_cost_a_handful_of_looks() {
    let world = standup().await;
    let (before, push) = (world.microsoft.lists(), moved(&world, "11:00"));
    for tenth in 0..600 {
        let hour = 11 + tenth / 200;
        if tenth % 50 == 0 {
            moved(&world, &format!("{hour}:{:02}", tenth / 50));
        }
        assert_eq!(status(&world, &push).await, 202);
        assert_eq!(status(&world, &push).await, 202, "repeated");
        if tenth % 10 == 9 {
            world.run_for(SignedDuration::from_secs(1)).await;
        }
    }
    world.run_for(SignedDuration::from_secs(16)).await;
    let lists = world.microsoft.lists() - before;
    // A look that finds a change asks twice: whether, and what.
    assert!(lists <= 2 * 6, "{lists}");
    let expected = ["Standup scheduled 2026-11-24T17:56:00Z"];
    assert_eq!(world.outcomes("ada").await, expected, "the last change is known");
    world.finish().await;
}

#[tokio::test]
async fn cal_12_a_lost_push_of_microsofts_is_made_up_for_and_order_does_not_matter() {
    let world = standup().await;
    moved(&world, "14:00");
    world.run_until("2026-11-24T13:15:00Z").await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    let (first, second) = (moved(&world, "15:00"), moved(&world, "16:00"));
    for push in [&second, &first, &second] {
        assert_eq!(status(&world, push).await, 202);
        world.run_for(SignedDuration::from_secs(20)).await;
    }
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T20:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_14_a_handshake_is_echoed_as_a_text_and_nothing_else() {
    let world = connected(&[event("a", "Standup", "10:00")]).await;
    let handshake = world.microsoft.pushes().remove(0);
    let told = "Validation: Testing client application reachability";
    assert_eq!(deliver(&world, &handshake).await, (200, told.to_owned()));
    let of = |token: &str| Push {
        address: format!("{OUR_URL}/webhooks/microsoft?validationToken={token}"),
        body: String::new(),
    };
    let (status_of_markup, text) = deliver(&world, &of("%3Cscript%3E%22%26%27%0A")).await;
    assert_eq!((status_of_markup, &text[..]), (200, "&lt;script&gt;&quot;&amp;&#39;"));
    assert_eq!(status(&world, &of("")).await, 400);
    assert_eq!(status(&world, &of(&"x".repeat(1_025))).await, 400);
    assert_eq!(status(&world, &of(&"x".repeat(1_024))).await, 200);
    world.finish().await;
}

#[tokio::test]
async fn cal_14_what_is_not_of_our_subscription_is_refused_before_any_work() {
    let world = standup().await;
    let push = moved(&world, "14:00");
    let (lists, before) = (world.microsoft.lists(), connection(&world).await);
    let said: serde_json::Value = serde_json::from_str(&push.body).unwrap();
    let token = said["value"][0]["clientState"].as_str().unwrap();
    let with = |body: String| Push { body, ..push.clone() };
    let wrong = token.replace(&token[token.len() - 4..], "AAAA");
    let check = async |push: &Push, expected: u16| {
        assert_eq!(status(&world, push).await, expected, "{push:?}");
    };
    check(&with(push.body.replace(token, &wrong)), 403).await;
    check(&with(push.body.replace("clientState", "client")), 403).await;
    check(&with("{\"value\": []}".to_owned()), 403).await;
    check(&with("{}".to_owned()), 400).await;
    check(&with(String::new()), 400).await;
    check(&with(" ".repeat(300_000)), 413).await;
    let other = push.address.split_once("channel=").unwrap().0;
    let other = format!("{other}channel=00000000000000000000000000000000");
    check(&Push { address: other, ..push.clone() }, 403).await;
    assert_eq!(world.request(Method::GET, "/webhooks/microsoft", "").await.0, 405);
    world.run_for(SignedDuration::from_secs(30)).await;
    assert_eq!((world.microsoft.lists(), connection(&world).await), (lists, before));
    // What is ours is heard, whatever else came with it.
    let mut mixed = said.clone();
    let stranger = serde_json::json!({ "clientState": "a.b.c", "changeType": "updated" });
    mixed["value"].as_array_mut().unwrap().insert(0, stranger);
    check(&with(mixed.to_string()), 202).await;
    world.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_15_a_subscription_is_made_longer_and_ended_with_its_calendar() {
    let world = standup().await;
    let [(first, until)] = &world.microsoft.subscriptions()[..] else { panic!("there is one") };
    assert_eq!(*until, instant("2026-11-27T11:00:00Z"));
    world.run_until("2026-11-25T11:30:00Z").await;
    let [(same, longer)] = &world.microsoft.subscriptions()[..] else { panic!("there is one") };
    assert_eq!(same, first, "it is renewed, not replaced");
    assert!(*longer > instant("2026-11-28T06:00:00Z"), "{longer}");
    assert_eq!(connection(&world).await.channel.unwrap().expires_at, *longer);
    // Connected anew, it has another one.
    let back = world.microsoft.allow(&page(&world).await);
    assert_eq!(come_back(&world, &back).await.0, 200);
    world.settle().await;
    let [(second, _)] = &world.microsoft.subscriptions()[..] else { panic!("one took its place") };
    assert_ne!(first, second);
    let last = moved(&world, "16:00");
    let path = "/v1/users/ada/calendars/work";
    assert_eq!(world.request(Method::DELETE, path, "").await.0, 204);
    assert!(world.microsoft.subscriptions().is_empty());
    let lists = world.microsoft.lists();
    assert_eq!(status(&world, &last).await, 202, "notifications after the end");
    world.run_for(SignedDuration::from_mins(20)).await;
    assert_eq!(world.microsoft.lists(), lists);
    world.finish().await;
}

#[tokio::test]
async fn cal_15_news_of_a_subscription_renew_it_replace_it_or_ask_for_a_look() {
    let world = standup().await;
    let [(first, until)] = &world.microsoft.subscriptions()[..] else { panic!("there is one") };
    world.run_for(SignedDuration::from_mins(10)).await;
    let push = news(&world, "reauthorizationRequired");
    for _ in 0..3 {
        assert_eq!(status(&world, &push).await, 202);
    }
    world.run_for(SignedDuration::from_secs(1)).await;
    let [(same, longer)] = &world.microsoft.subscriptions()[..] else { panic!("there is one") };
    assert_eq!(same, first);
    assert!(longer > until, "{longer}");
    world.run_for(SignedDuration::from_secs(30)).await;
    let push = news(&world, "subscriptionRemoved");
    assert_eq!(status(&world, &push).await, 202);
    assert_eq!(status(&world, &push).await, 202, "repeated");
    world.run_for(SignedDuration::from_secs(1)).await;
    let [(second, _)] = &world.microsoft.subscriptions()[..] else { panic!("there is another") };
    assert_ne!(second, first);
    world.run_for(SignedDuration::from_secs(30)).await;
    // Changes were not told of; that some were missed is.
    moved(&world, "14:00");
    assert_eq!(status(&world, &news(&world, "missed")).await, 202);
    world.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T18:45:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_15_alr_06_a_subscription_that_cannot_be_had_costs_no_reminder_and_is_told_of() {
    let world = standup().await;
    world.microsoft.refuse_subscriptions(true);
    world.run_until("2026-11-28T12:00:00Z").await;
    let now = connection(&world).await;
    assert_eq!((now.channel, now.health.problem), (None, None));
    let (status, told) = world.request(Method::GET, "/v1/alerts", "").await;
    assert_eq!(status, 200);
    let silent = told.split("calendars_silent").nth(1).unwrap_or_default();
    assert!(silent.contains("microsoft"), "{told}");
    world.microsoft.refuse_subscriptions(false);
    world.run_until("2026-11-28T12:16:00Z").await;
    assert!(connection(&world).await.channel.is_some());
    world.finish().await;
}
