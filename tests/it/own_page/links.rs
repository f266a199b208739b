//! API-02 and SEC-01 of links: what opens, and what does not, which all looks the same.

use domain::ids::{ReminderId, UserId};
use http::{Method, header};
use jiff::SignedDuration;
use tests::browser::{Browser, form_token, page_link, reminder_link};
use tests::events::event;
use tests::users::user;
use tests::world::World;

use super::NEW_YORK;

async fn two() -> World {
    let world = World::at("2026-11-24T12:00:00Z");
    for (id, title) in [("ada", "Biopsy"), ("bob", "Interview")] {
        world.add(user(id, NEW_YORK).leads(&[30])).await;
        world.put(id, "work", &[event(title, "2026-11-24T14:00", NEW_YORK)]).await;
    }
    world.settle().await;
    world
}

#[tokio::test]
async fn api_02_whatever_is_wrong_with_a_link_the_answer_is_the_same() {
    let world = two().await;
    let now = world.now();
    let day = SignedDuration::from_hours(24);
    let (ada, bob) = (UserId::parse("ada").unwrap(), world.reminder("bob").await.id);
    let links = &world.settings.pages.links;
    let good = page_link(&world, "ada").await;
    let good = good.split_once('?').unwrap().1;
    let reminder = reminder_link(&world, world.reminder("ada").await.id).await;
    let reminder = reminder.split_once('?').unwrap().1;
    let purpose = app::links::Purpose::SignIn;
    let mut bad = vec![
        "/me/in".to_owned(),
        "/me/in?".to_owned(),
        "/r".to_owned(),
        "/me".to_owned(),
        "/me/settings".to_owned(),
        "/me/data".to_owned(),
        "/me/export".to_owned(),
        format!("/me/in?{}", links.page(purpose, &ada, now)),
        format!("/me/in?{}", links.page(app::links::Purpose::Session, &ada, now + day)),
        format!("/me/in?{}", links.page(purpose, &UserId::parse("nobody").unwrap(), now + day)),
        format!("/me/in?{}x", &good[..good.len() - 1]),
        format!("/me/in?{reminder}"),
        format!("/r?{good}"),
        // Bob's reminder, signed as Ada's; one that is nobody's; one that is over.
        format!("/r?{}", links.reminder(&ada, bob, now + day)),
        format!("/r?{}", links.reminder(&ada, ReminderId::from_bytes([7; 16]), now + day)),
        format!("/r?{}", links.reminder(&ada, world.reminder("ada").await.id, now - day)),
        format!("/r?A{}", &reminder[1..]),
        format!("/r?{}", &reminder[..reminder.len() - 4]),
        "/r?%00%ff".to_owned(),
        format!("/r?{}", "A".repeat(4_000)),
    ];
    let other = app::links::Links::new(b"another secret");
    bad.push(format!("/me/in?{}", other.page(purpose, &ada, now + day)));
    let mut browser = Browser::new(&world);
    let first = browser.open(&bad[0]).await;
    assert_eq!(first.status(), 404);
    assert!(first.body().contains("This link does not work"), "{}", first.body());
    for address in &bad {
        let answer = browser.open(address).await;
        let found = (answer.status().as_u16(), answer.body());
        assert_eq!(found, (404, first.body()), "{address}");
        assert!(answer.headers().get(header::SET_COOKIE).is_none(), "{address}");
    }
    world.finish().await;
}

#[tokio::test]
async fn api_02_a_page_shows_and_changes_what_is_its_own_and_nothing_else() {
    let world = two().await;
    let bob = world.reminder("bob").await;
    let mut ada = Browser::of(&world, "ada").await;
    for address in ["/me", "/me/settings", "/me/data", "/me/export"] {
        let page = ada.page(address).await;
        assert!(!page.contains("Interview") && !page.contains("bob"), "{address}: {page}");
    }
    assert!(ada.page("/me").await.contains("Biopsy"));
    let id = bob.id.to_string();
    for wish in ["cancel", "snooze-5", "seen", "rate-1"] {
        let answer = ada.act("/me/act", &[("reminder", &id), ("do", wish)]).await;
        assert_eq!(answer.status(), 404, "{wish}");
    }
    // Nor does a cookie help that somebody made up, or a form of another session.
    let mut browser = Browser::of(&world, "bob").await;
    let theirs = form_token(&browser.page("/me/data").await);
    let fields = [("reminder", id.as_str()), ("do", "cancel"), ("token", theirs.as_str())];
    assert_eq!(ada.post("/me/act", &fields).await.status(), 403);
    browser.cookie = Some("beforehand=ada".to_owned());
    assert_eq!(browser.open("/me").await.status(), 404);
    assert_eq!(world.reminder("bob").await, bob, "nothing was changed");
    world.finish().await;
}

