//! Writes that are made once, and changes of what somebody has seen.

use jiff::SignedDuration;

use super::*;
use crate::api::problem;

const USER: &str = "beforehand:user";
const KEY: &str = "Idempotency-Key";

fn new_user(id: &str) -> Value {
    json!({ "id": id, "phone": "+12025550177", "zone": "UTC" })
}

#[tokio::test]
async fn a_request_with_a_key_is_made_once_and_answered_the_same_for_a_day() {
    let place = Place::new().await;
    let add = async |key: &str, body: &Value| {
        place.ask_with(Method::POST, "/v1/users", Some(OPERATOR), &[(KEY, key)], body).await
    };
    let first = add("a1", &new_user("cy")).await;
    assert_eq!(first.status(), 201, "{}", first.body());
    assert!(!first.headers().contains_key("idempotency-replayed"));
    let again = add("a1", &new_user("cy")).await;
    assert_eq!((again.status(), again.body()), (first.status(), first.body()));
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(again.headers()[header::CACHE_CONTROL], "no-store");
    problem(&add("a1", &new_user("di")).await, 422, "the same key for something else");
    problem(&add("a2", &new_user("cy")).await, 409, "a new key makes it anew");
    let repeated = add("a2", &new_user("cy")).await;
    problem(&repeated, 409, "refusals are repeated as well");
    assert_eq!(repeated.headers()["idempotency-replayed"], "true");
    for bad in ["", " ", &"x".repeat(256), "a b"] {
        problem(&add(bad, &new_user("di")).await, 400, bad);
    }
    place.world.run_for(SignedDuration::from_hours(24)).await;
    problem(&add("a1", &new_user("cy")).await, 409, "forgotten after a day");
    place.world.finish().await;
}

#[tokio::test]
async fn keys_of_one_caller_are_not_anothers_and_secrets_are_not_kept() {
    let place = Place::new().await;
    let (ada, bo) = (place.token("ada", USER), place.token("bo", USER));
    let set = async |user: &str, token: &str| {
        let (path, body) = (format!("/v1/users/{user}/settings"), json!({ "limit": 3 }));
        let answer = place.ask_with(Method::PATCH, &path, Some(token), &[(KEY, "k")], &body).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
        answer
    };
    let first = set("ada", &ada).await;
    assert!(!set("bo", &bo).await.headers().contains_key("idempotency-replayed"));
    let again = set("ada", &ada).await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.headers()[header::ETAG], first.headers()[header::ETAG]);
    let body = json!({ "name": "x", "scopes": ["operator"] });
    let make = async || {
        place.ask_with(Method::POST, "/v1/keys", Some(OPERATOR), &[(KEY, "m")], &body).await
    };
    assert_eq!(make().await.status(), 201);
    let detail = problem(&make().await, 409, "the secret is gone");
    assert!(detail.contains("not kept"), "{detail}");
    let listed = place.ask(Method::GET, "/v1/keys", Some(OPERATOR), &Value::Null).await;
    assert_eq!(read(&listed)["keys"].as_array().unwrap().len(), 1);
    place.world.finish().await;
}

#[tokio::test]
async fn what_is_kept_of_an_answer_is_sealed_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_folder(folder.path()).await;
    let row = place.world.reminder("bo").await;
    let path = format!("/v1/reminders/{}/cancel", row.id);
    let headers = [(KEY, "a-key-of-bo")];
    let answer = place.ask_with(Method::POST, &path, Some(OPERATOR), &headers, &Value::Null).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.body().contains("Grimm"), "{}", answer.body());
    let kept = super::sweep::dump_table(folder.path(), "control");
    assert!(kept.contains("once"), "{kept}");
    assert!(!kept.contains("Grimm") && !kept.contains("a-key-of-bo"), "{kept}");
    place.world.run_for(SignedDuration::from_hours(25)).await;
    let headers = [(KEY, "another-key")];
    place.ask_with(Method::POST, &path, Some(OPERATOR), &headers, &Value::Null).await;
    let rows = super::sweep::dump_table(folder.path(), "control");
    assert_eq!(rows.matches("\"once\"").count(), 1, "{rows}");
    place.world.finish().await;
}

#[tokio::test]
async fn of_two_at_once_one_is_made_and_one_that_was_cut_short_is_made_again() {
    use app::once::{Begin, begin};
    let place = Place::new().await;
    let (control, seals) = (&*place.world.stores.control, &place.world.settings.seals);
    let now = || place.world.now();
    let start = async |request: &str| {
        begin(control, seals, ("somebody", "k"), request.to_owned(), now()).await.unwrap()
    };
    assert!(matches!(start("r").await, Begin::Make(_)));
    assert!(matches!(start("r").await, Begin::UnderWay));
    assert!(matches!(start("other").await, Begin::OtherRequest));
    place.world.run_for(SignedDuration::from_secs(60)).await;
    assert!(matches!(start("r").await, Begin::Make(_)), "whoever made it is gone");
    place.world.finish().await;
}

#[tokio::test]
async fn settings_change_only_if_they_are_as_somebody_saw_them() {
    let place = Place::new().await;
    let ada = place.token("ada", USER);
    let path = "/v1/users/ada/settings";
    let tag = async || {
        let answer = place.ask(Method::GET, path, Some(&ada), &Value::Null).await;
        assert_eq!(answer.status(), 200, "{}", answer.body());
        answer.headers()[header::ETAG].to_str().unwrap().to_owned()
    };
    let set = async |tag: Option<&str>, limit: u32| {
        let headers: Vec<_> = tag.map(|tag| ("If-Match", tag)).into_iter().collect();
        let body = json!({ "limit": limit });
        place.ask_with(Method::PATCH, path, Some(&ada), &headers, &body).await
    };
    let seen = tag().await;
    assert_eq!(tag().await, seen);
    let changed = set(Some(&seen), 3).await;
    assert_eq!(changed.status(), 200, "{}", changed.body());
    let now = tag().await;
    assert_ne!(now, seen);
    assert_eq!(changed.headers()[header::ETAG], now);
    problem(&set(Some(&seen), 4).await, 412, "somebody changed them meanwhile");
    problem(&set(Some(&format!("W/{now}")), 4).await, 412, "weak");
    assert_eq!(tag().await, now);
    // A new calendar is no new setting.
    let events = [event("Lunch", "2026-11-23T12:30", NEW_YORK)];
    place.world.put("ada", "home", &events).await;
    place.world.settle().await;
    assert_eq!(tag().await, now);
    assert_eq!(set(Some("*"), 4).await.status(), 200);
    assert_eq!(set(None, 5).await.status(), 200);
    place.world.finish().await;
}
