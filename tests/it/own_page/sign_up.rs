//! From the sign-up page to the first reminder, and what it keeps from strangers.

use std::net::SocketAddr;
use std::sync::Arc;

use adapters_embedded::sms_sandbox::InboundOutcome;
use api::{ApiState, Guard};
use app::ports::{ConsentSource, Control as _};
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use domain::texts::Language;
use domain::user::Consent;
use http::{Method, Request, header};
use jiff::SignedDuration;
use tests::browser::Browser;
use tests::events::{calendar, event};
use tests::faults::{Fault, Faults, faulty};
use tests::users::{phone_of, user};
use tests::world::World;

use super::NEW_YORK;
use crate::api::{answer, state};

const ADDRESS: &str = "https://calendar.example/new.ics";

/// Fills the form in and sends it. What the page says.
async fn sign_up(world: &World, whose: &str) -> String {
    let phone = phone_of(whose);
    world.known.add("phone", phone.as_e164());
    let fields =
        [("phone", phone.as_e164()), ("zone", NEW_YORK), ("language", "en"), ("agree", "yes")];
    let answer = Browser::new(world).post("/join", &fields).await;
    assert_eq!(answer.status(), 200, "{}", answer.body());
    let page = answer.into_body();
    world.settle().await;
    page
}

/// What our webhook answered a text.
fn told(outcome: &InboundOutcome) -> &str {
    match &outcome.answer {
        Some(Ok(answer)) => &answer.body,
        other => panic!("{other:?}"),
    }
}

/// The link to a page in a text.
fn link_in(text: &str) -> &str {
    let link = text.split_whitespace().find(|word| word.starts_with("https://"));
    link.expect("a link")
}

#[tokio::test]
async fn api_04_who_signs_up_confirms_connects_a_calendar_and_gets_the_first_text() {
    let world = World::at("2026-11-24T14:00:00Z");
    world.calendars.publish(ADDRESS, calendar(&[event("Dentist", "2026-11-24T14:00", NEW_YORK)]));
    assert!(sign_up(&world, "new").await.contains("Look at your phone"));
    let texts = world.texts_to("new");
    assert_eq!(texts.len(), 1);
    assert!(texts[0].body.contains("reply YES"), "{texts:?}");
    let (_, listed) = world.request(Method::GET, "/v1/users", "").await;
    assert!(listed.contains("\"users\":[]"), "nobody yet: {listed}");

    let answer = world.reply("new", "Yes").await;
    let link = link_in(told(&answer));
    world.known.add("link", link.split_once('?').unwrap().1);
    let mut browser = Browser::new(&world);
    assert_eq!(browser.open(link).await.status(), 200);
    let done = browser.act("/me/calendars", &[("name", "main"), ("address", ADDRESS)]).await;
    assert_eq!(done.headers()[header::LOCATION], "/me/data?done=connected");
    world.settle().await;
    assert!(browser.page("/me").await.contains("Dentist: in 15 minutes"));
    let ics = browser.open("/me/calendar.ics").await;
    assert!(ics.body().contains("TRIGGER;VALUE=DATE-TIME:20261124T184500Z"), "{}", ics.body());

    world.run_until("2026-11-24T19:00:00Z").await;
    let texts: Vec<_> = world.texts_to("new").into_iter().map(|text| text.body).collect();
    assert!(texts.iter().any(|body| body.starts_with("Dentist: in 15 minutes")), "{texts:?}");
    let ledger = world.phone("new").await.ledger;
    let kinds: Vec<_> = ledger.iter().map(|entry| &entry.source).collect();
    let [ConsentSource::SignUpPage { version, words }, ConsentSource::InboundText { .. }] =
        kinds.as_slice()
    else {
        panic!("the agreement, then the text that confirms it: {ledger:?}");
    };
    assert!(words.contains("STOP") && words.contains("10 a day") && !version.is_empty());
    assert!(ledger[0].at <= ledger[1].at);
    world.finish().await;
}

