//! Speaking to a running system over its HTTP API.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use transport::{ReqwestTransport, Transport, TransportFault, TransportSettings};
use url::Url;

use super::{Exit, Failure, Session};
use crate::config::{self, PROFILE_VARIABLE, Secret, read_profile};

/// The variable that holds the running system's address.
const URL_VARIABLE: &str = "BEFOREHAND_URL";

/// The variable that holds its token.
const TOKEN_VARIABLE: &str = "BEFOREHAND_TOKEN";

/// How long an answer may take. A recount of ten thousand reminders takes a busy machine minutes,
/// and whoever sits at the command line can end it.
const PATIENCE: Duration = Duration::from_secs(600);

/// A running system.
pub(super) struct Client<'a> {
    base: Url,
    token: Option<Secret>,
    wire: Wire<'a>,
}

/// What carries requests: the network, or whatever a test puts in its place.
pub(super) struct Wire<'a> {
    given: Option<&'a dyn Transport>,
    made: Option<ReqwestTransport>,
    runtime: tokio::runtime::Runtime,
}

impl<'a> Wire<'a> {
    /// The network, unless something else is given.
    pub(super) fn new(given: Option<&'a dyn Transport>) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::environment(format!("cannot wait for answers: {error}")))?;
        let made = match given {
            Some(_) => None,
            None => {
                // Making it looks for a runtime to live in.
                let _context = runtime.enter();
                let patient =
                    TransportSettings { timeout: PATIENCE, ..TransportSettings::default() };
                let made = ReqwestTransport::new(&patient);
                Some(made.map_err(Failure::environment)?)
            }
        };
        Ok(Self { given, made, runtime })
    }

    /// Sends one request.
    pub(super) fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let made = self.made.as_ref().map(|made| made as &dyn Transport);
        let Some(transport) = self.given.or(made) else {
            return Err(TransportFault::NotSent { reason: "there is no network".to_owned() });
        };
        self.runtime.block_on(transport.send(request))
    }
}

/// What is sent along with a request.
pub(super) enum Payload {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// JSON, a value on each line.
    JsonLines(String),
    /// An iCalendar document.
    Calendar(Vec<u8>),
}

