//! People prove with a code that a phone is theirs.

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, Direction};
use app::users::SettingsChange;
use domain::reminder::State;
use http::{Method, header};
use jiff::SignedDuration;
use serde_json::Value;
use tests::browser::Browser;
use tests::events::event;
use tests::faults::{Fault, Faults, faulty};
use tests::users::{phone_of, user};
use tests::world::World;

const NEW_YORK: &str = "America/New_York";

const SEND: &str = "/v1/users/ada/phone/code";
const CHECK: &str = "/v1/users/ada/phone/code/check";

/// Ada's number was never confirmed, and she has a meeting in the afternoon.
async fn unconfirmed() -> World {
    let world = World::at("2026-11-24T15:00:00Z");
    world.add(user("ada", NEW_YORK).unverified()).await;
    world.put("ada", "work", &[event("Dentist", "2026-11-24T14:00", NEW_YORK)]).await;
    world.settle().await;
    world
}

/// The codes on a user's phone, oldest first.
fn codes(world: &World, owner: &str) -> Vec<String> {
    let to = phone_of(owner).as_e164().to_owned();
    let sent = world.sandbox.texts_where(|it| it.to == to && it.direction == Direction::Code);
    sent.iter().filter_map(|text| text.body.rsplit(' ').next()).map(str::to_owned).collect()
}

async fn send(world: &World) -> u16 {
    world.request(Method::POST, SEND, "").await.0
}

async fn check(world: &World, code: &str) -> (u16, String) {
    world.request(Method::POST, CHECK, &format!("{{\"code\": \"{code}\"}}")).await
}

/// A code that is none of these.
fn another(codes: &[String]) -> &'static str {
    if codes.iter().any(|code| code == "000000") { "111111" } else { "000000" }
}

#[tokio::test]
async fn whoever_enters_the_code_that_was_sent_is_texted() {
    let world = unconfirmed().await;
    assert_eq!(send(&world).await, 202);
    world.run_for(SignedDuration::from_secs(10)).await;
    let sent = codes(&world, "ada");
    assert_eq!((sent.len(), sent[0].len()), (1, 6));
    let (status, said) = check(&world, another(&sent)).await;
    assert_eq!(status, 422, "{said}");
    let (status, said) = check(&world, &sent[0]).await;
    assert_eq!(status, 200, "{said}");
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["verified"], true);
    assert_eq!(send(&world).await, 409, "the number is verified");
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes_and_for_the_number_it_went_to() {
    let world = unconfirmed().await;
    assert_eq!(check(&world, "123456").await.0, 409, "none was sent");
    assert_eq!(send(&world).await, 202);
    world.run_for(SignedDuration::from_mins(11)).await;
    assert_eq!(check(&world, &codes(&world, "ada")[0]).await.0, 409);
    assert_eq!(send(&world).await, 202);
    let code = codes(&world, "ada")[1].clone();
    let phone = Some(phone_of("another phone of ada's"));
    let change = SettingsChange { phone, ..SettingsChange::default() };
    world.change("ada", &change).await;
    assert_eq!(check(&world, &code).await.0, 409, "no code went to the new number");
    world.finish().await;
}

#[tokio::test]
async fn in_a_day_only_a_few_codes_are_sent_and_tried_whoever_asks() {
    let world = unconfirmed().await;
    world.add(user("bob", NEW_YORK).unverified().sharing_phone_of("ada")).await;
    for n in 0..5 {
        assert_eq!(send(&world).await, 202, "{n}");
        world.run_for(SignedDuration::from_mins(11)).await;
    }
    let (status, said) = world.request(Method::POST, SEND, "").await;
    assert_eq!(status, 429, "{said}");
    let of_bob = world.request(Method::POST, "/v1/users/bob/phone/code", "").await.0;
    assert_eq!(of_bob, 429, "it is the same phone");
    let wrong = another(&codes(&world, "ada"));
    let mut tried = 0;
    while check(&world, wrong).await.0 != 429 {
        tried += 1;
    }
    assert_eq!(tried, 15);
    world.run_for(SignedDuration::from_hours(24)).await;
    assert_eq!(send(&world).await, 202, "tomorrow is another day");
    assert_eq!(codes(&world, "ada").len(), 6);
    world.finish().await;
}

#[tokio::test]
async fn a_number_that_opted_out_gets_no_code() {
    let world = unconfirmed().await;
    world.text_us("ada", "STOP").await;
    assert_eq!(send(&world).await, 409);
    assert!(codes(&world, "ada").is_empty());
    world.text_us("ada", "START").await;
    assert_eq!(send(&world).await, 202);
    world.finish().await;
}

#[tokio::test]
async fn a_store_that_cannot_count_lets_no_code_out() {
    let faults = Arc::new(Faults::default());
    let inside = faults.clone();
    let world = unconfirmed().await.restart_with(move |ports| faulty(&inside, ports)).await;
    faults.fail("Control::put_passing_document", Fault::Before, 100);
    assert_eq!(send(&world).await, 503);
    assert!(codes(&world, "ada").is_empty());
    faults.stop();
    assert_eq!(send(&world).await, 202);
    world.finish().await;
}

#[tokio::test]
async fn a_code_is_asked_for_and_entered_on_ones_own_page() {
    let world = unconfirmed().await;
    let mut ada = Browser::of(&world, "ada").await;
    assert!(ada.page("/me/data").await.contains("Nobody has confirmed yet"));
    let answer = ada.act("/me/phone", &[("do", "send")]).await;
    let next = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert!(ada.page(&next).await.contains("A code is on its way to your phone."));
    let sent = codes(&world, "ada");
    let wrong = [("do", "check"), ("code", another(&sent))];
    let answer = ada.act("/me/phone", &wrong).await;
    assert_eq!(answer.headers()[header::LOCATION], "/me/data?done=code-wrong");
    let (first, last) = sent[0].split_at(3);
    let answer =
        ada.act("/me/phone", &[("do", "check"), ("code", &format!(" {first} {last}"))]).await;
    let next = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let page = ada.page(&next).await;
    assert!(page.contains("Your number is confirmed.") && !page.contains("Nobody has confirmed"));
    world.finish().await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_told_and_nothing_is_known() {
    let world = unconfirmed().await;
    world.sandbox.script_reads(Answer::Lost { processed: true }, 1);
    assert_eq!(send(&world).await, 503);
    assert_eq!(send(&world).await, 202);
    world.finish().await;
}
