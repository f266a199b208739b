//! Google, as far as calendars need it: the consent page, the token endpoint, `events.list` with
//! pages and sync tokens, and push channels. It speaks the protocol as Google documents it, shares
//! no code with what it tests, and refuses what Google would refuse.

mod channels;
mod events;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use adapters_http::google::PLACES;
use adapters_http::oauth::AccountSettings;
use app::ports::{Clock, Hidden};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use transport::{Transport, TransportFault};

pub use self::channels::Push;

use crate::token_server::{Registered, TokenServer};

/// The client that is registered with Google.
pub const CLIENT_ID: &str = "beforehand.apps.test";
/// What it proves itself with.
pub const CLIENT_SECRET: &str = "client-secret-of-tests";
/// Where we are.
pub const OUR_URL: &str = "https://beforehand.example";
/// Where it registered that people are sent back to.
pub const REDIRECT: &str = "https://beforehand.example/v1/google/callback";

/// What is registered there.
const REGISTERED: Registered = Registered {
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    redirect: REDIRECT,
    asks: &[
        ("scope", "https://www.googleapis.com/auth/calendar.events.readonly"),
        ("access_type", "offline"),
    ],
    allowed: "https://www.googleapis.com/auth/calendar.events.readonly",
    refresh: "refresh-token-of-tests",
    rotates: false,
};

/// Google.
pub struct GoogleServer {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    events: BTreeMap<String, Value>,
    /// The ids of what changed, in order.
    changes: Vec<String>,
    /// Sync tokens before this one are gone.
    forgotten: usize,
    page_size: usize,
    tokens: TokenServer,
    channels: Vec<channels::Channel>,
    refuses_channels: bool,
    pushes: VecDeque<Push>,
    trouble: VecDeque<Option<(u16, Value)>>,
    requests: Vec<(String, u16)>,
    exchanges: Vec<Value>,
}

impl GoogleServer {
    /// An account whose calendar is empty.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let state = State {
            events: BTreeMap::new(),
            changes: Vec::new(),
            forgotten: 0,
            page_size: 250,
            tokens: TokenServer::new(REGISTERED),
            channels: Vec::new(),
            refuses_channels: false,
            pushes: VecDeque::new(),
            trouble: VecDeque::new(),
            requests: Vec::new(),
            exchanges: Vec::new(),
        };
        Self { clock, state: Mutex::new(state) }
    }

    /// What a client of this server is configured with.
    pub fn settings() -> AccountSettings {
        let secret = Hidden::new(CLIENT_SECRET);
        AccountSettings::new(&PLACES, CLIENT_ID.to_owned(), secret, OUR_URL)
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

    /// Adds an event, or replaces the one of that id; whoever watches is told.
    pub fn put(&self, event: Value) {
        let id = event["id"].as_str().expect("an event has an id").to_owned();
        let mut state = self.lock();
        state.events.insert(id.clone(), event);
        state.changes.push(id);
        state.tell(self.clock.now());
    }

    /// Deletes an event: its id stays, as cancelled.
    pub fn delete(&self, id: &str) {
        self.put(json!({ "id": id, "status": "cancelled" }));
    }

    /// Makes pages smaller.
    pub fn page_size(&self, events: usize) {
        self.lock().page_size = events;
    }

    /// Forgets all sync tokens so far: 410 from now on.
    pub fn forget_tokens(&self) {
        let mut state = self.lock();
        state.changes.push(String::new());
        state.forgotten = state.changes.len();
    }

    /// All access tokens so far end at once.
    pub fn expire_access(&self) {
        self.lock().tokens.expire_access();
    }

    /// The account's owner takes back what they allowed.
    pub fn revoke(&self) {
        self.lock().tokens.revoke();
    }

    /// The next requests of the API meet trouble, in this order; none: that one is let through.
    pub fn trouble(&self, trouble: impl IntoIterator<Item = Option<(u16, Value)>>) {
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

    /// The requests of the API so far, with their answers, as far as they say what is asked for.
    pub fn exchanges(&self) -> Vec<Value> {
        self.lock().exchanges.clone()
    }

    /// How many requests there were for lists of events.
    pub fn lists(&self) -> usize {
        self.lock().requests.iter().filter(|(what, _)| what.ends_with("/events")).count()
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let (path, now) = (request.uri().path().to_owned(), self.clock.now());
        let mut state = self.lock();
        let answer = if path == "/token" {
            state.tokens.token(request, now)
        } else {
            match state.trouble.pop_front().flatten() {
                Some((status, body)) => told(status, &body),
                None if !state.tokens.opens(request, now) => fault(401, "authError"),
                None => state.api(request, &path, now),
            }
        };
        let status = answer.status().as_u16();
        state.requests.push((format!("{} {path}", request.method()), status));
        if path != "/token" {
            let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
            state.exchanges.push(json!({
                "method": request.method().as_str(), "url": request.uri().to_string(),
                "body": text(request.body()), "status": status, "answer": text(answer.body()),
            }));
        }
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn api(&mut self, request: &Request<Bytes>, path: &str, now: Timestamp) -> Response<Bytes> {
        match (request.method().as_str(), path) {
            ("GET", "/calendar/v3/calendars/primary/events") => self.list(request),
            ("POST", "/calendar/v3/calendars/primary/events/watch") => self.watch(request, now),
            ("POST", "/calendar/v3/channels/stop") => self.stop(request),
            _ => fault(404, "notFound"),
        }
    }
}

/// An answer of the API that is none, as Google writes it.
pub fn fault(status: u16, reason: &str) -> Response<Bytes> {
    told(status, &fault_body(status, reason))
}

/// Its body.
pub fn fault_body(status: u16, reason: &str) -> Value {
    let error = json!({ "domain": "calendar", "reason": reason, "message": reason });
    json!({ "error": { "code": status, "message": reason, "errors": [error] } })
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
impl Transport for GoogleServer {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        Ok(self.answer(&request))
    }
}
