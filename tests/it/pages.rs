//! The local web pages through their router: what they show, what their forms do, and who is
//! turned away.

use std::net::SocketAddr;
use std::sync::Arc;

use adapters_embedded::clock::ControlledClock;
use app::ports::Clock;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use beforehand::pages::{self, Desk, Door, FormToken, PagesState};
use beforehand::system::LocalClock;
use domain::reminder::State;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use tests::events::event;
use tests::stand_ins::InProcessWebhooks;
use tests::users::{phone_of, user};
use tests::world::{SENDER, World, instant};
use tower::ServiceExt;

const NEW_YORK: &str = "America/New_York";

/// What [`FormToken`] makes of the bytes that [`Site`] gives it.
const TOKEN: &str = "07070707070707070707070707070707";

/// The pages of a world.
struct Site {
    router: Router,
    state: PagesState,
    clock: ControlledClock,
}

impl Site {
    /// With phones.
    fn of(world: &World) -> Self {
        Self::new(world, true)
    }

    fn new(world: &World, has_desk: bool) -> Self {
        let webhooks = InProcessWebhooks::default();
        webhooks.connect(world.system.router());
        let mut clock = LocalClock::open(None);
        clock.clock = ControlledClock::new(world.clock.clone());
        let controlled = clock.clock.clone();
        let desk = has_desk.then(|| Desk {
            sandbox: world.sandbox.clone(),
            callbacks: Arc::new(webhooks),
            clock,
            our_number: SENDER.to_owned(),
        });
        let door = Door::new(FormToken::from_random([7; 16]), vec!["Pages.Example".to_owned()]);
        let state = PagesState::new(&world.ports, &world.settings, desk, door);
        Self { router: pages::router(state.clone()), state, clock: controlled }
    }

