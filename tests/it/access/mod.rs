//! Who reaches what: tokens of an issuer, keys of machines, the operator's token.

mod keys;
mod limits;
mod once;
mod sweep;
mod tokens;

use std::path::Path;
use std::sync::Arc;

use adapters_http::entropy::SystemEntropy;
use adapters_http::oidc::OidcIssuer;
use api::{ApiState, Guard, SecretToken};
use axum::Router;
use axum::body::Body;
use domain::access::RequestRates;
use http::{Method, Request, Response, header};
use serde_json::{Value, json};
use tests::events::{Event, event};
use tests::issuer::{Issuer, Signing, claims};
use tests::users::user;
use tests::world::World;

use crate::api::{answer, state};

const NEW_YORK: &str = "America/New_York";
const OPERATOR: &str = "correct-horse-battery";
const START: &str = "2026-11-23T12:00:00Z";

/// A world with two people, behind an issuer.
struct Place {
    world: World,
    issuer: Arc<Issuer>,
    api: Router,
}

impl Place {
    /// A place in memory.
    async fn new() -> Self {
        Self::of(World::at(START), RequestRates { caller_per_minute: 0, address_per_minute: 0 })
            .await
    }

    /// A place whose store lies in a folder.
    async fn in_folder(folder: &Path) -> Self {
        let rates = RequestRates { caller_per_minute: 0, address_per_minute: 0 };
        Self::of(tests::stored::world_in(folder, START), rates).await
    }

    async fn of(world: World, rates: RequestRates) -> Self {
        for (id, title) in [("ada", "Ultrasound scan"), ("bo", "Therapy with Grimm")] {
            world.add(user(id, NEW_YORK)).await;
            let events: [Event; 1] = [event(title, "2026-11-23T10:00", NEW_YORK)];
            world.put(id, "work", &events).await;
        }
        world.settle().await;
        world.known.add("token", OPERATOR);
        let issuer = Arc::new(Issuer::new());
        let checks = OidcIssuer::new(Issuer::settings(), issuer.clone());
        let guard = Guard::of(Some(Arc::new(checks)), SystemEntropy, (rates, false));
        let operator_token = Some(SecretToken::parse(OPERATOR).unwrap());
        let state = ApiState { guard, operator_token, ..state(&world, None) };
        Self { world, issuer, api: api::router(state) }
    }

    /// A token as the issuer gives it.
    fn token(&self, subject: &str, scope: &str) -> String {
        let token = self.issuer.token(Signing::EdDsa, &claims(subject, scope, self.world.now()));
        self.world.known.add("token", &token);
        token
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Response<String> {
        self.ask_with(method, path, token, &[], body).await
    }

    async fn ask_with(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Response<String> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header(header::CONTENT_TYPE, "application/json");
        answer(&self.api, request.body(Body::from(body)).unwrap()).await
    }

    async fn status(&self, method: Method, path: &str, token: Option<&str>) -> u16 {
        self.ask(method, path, token, &Value::Null).await.status().as_u16()
    }

    /// Makes a key as the operator, and returns its id and all of it.
    async fn key(&self, body: Value) -> (String, String) {
        let made = self.ask(Method::POST, "/v1/keys", Some(OPERATOR), &body).await;
        assert_eq!(made.status(), 201, "{}", made.body());
        let made = read(&made);
        let token = made["token"].as_str().unwrap().to_owned();
        self.world.known.add("token", &token);
        (made["key"]["id"].as_str().unwrap().to_owned(), token)
    }
}

fn read(answer: &Response<String>) -> Value {
    serde_json::from_str(answer.body()).unwrap_or_else(|_| json!(answer.body()))
}