#[tokio::test]
async fn api_02_the_page_tells_nobody_whether_a_number_is_known_and_texts_it_once() {
    let world = World::at("2026-11-24T14:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let known = sign_up(&world, "ada").await;
    let unknown = sign_up(&world, "stranger").await;
    assert_eq!(known, unknown);
    for _ in 0..5 {
        assert_eq!(sign_up(&world, "stranger").await, unknown);
    }
    assert_eq!(world.texts_to("stranger").len(), 1, "at most one in a day");
    // Who is a user already gets the link to their own page, and stays one user.
    let first = world.reply("ada", "YES").await;
    assert!(told(&first).contains("/me/in?"), "{first:?}");
    let again = world.reply("ada", "YES").await;
    assert!(!told(&again).contains("/me/in?"), "once: {again:?}");
    let (_, listed) = world.request(Method::GET, "/v1/users", "").await;
    assert_eq!(listed.matches("\"id\":").count(), 1, "{listed}");
    // Who said STOP is not asked again.
    world.reply("quiet", "STOP").await;
    assert_eq!(sign_up(&world, "quiet").await, unknown);
    assert!(world.texts_to("quiet").iter().all(|text| !text.body.contains("reply YES")));
    world.run_until("2026-11-28T14:00:00Z").await;
    // Too late an answer makes nobody a user.
    world.reply("stranger", "YES").await;
    let (_, listed) = world.request(Method::GET, "/v1/users", "").await;
    assert_eq!(listed.matches("\"id\":").count(), 1, "{listed}");
    world.finish().await;
}

#[tokio::test]
async fn pre_02_nobody_is_asked_at_night_or_after_the_kill_switch() {
    let world = World::at("2026-11-24T03:30:00Z");
    sign_up(&world, "owl").await;
    world.run_until("2026-11-24T12:59:00Z").await;
    assert_eq!(world.texts_to("owl"), [], "22:30 to 8:00 in New York");
    world.run_until("2026-11-24T13:16:00Z").await;
    assert_eq!(world.texts_to("owl").len(), 1);
    let off = "{\"on\": false}";
    let (status, said) = world.request(Method::PUT, "/v1/rollout", off).await;
    assert_eq!(status, 200, "{said}");
    sign_up(&world, "late").await;
    assert_eq!(world.texts_to("late"), []);
    world.finish().await;
}

#[tokio::test]
async fn pre_10_nobody_is_asked_until_clocks_agree() {
    let faults = Arc::new(Faults::default());
    let inside = faults.clone();
    let maker = World::maker("2026-11-24T14:00:00Z");
    let world = maker.ports(move |ports| faulty(&inside, ports)).make();
    faults.skew_store_clock(SignedDuration::from_mins(5));
    sign_up(&world, "new").await;
    world.run_for(SignedDuration::from_mins(5)).await;
    assert_eq!(world.texts_to("new"), []);
    faults.skew_store_clock(SignedDuration::ZERO);
    world.run_for(SignedDuration::from_mins(1)).await;
    assert_eq!(world.texts_to("new").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn del_07_a_repeated_or_failed_look_asks_once() {
    let faults = Arc::new(Faults::default());
    let inside = faults.clone();
    let world = World::at("2026-11-24T14:00:00Z");
    let wrap = move |ports| tests::twice::repeating(faulty(&inside, ports));
    let world = world.restart_with(wrap).await;
    for (whose, port) in [("a", "put_passing_document"), ("b", "document"), ("c", "phone")] {
        faults.fail(port, Fault::Before, 1);
        sign_up(&world, whose).await;
        world.run_for(jiff::SignedDuration::from_mins(5)).await;
        assert_eq!(world.texts_to(whose).len(), 1, "{port}");
    }
    world.finish().await;
}

#[tokio::test]
async fn ops_01_every_language_has_its_sign_up_page_and_says_what_is_missing() {
    let world = World::at("2026-11-24T14:00:00Z");
    for language in Language::ALL {
        let tag = language.tag();
        let page = Browser::new(&world).page(&format!("/join?lang={tag}")).await;
        assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{page}");
        assert!(page.contains("STOP") && page.contains("YES") && !page.contains('{'), "{page}");
        let fields = [("phone", "12"), ("zone", "Mars/Base"), ("language", tag)];
        let answer = Browser::new(&world).post("/join", &fields).await;
        assert_eq!(answer.body().matches("role=\"alert\"").count(), 3, "{}", answer.body());
    }
    world.settle().await;
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn api_01_sign_up_is_off_where_nobody_switched_it_on_and_bounded_by_address_elsewhere() {
    let world = World::at("2026-11-24T14:00:00Z");
    let post = |peer: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = Request::post("/join")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from("phone=1")).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    };
    let closed = api::router(state(&world, None));
    assert_eq!(answer(&closed, post("192.0.2.1:1")).await.status(), 404);
    let guard = Guard { signs_up: true, ..Guard::default() };
    let open = api::router(ApiState { guard, ..state(&world, None) });
    for _ in 0..10 {
        assert_eq!(answer(&open, post("192.0.2.1:1")).await.status(), 200);
    }
    let refused = answer(&open, post("192.0.2.1:2")).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    assert!(refused.body().contains("Too many requests"), "{}", refused.body());
    assert_eq!(answer(&open, post("192.0.2.2:1")).await.status(), 200);
    world.finish().await;
}

#[tokio::test]
async fn api_04_what_waits_for_an_answer_holds_no_number_and_passes() {
    let world = World::at("2026-11-24T14:00:00Z");
    sign_up(&world, "new").await;
    let key = world.settings.phone_keys.key(&phone_of("new"));
    let waiting = world.store.document("sign-up", key.as_str()).await.unwrap().expect("it waits");
    assert!(!waiting.body.as_str().contains(phone_of("new").as_e164()), "{}", waiting.body);
    world.reply("new", "YES").await;
    let after = world.store.document("sign-up", key.as_str()).await.unwrap().expect("kept");
    let holds = |what: &str| after.body.as_str().contains(what);
    assert!(!holds(NEW_YORK) && !holds("STOP"), "{}", after.body);
    assert_eq!(world.phone("new").await.consent, Consent::OptedIn);
    world.finish().await;
}
