//! Microsoft Graph, as far as calendars need it: the consent page, the token endpoint, calendar
//! views and what changed in them, with pages, and subscriptions. It speaks the protocol as
//! Microsoft documents it and as others found it to be, shares no code with what it tests, and
//! refuses what Graph would refuse.

mod events;
mod subscriptions;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use adapters_embedded::clock::ManualClock;
use adapters_http::microsoft::PLACES;
use adapters_http::oauth::AccountSettings;
use app::ports::{Clock as _, Hidden};
use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use transport::{Transport, TransportFault};

pub use self::subscriptions::Push;

use crate::google_server::OUR_URL;
use crate::token_server::{Registered, TokenServer};

/// What the client proves itself with.
const CLIENT_SECRET: &str = "application-secret-of-tests";

/// What is registered there.
const REGISTERED: Registered = Registered {
    client_id: "11111111-2222-3333-4444-555555555555",
    client_secret: CLIENT_SECRET,
    redirect: "https://beforehand.example/v1/microsoft/callback",
    asks: &[("scope", "offline_access Calendars.Read"), ("response_mode", "query")],
    allowed: "https://graph.microsoft.com/Calendars.Read profile openid",
    refresh: "refresh-token-of-an-application",
    rotates: true,
};

/// Microsoft.
pub struct MicrosoftServer {
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

struct State {
    events: BTreeMap<String, Value>,
    /// The ids of what changed, in order.
    changes: Vec<String>,
    /// Links before this one are gone.
    forgotten: usize,
    page_size: usize,
    tokens: TokenServer,
    subscriptions: Vec<subscriptions::Subscription>,
    made: usize,
    refuses_subscriptions: bool,
    pushes: VecDeque<Push>,
    trouble: VecDeque<Option<Trouble>>,
    requests: Vec<(String, u16)>,
}

/// Trouble that a request meets: the status, the code of the error, and `Retry-After`, in seconds.
pub type Trouble = (u16, &'static str, Option<u32>);

impl MicrosoftServer {
    /// An account whose calendar is empty.
    pub fn new(clock: Arc<ManualClock>) -> Self {
        let state = State {
            events: BTreeMap::new(),
            changes: Vec::new(),
            forgotten: 0,
            page_size: 500,
            tokens: TokenServer::new(REGISTERED),
            subscriptions: Vec::new(),
            made: 0,
            refuses_subscriptions: false,
            pushes: VecDeque::new(),
            trouble: VecDeque::new(),
            requests: Vec::new(),
        };
        Self { clock, state: Mutex::new(state) }
    }

    /// What a client of this server is configured with.
    pub fn settings() -> AccountSettings {
        let secret = Hidden::new(CLIENT_SECRET);
        AccountSettings::new(&PLACES, REGISTERED.client_id.to_owned(), secret, OUR_URL)
    }

    /// The account's owner opens the page and allows what it asks for. Returns where they are sent
    /// back to.
    pub fn allow(&self, page: &str) -> String {
        self.lock().tokens.allow(page)
    }

    /// What must stand nowhere in the open.
    pub fn secrets() -> [&'static str; 2] {
        [REGISTERED.refresh, CLIENT_SECRET]
    }

    /// Adds an event, or replaces the one of that id; whoever subscribed is told.
    pub fn put(&self, event: Value) {
        let id = event["id"].as_str().expect("an event has an id").to_owned();
        let mut state = self.lock();
        state.events.insert(id.clone(), event);
        state.changed(id, self.clock.now());
    }

    /// Deletes an event.
    pub fn delete(&self, id: &str) {
        let mut state = self.lock();
        if state.events.remove(id).is_some() {
            state.changed(id.to_owned(), self.clock.now());
        }
    }

    /// Makes pages smaller.
    pub fn page_size(&self, events: usize) {
        self.lock().page_size = events;
    }

    /// Forgets all links so far: 410 from now on.
    pub fn forget_links(&self) {
        let mut state = self.lock();
        state.changes.push(String::new());
        state.forgotten = state.changes.len();
    }

    /// All access tokens so far end at once.
    pub fn expire_access(&self) {
        self.lock().tokens.expire_access();
    }

    /// All refresh tokens so far end at once, but the last that was handed out.
    pub fn expire_former(&self) {
        self.lock().tokens.expire_former();
    }

    /// The account's owner takes back what they allowed.
    pub fn revoke(&self) {
        self.lock().tokens.revoke();
    }

    /// The next requests of the API meet trouble, in this order; none: that one is let through.
    pub fn trouble(&self, trouble: impl IntoIterator<Item = Option<Trouble>>) {
        self.lock().trouble.extend(trouble);
    }

    /// No trouble any more.
    pub fn calm(&self) {
        self.lock().trouble.clear();
    }

    /// The requests so far, with the status of their answers.
    pub fn requests(&self) -> Vec<(String, u16)> {
        self.lock().requests.clone()
    }

    /// How many requests there were for events, or for what changed of them.
    pub fn lists(&self) -> usize {
        self.lock().requests.iter().filter(|(what, _)| what.contains("/calendarView")).count()
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let (path, now) = (request.uri().path().to_owned(), self.clock.now());
        let mut state = self.lock();
        let answer = if path.ends_with("/oauth2/v2.0/token") {
            state.tokens.token(request, now)
        } else {
            match state.trouble.pop_front().flatten() {
                Some((status, code, after)) => fault(status, code, after),
                None if !state.tokens.opens(request, now) => {
                    fault(401, "InvalidAuthenticationToken", None)
                }
                None => state.api(request, &path, now),
            }
        };
        let status = answer.status().as_u16();
        state.requests.push((format!("{} {path}", request.method()), status));
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn changed(&mut self, id: String, now: Timestamp) {
        self.changes.push(id);
        self.tell(now);
    }

    fn api(&mut self, request: &Request<Bytes>, path: &str, now: Timestamp) -> Response<Bytes> {
        let Some(path) = path.strip_prefix("/v1.0/") else { return fault(404, "NotFound", None) };
        match (request.method().as_str(), path) {
            ("GET", "me/calendarView") => self.view(request),
            ("GET", "me/calendarView/delta") => self.delta(request),
            ("POST", "subscriptions") => self.subscribe(request, now),
            (method, path) => match (method, path.strip_prefix("subscriptions/")) {
                ("PATCH", Some(id)) => self.renew(id, request, now),
                ("DELETE", Some(id)) => self.unsubscribe(id, now),
                _ => fault(404, "ErrorItemNotFound", None),
            },
        }
    }
}

/// An answer of the API that is none, as Graph writes it.
fn fault(status: u16, code: &str, after: Option<u32>) -> Response<Bytes> {
    let error = json!({ "code": code, "message": code, "innerError": { "request-id": "1" } });
    let mut answer = told(status, &json!({ "error": error }));
    if let Some(after) = after {
        let value = HeaderValue::from_str(&after.to_string()).unwrap();
        answer.headers_mut().insert("retry-after", value);
    }
    answer
}

fn told(status: u16, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status.try_into().unwrap();
    answer
}

fn query(request: &Request<Bytes>) -> BTreeMap<String, String> {
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[async_trait]
impl Transport for MicrosoftServer {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        Ok(self.answer(&request))
    }
}