impl<'a> Client<'a> {
    /// The system that the command line, the environment or the data folder names.
    pub(super) fn of(session: &Session<'a>) -> Result<Self, Failure> {
        let named = |name| (session.variables)(name).filter(|value| !value.trim().is_empty());
        let global = &session.global;
        let given = global.token.clone().map(Secret::new);
        let token = given.clone().or_else(|| named(TOKEN_VARIABLE).map(Secret::new));
        let url = global.url.clone().or_else(|| named(URL_VARIABLE));
        let profile = match (&global.profile, &url) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(_)) => None,
            (None, None) => named(PROFILE_VARIABLE),
        };
        let profile = profile.map(|name| read_profile(&name, session.variables)).transpose()?;
        let (base, token) = match (profile, url) {
            // A profile's token opens the profile's system, and a variable's is for another.
            (Some(profile), _) => (profile.url, given.or(profile.token)),
            (None, Some(url)) => (url, token),
            (None, None) => {
                let folder = session.config()?.data_folder();
                let Some(endpoint) = folder.endpoint()? else {
                    return Err(not_running(folder.path()));
                };
                // The folder's token opens the folder's system: it is never sent anywhere else.
                let known = match token {
                    Some(token) => Some(token),
                    None => folder.known_operator_token()?,
                };
                (endpoint, known)
            }
        };
        let base = config::http_url(base.trim())
            .map_err(|error| Failure::input(format!("the system's address {base:?} {error}")))?;
        Ok(Self { base, token, wire: Wire::new(session.transport)? })
    }

    /// The address of the system.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Asks for something.
    pub(super) fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        self.call(Method::GET, path, query, Payload::Empty)
    }

    /// Asks for something that is text and nothing more.
    pub(super) fn text(&self, path: &[&str]) -> Result<String, Failure> {
        let answer = self.answer(Method::GET, path, &[], Payload::Empty)?;
        if !answer.status().is_success() {
            return Err(self.refusal(&answer));
        }
        String::from_utf8(answer.body().to_vec()).map_err(|_| self.strange(answer.status()))
    }

    /// Sends a request and reads the answer; a refusal becomes a failure with the system's words.
    pub(super) fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        payload: Payload,
    ) -> Result<T, Failure> {
        self.read(&self.answer(method, path, query, payload)?)
    }

    /// Reads an answer; a refusal becomes a failure with the system's words.
    pub(super) fn read<T: DeserializeOwned>(&self, answer: &Response<Bytes>) -> Result<T, Failure> {
        if !answer.status().is_success() {
            return Err(self.refusal(answer));
        }
        let bytes: &[u8] = if answer.body().is_empty() { b"null" } else { answer.body() };
        serde_json::from_slice(bytes).map_err(|_| self.strange(answer.status()))
    }

    /// Sends a request and gives the answer, whatever it is.
    pub(super) fn answer(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        payload: Payload,
    ) -> Result<Response<Bytes>, Failure> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = Request::builder().method(method).uri(url.as_str());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let (kind, bytes) = match payload {
            Payload::Empty => (None, Bytes::new()),
            Payload::Json(value) => (Some("application/json"), value.to_string().into()),
            Payload::JsonLines(lines) => (Some("application/x-ndjson"), lines.into()),
            Payload::Calendar(bytes) => (Some("text/calendar"), bytes.into()),
        };
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let request = request
            .body(bytes)
            .map_err(|error| Failure::input(format!("this cannot be asked for: {error}")))?;
        self.wire.send(request).map_err(|fault| self.no_answer(&fault))
    }

    fn no_answer(&self, fault: &TransportFault) -> Failure {
        let advice = match fault {
            TransportFault::NotSent { .. } => "is it running? start it with `beforehand up`",
            TransportFault::MayHaveBeenProcessed { .. } => {
                "it may have done what was asked; look before you ask again"
            }
        };
        let what = format!("the system at {} does not answer: {fault}; {advice}", self.base);
        Failure::new(Exit::Unreachable, what)
    }

    /// The system's own words, and what they mean for the exit code.
    fn refusal(&self, answer: &Response<Bytes>) -> Failure {
        let status = answer.status();
        let problem: Option<Value> = serde_json::from_slice(answer.body()).ok();
        let said = problem.as_ref().and_then(|problem| {
            let text = |key| problem.get(key).and_then(Value::as_str);
            text("detail").or_else(|| text("title")).map(str::to_owned)
        });
        match status {
            StatusCode::UNAUTHORIZED => {
                let what = format!(
                    "the system at {} does not take the token; name the right one with --token, \
                     or the data folder it runs on with --data",
                    self.base
                );
                Failure::new(Exit::Configuration, what)
            }
            StatusCode::FORBIDDEN => {
                let said = said.unwrap_or_else(|| "the token does not open this".to_owned());
                Failure::new(Exit::Configuration, format!("{said}; name another with --token"))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let said = said.unwrap_or_default();
                Failure::new(Exit::Unreachable, format!("too many requests: {said}"))
            }
            status if status.is_client_error() => match said {
                Some(said) => Failure::input(said),
                None => self.strange(status),
            },
            status => match said {
                Some(said) => {
                    let what = format!("the system at {} could not answer: {said}", self.base);
                    Failure::new(Exit::Unreachable, what)
                }
                None => self.strange(status),
            },
        }
    }

    fn strange(&self, status: StatusCode) -> Failure {
        let what = format!(
            "what answers at {} is not a beforehand of this version (status {status})",
            self.base
        );
        Failure::new(Exit::Unreachable, what)
    }
}

fn not_running(folder: &std::path::Path) -> Failure {
    let what = format!(
        "no system has run on the data folder {}; start one with `beforehand up`, or name one with \
         --data or --url",
        folder.display()
    );
    Failure::new(Exit::Unreachable, what)
}
