//! A browser as far as pages need one: it keeps a cookie, follows what a page leads to, and sends
//! the forms that stand in it.

use axum::body::Body;
use http::{Method, Request, Response, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use crate::world::{PUBLIC_URL, World};

/// A browser of one person.
pub struct Browser<'w> {
    world: &'w World,
    /// What is sent as the cookie; none before a page sets one.
    pub cookie: Option<String>,
}

impl<'w> Browser<'w> {
    /// A browser that was nowhere yet.
    pub fn new(world: &'w World) -> Self {
        Self { world, cookie: None }
    }

    /// A browser that opened a link to a person's page, which the API made.
    pub async fn of(world: &'w World, user: &str) -> Self {
        let mut browser = Self::new(world);
        let opened = browser.open(&page_link(world, user).await).await;
        assert_eq!(opened.status(), 200, "{}", opened.body());
        browser
    }

    /// Opens an address below our own.
    pub async fn open(&mut self, address: &str) -> Response<String> {
        self.send(Method::GET, address, None, |request| request).await
    }

    /// The text of a page that must be there.
    pub async fn page(&mut self, address: &str) -> String {
        let page = self.open(address).await;
        assert_eq!(page.status(), 200, "{address}: {}", page.body());
        page.into_body()
    }

    /// Sends a form as the browser does from one of our own pages.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Response<String> {
        self.post_as(address, fields, |request| request.header("sec-fetch-site", "same-origin"))
            .await
    }

    /// Sends a form with other headers.
    pub async fn post_as(
        &mut self,
        address: &str,
        fields: &[(&str, &str)],
        headers: impl FnOnce(http::request::Builder) -> http::request::Builder,
    ) -> Response<String> {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(fields);
        self.send(Method::POST, address, Some(body.finish()), headers).await
    }

    /// Sends a form of the page at `/me`, which holds the session's token.
    pub async fn act(&mut self, address: &str, fields: &[(&str, &str)]) -> Response<String> {
        let token = form_token(&self.page("/me/data").await);
        let mut fields = fields.to_vec();
        fields.push(("token", &token));
        self.post(address, &fields).await
    }

    async fn send(
        &mut self,
        method: Method,
        address: &str,
        form: Option<String>,
        headers: impl FnOnce(http::request::Builder) -> http::request::Builder,
    ) -> Response<String> {
        let path = address.strip_prefix(PUBLIC_URL).unwrap_or(address);
        let mut request = headers(Request::builder().method(method).uri(path));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        if form.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(form.unwrap_or_default())).expect("a request");
        let answer = self.world.router().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("bodies end").to_bytes();
        if let Some(set) = parts.headers.get(header::SET_COOKIE) {
            let set = set.to_str().expect("cookies are ASCII");
            self.cookie = set.split(';').next().map(str::to_owned);
            let value = set.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((_, value)) = value.filter(|(_, value)| !value.is_empty()) {
                self.world.known.add("session", value);
            }
        }
        let text = String::from_utf8(bytes.to_vec()).expect("pages are UTF-8");
        Response::from_parts(parts, text)
    }
}

/// A link to a person's page, made by the API.
pub async fn page_link(world: &World, user: &str) -> String {
    link(world, &format!("/v1/users/{user}/link")).await
}

/// A link to a reminder, made by the API.
pub async fn reminder_link(world: &World, id: domain::ids::ReminderId) -> String {
    link(world, &format!("/v1/reminders/{id}/link")).await
}

async fn link(world: &World, path: &str) -> String {
    let (status, said) = world.request(Method::POST, path, "").await;
    assert_eq!(status, 201, "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let url = said["url"].as_str().expect("an address").to_owned();
    let token = url.split_once('?').expect("a token").1;
    world.known.add("link", token);
    url
}

/// The token in the forms of a page.
pub fn form_token(page: &str) -> String {
    let rest = page.split_once("name=\"token\" value=\"").expect("a form").1;
    rest.split_once('"').expect("a value").0.to_owned()
}
