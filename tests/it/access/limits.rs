//! How often somebody may ask.

use std::net::SocketAddr;

use axum::extract::connect_info::ConnectInfo;
use jiff::SignedDuration;

use super::*;
use crate::api::problem;

const USER: &str = "beforehand:user";

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_ask_again_and_others_are_not_slowed_down() {
    let rates = RequestRates { caller_per_minute: 5, address_per_minute: 0 };
    let place = Place::of(World::at(START), rates).await;
    let (ada, bo) = (place.token("ada", USER), place.token("bo", USER));
    let status = async |path: &str, token: &str| place.status(Method::GET, path, Some(token)).await;
    for _ in 0..5 {
        assert_eq!(status("/v1/users/ada", &ada).await, 200);
    }
    let answer = place.ask(Method::GET, "/v1/users/ada", Some(&ada), &Value::Null).await;
    let detail = problem(&answer, 429, "the sixth");
    assert_eq!(answer.headers()[header::RETRY_AFTER], "12", "{detail}");
    assert_eq!(status("/v1/users/bo", &bo).await, 200);
    for _ in 0..20 {
        assert_eq!(status("/v1/users/ada", OPERATOR).await, 200);
    }
    place.world.run_for(SignedDuration::from_secs(12)).await;
    let fresh = place.token("ada", USER);
    assert_eq!(status("/v1/users/ada", &fresh).await, 200, "a new token is the same person");
    assert_eq!(status("/v1/users/ada", &fresh).await, 429);
    place.world.finish().await;
}

#[tokio::test]
async fn who_tries_out_tokens_is_slowed_down_by_address() {
    let rates = RequestRates { caller_per_minute: 0, address_per_minute: 3 };
    let place = Place::of(World::at(START), rates).await;
    let ask = async |peer: &str, token: &str, path: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(&place.api, request).await.status().as_u16()
    };
    for guess in 0..3 {
        let guess = format!("bfk_0123456789abcdef_{guess}");
        assert_eq!(ask("192.0.2.1:1000", &guess, "/v1/users").await, 401);
    }
    assert_eq!(ask("192.0.2.1:1001", "guess", "/v1/users").await, 429);
    assert_eq!(ask("192.0.2.1:1001", "guess", "/v1/health").await, 429);
    assert_eq!(ask("192.0.2.2:1000", "guess", "/v1/users").await, 401);
    assert_eq!(ask("192.0.2.1:1002", OPERATOR, "/v1/users").await, 200, "never the operator");
    place.world.finish().await;
}

#[tokio::test]
async fn who_tries_out_links_or_the_door_of_the_dashboard_is_slowed_down_by_address() {
    let rates = RequestRates { caller_per_minute: 0, address_per_minute: 3 };
    let place = Place::of(World::at(START), rates).await;
    let ask = async |peer: &str, method: Method, path: &str| {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = Request::builder().method(method).uri(path);
        let request = request.header("sec-fetch-site", "same-origin");
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from("token=guess-guess-guess")).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        answer(&place.api, request).await
    };
    for (peer, other, method, path, usual) in [
        ("192.0.2.1:1", "192.0.2.11:1", Method::GET, "/r?guess", 404),
        ("192.0.2.2:1", "192.0.2.12:1", Method::GET, "/me/in?guess", 404),
        ("192.0.2.3:1", "192.0.2.13:1", Method::POST, "/dashboard/sign-in", 401),
        ("192.0.2.4:1", "192.0.2.14:1", Method::GET, "/dashboard", 401),
    ] {
        for _ in 0..3 {
            assert_eq!(ask(peer, method.clone(), path).await.status(), usual, "{path}");
        }
        let refused = ask(peer, method.clone(), path).await;
        assert_eq!(refused.status(), 429, "{path}");
        assert!(refused.headers().contains_key(header::RETRY_AFTER), "{path}");
        assert_eq!(ask(other, method, path).await.status(), usual, "{path}");
    }
    place.world.finish().await;
}
