//! Keys of machines.

use jiff::SignedDuration;

use super::*;
use crate::api::problem;

#[tokio::test]
async fn a_key_is_shown_once_opens_what_it_says_and_nothing_after_its_end() {
    let place = Place::new().await;
    let body = json!({ "name": "import", "scopes": ["operator"], "days": 1 });
    let (_, machine) = place.key(body).await;
    let body = json!({ "name": "kiosk", "scopes": ["user"], "user": "ada" });
    let (id, own) = place.key(body).await;
    assert!(machine.starts_with("bfk_") && own.starts_with("bfk_"));
    let status = async |path: &str, token: &str| place.status(Method::GET, path, Some(token)).await;
    assert_eq!(status("/v1/users", &machine).await, 200);
    assert_eq!(status("/v1/users/ada", &own).await, 200);
    assert_eq!(status("/v1/users/bo", &own).await, 404);
    assert_eq!(status("/v1/users", &own).await, 403);
    let listed = place.ask(Method::GET, "/v1/keys", Some(OPERATOR), &Value::Null).await;
    let secret = own.rsplit('_').next().unwrap();
    assert!(!listed.body().contains(secret), "{}", listed.body());
    let listed = read(&listed);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 2);
    let listed = listed["keys"].as_array().unwrap().iter().find(|key| key["id"] == id.as_str());
    assert_eq!(listed.unwrap()["scopes"], json!(["user"]));
    let path = format!("/v1/keys/{id}");
    for _ in 0..2 {
        let revoked = place.ask(Method::DELETE, &path, Some(OPERATOR), &Value::Null).await;
        assert_eq!(revoked.status(), 200, "{}", revoked.body());
        assert_eq!(read(&revoked)["revoked_at"], START);
        assert_eq!(read(&revoked)["holds"], json!(false));
    }
    assert_eq!(status("/v1/users/ada", &own).await, 401);
    place.world.run_for(SignedDuration::from_hours(24) - SignedDuration::from_secs(1)).await;
    assert_eq!(status("/v1/users", &machine).await, 200);
    place.world.run_for(SignedDuration::from_secs(1)).await;
    assert_eq!(status("/v1/users", &machine).await, 401);
    place.world.finish().await;
}

#[tokio::test]
async fn sec_01_a_key_is_stored_as_a_hash_only() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_folder(folder.path()).await;
    let (id, token) = place.key(json!({ "name": "import", "scopes": ["operator"] })).await;
    let secret = token.strip_prefix(&format!("bfk_{id}_")).unwrap();
    assert_eq!(secret.len(), 43, "256 bits");
    let stored = super::sweep::dump(folder.path());
    assert!(stored.contains(&id));
    assert!(!stored.contains(secret));
    place.world.finish().await;
}

#[tokio::test]
async fn keys_that_make_no_sense_are_refused_with_the_remedy() {
    let place = Place::new().await;
    let check = async |body: Value, status: u16, words: &str| {
        let answer = place.ask(Method::POST, "/v1/keys", Some(OPERATOR), &body).await;
        let detail = problem(&answer, status, &body.to_string());
        assert!(detail.contains(words), "{body}: {detail}");
    };
    let of = |scopes: Value, user: Value, days: u32| {
        let mut body = json!({ "name": "x", "scopes": scopes, "days": days });
        body["user"] = user;
        body
    };
    check(json!({ "name": " ", "scopes": ["operator"] }), 422, "1 to 100 characters").await;
    check(of(json!([]), Value::Null, 1), 422, "choose `user`").await;
    check(of(json!(["root"]), Value::Null, 1), 422, "unknown variant").await;
    check(of(json!(["user"]), Value::Null, 1), 422, "whose data").await;
    check(of(json!(["operator"]), json!("ada"), 1), 422, "scope `user`").await;
    check(of(json!(["user"]), json!("nobody"), 1), 404, "no user").await;
    check(of(json!(["operator"]), Value::Null, 0), 422, "1 to 732").await;
    check(of(json!(["operator"]), Value::Null, 733), 422, "1 to 732").await;
    let unknown = place.status(Method::DELETE, "/v1/keys/0123456789abcdef", Some(OPERATOR)).await;
    assert_eq!(unknown, 404);
    let listed = place.ask(Method::GET, "/v1/keys", Some(OPERATOR), &Value::Null).await;
    assert_eq!(read(&listed), json!({ "keys": [] }));
    place.world.finish().await;
}
