//! The HTTP API through its router: answers, refusals, and that refusals change nothing.

use api::{ApiState, SecretToken};
use axum::Router;
use axum::body::Body;
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tests::events::{calendar, event};
use tests::users::user;
use tests::world::World;
use tower::ServiceExt;

const NEW_YORK: &str = "America/New_York";
const TOKEN: &str = "correct-horse-battery";

/// The API on a world's ports, behind a token or open.
fn router(world: &World, token: Option<&str>) -> Router {
    api::router(state(world, token))
}

pub(crate) fn state(world: &World, token: Option<&str>) -> ApiState {
    let stores = &world.ports.stores;
    ApiState {
        retention: Default::default(),
        consents: app::ports::Consents::default(),
        channels: None,
        users: world.ports.users(&world.settings),
        connections: world.ports.stores.connections.clone(),
        syncs: world.ports.syncs.clone(),
        seals: world.settings.seals.clone(),
        phones: stores.phones.clone(),
        erasure: stores.erasure.clone(),
        reminders: stores.reminders.clone(),
        claims: stores.claims.clone(),
        control: stores.control.clone(),
        metrics: stores.metrics.clone(),
        feed: Some(stores.feed.clone()),
        clock: world.ports.clock.clone(),
        default_country: Some("US".to_owned()),
        version: "1.2.3".to_owned(),
        operator_token: token.map(|token| SecretToken::parse(token).unwrap()),
        guard: Default::default(),
        domain_events: world.ports.domain_events.clone(),
        pages: world.settings.pages.clone(),
        opt_ins: world.ports.opt_ins.clone(),
        ceiling: world.ports.ceiling(&world.settings),
        codes: world.ports.codes.clone(),
        notices: world.ports.notices.clone(),
    }
}

async fn ask(
    router: &Router,
    method: Method,
    path: &str,
    kind: &str,
    body: impl Into<Body>,
) -> Response<String> {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
    let request = request.body(body.into()).unwrap();
    answer(router, request).await
}

