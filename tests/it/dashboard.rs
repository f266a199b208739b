//! The operators' dashboard: who may see it, what it shows, and that it can be used without
//! scripts.

mod figures;
mod operations;

use std::sync::Arc;

use api::SecretToken;
use app::ports::{AlertFigures, Contribution, Globally};
use axum::Router;
use axum::body::Body;
use beforehand::system::{Ports, System, Tick};
use domain::figures::{Counts, Dimension};
use domain::ids::ReminderId;
use domain::statistics::Share;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use tests::alerts::SaidFigures;
use tests::events::{calendar, event};
use tests::users::user;
use tests::world::{World, user_id};
use tower::ServiceExt;

const TOKEN: &str = "correct-horse-battery";
const HOST: &str = "ops.test";

/// The pages of a world, behind a token.
fn guarded(world: &World) -> Router {
    let mut settings = world.settings.clone();
    settings.operator_token = Some(SecretToken::parse(TOKEN).unwrap());
    let queues = world.system.queues().clone();
    System::new(&world.ports, queues, settings).router()
}

/// A browser, as far as it matters here: what it sends along, and the cookie it keeps.
struct Browser {
    router: Router,
    cookie: Option<String>,
}

impl Browser {
    fn of(world: &World) -> Self {
        Self { router: guarded(world), cookie: None }
    }