#[tokio::test]
async fn sec_01_what_another_site_sends_is_refused_and_cookies_are_kept_close() {
    let world = two().await;
    let mut ada = Browser::new(&world);
    let opened = ada.open(&page_link(&world, "ada").await).await;
    let cookie = opened.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/me", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let page = ada.open("/me/data").await;
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(page.headers()[header::REFERRER_POLICY], "same-origin");
    let token = form_token(page.body());
    let fields = [("token", token.as_str()), ("sure", "yes")];
    let link = reminder_link(&world, world.reminder("ada").await.id).await;
    for address in ["/me/erase", "/me/consent", "/me/settings", &link] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("accept", "text/html"),
        ] {
            let answer = ada.post_as(address, &fields, |request| request.header(name, value)).await;
            assert_eq!(answer.status(), 403, "{address} {name}: {value}");
        }
    }
    // From our own address, but without the token of the session.
    for address in ["/me/erase", "/me/consent", "/me/settings", "/me/settings/preview", "/me/out"] {
        assert_eq!(ada.post(address, &[("sure", "yes")]).await.status(), 403, "{address}");
    }
    assert_eq!(world.request(Method::GET, "/v1/users/ada", "").await.0, 200, "she is still there");
    world.finish().await;
}

#[tokio::test]
async fn txt_03_texts_carry_a_link_where_that_is_wished_and_costs_no_segment() {
    let world = World::maker("2026-11-24T12:00:00Z").with_links_in_texts().make();
    world.add(user("ada", NEW_YORK).leads(&[30])).await;
    let long = "Quarterly planning with everybody who was there the last time, and their guests";
    let own = "https://zoom.us/j/98765432109?pwd=aVeryLongPasswordThatTakesItsRoom0123456789";
    let events = [
        event("Dentist", "2026-11-24T10:00", NEW_YORK).with("LOCATION:Room 4"),
        event(long, "2026-11-24T11:00", NEW_YORK),
        event("Review", "2026-11-24T12:00", NEW_YORK).with(&format!("LOCATION:{own}")),
        event("歯医者の予約", "2026-11-24T13:00", NEW_YORK),
    ];
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T20:00:00Z").await;
    let texts: Vec<_> = world.texts_to("ada").into_iter().map(|text| text.body).collect();
    let [dentist, planning, review, foreign] = &texts[..] else { panic!("{texts:?}") };
    let first = "Dentist: in 30 minutes, first of 4 meetings from 10:00 AM. Room 4. \
                 https://reminders.test/r?";
    assert!(dentist.starts_with(first), "{dentist}");
    assert!(planning.contains("at 11:00 AM. https://reminders.test/r?"), "{planning}");
    assert!(planning.starts_with("Quarterly planning") && planning.contains("..."), "{planning}");
    assert!(review.contains(own) && !review.contains("/r?"), "its own link goes first: {review}");
    assert!(!foreign.contains("/r?"), "no segment is paid for it: {foreign}");
    for text in &texts {
        assert_eq!(domain::segments::count(text).segments, 1, "{text}");
    }
    // It opens what it came with.
    let link = dentist.split_once("https://reminders.test").unwrap().1;
    world.known.add("link", link);
    let page = Browser::new(&world).page(link).await;
    assert!(page.contains("Dentist"), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn sec_01_a_session_ends_after_half_a_day_or_when_its_person_leaves() {
    let world = two().await;
    let link = page_link(&world, "ada").await;
    let mut ada = Browser::new(&world);
    ada.open(&link).await;
    world.run_for(SignedDuration::from_hours(11)).await;
    assert_eq!(ada.open("/me").await.status(), 200);
    world.run_for(SignedDuration::from_hours(2)).await;
    assert_eq!(ada.open("/me").await.status(), 404, "the session is over");
    assert_eq!(ada.open(&link).await.status(), 200, "the link is not");
    assert_eq!(ada.open("/me").await.status(), 200);
    let answer = ada.act("/me/out", &[]).await;
    assert!(answer.body().contains("You are signed out"), "{}", answer.body());
    assert_eq!(ada.open("/me").await.status(), 404);
    world.run_for(SignedDuration::from_hours(12)).await;
    assert_eq!(ada.open(&link).await.status(), 404, "now the link is over, too");
    world.finish().await;
}
