//! The stand-in for Google of our tests as a process of its own, on loopback and by the real time:
//! the other side of `tests/deployed/pushes.py`.
//!
//! `cargo run -p tests --no-default-features --example google_stand_in -- PORT`
//!
//! Below `/token` and `/calendar/v3` it is Google. Whoever plays the people of the account, and the
//! network between Google and us, asks:
//!
//! | request | what it does |
//! |---|---|
//! | `PUT /stand-in/events` | adds an event, or replaces the one of its id; channels tell of it |
//! | `POST /stand-in/allow` | allows what that page asks for; where people are sent back to |
//! | `POST /stand-in/pushes` | what was pushed since it was last asked; it goes nowhere by itself |
//! | `GET /stand-in/channels` | the ids of the channels that are open |
//! | `GET /stand-in/requests` | the requests of Google's API so far, with their status |
#![allow(clippy::print_stdout, clippy::expect_used, reason = "it is run by a script")]

use std::sync::Arc;

use adapters_embedded::clock::SystemClock;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Json, Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post, put};
use serde_json::{Value, json};
use tests::google_server::GoogleServer;
use tokio::net::TcpListener;
use transport::Transport as _;

/// Bytes of a request; an event of ours has some 300.
const BODY_BYTES_MAX: usize = 64 * 1024;

type Google = State<Arc<GoogleServer>>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).expect("a port");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    let routes = Router::new()
        .route("/stand-in/events", put(put_event))
        .route("/stand-in/allow", post(allow))
        .route("/stand-in/pushes", post(pushes))
        .route("/stand-in/channels", get(channels))
        .route("/stand-in/requests", get(requests))
        .fallback(google)
        .with_state(Arc::new(GoogleServer::new(Arc::new(SystemClock))));
    println!("Google's stand-in listens on 127.0.0.1:{port}");
    axum::serve(listener, routes).await.expect("it serves");
}

async fn put_event(State(google): Google, Json(event): Json<Value>) -> StatusCode {
    google.put(event);
    StatusCode::NO_CONTENT
}

async fn allow(State(google): Google, page: String) -> String {
    google.allow(&page)
}

async fn pushes(State(google): Google) -> Json<Value> {
    let told = google.pushes().into_iter().map(|push| {
        let headers = push.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        json!({ "address": push.address, "headers": Value::Object(headers.collect()) })
    });
    Json(told.collect())
}

async fn channels(State(google): Google) -> Json<Vec<String>> {
    Json(google.channels())
}

async fn requests(State(google): Google) -> Json<Vec<(String, u16)>> {
    Json(google.requests())
}

async fn google(State(google): Google, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.expect("a request of ours is short");
    let answer = google.send(Request::from_parts(parts, body)).await;
    answer.expect("it always answers").map(Body::from)
}