    async fn send(&self, request: Request<Body>) -> Response<String> {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Response::from_parts(parts, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> Response<String> {
        self.send(own(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    /// The words of a page that is there.
    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.body());
        answer.into_body()
    }

    async fn post(&self, path: &str, form: &str) -> Response<String> {
        let form = format!("token={TOKEN}&{form}");
        self.send(own(Method::POST, path).body(Body::from(form)).unwrap()).await
    }

    async fn reply(&self, user: &str, body: &str) -> Response<String> {
        let number = phone_of(user).as_e164().replace('+', "%2B");
        self.post("/reply", &format!("phone={number}&body={body}")).await
    }
}

/// A request as the pages' own forms and scripts send it.
fn own(method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:8730")
        .header(header::ORIGIN, "http://localhost:8730")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// A world with one user whose first text is due 40 seconds after its start.
async fn world_with_ada() -> World {
    let world = World::at("2026-11-24T14:44:20Z");
    world.add(user("ada", NEW_YORK)).await;
    let events = [
        event("Stand-up", "2026-11-24T10:00", NEW_YORK).with("LOCATION:Room 4"),
        event("<b>Review</b>", "2026-11-24T15:00", NEW_YORK),
        event("Lunch", "2026-11-24T12:00", NEW_YORK).with("TRANSP:TRANSPARENT"),
    ];
    world.put("ada", "work", &events).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn a_phone_shows_texts_as_they_arrive() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let before = site.page("/").await;
    assert!(before.contains("No texts yet"), "{before}");
    assert!(before.contains(">in 40 s</time>"), "{before}");
    assert!(before.contains("9:44:20 AM"), "{before}");

    world.run_until("2026-11-24T14:46:00Z").await;
    let after = site.page("/fragment/phones").await;
    assert!(after.contains("Stand-up: in 15 minutes, at 10:00 AM. Room 4."), "{after}");
    assert!(after.contains("Delivered"), "{after}");
    assert!(after.contains(phone_of("ada").as_e164()), "{after}");
    world.finish().await;
}

#[tokio::test]
async fn a_phone_answers_and_the_page_shows_what_came_of_it() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let answer = site.reply("ada", "STOP").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.body());
    world.settle().await;
    let phones = site.page("/fragment/phones").await;
    assert!(phones.contains("Opted out"), "{phones}");
    let reminders = site.page("/fragment/reminders").await;
    assert!(reminders.contains("because the number opted out of texts"), "{reminders}");

    assert_eq!(site.reply("ada", "START").await.status(), StatusCode::SEE_OTHER);
    world.settle().await;
    assert!(!site.page("/").await.contains("Opted out"));

    assert_eq!(site.reply("ada", "%20").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(site.reply("nobody", "STOP").await.status(), StatusCode::NOT_FOUND);
    world.finish().await;
}

#[tokio::test]
async fn each_reminder_shows_its_state_and_reason_and_left_out_events_theirs() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let page = site.page("/").await;
    assert!(page.contains("1 event gets no reminder"), "{page}");
    assert!(page.contains("Lunch"), "left-out events are called by their title: {page}");
    assert!(page.contains("because the event is marked as free time"), "{page}");
    assert!(page.contains("Will be planned at 11:45 PM."), "{page}");
    // Titles are written by strangers.
    assert!(page.contains("&lt;b&gt;Review&lt;/b&gt;") && !page.contains("<b>"), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn a_reminder_is_cancelled_from_the_page_unless_it_is_over() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    world.run_until("2026-11-24T14:46:00Z").await;
    let rows = world.reminders("ada").await;
    let [over, waiting] = [&rows[0], &rows[1]].map(|row| format!("reminder={}", row.id));

    assert_eq!(site.post("/cancel", &waiting).await.status(), StatusCode::SEE_OTHER);
    let outcomes = world.outcomes("ada").await;
    assert!(outcomes[1].contains("cancelled.by_request"), "{outcomes:?}");
    // A double click is no mistake.
    assert_eq!(site.post("/cancel", &waiting).await.status(), StatusCode::SEE_OTHER);

    let late = site.post("/cancel", &over).await;
    assert_eq!(late.status(), StatusCode::CONFLICT);
    assert!(late.body().contains("too late"), "{}", late.body());
    let unknown = format!("reminder={}", "0".repeat(32));
    assert_eq!(site.post("/cancel", &unknown).await.status(), StatusCode::NOT_FOUND);
    world.finish().await;
}

#[tokio::test]
async fn the_page_of_a_reminder_tells_what_happened_and_one_closing_reason() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    world.run_until("2026-11-24T14:46:00Z").await;
    let row = world.reminders("ada").await.remove(0);
    assert_eq!(row.state, State::Delivered);
    let page = site.page(&format!("/why/{}", row.id)).await;
    assert!(page.contains("It was delivered; the phone had it at"), "{page}");
    assert!(page.contains("The provider took the text."), "{page}");
    assert!(page.contains("15 minutes before the event"), "{page}");
    for unknown in ["0".repeat(32), "nonsense".to_owned()] {
        let answer = site.get(&format!("/why/{unknown}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
    world.finish().await;
}

#[tokio::test]
async fn the_clock_runs_faster_and_jumps_to_a_second_before_the_next_text() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    assert_eq!(site.post("/clock", "factor=60").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(site.clock.factor(), 60);
    assert_eq!(site.post("/clock", "factor=1").await.status(), StatusCode::SEE_OTHER);
    for wrong in ["factor=0", "factor=999", "jump=back", ""] {
        let answer = site.post("/clock", wrong).await;
        assert!(answer.status().is_client_error(), "{wrong}: {}", answer.status());
    }
    assert_eq!(site.clock.factor(), 1);
    assert_eq!(site.post("/clock", "jump=next").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(site.clock.now(), instant("2026-11-24T14:44:59Z"));
    world.finish().await;
}

#[tokio::test]
async fn where_no_text_is_planned_the_clock_jumps_to_the_next_planning() {
    let world = world_with_ada().await;
    world.run_until("2026-11-24T22:00:00Z").await;
    let site = Site::of(&world);
    let page = site.page("/").await;
    assert!(page.contains("Jump to the next planning"), "{page}");
    assert_eq!(site.post("/clock", "jump=next").await.status(), StatusCode::SEE_OTHER);
    // 23:45 in New York: the first tick within 20 minutes of the next day.
    assert_eq!(site.clock.now(), instant("2026-11-25T04:45:00Z"));
    world.finish().await;
}

#[tokio::test]
async fn without_the_sandbox_there_are_reminders_but_no_phone_no_number_and_no_clock() {
    let world = world_with_ada().await;
    let site = Site::new(&world, false);
    let page = site.page("/").await;
    assert!(page.contains("Stand-up") && page.contains("through Twilio"), "{page}");
    assert!(!page.contains(&phone_of("ada").as_e164()[1..]), "{page}");
    assert!(!page.contains("/clock") && !page.contains("/reply"), "{page}");
    assert_eq!(site.get("/fragment/phones").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(site.post("/clock", "factor=60").await.status(), StatusCode::CONFLICT);
    assert_eq!(site.reply("ada", "STOP").await.status(), StatusCode::CONFLICT);
    world.finish().await;
}

#[tokio::test]
async fn of_many_users_the_first_are_shown_and_any_other_can_be_asked_for() {
    let world = World::at("2026-11-24T14:44:20Z");
    for name in ["a", "b", "c", "d", "e", "f", "the last"] {
        world.add(user(name, NEW_YORK)).await;
    }
    world.settle().await;
    let site = Site::of(&world);
    let page = site.page("/").await;
    assert!(page.contains("person-f") && !page.contains("the last"), "{page}");
    assert!(page.contains("The first 6 users are shown"), "{page}");
    let other = site.page("/?user=the+last").await;
    assert!(other.contains("id=\"person-the_20_last\""), "{other}");
    assert!(!other.contains("person-f"), "{other}");
    assert!(site.page("/?user=nobody").await.contains("There is no user"));
    world.finish().await;
}

#[tokio::test]
async fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let why = format!("/why/{}", world.reminders("ada").await[0].id);
    for path in ["/", &why, "/why/nonsense"] {
        let answer = site.get(path).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        let page = answer.body();
        assert!(!page.contains(" style=") && !page.contains("<style"), "{page}");
        assert!(!page.contains("<script>") && !page.contains(" onclick="), "{page}");
        for name in [" src=\"", " href=\"", " action=\""] {
            let mut places = page.split(name).skip(1);
            assert!(places.all(|place| place.starts_with(['/', '#'])), "{page}");
        }
    }
    let page = site.page("/").await;
    let style = page.split("stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let answer = site.get(style).await;
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
    assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert_eq!(site.get("/assets/old/base.css").await.status(), StatusCode::NOT_FOUND);
    world.finish().await;
}

#[tokio::test]
async fn only_the_machine_itself_is_answered_unless_a_name_is_configured() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let check = async |host: &str, peer: &str, more: &[(&str, &str)], expected: StatusCode| {
        let mut request = Request::get("/").header(header::HOST, host);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = format!("{peer}:50000").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = site.send(request).await;
        assert_eq!(answer.status(), expected, "{host} {peer} {more:?}");
    };
    let (fine, refused) = (StatusCode::OK, StatusCode::FORBIDDEN);
    let here = "127.0.0.1";
    for host in ["localhost:8730", "127.0.0.1:8730", "[::1]:8730", "LOCALHOST", "127.1.2.3"] {
        check(host, here, &[], fine).await;
    }
    check("localhost", "[::1]", &[], fine).await;
    // A name of somebody else's that resolves to this machine.
    for host in ["evil.example", "localhost.evil.example", "evil@localhost", "10.0.0.1", "0.0.0.0"]
    {
        check(host, here, &[], refused).await;
    }
    // From elsewhere, whatever it calls us, and through a proxy that hides who asks.
    check("localhost", "10.0.0.7", &[], refused).await;
    check("localhost", here, &[("x-forwarded-for", "203.0.113.9")], refused).await;
    // The operator wants it so.
    check("pages.example:443", "10.0.0.7", &[("x-forwarded-for", "203.0.113.9")], fine).await;

    let nameless = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(site.send(nameless).await.status(), refused);
    world.finish().await;
}

#[tokio::test]
async fn forms_of_other_sites_and_other_starts_change_nothing() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let check = async |headers: &[(&str, &str)], token: &str, expected: StatusCode| {
        let mut request = Request::post("/clock")
            .header(header::HOST, "localhost:8730")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(format!("token={token}&factor=60"));
        let answer = site.send(request.body(body).unwrap()).await;
        assert_eq!(answer.status(), expected, "{headers:?} {token}");
    };
    let refused = StatusCode::FORBIDDEN;
    let ours = ("origin", "http://localhost:8730");
    check(&[], TOKEN, refused).await;
    check(&[("origin", "https://evil.example")], TOKEN, refused).await;
    check(&[("origin", "null")], TOKEN, refused).await;
    check(&[("origin", "http://localhost:9999")], TOKEN, refused).await;
    check(&[ours, ("sec-fetch-site", "cross-site")], TOKEN, refused).await;
    check(&[ours, ("sec-fetch-site", "same-site")], TOKEN, refused).await;
    check(&[("sec-fetch-site", "none")], TOKEN, refused).await;
    check(&[ours], "07", refused).await;
    check(&[ours], &"08".repeat(16), refused).await;
    assert_eq!(site.clock.factor(), 1);
    check(&[ours], TOKEN, StatusCode::SEE_OTHER).await;
    assert_eq!(site.clock.factor(), 60);

    // Scripts of other sites may open a page, but neither listen nor fetch.
    for (path, expected) in [("/", StatusCode::OK), ("/events", refused)] {
        let request = Request::get(path)
            .header(header::HOST, "localhost:8730")
            .header("sec-fetch-site", "cross-site");
        let answer = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), expected, "{path}");
    }
    world.finish().await;
}

#[tokio::test]
async fn the_stream_of_news_tells_the_present_state_and_ends_when_the_pages_close() {
    let world = world_with_ada().await;
    let site = Site::of(&world);
    let request = own(Method::GET, "/events").body(Body::empty()).unwrap();
    let response = site.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut body = response.into_body();
    let frame = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let pulse = String::from_utf8(frame.to_vec()).unwrap();
    let pulse: serde_json::Value =
        serde_json::from_str(pulse.trim().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(pulse["now"], instant("2026-11-24T14:44:20Z").as_millisecond());
    assert_eq!(pulse["factor"], 1);
    site.state.close();
    // What was on its way may still come.
    while let Some(frame) = body.frame().await {
        frame.unwrap();
    }
    world.finish().await;
}