pub(crate) async fn answer(router: &Router, request: Request<Body>) -> Response<String> {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Response::from_parts(parts, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Asks with a JSON body, or none, and reads the JSON answer.
async fn json_of(router: &Router, method: Method, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = ask(router, method, path, "application/json", body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap_or(Value::Null))
}

async fn get(router: &Router, path: &str) -> Value {
    let (status, body) = json_of(router, Method::GET, path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body:#}");
    body
}

/// Checks that an answer is a well-formed problem, and returns its detail.
pub(crate) fn problem(answer: &Response<String>, status: u16, about: &str) -> String {
    let said = answer.body();
    assert_eq!(answer.status().as_u16(), status, "{about}: {said}");
    let kind = &answer.headers()[header::CONTENT_TYPE];
    assert_eq!(kind, "application/problem+json", "{about}");
    let body: Value = serde_json::from_str(said).unwrap();
    assert_eq!(body["status"], status, "{about}");
    assert!(body["type"].as_str().unwrap().starts_with("urn:beforehand:problem:"), "{about}");
    assert!(!body["title"].as_str().unwrap().is_empty(), "{about}");
    body["detail"].as_str().unwrap().to_owned()
}

/// Every operation of the document, with names that exist nowhere.
fn operations() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(&api::to_json().unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{user}", "nobody")
            .replace("{calendar}", "none")
            .replace("{reminder}", &"0".repeat(32));
        for method in item.as_object().unwrap().keys() {
            found.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    found
}

#[tokio::test]
async fn everything_but_health_wants_the_token() {
    let world = World::at("2026-11-23T12:00:00Z");
    let guarded = router(&world, Some(TOKEN));
    for (method, path) in operations() {
        let about = format!("{method} {path}");
        let bare = ask(&guarded, method.clone(), &path, "text/plain", "").await;
        if path.ends_with("/callback") {
            // Open to whoever comes back from there, which is not set up here.
            problem(&bare, 409, &about);
            continue;
        }
        if path == "/v1/health" {
            assert_eq!(bare.status(), 200);
            let health: Value = serde_json::from_str(bare.body()).unwrap();
            assert_eq!((&health["status"], &health["version"]), (&json!("ok"), &json!("1.2.3")));
            assert_eq!(health["zone_database"], world.settings.zones.version());
            continue;
        }
        problem(&bare, 401, &about);
        assert_eq!(bare.headers()[header::WWW_AUTHENTICATE], "Bearer", "{about}");
        assert_eq!(bare.headers()[header::CACHE_CONTROL], "no-store", "{about}");
        let request = Request::builder().method(method).uri(&path);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {TOKEN}"));
        let known = answer(&guarded, request.body(Body::empty()).unwrap()).await;
        assert!(![401, 405, 500].contains(&known.status().as_u16()), "{about}: {}", known.body());
    }
    // What does not exist is not told to strangers either.
    problem(&ask(&guarded, Method::GET, "/v1/nothing", "text/plain", "").await, 401, "unknown");
    world.finish().await;
}

#[tokio::test]
async fn bad_input_is_a_problem_that_names_the_remedy_and_changes_nothing() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.settle().await;
    let api = router(&world, None);
    let before = get(&api, "/v1/users/ada").await;
    let json = "application/json";
    let check = async |method: Method, path: &str, kind: &str, body: &str, status, words: &str| {
        let about = format!("{method} {path} {body}");
        let detail = problem(&ask(&api, method, path, kind, body.to_owned()).await, status, &about);
        assert!(detail.contains(words), "{about}: {detail}");
    };
    let (add, settings) = ("/v1/users", "/v1/users/ada/settings");
    check(Method::POST, add, json, "{", 400, "not JSON").await;
    check(Method::POST, add, json, "[]", 422, "invalid").await;
    check(Method::POST, add, "text/plain", "{}", 415, "application/json").await;
    check(Method::POST, add, json, "{\"id\": \"x\"}", 422, "missing field `phone`").await;
    let body = r#"{"id": "x", "phone": "+12025550123", "zone": "Europe/Belrin"}"#;
    check(Method::POST, add, json, body, 422, "did you mean Europe/Berlin").await;
    let body = r#"{"id": "x", "phone": "12", "zone": "UTC", "colour": 1}"#;
    check(Method::POST, add, json, body, 422, "unknown field `colour`").await;
    let body = r#"{"id": "ada", "phone": "+12025550123", "zone": "UTC"}"#;
    check(Method::POST, add, json, body, 409, "is taken").await;
    let huge = format!("{{\"id\": \"{}\"}}", "x".repeat(70_000));
    check(Method::POST, add, json, &huge, 413, "larger than").await;
    check(Method::PATCH, settings, json, r#"{"lead": []}"#, 422, "1 to 5").await;
    check(Method::PATCH, settings, json, r#"{"quiet": ["8:00-8:00"]}"#, 422, "quiet").await;
    check(Method::PATCH, settings, json, r#"{"limit": 51}"#, 422, "0 (no texts) to 50").await;
    check(Method::PATCH, settings, json, "null", 422, "invalid type").await;
    check(Method::PATCH, "/v1/users/bo/settings", json, "{}", 404, "no user \"bo\"").await;
    check(Method::GET, "/v1/users/%00", json, "", 404, "not usable").await;
    check(Method::GET, "/v1/users/%ff", json, "", 400, "percent-encoded").await;
    check(Method::GET, "/v1/users?limit=0", json, "", 422, "1 to 500").await;
    check(Method::GET, "/v1/users?limit=ten", json, "", 400, "").await;
    check(Method::GET, "/v1/users?page=2", json, "", 400, "unknown field `page`").await;
    let days = "/v1/users/ada/reminders";
    check(Method::GET, &format!("{days}?date=2026-02-30"), json, "", 422, "like 2026").await;
    check(Method::GET, &format!("{days}?from=2026-01-01"), json, "", 400, "`from` and `to`").await;
    let span = format!("{days}?from=2026-01-01&to=2026-12-31");
    check(Method::GET, &span, json, "", 422, "to 2026-03-04").await;
    check(Method::GET, "/v1/users/ada/outlook?date=2999-01-01", json, "", 422, "ahead").await;
    check(Method::GET, "/v1/reminders/xyz", json, "", 404, "32 hexadecimal").await;
    check(Method::PUT, "/v1/rollout", json, r#"{"on": "yes"}"#, 422, "boolean").await;
    check(Method::DELETE, "/v1/rollout", json, "", 405, "does not answer DELETE").await;
    check(Method::POST, "/v1/health", json, "", 405, "does not answer POST").await;
    check(Method::GET, "/v1/nothing", json, "", 404, "/v1/nothing").await;
    let ics = "/v1/users/ada/calendars/work";
    check(Method::PUT, ics, "text/html", "<html>", 415, "text/calendar").await;
    check(Method::PUT, ics, "text/calendar", "<html>", 422, "BEGIN:VCALENDAR").await;
    let flood = "x".repeat(33 * 1024 * 1024);
    let answer = ask(&api, Method::PUT, ics, "text/calendar", flood).await;
    problem(&answer, 413, "a flood");
    check(Method::DELETE, ics, json, "", 404, "no calendar \"work\"").await;
    assert_eq!(get(&api, "/v1/users/ada").await, before);
    assert_eq!(get(&api, "/v1/users").await["users"].as_array().unwrap().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_user_is_added_changed_vouched_for_and_listed() {
    let world = World::at("2026-11-23T12:00:00Z");
    let api = router(&world, None);
    let body = json!({"id": "ada", "phone": "(202) 555-0123", "zone": "america/new_york"});
    let (status, ada) = json_of(&api, Method::POST, "/v1/users", body).await;
    assert_eq!(status, 201, "{ada:#}");
    assert_eq!(ada["phone"], "+1•••23");
    assert_eq!((&ada["verified"], &ada["clock"]), (&json!(false), &json!("12h")));
    assert_eq!((&ada["lead"], &ada["quiet"]), (&json!(["15m"]), &json!(["22:00-08:00"])));
    let path = "/v1/users/ada/phone/verified";
    let (status, ada) = json_of(&api, Method::POST, path, Value::Null).await;
    assert_eq!((status, &ada["verified"]), (200, &json!(true)));
    let change = json!({
        "lead": ["1h", "2d"], "quiet": ["mon-fri 12:00-13:00"], "limit": 3,
        "counting": {"all_day": {"at": "07:00"}},
    });
    let path = "/v1/users/ada/settings";
    let (status, ada) = json_of(&api, Method::PATCH, path, change.clone()).await;
    assert_eq!(status, 200, "{ada:#}");
    assert_eq!(ada["lead"], json!(["1h", "2d"]));
    assert_eq!(ada["quiet"], json!(["mon,tue,wed,thu,fri 12:00-13:00"]));
    assert_eq!(ada["counting"]["all_day"], json!({"days_before": 1, "at": "07:00"}));
    let version = world.ports.stores.users.user(&tests::world::user_id("ada")).await;
    let version = version.unwrap().unwrap().inputs_version;
    let (_, again) = json_of(&api, Method::PATCH, path, change).await;
    assert_eq!(again["limit"], 3);
    let unchanged = world.ports.stores.users.user(&tests::world::user_id("ada")).await;
    assert_eq!(unchanged.unwrap().unwrap().inputs_version, version, "a repeat changes nothing");
    world.add(user("bo", "Asia/Tokyo")).await;
    world.settle().await;
    let first = get(&api, "/v1/users?limit=1").await;
    assert_eq!((&first["users"][0]["id"], &first["next"]), (&json!("ada"), &json!("ada")));
    let second = get(&api, "/v1/users?limit=1&after=ada").await;
    assert_eq!((&second["users"][0]["id"], &second["next"]), (&json!("bo"), &Value::Null));
    let ada = get(&api, "/v1/users/ada").await;
    assert_eq!((&ada["consent"], &ada["plan_is_current"]), (&json!("opted_in"), &json!(true)));
    world.finish().await;
}

#[tokio::test]
async fn a_calendar_is_stored_once_read_with_its_oddities_and_removed() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let api = router(&world, None);
    let good = calendar(&[event("Standup", "2026-11-23T10:00", NEW_YORK)]);
    let odd = good
        .replace("END:VCALENDAR", "BEGIN:VEVENT\r\nDTSTART:soon\r\nEND:VEVENT\r\nEND:VCALENDAR");
    let path = "/v1/users/ada/calendars/work";
    let put = async |text: &str| {
        let answer = ask(&api, Method::PUT, path, "text/calendar; charset=utf-8", text.to_owned());
        let answer = answer.await;
        let body: Value = serde_json::from_str(answer.body()).unwrap();
        (answer.status().as_u16(), body)
    };
    let (status, stored) = put(&odd).await;
    assert_eq!((status, &stored["changed"]), (201, &json!(true)), "{stored:#}");
    assert_eq!(stored["events"], 1);
    let line = stored["oddities"][0]["line"].as_u64().unwrap();
    let begin = odd.lines().position(|line| line == "DTSTART:soon").unwrap() as u64 + 1;
    assert!((begin - 1..=begin + 1).contains(&line), "{stored:#}");
    let (status, again) = put(&odd).await;
    assert_eq!((status, &again["changed"]), (200, &json!(false)), "{again:#}");
    let (status, mended) = put(&good).await;
    assert_eq!((status, &mended["changed"], &mended["oddities"]), (200, &json!(true), &json!([])));
    world.settle().await;
    let ada = get(&api, "/v1/users/ada").await;
    assert_eq!(ada["calendars"][0]["id"], "work");
    assert_eq!(ada["calendars"][0]["known_until"], "2026-12-04T05:00:00Z");
    assert_eq!(world.reminder("ada").await.state.name(), "scheduled");
    let (status, _) = json_of(&api, Method::DELETE, path, Value::Null).await;
    assert_eq!(status, 204);
    world.settle().await;
    assert_eq!(world.reminder("ada").await.state.reason(), Some("event_cancelled"));
    world.finish().await;
}

#[tokio::test]
async fn ops_02_the_outlook_of_a_day_is_what_then_happens() {
    let world = World::at("2026-11-23T12:00:00Z");
    let night = &["22:00-08:00"];
    world.add(user("ada", NEW_YORK).leads(&[15, 90]).limit(3).quiet(night)).await;
    let declined = event("Party", "2026-11-24T20:00", NEW_YORK)
        .with("ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.com")
        .with("TRANSP:TRANSPARENT");
    let events = [
        event("Dawn", "2026-11-24T07:00", NEW_YORK),
        event("Breakfast", "2026-11-24T09:00", NEW_YORK),
        event("Lunch", "2026-11-24T12:30", NEW_YORK),
        declined,
    ];
    world.put("ada", "home", &events).await;
    world.settle().await;
    let api = router(&world, None);
    let path = "/v1/users/ada/outlook?date=2026-11-24";
    let before = get(&api, path).await;
    let told: Vec<_> = before["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {}", row["title"], row["decision"], row["reason"]))
        .collect();
    assert_eq!(told.len(), 6, "{told:#?}");
    assert_eq!(before["left_out"][0]["reason"], "transparent");
    world.run_until("2026-11-24T05:01:00Z").await;
    assert_eq!(get(&api, path).await, before, "planned");
    world.run_until("2026-11-25T04:00:00Z").await;
    let after = get(&api, path).await;
    assert_eq!(after["rows"], before["rows"], "texted");
    let sent = before["rows"].as_array().unwrap().iter().filter(|row| row["decision"] == "send");
    let bodies: Vec<_> = sent.map(|row| row["body"].as_str().unwrap().to_owned()).collect();
    let texted: Vec<_> = world.texts_to("ada").into_iter().map(|text| text.body).collect();
    assert_eq!(texted, bodies);
    world.finish().await;
}

#[tokio::test]
async fn ops_01_why_tells_of_reminders_and_of_events_without_one() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK).quiet(&["09:00-11:00"])).await;
    let free = event("Party", "2026-11-23T20:00", NEW_YORK).with("TRANSP:TRANSPARENT");
    let events = [event("Standup", "2026-11-23T10:00", NEW_YORK), free];
    world.put("ada", "home", &events).await;
    world.settle().await;
    let api = router(&world, None);
    let day = get(&api, "/v1/users/ada/why?date=2026-11-23").await;
    let told = &day["reminders"][0];
    assert_eq!(told["reason"], "quiet_until_after_start", "{day:#}");
    assert_eq!((&told["final"], &told["zone"]), (&json!(true), &json!(NEW_YORK)));
    assert_eq!(told["starts"], "Mon 2026-11-23 10:00:00 EST");
    assert_eq!(day["left_out"][0]["reason"], "transparent");
    let id = told["id"].as_str().unwrap();
    assert_eq!(get(&api, &format!("/v1/reminders/{id}/why")).await, *told);
    let row = get(&api, &format!("/v1/reminders/{id}")).await;
    assert_eq!((&row["state"], &row["title"]), (&json!("skipped"), &json!("Standup")));
    world.finish().await;
}

#[tokio::test]
async fn a_reminder_is_cancelled_once_and_stays_so() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let early = event("Early", "2026-11-23T08:00", NEW_YORK);
    let late = event("Late", "2026-11-23T18:00", NEW_YORK);
    world.put("ada", "home", &[early.clone(), late.clone()]).await;
    world.run_until("2026-11-23T14:00:00Z").await;
    let api = router(&world, None);
    let rows = get(&api, "/v1/users/ada/reminders").await["reminders"].clone();
    let path = |at: usize| format!("/v1/reminders/{}/cancel", rows[at]["id"].as_str().unwrap());
    let over = ask(&api, Method::POST, &path(0), "application/json", "").await;
    let detail = problem(&over, 409, "a delivered one");
    assert!(detail.contains("delivered"), "{detail}");
    for _ in 0..2 {
        let (status, row) = json_of(&api, Method::POST, &path(1), Value::Null).await;
        assert_eq!((status, &row["reason"]), (200, &json!("by_request")), "{row:#}");
    }
    // No later change brings it back.
    world.put("ada", "home", &[early, late.moved_to("2026-11-23T19:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T04:00:00Z").await;
    assert_eq!(world.texts_to("ada").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn the_rollout_switch_withdraws_and_restores() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "home", &[event("Late", "2026-11-23T18:00", NEW_YORK)]).await;
    world.settle().await;
    let api = router(&world, None);
    let off = json_of(&api, Method::PUT, "/v1/rollout", json!({"on": false})).await;
    assert_eq!(off, (200, json!({"on": false, "stage": "everyone", "version": 1})));
    world.settle().await;
    assert_eq!(world.reminder("ada").await.state.reason(), Some("rolled_back"));
    let again = json_of(&api, Method::PUT, "/v1/rollout", json!({"on": false})).await;
    assert_eq!(again.1["version"], 1);
    json_of(&api, Method::PUT, "/v1/rollout", json!({"on": true})).await;
    let on = json!({"on": true, "stage": "everyone", "version": 2});
    assert_eq!(get(&api, "/v1/rollout").await, on);
    world.settle().await;
    assert_eq!(world.reminder("ada").await.state.name(), "scheduled");
    world.finish().await;
}

#[tokio::test]
async fn where_no_feed_can_be_read_verify_says_what_it_can() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "home", &[event("Standup", "2026-11-23T10:00", NEW_YORK)]).await;
    world.settle().await;
    let api = api::router(ApiState { feed: None, ..state(&world, None) });
    // Nothing is folded: the difference may be one that only waits.
    let report = get(&api, "/v1/verify").await;
    let said = (&report["sound"], &report["counters"]);
    assert_eq!(said, (&json!(true), &json!("not_folded_yet")));
    world.system.fold().await.unwrap();
    let report = get(&api, "/v1/verify").await;
    assert_eq!((&report["sound"], &report["counters"]), (&json!(true), &json!("equal")));
    world.run_until("2026-11-23T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn ops_02_verify_counts_and_finds_a_planted_fault() {
    let world = World::at("2026-11-23T12:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "home", &[event("Standup", "2026-11-23T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-23T16:00:00Z").await;
    let api = router(&world, None);
    let report = get(&api, "/v1/verify").await;
    assert_eq!((&report["sound"], &report["counters"]), (&json!(true), &json!("equal")));
    assert_eq!((&report["planned"], &report["texts"]), (&json!(1), &json!(1)));
    assert_eq!(report["by_state"], json!({"delivered": 1}));
    let row = world.reminder("ada").await;
    let mut counted = app::fold::contribution(&row);
    let metrics = &world.ports.stores.metrics;
    counted.counts.push(("failed".to_owned(), 1));
    metrics.replace_contribution(&row.user, row.id, row.revision + 1, &counted).await.unwrap();
    let report = get(&api, "/v1/verify").await;
    assert_eq!((&report["sound"], &report["counters"]), (&json!(false), &json!("different")));
    let what = "Counter failed of 2026-11-23 says 1, the reminders themselves say 0.";
    assert_eq!(report["problems"][0]["what"], what);
    counted.counts.pop();
    metrics.replace_contribution(&row.user, row.id, row.revision + 2, &counted).await.unwrap();
    world.finish().await;
}

#[tokio::test]
async fn an_import_reports_each_line_and_may_be_repeated() {
    let world = World::at("2026-11-23T12:00:00Z");
    let api = router(&world, None);
    let lines = "{\"id\": \"ada\", \"phone\": \"+12025550123\", \"zone\": \"UTC\"}\n\
                 \n\
                 {\"id\": \"bo\", \"phone\": \"12\", \"zone\": \"UTC\"}\n\
                 nonsense\n\
                 {\"id\": \"ada\", \"phone\": \"+12025550124\", \"zone\": \"UTC\"}\n";
    let import = async |query: &str| {
        let path = format!("/v1/users/import{query}");
        let answer = ask(&api, Method::POST, &path, "application/x-ndjson", lines).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
        let report: Value = serde_json::from_str(answer.body()).unwrap();
        let told = report["lines"].as_array().unwrap().iter();
        told.map(|line| format!("{} {}", line["line"], line["outcome"])).collect::<Vec<_>>()
    };
    let empty = ask(&api, Method::POST, "/v1/users/import", "application/x-ndjson", "\n").await;
    assert_eq!(empty.status(), 400, "an import of nothing is a mistake: {}", empty.body());
    let added = ["1 \"added\"", "3 \"refused\"", "4 \"refused\"", "5 \"taken\""];
    assert_eq!(import("?dry_run=true").await, added);
    assert_eq!(get(&api, "/v1/users").await["users"], json!([]));
    assert_eq!(import("").await, added);
    let taken = ["1 \"taken\"", "3 \"refused\"", "4 \"refused\"", "5 \"taken\""];
    assert_eq!(import("?dry_run=true").await, taken);
    assert_eq!(import("").await, taken);
    assert_eq!(get(&api, "/v1/users").await["users"].as_array().unwrap().len(), 1);
    world.finish().await;
}