    async fn signed_in(world: &World) -> Self {
        let mut browser = Self::of(world);
        let answer = browser.sign_in(TOKEN).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.body());
        browser
    }

    async fn sign_in(&mut self, token: &str) -> Response<String> {
        let form = format!("token={token}");
        let answer = self.post("/dashboard/sign-in", &form, "same-origin").await;
        if let Some(cookie) = answer.headers().get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        }
        answer
    }

    async fn get(&self, path: &str) -> Response<String> {
        self.send(Request::get(path), "").await
    }

    /// A page that must be there.
    async fn read(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), 200, "{path}: {}", answer.body());
        answer.into_body()
    }

    async fn post(&self, path: &str, form: &str, from: &str) -> Response<String> {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", from);
        self.send(request, form).await
    }

    async fn send(&self, request: http::request::Builder, body: &str) -> Response<String> {
        let mut request = request.header(header::HOST, HOST);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("theme=dark; {cookie}"));
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Response::from_parts(parts, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

/// What stands in a page, without its tags.
fn words(page: &str) -> String {
    let mut words = String::new();
    let mut is_tag = false;
    for c in page.chars() {
        match c {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                words.push(' ');
            }
            c if !is_tag => words.push(c),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The links of a page that begin so, with what they say.
fn links(page: &str, begins: &str) -> Vec<(String, String)> {
    let open = format!("<a href=\"{begins}");
    let found = page.split(open.as_str()).skip(1).map(|rest| {
        let (address, rest) = rest.split_once('"').unwrap();
        let says = rest.split_once('>').unwrap().1.split("</a>").next().unwrap();
        (format!("{begins}{}", address.replace("&amp;", "&")), words(says))
    });
    found.collect()
}

/// A day with texts that arrived, one that did not, one in quiet hours, and one ahead.
async fn a_day() -> World {
    let world = World::at("2026-11-23T06:00:00Z");
    for name in ["ada", "bob"] {
        world.add(user(name, "UTC")).await;
        let events = [
            event("Late show", "2026-11-23T07:00", "UTC"),
            event("Breakfast", "2026-11-23T10:00", "UTC"),
            event("Lunch", "2026-11-23T12:00", "UTC"),
            event("Dinner", "2026-11-23T19:00", "UTC"),
        ];
        world.put(name, "home", &events).await;
    }
    world.run_until("2026-11-23T15:00:00Z").await;
    world
}

#[tokio::test]
async fn only_operators_see_the_dashboard() {
    let world = a_day().await;
    let mut browser = Browser::of(&world);
    for path in ["", "/main", "/behind?of=sent&from=2026-11-23&to=2026-11-23", "/reminders/0"] {
        let answer = browser.get(&format!("/dashboard{path}")).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert!(answer.body().contains("name=\"token\""), "{path}: it asks for the token");
        assert!(!answer.body().contains("Breakfast") && !answer.body().contains("ada"), "{path}");
    }
    let refused = browser.sign_in("wrong-horse-battery").await;
    assert_eq!(refused.status(), 401);
    assert_eq!(browser.cookie, None, "a wrong token opens nothing");
    let answer = browser.sign_in(TOKEN).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/dashboard"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("horse"), "the token itself stays here");
    browser.read("/dashboard").await;
    // The cookie opens pages, and no operation of the API.
    assert_eq!(browser.get("/v1/users").await.status(), 401);
    // After its day it opens nothing.
    world.run_for(SignedDuration::from_hours(25)).await;
    assert_eq!(browser.get("/dashboard").await.status(), 401);
    let bare = Browser::of(&world);
    let request =
        Request::get("/dashboard").header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
    assert_eq!(bare.send(request, "").await.status(), 200, "a program's header opens it too");
    world.finish().await;
}

#[tokio::test]
async fn a_link_of_another_site_is_asked_again_by_our_own_page() {
    let world = World::at("2026-11-23T06:00:00Z");
    let browser = Browser::of(&world);
    let request = Request::get("/dashboard").header("sec-fetch-site", "cross-site");
    let answer = browser.send(request, "").await;
    // A browser kept its strict cookie to itself; it sends it when this page asks.
    assert!(answer.body().contains("http-equiv=\"refresh\" content=\"0\""), "{}", answer.body());
    let request = Request::get("/dashboard").header("sec-fetch-site", "same-origin");
    let answer = browser.send(request, "").await;
    assert!(answer.body().contains("name=\"token\""), "and then it asks for the token");
    world.finish().await;
}

#[tokio::test]
async fn a_strict_policy_says_what_pages_may_load_and_they_hold_to_it() {
    let world = a_day().await;
    let browser = Browser::signed_in(&world).await;
    let strict = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
        img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let paths = ["/dashboard", "/dashboard/main", "/dashboard/nothing", "/dashboard/reminders/0"];
    for path in paths {
        let answer = browser.get(path).await;
        if path == "/dashboard/nothing" {
            continue;
        }
        assert_eq!(answer.headers()[header::CONTENT_SECURITY_POLICY], strict, "{path}");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store", "{path}");
        let page = answer.body();
        for inline in ["style=", "onclick=", "<style", "javascript:"] {
            assert!(!page.contains(inline), "{path} holds {inline}");
        }
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/dashboard/assets/"), "{script}");
        }
    }
    let page = browser.read("/dashboard").await;
    for asset in page.split("href=\"/dashboard/assets/").skip(1) {
        let path = asset.split('"').next().unwrap();
        let answer = browser.get(&format!("/dashboard/assets/{path}")).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
    world.finish().await;
}

#[tokio::test]
async fn without_scripts_one_reads_from_the_numbers_to_the_reasons() {
    let world = a_day().await;
    let browser = Browser::signed_in(&world).await;
    let page = browser.read("/dashboard").await;
    let read = words(&page);
    for told in ["From plan to phone", "Lateness and time to the phone", "Day by day", "Rollout"] {
        assert!(read.contains(told), "{told}: {read}");
    }
    assert!(page.matches("<svg").count() >= 5, "charts are in the page itself");
    // Every number of today is that of the API, and of the list behind it.
    let counted = world.request(Method::GET, "/v1/metrics?from=2026-11-23", "").await.1;
    let counted: serde_json::Value = serde_json::from_str(&counted).unwrap();
    let mut followed = 0;
    for (address, says) in links(&page, "/dashboard/behind?of=") {
        let (of, span) = address.split_once("of=").unwrap().1.split_once('&').unwrap();
        if span != "from=2026-11-23&to=2026-11-23" {
            continue;
        }
        let list = browser.read(&address).await;
        let rows = links(&list, "/dashboard/reminders/").len();
        assert_eq!(says, rows.to_string(), "{address}");
        if let Some(count) = counted["days"][0].get(of) {
            assert_eq!(says, count.to_string(), "{address}");
            followed += 1;
        }
    }
    assert!(followed >= 4, "planned, sent, delivered, scheduled");
    let sent = "/dashboard/behind?of=delivered&from=2026-11-23&to=2026-11-23";
    let list = browser.read(sent).await;
    let (why, _) = links(&list, "/dashboard/reminders/").remove(0);
    let why = words(&browser.read(&why).await);
    assert!(why.contains("What happened") && why.contains("delivered"), "{why}");
    world.finish().await;
}

#[tokio::test]
async fn lists_go_on_from_user_to_user_and_refuse_what_nobody_counts() {
    let world = World::at("2026-11-23T06:00:00Z");
    for n in 0..60 {
        let name = format!("user-{n:03}");
        world.add(user(&name, "UTC")).await;
        let events: Vec<_> = (10..14)
            .map(|hour| event("Meeting", &format!("2026-11-23T{hour}:00"), "UTC"))
            .collect();
        world.put_text(&name, "home", &calendar(&events)).await;
    }
    world.settle().await;
    let browser = Browser::signed_in(&world).await;
    let mut address = Some("/dashboard/behind?of=planned&from=2026-11-23&to=2026-11-23".to_owned());
    let (mut rows, mut pages) = (0, 0);
    while let Some(next) = address {
        let page = browser.read(&next).await;
        rows += links(&page, "/dashboard/reminders/").len();
        pages += 1;
        let further = page.split("class=\"button\" href=\"").nth(1);
        address = further.map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"));
    }
    assert_eq!((rows, pages), (240, 2));
    for bad in [
        "of=nonsense&from=2026-11-23&to=2026-11-23",
        "of=sent&from=2026-11-23&to=2026-11-22",
        "of=sent&from=2026-01-01&to=2026-11-22",
        "of=sent&from=yesterday&to=2026-11-22",
        "of=sent&from=2026-11-23&to=2026-11-23&in=planet:mars",
    ] {
        let answer = browser.get(&format!("/dashboard/behind?{bad}")).await;
        assert_eq!(answer.status(), 422, "{bad}: {}", words(answer.body()));
    }
    world.finish().await;
}

#[tokio::test]
async fn an_alert_is_looked_after_by_a_form_and_only_from_our_own_pages() {
    let figures = Arc::<SaidFigures>::default();
    let said = figures.clone();
    let maker = World::maker("2026-11-23T10:00:00Z");
    let world = maker.ports(move |ports| Ports { figures: said, ..ports }).make();
    figures.say(AlertFigures { delivered: vec![Share::new(80, 100)], ..AlertFigures::default() });
    for _ in 0..12 {
        world.run_for(SignedDuration::from_mins(1)).await;
        world.system.fire(Tick::Monitor).await;
    }
    let browser = Browser::signed_in(&world).await;
    let page = browser.read("/dashboard").await;
    let form = "<form class=\"acknowledge\" method=\"post\" \
        action=\"/dashboard/alerts/delivery_rate_low/acknowledge\">";
    assert!(page.contains(form), "{page}");
    assert!(page.contains("id=\"delivery_rate_low\""), "alerts link to it");
    assert!(words(&page).contains("1 critical alert is open"), "{}", words(&page));

    let path = "/dashboard/alerts/delivery_rate_low/acknowledge";
    for site in ["cross-site", "same-site", "none"] {
        let answer = browser.post(path, "by=mallory", site).await;
        assert_eq!(answer.status(), 403, "{site}");
    }
    let bare =
        Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_eq!(browser.send(bare, "by=mallory").await.status(), 403, "nobody says who sent it");
    let foreign = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "https://evil.test");
    assert_eq!(browser.send(foreign, "by=mallory").await.status(), 403);
    let stranger = Browser::of(&world).post(path, "by=mallory", "same-origin").await;
    assert_eq!(stranger.status(), 401);
    assert!(!browser.read("/dashboard").await.contains("mallory"), "nothing was done");

    assert_eq!(browser.post(path, "by=", "same-origin").await.status(), 422);
    let answer = browser.post(path, "by=ann", "same-origin").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.body());
    assert_eq!(answer.headers()[header::LOCATION], "/dashboard#delivery_rate_low");
    let page = browser.read("/dashboard").await;
    assert!(words(&page).contains("ann looks after it"), "{}", words(&page));
    assert!(!page.contains(form), "it needs no second");
    assert_eq!(browser.post(path, "by=bo", "same-origin").await.status(), 409);
    let unknown = "/dashboard/alerts/no_such_rule/acknowledge";
    assert_eq!(browser.post(unknown, "by=bo", "same-origin").await.status(), 404);
    world.finish().await;
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away() {
    let world = World::at("2026-11-23T06:00:00Z");
    let browser = Browser::signed_in(&world).await;
    let answer = browser.post("/dashboard/sign-out", "", "same-origin").await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    world.finish().await;
}

/// A month of figures as large as they come: every number has many digits, every hour has texts.
async fn count_a_month(world: &World) {
    let metrics = &world.stores.metrics;
    let user = user_id("ada");
    for hour in 0..30 * 24_i64 {
        let hour_at = world.now() - SignedDuration::from_hours(hour);
        let hour_at = domain::figures::hour_at(hour_at);
        let mut counts = Counts::new();
        for name in ["planned", "posted", "delivered", "undelivered", "skipped", "texts", "late"] {
            counts.insert(name.to_owned(), 1_000 + hour);
        }
        for reason in ["quiet_until_after_start", "too_late", "already_begun", "budget"] {
            counts.insert(format!("skipped.{reason}"), 1_000 + hour);
        }
        for code in [30_003, 30_004, 30_005, 30_006, 30_007, 30_008, 30_034, 21_610, 21_614, 1] {
            counts.insert(domain::figures::names::code(code), 1_000 + hour);
        }
        for sketch in ["d", "l"] {
            counts.insert(format!("{sketch}~{}", 100 + hour % 200), 1_000);
            counts.insert(format!("{sketch}.sum"), 5_000_000);
        }
        let dimensions = ["all", "source:template", "source:model", "country:US"];
        let globally = Globally {
            hour_at,
            dimensions: dimensions.map(|name| Dimension::parse(name).unwrap()).to_vec(),
        };
        let on = domain::time::utc_date(hour_at);
        let counts = counts.into_iter().collect();
        let contribution = Contribution { on, counts, globally: Some(globally), edition: 1 };
        let id = ReminderId::parse(&format!("{hour:032x}")).unwrap();
        metrics.replace_contribution(&user, id, 1, &contribution).await.unwrap();
    }
}

#[tokio::test]
async fn the_page_of_a_busy_month_is_small() {
    let world = World::at("2026-11-23T23:30:00Z");
    world.add(user("ada", "UTC")).await;
    world.system.fire(Tick::Monitor).await;
    count_a_month(&world).await;
    let browser = Browser::signed_in(&world).await;
    let page = browser.read("/dashboard").await;
    assert!(page.len() < 200 * 1024, "{} bytes", page.len());
    let read = words(&page);
    assert!(read.contains("24 276") && read.contains("978 840"), "{read}");
    // What was counted here has no reminders.
    let metrics = &world.stores.metrics;
    for hour in 0..30 * 24_i64 {
        let id = ReminderId::parse(&format!("{hour:032x}")).unwrap();
        let on = domain::time::utc_date(world.now());
        let none = Contribution { on, counts: Vec::new(), globally: None, edition: 0 };
        metrics.replace_contribution(&user_id("ada"), id, 2, &none).await.unwrap();
    }
    world.finish().await;
}
