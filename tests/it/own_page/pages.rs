//! What people see and do on their own page.

use std::sync::Arc;

use app::users::SettingsChange;
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::texts::Language;
use domain::user::Consent;
use http::{Method, header};
use serde_json::Value;
use tests::browser::Browser;
use tests::events::event;
use tests::faults::{Fault, Faults, faulty};
use tests::users::user;
use tests::world::World;

use super::NEW_YORK;

async fn world() -> World {
    let world = World::at("2026-11-24T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let events = [
        event("Dentist", "2026-11-24T14:00", NEW_YORK),
        event("Lunch", "2026-11-24T12:00", NEW_YORK).with("TRANSP:TRANSPARENT"),
        event("Standup & <b>more</b>", "2026-11-25T09:00", NEW_YORK),
    ];
    world.put("ada", "work", &events).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn ops_01_today_and_tomorrow_are_told_with_texts_and_reasons() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let page = ada.page("/me").await;
    for words in [
        "Text at 1:45 PM",
        "Dentist: in 15 minutes, at 2:00 PM.",
        "Lunch",
        "It is marked as free time.",
        "Standup &amp; &lt;b&gt;more&lt;/b&gt;",
        "Times in America/New_York",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("<b>more"), "titles are strangers' words");
    world.finish().await;
}

#[tokio::test]
async fn ops_01_a_reminder_is_cancelled_on_the_page_for_good() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let id = world.reminder("ada").await.id.to_string();
    let answer = ada.act("/me/act", &[("reminder", &id), ("do", "cancel")]).await;
    let next = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert!(ada.page(&next).await.contains("You will not be texted about this."));
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Cancelled(CancelReason::ByRequest));
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn api_01_a_store_that_does_not_answer_is_told_in_words() {
    let faults = Arc::new(Faults::default());
    let inside = faults.clone();
    let world = world().await.restart_with(move |ports| faulty(&inside, ports)).await;
    let mut ada = Browser::of(&world, "ada").await;
    faults.fail("reminders_between", Fault::Before, 1);
    let answer = ada.open("/me").await;
    assert_eq!(answer.status(), 503);
    let page = answer.body();
    assert!(page.contains("Something went wrong") && page.contains("<html"), "{page}");
    assert_eq!(ada.open("/me").await.status(), 200);
    world.finish().await;
}

#[tokio::test]
async fn ops_01_every_language_has_its_page() {
    let world = world().await;
    let expected = ["Today", "Heute", "Hoy", "Aujourd’hui", "Hoje", "今日"];
    for (language, today) in Language::ALL.into_iter().zip(expected) {
        let change = SettingsChange { language: Some(language), ..SettingsChange::default() };
        world.change("ada", &change).await;
        world.settle().await;
        let mut ada = Browser::of(&world, "ada").await;
        let page = ada.page("/me").await;
        let lang = format!("<html lang=\"{}\">", language.tag());
        assert!(page.contains(&lang) && page.contains(today), "{language:?}: {page}");
        for address in ["/me/settings", "/me/data"] {
            let page = ada.page(address).await;
            assert!(page.contains(&lang) && !page.contains('{'), "{language:?} {address}: {page}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn api_04_consent_is_withdrawn_on_the_page_and_comes_back_only_as_it_went() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    assert!(ada.page("/me/data").await.contains("are on."));
    assert_eq!(ada.act("/me/consent", &[("do", "out")]).await.status(), 303);
    assert_eq!(world.phone("ada").await.consent, Consent::OptedOut);
    assert_eq!(world.reminder("ada").await.state, State::Cancelled(CancelReason::OptedOut));
    assert_eq!(ada.act("/me/consent", &[("do", "in")]).await.status(), 303);
    world.settle().await;
    assert_eq!(world.reminder("ada").await.state, State::Scheduled, "restored");
    // After a STOP from the phone, only the phone brings it back.
    world.reply("ada", "STOP").await;
    let page = ada.page("/me/data").await;
    assert!(page.contains("send START") && !page.contains("value=\"in\""), "{page}");
    ada.act("/me/consent", &[("do", "in")]).await;
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(world.phone("ada").await.consent, Consent::OptedOut);
    assert!(world.texts_to("ada").iter().all(|text| !text.body.contains("Dentist")));
    let ledger = world.phone("ada").await.ledger;
    assert_eq!(ledger.len(), 4, "every change with its time and source: {ledger:?}");
    world.finish().await;
}

#[tokio::test]
async fn api_04_everything_is_taken_along_and_erased_on_the_page() {
    let world = world().await;
    let mut ada = Browser::of(&world, "ada").await;
    let answer = ada.open("/me/export").await;
    let kind = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(kind.starts_with("attachment"), "{kind}");
    let export: Value = serde_json::from_str(answer.body()).unwrap();
    let (_, same) = world.request(Method::GET, "/v1/users/ada/export", "").await;
    assert_eq!(export, serde_json::from_str::<Value>(&same).unwrap());
    // Not without being sure.
    assert_eq!(ada.act("/me/erase", &[]).await.status(), 303);
    assert_eq!(world.request(Method::GET, "/v1/users/ada", "").await.0, 200);
    let answer = ada.act("/me/erase", &[("sure", "yes")]).await;
    assert!(answer.body().contains("Everything is erased"), "{}", answer.body());
    assert_eq!(world.request(Method::GET, "/v1/users/ada", "").await.0, 404);
    assert_eq!(ada.open("/me").await.status(), 404);
    world.run_until("2026-11-25T20:00:00Z").await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}
